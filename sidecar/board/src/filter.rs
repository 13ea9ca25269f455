//! `match`: MongoDB's query language, the part of it that can be followed change by change.

use toml::de::DeValue;

use crate::json;
use crate::model::Filter;
use crate::names::check_path;
use crate::node::{self, Entry, Kind, Node};
use crate::report::Report;
use crate::section::{Value, wrong_type};

mod operators;
pub(crate) mod pcre;
mod regex;
mod types;

/// Relaxed Extended JSON in a string, or a TOML table where that can say it.
pub(crate) fn read(report: &mut Report<'_>, value: Value<'_>) -> Option<Filter> {
    let node = match value.get_ref() {
        DeValue::String(text) => parse(report, value, text)?,
        DeValue::Table(_) => node::from_toml(report, value)?,
        _ => {
            wrong_type(report, "match", value, "a filter as JSON in a string, or as a table");
            return None;
        }
    };
    let before = report.count();
    let filter = filter(report, &node);
    (report.count() == before).then_some(filter)
}

fn parse(report: &mut Report<'_>, value: Value<'_>, text: &str) -> Option<Node> {
    match json::parse(text) {
        Ok(mut node) => {
            place(report, value, text, &mut node);
            Some(node)
        }
        Err(error) => {
            let at = report.inside(&value.span(), text, error.at);
            report.problem(
                at,
                format!("`match` is not JSON: {}", error.message),
                "expected such as '{\"status\": \"open\"}'",
            );
            None
        }
    }
}

/// From offsets in the JSON text to offsets in the file.
fn place(report: &Report<'_>, value: Value<'_>, text: &str, node: &mut Node) {
    node.at = report.inside(&value.span(), text, node.at);
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| place(report, value, text, item)),
        Kind::Map(entries) => {
            for entry in entries {
                entry.at = report.inside(&value.span(), text, entry.at);
                place(report, value, text, &mut entry.value);
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Double(_) | Kind::Text(_) | Kind::Date(_) => {}
    }
}

fn filter(report: &mut Report<'_>, node: &Node) -> Filter {
    let Kind::Map(entries) = &node.kind else {
        report.problem(node.at, "a filter is an object", "expected such as {\"status\": \"open\"}");
        return Filter::everything();
    };
    let mut parts: Vec<Filter> = entries.iter().flat_map(|entry| part(report, entry)).collect();
    if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) }
}

fn part(report: &mut Report<'_>, entry: &Entry) -> Vec<Filter> {
    match entry.key.as_str() {
        "$and" => vec![Filter::And(filters(report, entry))],
        "$or" => vec![Filter::Or(filters(report, entry))],
        "$nor" => vec![Filter::Nor(filters(report, entry))],
        "$comment" => Vec::new(),
        key if operators::is_of_fields(key) => {
            let help = format!("expected such as {{\"status\": {{\"{key}\": …}}}}");
            report.problem(entry.at, format!("`{key}` without a field"), help);
            Vec::new()
        }
        key if key.starts_with('$') => {
            operators::unknown(report, entry);
            Vec::new()
        }
        path => field(report, path, entry),
    }
}

fn filters(report: &mut Report<'_>, entry: &Entry) -> Vec<Filter> {
    match &entry.value.kind {
        Kind::List(items) if !items.is_empty() => items.iter().map(|item| filter(report, item)).collect(),
        _ => {
            let help = format!("expected {{\"{}\": [filter, filter, …]}}", entry.key);
            report.problem(entry.value.at, format!("`{}` needs a list of filters", entry.key), help);
            Vec::new()
        }
    }
}

fn field(report: &mut Report<'_>, path: &str, entry: &Entry) -> Vec<Filter> {
    if !check_path(report, &without_positions(path), entry.at) {
        return Vec::new();
    }
    let tests = operators::condition(report, path, &entry.value);
    tests.into_iter().map(|test| Filter::Field(path.to_owned(), test)).collect()
}

/// In a filter a number after a name is a position in an array, or a name in a document.
fn without_positions(path: &str) -> String {
    let is_position = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let names = path.split('.').enumerate().filter(|(i, name)| *i == 0 || !is_position(name));
    names.map(|(_, name)| name).collect::<Vec<_>>().join(".")
}
