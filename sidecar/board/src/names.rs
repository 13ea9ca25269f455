//! Ids, and the names that MongoDB knows: databases, collections, field paths.

use std::collections::BTreeMap;

use crate::metric::statistics;
use crate::model::Aggregate;
use crate::report::Report;
use crate::section::{Section, Str};
use crate::suggest;

/// Words that a formula uses itself.
const RESERVED: [&str; 3] = ["min", "max", "hours"];
const LONGEST_ID: usize = 64;

/// What the rest of the board may name, known before anything else is read.
pub(crate) struct Names<'a> {
    metrics: BTreeMap<String, Named>,
    /// Sections with a list of aggregates, and the ids of their metrics: `los` has `los.avg` and `los.p90`.
    several: BTreeMap<&'a str, Vec<String>>,
    pub limits: BTreeMap<&'a str, f64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub index: usize,
    pub has_unit: bool,
}

impl<'a> Names<'a> {
    /// The first of two metrics with one id has the name; `ids` reports the second.
    pub fn new(metrics: &[Section<'a>], limits: BTreeMap<&'a str, f64>) -> Self {
        let mut names = Self { metrics: BTreeMap::new(), several: BTreeMap::new(), limits };
        let mut index = 0;
        for section in metrics {
            let statistics = statistics(section);
            if let Some(id) = section.get("id").and_then(|id| id.get_ref().as_str()) {
                names.add(id, index, section.has("unit"), &statistics);
            }
            index += statistics.len().max(1);
        }
        names
    }

    fn add(&mut self, id: &'a str, first: usize, has_unit: bool, statistics: &[(&str, Aggregate)]) {
        if self.metric(id).is_some() || self.several.contains_key(id) {
            return;
        }
        if statistics.is_empty() {
            self.metrics.insert(id.to_owned(), Named { index: first, has_unit });
            return;
        }
        let ids: Vec<String> = statistics.iter().map(|(word, _)| format!("{id}.{word}")).collect();
        for (index, id) in (first..).zip(&ids) {
            self.metrics.insert(id.clone(), Named { index, has_unit });
        }
        self.several.insert(id, ids);
    }

    pub fn metric(&self, id: &str) -> Option<Named> {
        self.metrics.get(id).copied()
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone + '_ {
        self.metrics.keys().map(String::as_str)
    }

    /// What an id that is no metric's is, and help.
    pub fn unknown(&self, id: &str) -> (String, String) {
        match self.several.get(id) {
            Some(ids) => (
                format!("metric `{id}` of several aggregates"),
                format!("say which of them: {}", ids.join(", ")),
            ),
            None => (format!("unknown metric `{id}`"), suggest::help(id, self.ids())),
        }
    }

    /// The index of the metric that a string names; reports an unknown one.
    pub fn resolve(&self, report: &mut Report<'_>, key: &str, id: &Str<'_>) -> Option<usize> {
        let found = self.metric(id.value);
        if found.is_none() {
            let (what, help) = self.unknown(id.value);
            report.missing(id.at(), format!("`{key}` names the {what}"), help);
        }
        found.map(|named| named.index)
    }

    /// As [`Names::resolve`]; the bare id of a metric with several aggregates stands for the first.
    pub fn resolve_tile(&self, report: &mut Report<'_>, key: &str, id: &Str<'_>) -> Option<usize> {
        let first = self.several.get(id.value).and_then(|ids| self.metric(ids.first()?));
        first.map(|named| named.index).or_else(|| self.resolve(report, key, id))
    }
}

/// Ids of one kind of section: each is there, well formed and of its own.
pub(crate) fn check_ids(report: &mut Report<'_>, kind: &str, sections: &[Section<'_>]) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for section in sections {
        let Some(id) = section.require_str(report, "id", "a name such as \"waiting_now\"") else { continue };
        check_id(report, &id, false);
        if kind == "metric" && RESERVED.contains(&id.value) {
            let help = format!("{} are functions of formulas", RESERVED.join(", "));
            report.problem(id.at(), format!("`{}` cannot be the id of a metric", id.value), help);
        }
        if let Some(first) = seen.get(id.value) {
            let help = format!("the first is on line {}", report.line(*first));
            report.problem(id.at(), format!("{kind} `{}` is defined twice", id.value), help);
        } else {
            seen.insert(id.value, id.at());
        }
    }
}

/// Lower-case ASCII letters, digits and `_` (and `-` where `dashes`), a letter first.
pub(crate) fn check_id(report: &mut Report<'_>, id: &Str<'_>, dashes: bool) {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (dashes && c == '-');
    let first = id.value.starts_with(|c: char| c.is_ascii_lowercase());
    if !first || !id.value.chars().all(fits) || id.value.len() > LONGEST_ID {
        let dash = if dashes { ", -" } else { "" };
        report.problem(
            id.at(),
            format!("`{}` is not an id", id.value),
            format!("expected a letter, then letters, digits, _{dash}: all lower case, at most {LONGEST_ID}"),
        );
    }
}

pub(crate) fn check_database(report: &mut Report<'_>, name: &Str<'_>) {
    if name.value.len() > 63
        || name.value.contains(['/', '\\', '.', ' ', '"', '$', '*', '<', '>', ':', '|', '?', '\0'])
    {
        let help = "expected at most 63 bytes without / \\ . \" $ * < > : | ? and blanks";
        report.problem(name.at(), format!("`{}` is not the name of a database", name.value), help);
    } else if ["admin", "local", "config"].contains(&name.value) {
        let help = "expected a database of your own: MongoDB gives no change stream of its system databases";
        report.problem(name.at(), format!("`{}` cannot be watched", name.value), help);
    }
}

pub(crate) fn check_collection(report: &mut Report<'_>, name: &Str<'_>) -> bool {
    let (message, help) = if name.value.starts_with("system.") {
        (format!("`{}` cannot be watched", name.value), "system collections have no change stream")
    } else if name.value.starts_with('$') {
        (format!("unknown source `{}`", name.value), "expected a collection, or \"$system\"")
    } else if name.value.contains(['$', '\0']) || name.value.starts_with('.') || name.value.ends_with('.') {
        (
            format!("`{}` is not the name of a collection", name.value),
            "expected no $, and no dot at either end",
        )
    } else {
        return true;
    };
    report.problem(name.at(), message, help);
    false
}

/// Reports what is not a dotted path of plain field names.
pub(crate) fn check_path(report: &mut Report<'_>, path: &str, at: usize) -> bool {
    let (message, help) = if path.split('.').any(|name| name.starts_with('$')) {
        (format!("field `{path}` starts with $"), "expected the name of a field")
    } else if path.split('.').any(str::is_empty) || path.contains('\0') {
        (
            format!("`{path}` is not a field path"),
            "expected names with single dots between them, such as `place.id`",
        )
    } else if path.split('.').any(|name| name.chars().all(|c| c.is_ascii_digit())) {
        (
            format!("`{path}` has the position of an array element"),
            "expected names only: what leaves MongoDB is chosen by names",
        )
    } else {
        return true;
    };
    report.problem(at, message, help);
    false
}
