//! A made-up board uses every form of the format, and is read as a good one.
//!
//! Which forms there are is asked of the schema (keys and words) and, for what a schema cannot see
//! inside of texts, of the model.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Value;
use vigil_board::{Board, Bound, Filter, Format, Second, Source, Test, Window};

const TEXT: &str = include_str!("boards/library.toml");

fn board() -> Board {
    vigil_board::parse("library.toml", TEXT).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
    })
}

fn schema() -> Value {
    serde_json::from_str(vigil_board::SCHEMA).unwrap()
}

/// Keys of tables, and words that a key may have, wherever the schema says them.
fn forms(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, inner) in object {
                match (key.as_str(), inner) {
                    ("properties", Value::Object(named)) => into.extend(named.keys().cloned()),
                    ("enum", Value::Array(words)) => {
                        into.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                // What must not be is no form.
                if key != "not" {
                    forms(inner, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| forms(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every key and every word of the board.
fn used(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                into.insert(key.clone());
                used(inner, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used(item, into)),
        Value::String(word) => drop(into.insert(word.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_key_and_word_of_the_schema_is_used() {
    let (mut known, mut found) = (BTreeSet::new(), BTreeSet::new());
    forms(&schema(), &mut known);
    used(&toml::from_str(TEXT).unwrap(), &mut found);
    assert!(known.len() > 100, "{} forms", known.len());
    let unused: Vec<&String> = known.difference(&found).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// The names of the variants in a value's debug text.
fn variants(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase())).map(str::to_owned).collect()
}

fn assert_all(what: &str, found: &BTreeSet<String>, expected: &str) {
    let missing: Vec<&str> = expected.split(' ').filter(|word| !found.contains(*word)).collect();
    assert!(missing.is_empty(), "{what}: {missing:?}");
}

#[test]
fn every_form_inside_of_texts_is_used() {
    let board = board();
    let (mut formulas, mut filters, mut rows, mut alerts) =
        (String::new(), String::new(), String::new(), String::new());
    for metric in &board.metrics {
        match &metric.source {
            Source::Formula(formula) => formulas += &format!("{:?} ", formula.root),
            Source::Rows(of) => {
                filters += &format!("{:?} ", of.filter);
                rows += &format!("{:?} {:?} {:?} {:?} ", of.window, of.value, of.aggregate, of.by);
            }
            Source::System(_) => {}
        }
        alerts += &format!("{:?} ", metric.alerts);
    }
    assert_all(
        "formulas",
        &variants(&formulas),
        "Number Metric Negate Add Subtract Multiply Divide Min Max Hours Else",
    );
    assert_all(
        "filters",
        &variants(&filters),
        "And Or Nor Eq Ne In Nin Gt Gte Lt Lte Exists Type Not All ElemMatch Size Mod Regex",
    );
    assert_all(
        "rows",
        &variants(&rows),
        "Day Today Yesterday Last Next OlderThan Covers Any All Field Between Count Sum Avg Min Max Distinct \
         Percentile Time Hour Weekday Via",
    );
    assert_all(
        "alerts",
        &variants(&alerts),
        "Low High Critical Less LessOrEqual Greater GreaterOrEqual Equal NotEqual Number Age Word Hours",
    );
}

#[test]
fn texts_are_read_as_meant() {
    let board = board();
    let of = |id: &str| &board.metrics[board.metric(id).expect(id)];
    let visitors = &of("visitors_now").alerts;
    let bounds: Vec<&Bound> = visitors.iter().map(|alert| &alert.when.bound).collect();
    let numbers = [0.8 * 240.0, 100.0, 240.0, 300.0].map(Bound::Number);
    assert_eq!(bounds, numbers.iter().collect::<Vec<_>>());
    // A missing `for` is that of the severity below, among rules of the same target.
    assert_eq!(visitors.iter().map(|alert| alert.for_ms).collect::<Vec<_>>(), [300_000, 300_000, 300_000, 0]);
    assert_eq!(visitors[1].each.as_deref(), Some("branch_id"));
    assert!(of("stay.avg").alerts.is_empty());
    // 4 h of a metric in minutes.
    assert_eq!(of("stay.p90").alerts[0].when.bound, Bound::Number(240.0));
    assert_eq!(of("overdue_share").alerts[0].when.bound, Bound::Number(0.12));
    assert_eq!(of("oldest_loan").alerts[0].when.bound, Bound::Age(60 * 86_400_000));
    let night = of("oldest_loan").alerts[1].active.as_ref().unwrap();
    assert_eq!((night.days, night.from_min, night.until_min), ([true; 7], 1_320, 360));
    assert_eq!(of("hold_hours").alerts[0].when.bound, Bound::Number(14.0 * 86_400.0));
    assert_eq!(
        (&of("overdue").second, &of("visits_today").second),
        (&Some(Second::Share), &Some(Second::Delta))
    );
    assert_eq!(of("visitors_now").usual_ms, Some(4 * 7 * 86_400_000));
    assert!(of("members").counts_people && !of("copies").counts_people);
}

#[test]
fn feeds_are_read_as_meant() {
    let board = board();
    let feed = &board.feeds[0];
    assert_eq!((feed.from.as_str(), feed.limit, feed.sort.len()), ("loans", 100, 2));
    assert!(matches!(feed.window, Some(Window::OlderThan { span_ms: 604_800_000, .. })));
    assert!(matches!(&feed.filter, Filter::Field(path, Test::Eq(_)) if path == "returned_at"));
    assert_eq!(feed.columns[0].format, Format::Age);
    let names = feed.columns[1].names.expect("named from branches");
    assert_eq!(board.metrics[names].breakdowns(), ["_id"]);
    assert_eq!(feed.alerts.iter().map(|alert| alert.after_ms).collect::<Vec<_>>(), [0, 120_000]);
    assert_eq!(feed.alerts[1].place.as_deref(), Some("branch_id"));
    assert_eq!((board.feeds[1].limit, board.feeds[1].sort.len()), (50, 0));
}
