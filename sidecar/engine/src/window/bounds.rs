//! Which dates count at one instant: the audit's side of a window.

use vigil_board::{Day, Window};
use vigil_wire::Millis;

use super::Days;

/// What of a window holds at one instant, in literal instants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bounds<'a> {
    /// The field is a date from the first to the last, both inclusive; an empty range where the last
    /// is earlier.
    Within {
        field: &'a str,
        first: Millis,
        last: Millis,
    },
    /// `from` is a date that has come, and no date of `to` has.
    Covers {
        from: &'a str,
        to: &'a [String],
        now: Millis,
    },
    Any(Vec<Bounds<'a>>),
    All(Vec<Bounds<'a>>),
}

/// What holds at `now`.
pub(crate) fn bounds<'a>(window: &'a Window, now: Millis, days: &Days) -> Bounds<'a> {
    let within = |field: &'a str, first, last| Bounds::Within { field, first, last };
    let parts = |parts: &'a [Window]| parts.iter().map(|part| bounds(part, now, days)).collect();
    match window {
        Window::Day { field, day, until_ms } => {
            let (first, last) = day_bounds(*day, *until_ms, now, days).unwrap_or((0, -1));
            within(field, first, last)
        }
        Window::Last { field, span_ms, bucket_ms } => {
            let after = now.saturating_sub(*span_ms);
            let after =
                bucket_ms.map_or(after, |bucket| after.saturating_sub(after.rem_euclid(bucket.max(1))));
            within(field, after.saturating_add(1), now)
        }
        Window::Next { field, span_ms } => within(field, now.saturating_add(1), now.saturating_add(*span_ms)),
        Window::OlderThan { field, span_ms } => within(field, Millis::MIN, now.saturating_sub(*span_ms)),
        Window::Covers { from, to } => Bounds::Covers { from, to, now },
        Window::Any(windows) => Bounds::Any(parts(windows)),
        Window::All(windows) => Bounds::All(parts(windows)),
    }
}

fn day_bounds(day: Day, until_ms: Option<i64>, now: Millis, days: &Days) -> Option<(Millis, Millis)> {
    let today = days.day_of(now)?;
    let (start, end) = match day {
        Day::Today => today,
        Day::Yesterday => days.day_of(today.0.checked_sub(1)?)?,
    };
    let until = match until_ms {
        Some(until_ms) => days.clock_shows(start, end, until_ms)?,
        None => end,
    };
    Some((start, until - 1))
}
