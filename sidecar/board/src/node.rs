//! A filter as a tree with positions, whether it was written as JSON or as a TOML table.

use std::str::FromStr;

use toml::de::DeValue;

use crate::report::Report;
use crate::section::{Value, integer};

#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Byte offset in the file.
    pub at: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Date(bson::DateTime),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub at: usize,
    pub value: Node,
}

/// `None` where something in it was reported.
pub(crate) fn from_toml(report: &mut Report<'_>, value: Value<'_>) -> Option<Node> {
    let at = value.span().start;
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.clone().into_owned()),
        DeValue::Boolean(truth) => Kind::Bool(*truth),
        DeValue::Integer(_) => match integer(value) {
            Some(n) => Kind::Int(n),
            None => {
                report.problem(
                    at,
                    "an integer over 64 bits",
                    "write the match as JSON, with {\"$numberDecimal\": \"…\"}",
                );
                return None;
            }
        },
        DeValue::Float(float) => Kind::Double(float.as_str().parse().ok()?),
        DeValue::Datetime(instant) => match jiff::Timestamp::from_str(&instant.to_string()) {
            Ok(instant) => Kind::Date(bson::DateTime::from_millis(instant.as_millisecond())),
            Err(_) => {
                report.problem(
                    at,
                    format!("`{instant}` is no instant"),
                    "expected a date-time with an offset, such as 2026-01-31T08:00:00Z",
                );
                return None;
            }
        },
        DeValue::Array(items) => {
            Kind::List(items.iter().filter_map(|item| from_toml(report, item)).collect())
        }
        DeValue::Table(table) => {
            let mut entries = Vec::new();
            for (key, value) in table {
                let (name, at) = (key.get_ref().clone().into_owned(), key.span().start);
                entries.extend(from_toml(report, value).map(|value| Entry { key: name, at, value }));
            }
            entries.sort_by_key(|entry| entry.at);
            Kind::Map(entries)
        }
    };
    Some(Node { at, kind })
}
