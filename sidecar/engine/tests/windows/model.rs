//! What a window means, straight from its definition: one question about one row at one instant.

use bson::{Bson, Document};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use vigil_board::{Day, Window};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    In,
    Out,
    SetAside,
}

pub fn verdict(window: &Window, row: &Document, t: i64, zone: &TimeZone) -> Verdict {
    let usable = |path: &&str| matches!(value(row, path), None | Some(Bson::Null | Bson::DateTime(_)));
    if !window.fields().iter().all(usable) {
        Verdict::SetAside
    } else if holds(window, row, t, zone) {
        Verdict::In
    } else {
        Verdict::Out
    }
}

/// The value that an expression sees: through an array it is an array.
fn value<'a>(row: &'a Document, path: &str) -> Option<&'a Bson> {
    let mut names = path.split('.');
    let mut found = row.get(names.next().unwrap())?;
    for name in names {
        match found {
            Bson::Document(inner) => found = inner.get(name)?,
            Bson::Array(_) => return Some(found),
            _ => return None,
        }
    }
    Some(found)
}

fn date(row: &Document, path: &str) -> Option<i128> {
    match value(row, path) {
        Some(Bson::DateTime(date)) => Some(date.timestamp_millis().into()),
        _ => None,
    }
}

fn holds(window: &Window, row: &Document, now: i64, zone: &TimeZone) -> bool {
    let t = i128::from(now);
    match window {
        Window::Any(parts) => parts.iter().any(|part| holds(part, row, now, zone)),
        Window::All(parts) => parts.iter().all(|part| holds(part, row, now, zone)),
        Window::Covers { from, to } => {
            date(row, from).is_some_and(|from| from <= t)
                && to.iter().filter_map(|to| date(row, to)).all(|to| t < to)
        }
        Window::Day { field, day, until_ms } => {
            date(row, field).is_some_and(|d| day_holds(*day, *until_ms, d, now, zone))
        }
        Window::Last { field, span_ms, bucket_ms } => {
            let begin = t - i128::from(*span_ms);
            let begin = bucket_ms.map_or(begin, |b| begin.div_euclid(b.into()) * i128::from(b));
            date(row, field).is_some_and(|d| begin < d && d <= t)
        }
        Window::Next { field, span_ms } => {
            date(row, field).is_some_and(|d| t < d && d <= t + i128::from(*span_ms))
        }
        Window::OlderThan { field, span_ms } => {
            date(row, field).is_some_and(|d| d <= t - i128::from(*span_ms))
        }
    }
}

fn day_holds(day: Day, until_ms: Option<i64>, d: i128, now: i64, zone: &TimeZone) -> bool {
    let (first, next) = match day {
        Day::Today => today(now, zone),
        Day::Yesterday => today(today(now, zone).0 - 1, zone),
    };
    if d < first.into() || d >= next.into() {
        return false;
    }
    let Some(until_ms) = until_ms else { return true };
    let until = clock(first, zone).date().at(0, 0, 0, 0).checked_add(until_ms.milliseconds()).unwrap();
    // Never since the day's beginning did the clock on the wall show that time or a later one. Clocks
    // jump by quarters of an hour, and `until` is one.
    let d = i64::try_from(d).unwrap();
    let quarters = (0..).map(|n| first + n * 900_000).take_while(|u| *u < d);
    quarters.chain([d]).all(|u| clock(u, zone) < until)
}

fn clock(t: i64, zone: &TimeZone) -> DateTime {
    zone.to_datetime(Timestamp::from_millisecond(t).unwrap())
}

/// The last day that has begun at `t`: its first instant, and that of the next one.
fn today(t: i64, zone: &TimeZone) -> (i64, i64) {
    let begins = |date: Date| {
        date.to_zoned(zone.clone()).unwrap().start_of_day().unwrap().timestamp().as_millisecond()
    };
    let near = clock(t, zone).date();
    let starts: Vec<i64> = (-3..=3).map(|n| begins(near.checked_add(n.days()).unwrap())).collect();
    let first = *starts.iter().filter(|start| **start <= t).max().unwrap();
    (first, *starts.iter().filter(|start| **start > t).min().unwrap())
}
