use std::collections::BTreeSet;
use std::ops::Range;

use crate::Problem;

/// The languages that the app speaks, as BCP 47 primary tags, and how messages call them.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "German")];

/// Gathers everything that is wrong with one text; positions are byte offsets until the end.
pub(crate) struct Report<'t> {
    text: &'t str,
    findings: Vec<Finding>,
    /// Offsets of the text's syntax errors.
    broken: Vec<usize>,
    /// Shown texts that differ by language: where, the key, the languages that are there.
    texts: Vec<(usize, String, BTreeSet<&'static str>)>,
}

struct Finding {
    at: usize,
    message: String,
    help: Option<String>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Syntax,
    Plain,
    /// May be nothing but the consequence of a syntax error elsewhere.
    Missing,
}

impl<'t> Report<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, findings: Vec::new(), broken: Vec::new(), texts: Vec::new() }
    }

    /// How many findings there are; what is read between two equal counts is sound.
    pub fn count(&self) -> usize {
        self.findings.len()
    }

    pub fn problem(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.push(at, message.into(), help.into(), Kind::Plain);
    }

    /// A problem that is kept only when the text's syntax is whole: something is missing or unknown,
    /// and a part that could not be read may hold it.
    pub fn missing(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.push(at, message.into(), help.into(), Kind::Missing);
    }

    /// A shown text that has one string for each of these languages.
    pub fn translated(&mut self, at: usize, key: &str, languages: &[&str]) {
        let known = LANGUAGES.iter().map(|(tag, _)| *tag).filter(|tag| languages.contains(tag));
        self.texts.push((at, key.to_owned(), known.collect()));
    }

    /// Each translated text has all languages that any of them has.
    pub fn check_languages(&mut self) {
        let used: BTreeSet<&str> = self.texts.iter().flat_map(|(_, _, has)| has.iter().copied()).collect();
        for (at, key, has) in std::mem::take(&mut self.texts) {
            for (tag, name) in LANGUAGES.iter().filter(|(tag, _)| used.contains(tag) && !has.contains(tag)) {
                self.missing(
                    at,
                    format!("`{key}` has no {name} text ({tag}), which other texts of this board have"),
                    format!("add {tag} = \"…\", or write one string for all languages"),
                );
            }
        }
    }

    pub fn syntax(&mut self, span: Option<Range<usize>>, message: &str) {
        let at = span.map_or(self.text.len(), |span| span.start);
        self.broken.push(at);
        self.push(at, format!("TOML syntax: {message}"), String::new(), Kind::Syntax);
    }

    fn push(&mut self, at: usize, message: String, help: String, kind: Kind) {
        let help = Some(help).filter(|help| !help.is_empty());
        self.findings.push(Finding { at, message, help, kind });
    }

    /// The file's byte offset of byte `inner` of the value of the TOML string at `span`.
    pub fn inside(&self, span: &Range<usize>, value: &str, inner: usize) -> usize {
        crate::toml_string::offset(self.text, span, value, inner).unwrap_or(span.start)
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, at: usize) -> usize {
        Positions::new(self.text).of(at).0
    }

    /// Every problem once, in the order of the text.
    pub fn into_problems(self, file: &str) -> Vec<Problem> {
        let positions = Positions::new(self.text);
        let broken: BTreeSet<usize> = self.broken.iter().map(|&at| positions.of(at).0).collect();
        let mut findings = self.findings;
        findings.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
        findings.dedup_by(|a, b| a.at == b.at && a.message == b.message);
        let mut problems: Vec<Problem> = Vec::new();
        for finding in findings {
            let (line, column) = positions.of(finding.at);
            // After its first syntax error a line says nothing more that can be relied on.
            let first = problems.last().is_none_or(|last| last.line != line);
            let keep = match finding.kind {
                Kind::Syntax => first,
                Kind::Plain => !broken.contains(&line),
                Kind::Missing => broken.is_empty(),
            };
            if keep {
                let Finding { message, help, .. } = finding;
                problems.push(Problem { file: file.to_owned(), line, column, message, help });
            }
        }
        problems
    }
}

/// Line and column of byte offsets.
struct Positions<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Positions<'t> {
    fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Both from 1; the column in characters.
    fn of(&self, at: usize) -> (usize, usize) {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        let line = self.starts.partition_point(|&start| start <= at);
        let start = self.starts[line - 1];
        (line, self.text[start..at].chars().count() + 1)
    }
}
