//! Random windows, and rows whose dates are on and beside the instants that matter.

use bson::{Bson, Document};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use vigil_board::*;

use crate::random::{self, Dice, HOUR, ZONES};

const MINUTE: i64 = 60_000;

/// A zone, and an instant around which it is special.
pub fn zone(dice: &mut Dice) -> (TimeZone, i64) {
    match dice.below(ZONES.len() + 2) {
        0 => (TimeZone::posix("<+0537>-05:37").unwrap(), 1_780_000_000_000),
        // The day after this instant was skipped.
        1 => (TimeZone::get("Pacific/Apia").unwrap(), 1_325_239_200_000),
        n => (TimeZone::get(ZONES[n - 2].0).unwrap(), ZONES[n - 2].1),
    }
}

fn field(dice: &mut Dice) -> String {
    // One that has a date more often than not.
    (*dice.pick(&["d", "d", "d", "e", "e", "f", "o.b", "l.x"])).to_owned()
}

fn span(dice: &mut Dice) -> i64 {
    *dice.pick(&[1, MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 24 * HOUR, 7 * 24 * HOUR])
}

pub fn window(dice: &mut Dice, depth: usize) -> Window {
    match dice.below(if depth == 0 { 7 } else { 11 }) {
        0 | 1 => Window::Day {
            field: field(dice),
            day: *dice.pick(&[Day::Today, Day::Yesterday]),
            until_ms: dice.one_in(2).then(|| (1 + dice.below(95) as i64) * 15 * MINUTE),
        },
        2 => Window::Last { field: field(dice), span_ms: span(dice), bucket_ms: None },
        3 => {
            let bucket = *dice.pick(&[HOUR, 5 * MINUTE, 7 * MINUTE]);
            Window::Last {
                field: field(dice),
                span_ms: *dice.pick(&[HOUR, 24 * HOUR, 100 * MINUTE]),
                bucket_ms: Some(bucket),
            }
        }
        4 => Window::Next { field: field(dice), span_ms: span(dice) },
        5 => Window::OlderThan { field: field(dice), span_ms: if dice.one_in(3) { 0 } else { span(dice) } },
        6 => Window::Covers {
            from: "d".into(),
            to: vec!["e".into(), "f".into()][..1 + dice.below(2)].to_vec(),
        },
        7 | 8 => Window::Any((0..=dice.below(3)).map(|_| window(dice, depth - 1)).collect()),
        _ => Window::All((0..=dice.below(3)).map(|_| window(dice, depth - 1)).collect()),
    }
}

/// A date that some window may turn on about `now`, or anything else.
fn date(dice: &mut Dice, now: i64, zone: &TimeZone) -> Bson {
    let ms = match dice.below(24) {
        0 => return Bson::Null,
        1 => return random::value(dice, 1),
        2 => return Bson::Array(vec![Bson::DateTime(bson::DateTime::from_millis(now))]),
        3 => *dice.pick(&[
            i64::MIN,
            i64::MIN + 1,
            i64::MAX,
            i64::MAX - 1,
            -62_135_596_800_000,
            253_402_300_799_999,
        ]),
        4..10 => {
            let today = Timestamp::from_millisecond(now).unwrap().to_zoned(zone.clone());
            let midnight = today.start_of_day().unwrap().timestamp().as_millisecond();
            midnight + (dice.below(5) as i64 - 2) * 24 * HOUR + (dice.below(9) as i64 - 4) * 15 * MINUTE
        }
        10..14 => (now / HOUR + dice.below(40) as i64 - 30) * HOUR,
        _ => now + span(dice) * (dice.below(9) as i64 - 5),
    };
    let beside = *dice.pick(&[0, 0, -1, 1]);
    Bson::DateTime(bson::DateTime::from_millis(ms.saturating_add(beside)))
}

pub fn row(dice: &mut Dice, id: i32, now: i64, zone: &TimeZone) -> Document {
    let mut row = bson::doc! {"_id": id, "s": *dice.pick(&["x", "x", "y"])};
    for name in ["d", "e", "f"] {
        if !dice.one_in(8) {
            row.insert(name, date(dice, now, zone));
        }
    }
    let below = bson::doc! {"b": date(dice, now, zone), "c": 1};
    row.insert("o", if dice.one_in(8) { Bson::Array(vec![below.into()]) } else { below.into() });
    let inner = bson::doc! {"x": date(dice, now, zone)};
    row.insert("l", if dice.one_in(2) { Bson::Array(vec![inner.into()]) } else { inner.into() });
    row
}

pub fn rows(window: Window) -> Rows {
    Rows {
        from: "rows".into(),
        filter: Filter::Field("s".into(), Test::Eq("x".into())),
        window: Some(window),
        value: None,
        aggregate: Aggregate::Count,
        by: vec![Breakdown::field("_id")],
    }
}

/// A count by `_id` for each window: it says of each row whether it counts.
pub fn board(windows: impl IntoIterator<Item = Window>, zone: TimeZone) -> Board {
    let sources = windows.into_iter().map(|window| (Source::Rows(rows(window)), Tier::Critical));
    let mut board = random::board(sources.collect(), "UTC", 1_000_000);
    board.timezone_name = format!("{zone:?}");
    board.timezone = zone;
    board
}

pub fn window_of(board: &Board, metric: usize) -> &Window {
    match &board.metrics[metric].source {
        Source::Rows(Rows { window: Some(window), .. }) => window,
        other => panic!("no window: {other:?}"),
    }
}

/// On and beside the next turn, a little and a lot later.
pub fn later(dice: &mut Dice, now: i64, next: Option<i64>) -> i64 {
    let next = next.filter(|next| *next < now + 400 * 24 * HOUR).unwrap_or(now + 1);
    match dice.below(6) {
        0 => next,
        1 => (next - 1).max(now),
        2 => next + 1,
        3 => now + 1 + dice.below(1_000) as i64,
        4 => now + dice.below(30) as i64 * HOUR / 2,
        _ => now + dice.below(5) as i64 * 24 * HOUR,
    }
}
