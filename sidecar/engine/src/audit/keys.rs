//! Group keys as expressions, and the groups that other collections name.

use bson::{Bson, Document, doc};
use vigil_board::{Board, Breakdown, GroupKey, Keys, Path, Rows, TimeUnit, Window};
use vigil_wire::Millis;

use super::mql::mql;
use crate::group_key::time::{DATED_FROM, DATED_UNTIL, DAY_MS, HOUR_MS};
use crate::zone::Zone;

/// Where a looked-up document stands in the rows; no field of theirs is called so.
const LOOKED_UP: &str = "vigil:via";

/// What a breakdown groups by: an expression over the rows, and the stages that it needs before it.
pub(super) struct Key {
    pub(super) stages: Vec<Document>,
    pub(super) expression: Bson,
}

/// What to ask for groups that have no rows.
#[derive(Debug, Clone, PartialEq)]
pub struct KeysQuery {
    pub collection: String,
    pub pipeline: Vec<Document>,
}

/// All rows as one.
pub(super) fn total() -> Key {
    Key { stages: Vec::new(), expression: Bson::Null }
}

pub(super) fn key(board: &Board, rows: &Rows, by: &Breakdown, now: Millis) -> Key {
    match &by.key {
        GroupKey::Field(field) => Key { stages: Vec::new(), expression: format!("${field}").into() },
        GroupKey::Time { field, unit } => {
            let (from, until) = span(rows.window.as_ref(), field, now);
            let expression = part(field, *unit, &Zone::new(&board.timezone), (from, until));
            Key { stages: Vec::new(), expression }
        }
        GroupKey::Via { field, from, show } => via(field, from, show),
    }
}

/// The `_id`s that are groups.
pub(super) fn named(keys: &Keys) -> KeysQuery {
    let pipeline = vec![doc! {"$match": mql(&keys.filter)}, doc! {"$project": {"_id": 1}}];
    KeysQuery { collection: keys.from.clone(), pipeline }
}

/// `show` of the one document with that `_id`: as an expression compares, so that an array or a
/// missing field has none.
fn via(field: &Path, from: &str, show: &Path) -> Key {
    let is_it = doc! {"$match": {"$expr": {"$eq": ["$_id", "$$key"]}}};
    let shown = doc! {"$project": {"_id": 0, "show": format!("${show}")}};
    let lookup = doc! {
        "from": from,
        "let": {"key": format!("${field}")},
        "pipeline": [is_it, shown],
        "as": LOOKED_UP,
    };
    let first = doc! {"$arrayElemAt": [format!("${LOOKED_UP}"), 0]};
    let expression = doc! {"$let": {"vars": {"document": first}, "in": "$$document.show"}};
    Key { stages: vec![doc! {"$lookup": lookup}], expression: expression.into() }
}

/// A part of a date by the clock on the wall, with the zone's changes as literal instants.
fn part(field: &Path, unit: TimeUnit, zone: &Zone, (from, until): (Millis, Millis)) -> Bson {
    let value = format!("${field}");
    let (first_ms, changes) = zone.between(from, until);
    let since_1970 = doc! {"$subtract": [&value, date(0)]};
    let local = doc! {"$add": [since_1970, offset(&value, first_ms, changes)]};
    let part = match unit {
        TimeUnit::Hour => whole(remainder("$$local".into(), DAY_MS), HOUR_MS),
        TimeUnit::Weekday => {
            let since_monday = remainder(doc! {"$add": ["$$local", 3 * DAY_MS]}.into(), 7 * DAY_MS);
            doc! {"$add": [whole(since_monday, DAY_MS), 1]}
        }
        TimeUnit::Day => {
            doc! {"$dateToString": {"date": {"$add": [date(0), "$$local"]}, "format": "%Y-%m-%d"}}
        }
    };
    let is_dated = doc! {"$and": [
        {"$eq": [{"$type": &value}, "date"]},
        {"$gte": [&value, date(DATED_FROM)]},
        {"$lt": [&value, date(DATED_UNTIL)]},
    ]};
    let part = doc! {"$let": {"vars": {"local": local}, "in": part}};
    doc! {"$cond": [is_dated, part, Bson::Null]}.into()
}

fn date(ms: Millis) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

/// How far local time is ahead: a balanced tree over the changes.
fn offset(value: &str, first_ms: i64, changes: &[(Millis, i64)]) -> Bson {
    let middle = changes.len() / 2;
    let Some((at, after_ms)) = changes.get(middle) else { return first_ms.into() };
    let before = offset(value, first_ms, &changes[..middle]);
    let after = offset(value, *after_ms, &changes[middle + 1..]);
    doc! {"$cond": [{"$lt": [value, date(*at)]}, before, after]}.into()
}

/// The remainder that is never negative; MongoDB's has the sign of the dividend.
fn remainder(of: Bson, by: i64) -> Bson {
    doc! {"$mod": [{"$add": [{"$mod": [of, by]}, by]}, by]}.into()
}

fn whole(of: Bson, by: i64) -> Document {
    doc! {"$floor": {"$divide": [of, by]}}
}

/// Dates outside of this do not count in the window; it may be wider than the window is.
fn span(window: Option<&Window>, field: &str, now: Millis) -> (Millis, Millis) {
    const ALL: (Millis, Millis) = (Millis::MIN, Millis::MAX);
    let own = |path: &Path, from: Millis, until: Millis| if path == field { (from, until) } else { ALL };
    let after = |ms: i64| now.saturating_add(ms).saturating_add(1);
    match window {
        None => ALL,
        Some(Window::Day { field, .. }) => own(field, now.saturating_sub(4 * DAY_MS), after(4 * DAY_MS)),
        Some(Window::Last { field, span_ms, bucket_ms }) => {
            let bucket_ms = bucket_ms.unwrap_or(0);
            own(field, now.saturating_sub(*span_ms).saturating_sub(bucket_ms), after(0))
        }
        Some(Window::Next { field, span_ms }) => own(field, now, after(*span_ms)),
        Some(Window::OlderThan { field, .. }) => own(field, Millis::MIN, after(0)),
        Some(Window::Covers { from, .. }) => own(from, Millis::MIN, after(0)),
        Some(Window::Any(parts)) => parts
            .iter()
            .map(|part| span(Some(part), field, now))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .unwrap_or(ALL),
        Some(Window::All(parts)) => parts
            .iter()
            .map(|part| span(Some(part), field, now))
            .fold(ALL, |a, b| (a.0.max(b.0), a.1.min(b.1).max(a.0.max(b.0)))),
    }
}
