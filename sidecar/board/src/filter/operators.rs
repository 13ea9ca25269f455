//! What a filter says about one field.

use crate::filter::{filter, regex, types};
use crate::literal::{self, SubDocument};
use crate::model::{ElemMatch, Test};
use crate::node::{Entry, Kind, Node};
use crate::report::Report;
use crate::suggest;

const OF_FIELDS: [&str; 17] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$type",
    "$not",
    "$all",
    "$elemMatch",
    "$size",
    "$mod",
    "$regex",
    "$options",
];
const OF_FILTERS: [&str; 3] = ["$and", "$or", "$nor"];
/// Of MongoDB's operators, those that cannot be followed change by change.
const NEVER: [&str; 12] = [
    "$where",
    "$expr",
    "$text",
    "$jsonSchema",
    "$near",
    "$nearSphere",
    "$geoWithin",
    "$geoIntersects",
    "$within",
    "$sampleRate",
    "$function",
    "$rand",
];
const UNSUPPORTED: [&str; 4] = ["$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet"];
const SUPPORTED: &str = "supported: $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $type, $not, $all, \
                         $elemMatch, $size, $mod, $regex on fields; $and, $or, $nor over filters";

pub(super) fn is_of_fields(key: &str) -> bool {
    OF_FIELDS.contains(&key)
}

fn has_operators(node: &Node) -> bool {
    !literal::is_typed(node)
        && matches!(&node.kind, Kind::Map(entries) if entries.iter().any(|entry| entry.key.starts_with('$')))
}

/// What stands after a field's name: a value, a regular expression or operators.
pub(super) fn condition(report: &mut Report<'_>, path: &str, node: &Node) -> Vec<Test> {
    if regex::is_typed(node) {
        return regex::typed(report, node).map(Test::Regex).into_iter().collect();
    }
    match &node.kind {
        Kind::Map(entries) if has_operators(node) => tests(report, path, entries),
        _ => literal::read(report, path, node, SubDocument::Refused).map(Test::Eq).into_iter().collect(),
    }
}

fn tests(report: &mut Report<'_>, path: &str, entries: &[Entry]) -> Vec<Test> {
    let mut tests = Vec::new();
    for entry in entries {
        match entry.key.as_str() {
            "$regex" | "$options" => {}
            _ => tests.extend(test(report, path, entry)),
        }
    }
    let part = |key: &str| entries.iter().find(|entry| entry.key == key);
    tests.extend(regex::operator(report, part("$regex"), part("$options")).map(Test::Regex));
    tests
}

fn test(report: &mut Report<'_>, path: &str, entry: &Entry) -> Option<Test> {
    let key = entry.key.as_str();
    match key {
        "$eq" => literal::read(report, path, &entry.value, SubDocument::Meant).map(Test::Eq),
        "$ne" => literal::read(report, path, &entry.value, SubDocument::Meant).map(Test::Ne),
        "$gt" => bound(report, path, entry).map(Test::Gt),
        "$gte" => bound(report, path, entry).map(Test::Gte),
        "$lt" => bound(report, path, entry).map(Test::Lt),
        "$lte" => bound(report, path, entry).map(Test::Lte),
        "$in" => values(report, path, entry).map(Test::In),
        "$nin" => values(report, path, entry).map(Test::Nin),
        "$all" => all(report, path, entry),
        "$exists" => exists(report, entry),
        "$type" => types::read(report, &entry.value).map(Test::Type),
        "$not" => not(report, path, entry),
        "$elemMatch" => elem_match(report, path, &entry.value).map(Test::ElemMatch),
        "$size" => match entry.value.kind {
            Kind::Int(n) if (0..=i64::from(i32::MAX)).contains(&n) => Some(Test::Size(n)),
            _ => {
                wanted(report, &entry.value, "`$size` needs a whole number from 0", "expected {\"$size\": 2}")
            }
        },
        "$mod" => remainder(report, entry),
        _ => {
            unknown(report, entry);
            None
        }
    }
}

/// Reports what an operator needs.
fn wanted<T>(report: &mut Report<'_>, at: &Node, message: &str, help: &str) -> Option<T> {
    report.problem(at.at, message, help);
    None
}

/// A value that others come before or after.
fn bound(report: &mut Report<'_>, path: &str, entry: &Entry) -> Option<bson::Bson> {
    let before = report.count();
    let value = literal::read(report, path, &entry.value, SubDocument::Meant);
    let is_text = matches!(&entry.value.kind, Kind::Text(text) if text.contains("NOW") || text == "now");
    if report.count() == before && is_text {
        let help = format!(
            "`{}` compares with fixed values; for spans of time before or after now use `window`",
            entry.key
        );
        return wanted(report, &entry.value, "a filter knows no current time", &help);
    }
    value
}

fn values(report: &mut Report<'_>, path: &str, entry: &Entry) -> Option<Vec<bson::Bson>> {
    match &entry.value.kind {
        Kind::List(items) if !items.is_empty() => {
            Some(items.iter().filter_map(|item| value(report, path, item)).collect())
        }
        _ => {
            let message = format!("`{}` needs a list of values", entry.key);
            let help = format!("expected {{\"{}\": [value, value, …]}}", entry.key);
            wanted(report, &entry.value, &message, &help)
        }
    }
}

/// One of a list of values, or a pattern among them.
fn value(report: &mut Report<'_>, path: &str, item: &Node) -> Option<bson::Bson> {
    if regex::is_typed(item) {
        return regex::typed(report, item).and_then(|pattern| regex::value(&pattern));
    }
    if has_operators(item) {
        let help = "expected values; a pattern is {\"$regularExpression\": {\"pattern\": \"^x\", \"options\": \"i\"}}";
        return wanted(report, item, "an operator among values", help);
    }
    literal::read(report, path, item, SubDocument::Meant)
}

fn all(report: &mut Report<'_>, path: &str, entry: &Entry) -> Option<Test> {
    let elements =
        |item: &&Node| matches!(&item.kind, Kind::Map(one) if one.iter().any(|e| e.key == "$elemMatch"));
    let Kind::List(items) = &entry.value.kind else { return values(report, path, entry).map(Test::All) };
    let count = items.iter().filter(elements).count();
    if count == 0 {
        return values(report, path, entry).map(Test::All);
    }
    if count < items.len() {
        return wanted(
            report,
            &entry.value,
            "`$all` mixes values and `$elemMatch`",
            "expected one kind, as in MongoDB",
        );
    }
    let mut matches = Vec::new();
    for item in items {
        let Kind::Map(one) = &item.kind else { continue };
        for entry in one {
            if entry.key == "$elemMatch" {
                matches.extend(elem_match(report, path, &entry.value));
            } else {
                report.problem(
                    entry.at,
                    format!("`{}` beside `$elemMatch`", entry.key),
                    "expected nothing else",
                );
            }
        }
    }
    Some(Test::AllElemMatch(matches))
}

fn exists(report: &mut Report<'_>, entry: &Entry) -> Option<Test> {
    match entry.value.kind {
        Kind::Bool(truth) => Some(Test::Exists(truth)),
        Kind::Int(n @ (0 | 1)) => Some(Test::Exists(n == 1)),
        _ => wanted(report, &entry.value, "`$exists` needs true or false", "expected {\"$exists\": true}"),
    }
}

fn not(report: &mut Report<'_>, path: &str, entry: &Entry) -> Option<Test> {
    if regex::is_typed(&entry.value) {
        return regex::typed(report, &entry.value).map(|pattern| Test::Not(vec![Test::Regex(pattern)]));
    }
    match &entry.value.kind {
        Kind::Map(entries) if has_operators(&entry.value) => Some(Test::Not(tests(report, path, entries))),
        _ => {
            let help = "expected such as {\"$not\": {\"$gt\": 5}}; for a value use `$ne`";
            wanted(report, &entry.value, "`$not` needs operators or a regular expression", help)
        }
    }
}

fn elem_match(report: &mut Report<'_>, path: &str, node: &Node) -> Option<ElemMatch> {
    let Kind::Map(entries) = &node.kind else {
        let help =
            "expected such as {\"$elemMatch\": {\"price\": {\"$gt\": 5}}}, or {\"$elemMatch\": {\"$gt\": 5}}";
        return wanted(report, node, "`$elemMatch` needs a filter or operators", help);
    };
    // MongoDB goes by the first name too.
    if entries.first().is_some_and(|first| is_of_fields(&first.key)) {
        return Some(ElemMatch::Value(tests(report, path, entries)));
    }
    Some(ElemMatch::Object(Box::new(filter(report, node))))
}

fn remainder(report: &mut Report<'_>, entry: &Entry) -> Option<Test> {
    if let Kind::List(items) = &entry.value.kind
        && let [Node { kind: Kind::Int(divisor), .. }, Node { kind: Kind::Int(remainder), .. }] = items[..]
        && divisor != 0
    {
        return Some(Test::Mod(divisor, remainder));
    }
    let help = "expected {\"$mod\": [divisor, remainder]}, the divisor not 0";
    wanted(report, &entry.value, "`$mod` needs two whole numbers", help)
}

/// A word in an operator's place that is none of those supported there.
pub(super) fn unknown(report: &mut Report<'_>, entry: &Entry) {
    let key = entry.key.as_str();
    let message = if NEVER.contains(&key) {
        let message = format!("`{key}` cannot be followed change by change");
        let help = format!("write the condition with other operators; {SUPPORTED}");
        return report.problem(entry.at, message, help);
    } else if UNSUPPORTED.contains(&key) {
        format!("`{key}` is not supported")
    } else if OF_FILTERS.contains(&key) {
        format!("`{key}` does not go inside a field")
    } else if key.starts_with('$') {
        let near = suggest::nearest(key, OF_FIELDS.into_iter().chain(OF_FILTERS));
        let meant = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        report.problem(entry.at, format!("unknown operator `{key}`"), format!("{meant}{SUPPORTED}"));
        return;
    } else {
        format!("`{key}` among operators is no operator")
    };
    report.problem(entry.at, message, SUPPORTED);
}
