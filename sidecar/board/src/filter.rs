//! `match`: MongoDB's query language, the part of it that this version answers exactly.

use toml::de::DeValue;

use crate::json;
use crate::literal;
use crate::model::{Filter, Test};
use crate::names::check_path;
use crate::node::{self, Entry, Kind, Node};
use crate::report::Report;
use crate::section::{Value, wrong_type};
use crate::suggest;

const OF_FIELDS: [&str; 4] = ["$eq", "$in", "$ne", "$exists"];
const OF_FILTERS: [&str; 2] = ["$and", "$or"];
/// Of MongoDB's operators, those that a later version is to answer.
const LATER: [&str; 12] =
    ["$gt", "$gte", "$lt", "$lte", "$nin", "$type", "$nor", "$not", "$all", "$elemMatch", "$size", "$mod"];
/// Of MongoDB's operators, those that cannot be followed change by change.
const NEVER: [&str; 6] = ["$where", "$expr", "$text", "$near", "$geoWithin", "$jsonSchema"];
const SUPPORTED: &str = "supported now: $eq, $in, $ne, $exists on fields; $and, $or over filters";

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
        return Filter::And(Vec::new());
    };
    let mut parts: Vec<Filter> = entries.iter().flat_map(|entry| part(report, entry)).collect();
    if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) }
}

fn part(report: &mut Report<'_>, entry: &Entry) -> Vec<Filter> {
    match entry.key.as_str() {
        "$and" => vec![Filter::And(filters(report, entry))],
        "$or" => vec![Filter::Or(filters(report, entry))],
        "$comment" => Vec::new(),
        key if OF_FIELDS.contains(&key) => {
            let help = format!("expected such as {{\"status\": {{\"{key}\": …}}}}");
            report.problem(entry.at, format!("`{key}` without a field"), help);
            Vec::new()
        }
        key if key.starts_with('$') => {
            operator(report, entry);
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
    if !check_path(report, path, entry.at) {
        return Vec::new();
    }
    let tests = match &entry.value.kind {
        Kind::Map(tests)
            if !literal::is_typed(&entry.value) && tests.iter().any(|test| test.key.starts_with('$')) =>
        {
            tests.iter().filter_map(|one| test(report, path, one)).collect()
        }
        _ => literal::read(report, path, &entry.value).map(Test::Eq).into_iter().collect::<Vec<_>>(),
    };
    tests.into_iter().map(|test| Filter::Field(path.to_owned(), test)).collect()
}

fn test(report: &mut Report<'_>, path: &str, entry: &Entry) -> Option<Test> {
    match (entry.key.as_str(), &entry.value.kind) {
        ("$eq", _) => literal::read(report, path, &entry.value).map(Test::Eq),
        ("$ne", _) => literal::read(report, path, &entry.value).map(Test::Ne),
        ("$in", Kind::List(items)) if !items.is_empty() => {
            let values: Vec<_> = items.iter().filter_map(|item| literal::read(report, path, item)).collect();
            Some(Test::In(values))
        }
        ("$in", _) => {
            report.problem(
                entry.value.at,
                "`$in` needs a list of values",
                "expected {\"$in\": [value, value, …]}",
            );
            None
        }
        ("$exists", Kind::Bool(truth)) => Some(Test::Exists(*truth)),
        ("$exists", Kind::Int(n @ (0 | 1))) => Some(Test::Exists(*n == 1)),
        ("$exists", _) => {
            report.problem(entry.value.at, "`$exists` needs true or false", "expected {\"$exists\": true}");
            None
        }
        _ => {
            operator(report, entry);
            None
        }
    }
}

/// A word in an operator's place that is none of those supported.
fn operator(report: &mut Report<'_>, entry: &Entry) {
    let key = entry.key.as_str();
    let help = if ["$gt", "$gte", "$lt", "$lte"].contains(&key) {
        format!("{SUPPORTED}; for dates use `window`")
    } else {
        SUPPORTED.to_owned()
    };
    let message = if LATER.contains(&key) || ["$regex", "$options"].contains(&key) {
        format!("`{key}` is not supported by this version")
    } else if NEVER.contains(&key) {
        format!("`{key}` cannot be used in a board")
    } else if OF_FILTERS.contains(&key) {
        format!("`{key}` does not go inside a field")
    } else if key.starts_with('$') {
        let near = suggest::nearest(key, OF_FIELDS.into_iter().chain(OF_FILTERS));
        let meant = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        report.problem(entry.at, format!("unknown operator `{key}`"), format!("{meant}{help}"));
        return;
    } else {
        format!("`{key}` among operators is no operator")
    };
    report.problem(entry.at, message, help);
}
