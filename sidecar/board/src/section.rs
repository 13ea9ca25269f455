//! One TOML table and its typed keys; what has another type is reported where it stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::report::Report;
use crate::suggest;

pub(crate) type Value<'a> = &'a Spanned<DeValue<'a>>;

/// A string and where it stands in the file, quotes included.
#[derive(Debug, Clone)]
pub(crate) struct Str<'a> {
    pub value: &'a str,
    pub span: Range<usize>,
}

impl Str<'_> {
    pub fn at(&self) -> usize {
        self.span.start
    }
}

#[derive(Clone)]
pub(crate) struct Section<'a> {
    /// As messages call it: ``[[metric]] `x` ``.
    pub name: String,
    pub at: usize,
    pub table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub fn new(name: impl Into<String>, at: usize, table: &'a DeTable<'a>) -> Self {
        Self { name: name.into(), at, table }
    }

    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.table.get(key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where the key stands; the table itself where it has no such key.
    pub fn key_at(&self, key: &str) -> usize {
        self.table.get_key_value(key).map_or(self.at, |(key, _)| key.span().start)
    }

    /// Reports every key that is not known.
    pub fn check_keys(&self, report: &mut Report<'_>, known: &[&str]) {
        for key in self.table.keys() {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            if !known.contains(&name) {
                let help = suggest::help(name, known.iter().copied());
                report.problem(at, format!("unknown key `{name}` in {}", self.name), help);
            }
        }
    }

    /// Reports the key when it is there; `why` completes "… does not go with".
    pub fn refuse(&self, report: &mut Report<'_>, keys: &[&str], with: &str, why: &str) {
        for key in keys.iter().filter(|key| self.has(key)) {
            report.problem(self.key_at(key), format!("`{key}` does not go with {with}"), why);
        }
    }

    pub fn require(&self, report: &mut Report<'_>, key: &str, expected: &str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            report.missing(
                self.at,
                format!("missing `{key}` in {}", self.name),
                format!("expected {expected}"),
            );
        }
        value
    }

    pub fn str(&self, report: &mut Report<'_>, key: &str) -> Option<Str<'a>> {
        string(report, key, self.get(key)?)
    }

    pub fn require_str(&self, report: &mut Report<'_>, key: &str, expected: &str) -> Option<Str<'a>> {
        let value = self.require(report, key, expected)?;
        string(report, key, value)
    }

    pub fn boolean(&self, report: &mut Report<'_>, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        if value.get_ref().as_bool().is_none() {
            wrong_type(report, key, value, "true or false");
        }
        value.get_ref().as_bool()
    }

    /// A list; empty where the key is missing.
    pub fn list(&self, report: &mut Report<'_>, key: &str, expected: &str) -> Vec<Value<'a>> {
        match self.get(key).map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Array(items))) => items.iter().collect(),
            Some((value, _)) => {
                wrong_type(report, key, value, expected);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// One of a closed set of words.
    pub fn choice<T: Copy>(&self, report: &mut Report<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let word = self.str(report, key)?;
        choose(report, key, &word, words)
    }

    /// The `[[key]]` tables; `name` of each is ``[[key]] `its id` ``.
    pub fn sections(&self, report: &mut Report<'_>, key: &str) -> Vec<Section<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            wrong_type(report, key, value, &format!("tables, each headed [[{key}]]"));
            return Vec::new();
        };
        tables(report, key, items)
    }
}

fn tables<'a>(report: &mut Report<'_>, key: &str, items: &'a DeArray<'a>) -> Vec<Section<'a>> {
    let mut sections = Vec::new();
    for item in items {
        let DeValue::Table(table) = item.get_ref() else {
            wrong_type(report, key, item, &format!("a table headed [[{key}]]"));
            continue;
        };
        let id = table.get("id").and_then(|id| id.get_ref().as_str());
        let name = id.map_or_else(|| format!("[[{key}]]"), |id| format!("[[{key}]] `{id}`"));
        sections.push(Section::new(name, item.span().start, table));
    }
    sections
}

pub(crate) fn choose<T: Copy>(
    report: &mut Report<'_>,
    key: &str,
    word: &Str<'_>,
    words: &[(&str, T)],
) -> Option<T> {
    let found = words.iter().find(|(name, _)| *name == word.value).map(|(_, value)| *value);
    if found.is_none() {
        let help = suggest::help(word.value, words.iter().map(|(name, _)| *name));
        let known = suggest::known(words.iter().map(|(name, _)| *name));
        let help = if help == known { help } else { format!("{help} {known}") };
        report.problem(word.at(), format!("unknown {key} `{}`", word.value), help);
    }
    found
}

/// A string that is not empty.
pub(crate) fn string<'a>(report: &mut Report<'_>, key: &str, value: Value<'a>) -> Option<Str<'a>> {
    let Some(text) = value.get_ref().as_str() else {
        wrong_type(report, key, value, "a string");
        return None;
    };
    if text.is_empty() {
        report.problem(
            value.span().start,
            format!("`{key}` is empty"),
            "expected a string with something in it",
        );
        return None;
    }
    Some(Str { value: text, span: value.span() })
}

/// An integer or a float; not NaN, not infinite.
pub(crate) fn number(value: Value<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Integer(_) => integer(value).map(|n| n as f64),
        DeValue::Float(float) => float.as_str().parse().ok().filter(|x: &f64| x.is_finite()),
        _ => None,
    }
}

pub(crate) fn integer(value: Value<'_>) -> Option<i64> {
    let integer = value.get_ref().as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

pub(crate) fn table<'a>(value: Value<'a>, name: &str) -> Option<Section<'a>> {
    value.get_ref().as_table().map(|table| Section::new(name, value.span().start, table))
}

pub(crate) fn wrong_type(report: &mut Report<'_>, key: &str, value: Value<'_>, expected: &str) {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date-time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    report.problem(value.span().start, format!("`{key}` is {found}"), format!("expected {expected}"));
}
