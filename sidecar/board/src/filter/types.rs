//! The names and numbers of `$type`.

use crate::model::TypeCode;
use crate::node::{Kind, Node};
use crate::report::Report;
use crate::suggest;

const NAMES: [(&str, i32); 21] = [
    ("double", 1),
    ("string", 2),
    ("object", 3),
    ("array", 4),
    ("binData", 5),
    ("undefined", 6),
    ("objectId", 7),
    ("bool", 8),
    ("date", 9),
    ("null", 10),
    ("regex", 11),
    ("dbPointer", 12),
    ("javascript", 13),
    ("symbol", 14),
    ("javascriptWithScope", 15),
    ("int", 16),
    ("timestamp", 17),
    ("long", 18),
    ("decimal", 19),
    ("minKey", -1),
    ("maxKey", 127),
];
const NUMBER: &str = "number";

/// One type or a list of them.
pub(super) fn read(report: &mut Report<'_>, node: &Node) -> Option<Vec<TypeCode>> {
    match &node.kind {
        Kind::List(items) if !items.is_empty() => {
            Some(items.iter().filter_map(|item| one(report, item)).collect())
        }
        Kind::Text(_) | Kind::Int(_) => one(report, node).map(|code| vec![code]),
        _ => refuse(
            report,
            node,
            "`$type` needs a type, or a list of types",
            "expected {\"$type\": \"string\"}",
        ),
    }
}

fn refuse<T>(report: &mut Report<'_>, node: &Node, message: &str, help: &str) -> Option<T> {
    report.problem(node.at, message, help);
    None
}

fn one(report: &mut Report<'_>, node: &Node) -> Option<TypeCode> {
    let names = || NAMES.iter().map(|(name, _)| *name).chain([NUMBER]);
    match &node.kind {
        Kind::Text(name) if name == NUMBER => Some(TypeCode::Number),
        Kind::Text(name) if name == "missing" => {
            let help = "for documents without the field write {\"$exists\": false}";
            refuse(report, node, "`missing` is no type of `$type`", help)
        }
        Kind::Text(name) => match NAMES.iter().find(|(known, _)| known == name) {
            Some((_, code)) => Some(TypeCode::Bson(*code)),
            None => {
                let message = format!("unknown type `{name}`");
                refuse(report, node, &message, &suggest::help(name, names().collect::<Vec<_>>()))
            }
        },
        Kind::Int(n) => match NAMES.iter().find(|(_, code)| i64::from(*code) == *n) {
            Some((_, code)) => Some(TypeCode::Bson(*code)),
            None => {
                refuse(report, node, &format!("unknown type {n}"), "expected -1, 1 to 19 or 127, or a name")
            }
        },
        _ => refuse(report, node, "a type is a name or a number", "expected such as \"string\""),
    }
}
