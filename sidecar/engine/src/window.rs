//! Windows: from when until when a row counts, by one of its dates.

use bson::RawBsonRef;
use vigil_board::{Day, Window};
use vigil_wire::Millis;

mod days;

pub(crate) use days::Days;

/// The instants at which a date counts: enter ≤ t < exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) enter: Millis,
    pub(crate) exit: Millis,
}

impl Stay {
    /// Over, or never.
    const NONE: Stay = Stay { enter: Millis::MIN, exit: Millis::MIN };

    pub(crate) fn covers(self, t: Millis) -> bool {
        self.enter <= t && t < self.exit
    }

    /// The next instant after t at which it begins or ends.
    pub(crate) fn next_after(self, t: Millis) -> Option<Millis> {
        if self.enter >= self.exit || t >= self.exit || self.exit == Millis::MAX {
            return None;
        }
        Some(if t < self.enter { self.enter } else { self.exit })
    }
}

/// A window field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dated {
    At(Millis),
    /// Missing or null: outside.
    Undated,
    /// Something else: outside, and counted.
    Unusable,
}

pub(crate) fn dated(value: Option<RawBsonRef<'_>>) -> Dated {
    match value {
        None | Some(RawBsonRef::Null) => Dated::Undated,
        Some(RawBsonRef::DateTime(date)) => Dated::At(date.timestamp_millis()),
        Some(_) => Dated::Unusable,
    }
}

/// When a date counts. Whether it counts now is all the same for every `now` that `days` may have.
pub(crate) fn stay(window: &Window, date: Millis, days: &Days) -> Stay {
    match window {
        Window::Day { .. } if days.is_long_past(date) => Stay::NONE,
        Window::Day { day: Day::Today, .. } => {
            days.day_of(date).map_or(Stay::NONE, |(enter, exit)| Stay { enter, exit })
        }
        Window::Day { day: Day::Yesterday, .. } => days
            .day_of(date)
            .and_then(|(_, end)| days.day_of(end))
            .map_or(Stay::NONE, |(enter, exit)| Stay { enter, exit }),
        Window::Last { span_ms, bucket_ms, .. } => {
            let exit = ceiling(date, *bucket_ms).saturating_add(*span_ms);
            Stay { enter: date, exit }
        }
        _ => Stay::NONE,
    }
}

/// The dates that count at `now`: from ≤ date < until. The audit's bounds.
pub(crate) fn bounds(window: &Window, now: Millis, days: &Days) -> (Millis, Millis) {
    match window {
        Window::Day { day: Day::Today, .. } => days.day_of(now).unwrap_or((0, 0)),
        Window::Day { day: Day::Yesterday, .. } => {
            days.day_of(now).and_then(|(start, _)| days.day_of(start - 1)).unwrap_or((0, 0))
        }
        Window::Last { span_ms, bucket_ms, .. } => {
            let after = now.saturating_sub(*span_ms);
            let after = bucket_ms.map_or(after, |bucket| after.div_euclid(bucket.max(1)) * bucket.max(1));
            (after.saturating_add(1), now.saturating_add(1))
        }
        _ => (0, 0),
    }
}

fn ceiling(date: Millis, bucket_ms: Option<i64>) -> Millis {
    let Some(bucket) = bucket_ms.map(|bucket| bucket.max(1)) else { return date };
    let beyond = date.rem_euclid(bucket);
    if beyond == 0 { date } else { date.saturating_add(bucket - beyond) }
}
