//! The values that a filter compares with.

use bson::Bson;
use serde_json::Value as Json;

use crate::node::{Kind, Node};
use crate::report::Report;

/// Keys of MongoDB's Extended JSON that spell a value.
const TYPES: [&str; 16] = [
    "$oid",
    "$date",
    "$numberInt",
    "$numberLong",
    "$numberDouble",
    "$numberDecimal",
    "$binary",
    "$uuid",
    "$timestamp",
    "$regularExpression",
    "$code",
    "$symbol",
    "$minKey",
    "$maxKey",
    "$undefined",
    "$dbPointer",
];
const EXAMPLES: [(&str, &str); 9] = [
    ("$oid", "\"24 hexadecimal digits\""),
    ("$date", "\"2026-01-31T08:00:00Z\""),
    ("$numberInt", "\"5\""),
    ("$numberLong", "\"5\""),
    ("$numberDouble", "\"0.5\""),
    ("$numberDecimal", "\"1.50\""),
    ("$binary", "{\"base64\": \"…\", \"subType\": \"00\"}"),
    ("$uuid", "\"8-4-4-4-12 hexadecimal digits\""),
    ("$timestamp", "{\"t\": 1, \"i\": 1}"),
];

/// Whether this is one value written as an object, such as `{"$date": …}`.
pub(crate) fn is_typed(node: &Node) -> bool {
    type_of(node).is_some()
}

fn type_of(node: &Node) -> Option<&str> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().map(|entry| entry.key.as_str()).find(|key| TYPES.contains(key))
}

/// The value of `path`; `None` where it was reported.
pub(crate) fn read(report: &mut Report<'_>, path: &str, node: &Node) -> Option<Bson> {
    match &node.kind {
        Kind::Null => Some(Bson::Null),
        Kind::Bool(truth) => Some(Bson::Boolean(*truth)),
        Kind::Int(n) => Some(i32::try_from(*n).map_or(Bson::Int64(*n), Bson::Int32)),
        Kind::Double(x) => Some(Bson::Double(*x)),
        Kind::Text(text) => Some(Bson::String(text.clone())),
        Kind::Date(instant) => Some(Bson::DateTime(*instant)),
        Kind::Map(_) if is_typed(node) => typed(report, node),
        Kind::Map(entries) => {
            let help = match entries.first().filter(|entry| !entry.key.starts_with('$')) {
                Some(entry) => format!("write the dotted path \"{path}.{}\"", entry.key),
                None => "expected one value".to_owned(),
            };
            report.problem(node.at, format!("`{path}` is compared with a literal sub-document"), help);
            None
        }
        Kind::List(_) => {
            let help = format!("for any one of several values write {{\"{path}\": {{\"$in\": […]}}}}");
            report.problem(
                node.at,
                format!("`{path}` is compared with a list, which this version does not support"),
                help,
            );
            None
        }
    }
}

fn typed(report: &mut Report<'_>, node: &Node) -> Option<Bson> {
    match Bson::try_from(json(node)) {
        Ok(Bson::RegularExpression(_)) => {
            report.problem(
                node.at,
                "a regular expression is not supported by this version",
                "compare with whole values",
            );
            None
        }
        Ok(
            value @ (Bson::ObjectId(_)
            | Bson::DateTime(_)
            | Bson::Int32(_)
            | Bson::Int64(_)
            | Bson::Double(_)
            | Bson::Decimal128(_)
            | Bson::Binary(_)
            | Bson::Timestamp(_)),
        ) => Some(value),
        Ok(_) => {
            let help =
                "expected null, a boolean, a number, a string, a date, an ObjectId, a binary or a timestamp";
            report.problem(node.at, "a value of this type cannot be compared with", help);
            None
        }
        Err(_) => {
            let key = type_of(node).unwrap_or_default();
            let example =
                EXAMPLES.iter().find(|(name, _)| *name == key).map_or("…", |(_, example)| *example);
            let help = format!("expected {{\"{key}\": {example}}}");
            report.problem(node.at, format!("`{key}` is not as Extended JSON has it"), help);
            None
        }
    }
}

/// Back to JSON, for bson's own reader of Extended JSON.
fn json(node: &Node) -> Json {
    match &node.kind {
        Kind::Null => Json::Null,
        Kind::Bool(truth) => Json::Bool(*truth),
        Kind::Int(n) => Json::from(*n),
        Kind::Double(x) => Json::from(*x),
        Kind::Text(text) => Json::String(text.clone()),
        Kind::Date(instant) => Json::from(instant.timestamp_millis()),
        Kind::List(items) => Json::Array(items.iter().map(json).collect()),
        Kind::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect())
        }
    }
}
