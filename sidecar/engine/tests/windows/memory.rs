//! What waiting for time costs in bytes.

use std::sync::Arc;

use bson::{Bson, doc};
use jiff::tz::TimeZone;
use vigil_board::{Day, Window};
use vigil_engine::{Change, ChangeKind, Engine};
use vigil_wire::ClusterTime;

use crate::cases;
use crate::random::{self, Dice, HOUR};

const ROWS: usize = 60_000;
const NOW: i64 = 1_780_000_000_000;

fn date(ms: i64) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

/// Bytes of timers per row, for rows whose fields `d` and `e` are `dates`.
fn bytes_per_row(window: Window, mut dates: impl FnMut(&mut Dice) -> (i64, i64)) -> f64 {
    let mut dice = Dice(1);
    let mut engine = Engine::new(Arc::new(cases::board([window], TimeZone::UTC)), NOW);
    for id in 0..ROWS {
        let (d, e) = dates(&mut dice);
        let row = doc! {"_id": id as i32, "s": "x", "d": date(d), "e": date(e)};
        engine.load("rows", &random::raw(&row));
    }
    engine.timer_bytes() as f64 / ROWS as f64
}

#[test]
fn rows_that_turn_together_take_four_bytes_and_rows_that_never_turn_none() {
    let month = 30 * 24 * HOUR;
    let past = |dice: &mut Dice| (NOW - dice.below(month as usize) as i64, NOW);
    let d = || "d".to_owned();
    let last = |bucket_ms| Window::Last { field: d(), span_ms: month, bucket_ms };
    let day = Window::Day { field: d(), day: Day::Today, until_ms: None };
    let today = |dice: &mut Dice| (NOW - dice.below(HOUR as usize) as i64, NOW);
    let covers = || Window::Covers { from: d(), to: vec!["e".into()] };
    // Shifts of three weeks that begin and end three times a day.
    let shifts = |dice: &mut Dice| {
        let start = (NOW / HOUR + 8 * (dice.below(63) as i64 - 20)) * HOUR;
        (start, start + 8 * HOUR)
    };
    for (what, limit, bytes) in [
        ("a month by the hour", 6.0, bytes_per_row(last(Some(HOUR)), past)),
        ("today", 6.0, bytes_per_row(day, today)),
        ("shifts", 6.0, bytes_per_row(covers(), shifts)),
        ("what is older", 0.0, bytes_per_row(Window::OlderThan { field: d(), span_ms: 0 }, past)),
        ("what is over", 0.0, bytes_per_row(covers(), |dice| (NOW - 9, NOW - dice.below(8) as i64))),
        ("a month to the millisecond", 32.0, bytes_per_row(last(None), past)),
    ] {
        println!("{what}: {bytes:.1} bytes a row");
        assert!(bytes <= limit, "{what}: {bytes} bytes a row, at most {limit}");
    }
}

/// A row that goes in and out all day long leaves nothing behind.
#[test]
fn changes_leave_no_garbage() {
    let mut dice = Dice(2);
    let day = Window::Day { field: "d".into(), day: Day::Today, until_ms: None };
    let mut engine = Engine::new(Arc::new(cases::board([day], TimeZone::UTC)), NOW);
    for step in 0..50_000_u32 {
        let id = dice.below(200) as i32;
        let kind = if dice.one_in(10) {
            ChangeKind::Delete { id: id.into() }
        } else {
            let row = doc! {"_id": id, "s": *dice.pick(&["x", "y"]), "d": date(NOW - 1_000)};
            ChangeKind::Put { id: id.into(), document: random::raw(&row) }
        };
        engine.apply(Change { collection: "rows".into(), at: ClusterTime::new(1 + step, 0), kind });
        assert!(engine.timer_bytes() < 4_000, "{} bytes for 200 rows", engine.timer_bytes());
    }
}
