//! The values that a filter compares with.

use bson::{Bson, Document};
use serde_json::Value as Json;

use crate::node::{Entry, Kind, Node};
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
const EXAMPLES: [(&str, &str); 12] = [
    ("$oid", "\"24 hexadecimal digits\""),
    ("$date", "\"2026-01-31T08:00:00Z\""),
    ("$numberInt", "\"5\""),
    ("$numberLong", "\"5\""),
    ("$numberDouble", "\"0.5\""),
    ("$numberDecimal", "\"1.50\""),
    ("$binary", "{\"base64\": \"…\", \"subType\": \"00\"}"),
    ("$uuid", "\"8-4-4-4-12 hexadecimal digits\""),
    ("$timestamp", "{\"t\": 1, \"i\": 1}"),
    ("$symbol", "\"word\""),
    ("$minKey", "1"),
    ("$maxKey", "1"),
];

/// Whether this is one value written as an object, such as `{"$date": …}`.
pub(crate) fn is_typed(node: &Node) -> bool {
    type_of(node).is_some()
}

fn type_of(node: &Node) -> Option<&str> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().map(|entry| entry.key.as_str()).find(|key| TYPES.contains(key))
}

/// Whether a document is a value here, or more likely a dotted path written wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubDocument {
    Refused,
    Meant,
}

/// The value of `path`; `None` where it was reported.
pub(crate) fn read(
    report: &mut Report<'_>,
    path: &str,
    node: &Node,
    sub_document: SubDocument,
) -> Option<Bson> {
    match &node.kind {
        Kind::Null => Some(Bson::Null),
        Kind::Bool(truth) => Some(Bson::Boolean(*truth)),
        Kind::Int(n) => Some(i32::try_from(*n).map_or(Bson::Int64(*n), Bson::Int32)),
        Kind::Double(x) => Some(Bson::Double(*x)),
        Kind::Text(text) => Some(Bson::String(text.clone())),
        Kind::Date(instant) => Some(Bson::DateTime(*instant)),
        Kind::List(items) => {
            let values = items.iter().map(|item| read(report, path, item, SubDocument::Meant));
            values.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(Bson::Array)
        }
        Kind::Map(_) if is_typed(node) => typed(report, node),
        Kind::Map(entries) if sub_document == SubDocument::Meant => document(report, path, entries),
        Kind::Map(entries) => {
            let help = match entries.first() {
                Some(entry) => format!(
                    "write the dotted path \"{path}.{}\"; for the whole sub-document {{\"$eq\": {{…}}}}",
                    entry.key
                ),
                None => "for an empty sub-document write {\"$eq\": {}}".to_owned(),
            };
            report.problem(node.at, format!("`{path}` is compared with a literal sub-document"), help);
            None
        }
    }
}

fn document(report: &mut Report<'_>, path: &str, entries: &[Entry]) -> Option<Bson> {
    let mut document = Some(Document::new());
    for entry in entries {
        if entry.key.starts_with('$') || entry.key.contains('\0') {
            let message = format!("`{}` is no name in a literal sub-document", entry.key);
            report.problem(entry.at, message, "expected the names and values that the field holds");
            document = None;
            continue;
        }
        let value = read(report, path, &entry.value, SubDocument::Meant);
        document = document.zip(value).map(|(mut document, value)| {
            document.insert(&entry.key, value);
            document
        });
    }
    document.map(Bson::Document)
}

fn typed(report: &mut Report<'_>, node: &Node) -> Option<Bson> {
    match Bson::try_from(json(node)) {
        Ok(Bson::RegularExpression(_)) => {
            let help = "a pattern is a field's value, or in $regex, $in, $nin, $all, $not";
            report.problem(node.at, "a regular expression cannot be compared with", help);
            None
        }
        Ok(Bson::Undefined | Bson::DbPointer(_) | Bson::JavaScriptCodeWithScope(_)) => {
            let help = "undefined, dbPointer and code with a scope are deprecated; `$type` finds them";
            report.problem(node.at, "a value of this type cannot be compared with", help);
            None
        }
        Ok(value) if !matches!(value, Bson::Document(_) | Bson::Array(_)) => Some(value),
        Ok(_) | Err(_) => {
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
