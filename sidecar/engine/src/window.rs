//! Windows: from when until when a row counts, by its dates.

use bson::RawBsonRef;
use vigil_board::{Day, Window};
use vigil_wire::Millis;

use crate::path::{Rest, evaluate};
use crate::row::{Layout, View};

mod bounds;
mod days;
mod stays;
mod timers;

pub(crate) use bounds::{Bounds, bounds};
pub(crate) use days::Days;
pub(crate) use stays::Stays;
pub(crate) use timers::Timers;

/// A window with its paths resolved.
///
/// What it says of a row does not depend on `now`: instants at which the row counts. `now` only
/// walks along them.
#[derive(Debug)]
pub(crate) enum Schedule {
    Date(Field, Extent),
    Covers { from: Field, to: Vec<Field> },
    Any(Vec<Schedule>),
    All(Vec<Schedule>),
}

/// When one date counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent {
    Day { day: Day, until_ms: Option<i64> },
    Last { span_ms: i64, bucket_ms: Option<i64> },
    Next { span_ms: i64 },
    OlderThan { span_ms: i64 },
}

#[derive(Debug)]
pub(crate) struct Field {
    slot: usize,
    rest: Rest,
}

/// A date field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dated {
    At(Millis),
    /// Missing or null.
    Undated,
    /// Something else.
    Unusable,
}

pub(crate) fn dated(value: Option<RawBsonRef<'_>>) -> Dated {
    match value {
        None | Some(RawBsonRef::Null) => Dated::Undated,
        Some(RawBsonRef::DateTime(date)) => Dated::At(date.timestamp_millis()),
        Some(_) => Dated::Unusable,
    }
}

/// A field of the window is neither a date nor null nor missing: the row is outside, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unusable;

impl Field {
    fn new(path: &str, layout: &Layout) -> Field {
        let (slot, rest) = layout.resolve(path);
        Field { slot, rest }
    }

    fn date(&self, row: View<'_>) -> Result<Option<Millis>, Unusable> {
        match dated(evaluate(row.get(self.slot), &self.rest).get()) {
            Dated::At(date) => Ok(Some(date)),
            Dated::Undated => Ok(None),
            Dated::Unusable => Err(Unusable),
        }
    }
}

impl Schedule {
    pub(crate) fn new(window: &Window, layout: &Layout) -> Schedule {
        let date = |field: &str, extent| Schedule::Date(Field::new(field, layout), extent);
        let parts = |parts: &[Window]| parts.iter().map(|part| Schedule::new(part, layout)).collect();
        match window {
            Window::Day { field, day, until_ms } => {
                date(field, Extent::Day { day: *day, until_ms: *until_ms })
            }
            Window::Last { field, span_ms, bucket_ms } => {
                date(field, Extent::Last { span_ms: *span_ms, bucket_ms: *bucket_ms })
            }
            Window::Next { field, span_ms } => date(field, Extent::Next { span_ms: *span_ms }),
            Window::OlderThan { field, span_ms } => date(field, Extent::OlderThan { span_ms: *span_ms }),
            Window::Covers { from, to } => Schedule::Covers {
                from: Field::new(from, layout),
                to: to.iter().map(|to| Field::new(to, layout)).collect(),
            },
            Window::Any(windows) => Schedule::Any(parts(windows)),
            Window::All(windows) => Schedule::All(parts(windows)),
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        match self {
            Schedule::Date(field, _) => with(field.slot),
            Schedule::Covers { from, to } => {
                with(from.slot);
                to.iter().for_each(|to| with(to.slot));
            }
            Schedule::Any(parts) | Schedule::All(parts) => parts.iter().for_each(|part| part.slots(with)),
        }
    }

    /// When the row counts. Before what `days` is turned to, instants may be left out.
    ///
    /// One unusable field makes the whole unusable, whatever the others say: a row that is counted
    /// by half of its dates would be a guess.
    pub(crate) fn stays(&self, row: View<'_>, days: &Days) -> Result<Stays, Unusable> {
        match self {
            Schedule::Date(field, extent) => {
                Ok(field.date(row)?.map_or(Stays::NONE, |date| extent.stays(date, days)))
            }
            Schedule::Covers { from, to } => {
                let enter = from.date(row)?;
                let mut exit = Millis::MAX;
                for to in to {
                    exit = to.date(row)?.map_or(exit, |date| exit.min(date));
                }
                Ok(enter.map_or(Stays::NONE, |enter| Stays::one(enter, exit)))
            }
            Schedule::Any(parts) => Ok(Stays::union(&stays_of(parts, row, days)?)),
            Schedule::All(parts) => Ok(Stays::intersection(&stays_of(parts, row, days)?)),
        }
    }
}

fn stays_of(parts: &[Schedule], row: View<'_>, days: &Days) -> Result<Vec<Stays>, Unusable> {
    parts.iter().map(|part| part.stays(row, days)).collect()
}

impl Extent {
    /// When that date counts.
    fn stays(self, date: Millis, days: &Days) -> Stays {
        match self {
            // A day takes a while to find, and most dates are long past.
            Extent::Day { .. } if days.is_long_past(date) => Stays::NONE,
            Extent::Day { day, until_ms } => day_of(day, until_ms, date, days).unwrap_or(Stays::NONE),
            Extent::Last { span_ms, bucket_ms } => {
                Stays::one(date, ceiling(date, bucket_ms).saturating_add(span_ms))
            }
            Extent::Next { span_ms } => Stays::one(date.saturating_sub(span_ms), date),
            Extent::OlderThan { span_ms } => Stays::one(date.saturating_add(span_ms), Millis::MAX),
        }
    }
}

fn day_of(day: Day, until_ms: Option<i64>, date: Millis, days: &Days) -> Option<Stays> {
    let (start, end) = days.day_of(date)?;
    if let Some(until_ms) = until_ms
        && date >= days.clock_shows(start, end, until_ms)?
    {
        return None;
    }
    let (enter, exit) = match day {
        Day::Today => (start, end),
        Day::Yesterday => days.day_of(end)?,
    };
    Some(Stays::one(enter, exit))
}

fn ceiling(date: Millis, bucket_ms: Option<i64>) -> Millis {
    let Some(bucket) = bucket_ms.map(|bucket| bucket.max(1)) else { return date };
    let beyond = date.rem_euclid(bucket);
    if beyond == 0 { date } else { date.saturating_add(bucket - beyond) }
}
