//! What of a row is aggregated: a field's value or the time between two dates, and within which bounds.

use std::cmp::Ordering;

use bson::RawBsonRef;
use vigil_board::{self as board, Quantity};
use vigil_wire::Millis;

use crate::operators::{is_nothing, is_number};
use crate::path::{Evaluated, Rest, evaluate};
use crate::row::{Layout, View};
use crate::value::number::{self, Number, number};

type Place = (usize, Rest);

/// Dates further than this from 1970 are unusable in a difference: MongoDB cannot subtract all of
/// them. It is as far as a date of ECMAScript reaches.
pub(crate) const DATES_WITHIN_MS: Millis = 8_640_000_000_000_000;

/// A board's measure with its paths resolved.
#[derive(Debug)]
pub(crate) struct Measure {
    of: Of,
    bounds: Bounds,
}

#[derive(Debug)]
enum Of {
    Field(Place),
    Between { from: Place, to: Place },
}

/// A row as a measure sees it.
pub(crate) enum Measured<'a> {
    /// The row counts with this value; it may be none, or no number.
    Value(Evaluated<'a>),
    /// Milliseconds between two dates.
    Time(i64),
    /// The row does not count.
    Outside,
    /// The row does not count, because of a value of a type that cannot be used.
    SetAside,
}

impl Measured<'_> {
    pub(crate) fn get(&self) -> Option<RawBsonRef<'_>> {
        match self {
            Measured::Value(value) => value.get(),
            Measured::Time(ms) => Some(RawBsonRef::Int64(*ms)),
            Measured::Outside | Measured::SetAside => None,
        }
    }

    pub(crate) fn counts(&self) -> bool {
        matches!(self, Measured::Value(_) | Measured::Time(_))
    }

    /// Whether there is something that is no number.
    pub(crate) fn is_no_number(&self) -> bool {
        self.get().is_some_and(|value| !is_nothing(value) && !is_number(value))
    }
}

/// Exclusive bounds in the value's own unit; of times, milliseconds. The audit asks with the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) above: Option<f64>,
    pub(crate) below: Option<f64>,
}

/// The unit of a metric of times, which are held in milliseconds.
pub(crate) fn unit_ms(rows: &board::Rows) -> Option<u64> {
    match rows.value.as_ref()?.of {
        Quantity::Between { unit_ms, .. } => Some(unit_ms.unsigned_abs().max(1)),
        Quantity::Field(_) => None,
    }
}

impl Bounds {
    pub(crate) fn of(measure: &board::Measure) -> Bounds {
        let unit = match measure.of {
            Quantity::Field(_) => 1.0,
            Quantity::Between { unit_ms, .. } => unit_ms as f64,
        };
        let in_unit = |bound: Option<f64>| bound.map(|bound| bound * unit);
        Bounds { above: in_unit(measure.above), below: in_unit(measure.below) }
    }

    pub(crate) fn any(self) -> bool {
        self.above.is_some() || self.below.is_some()
    }

    /// NaN is within no bounds.
    fn hold(self, value: Number) -> bool {
        let is = |bound: Option<f64>, expected| {
            bound.is_none_or(|bound| number::compare(value, Number::Double(bound)) == expected)
        };
        let is_nan = number::compare(value, Number::Double(f64::NAN)).is_eq();
        !is_nan && is(self.above, Ordering::Greater) && is(self.below, Ordering::Less)
    }
}

impl Measure {
    pub(crate) fn new(measure: &board::Measure, layout: &Layout) -> Self {
        let of = match &measure.of {
            Quantity::Field(path) => Of::Field(layout.resolve(path)),
            Quantity::Between { from, to, .. } => {
                Of::Between { from: layout.resolve(from), to: layout.resolve(to) }
            }
        };
        Measure { of, bounds: Bounds::of(measure) }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        match &self.of {
            Of::Field((slot, _)) => with(*slot),
            Of::Between { from, to } => {
                with(from.0);
                with(to.0);
            }
        }
    }

    pub(crate) fn of<'a>(&self, row: View<'a>) -> Measured<'a> {
        match &self.of {
            Of::Field((slot, rest)) => self.field(evaluate(row.get(*slot), rest)),
            Of::Between { from, to } => self.between(date(row, from), date(row, to)),
        }
    }

    fn field<'a>(&self, value: Evaluated<'a>) -> Measured<'a> {
        if !self.bounds.any() {
            return Measured::Value(value);
        }
        match value.get() {
            None => Measured::Outside,
            Some(held) => match number(held) {
                Some(held) if self.bounds.hold(held) => Measured::Value(value),
                Some(_) => Measured::Outside,
                None if is_nothing(held) => Measured::Outside,
                None => Measured::SetAside,
            },
        }
    }

    fn between<'a>(&self, from: Date, to: Date) -> Measured<'a> {
        match (from, to) {
            (Date::Unusable, _) | (_, Date::Unusable) => Measured::SetAside,
            (Date::None, _) | (_, Date::None) => Measured::Outside,
            (Date::At(from), Date::At(to)) if self.bounds.hold(Number::Int(to - from)) => {
                Measured::Time(to - from)
            }
            (Date::At(_), Date::At(_)) => Measured::Outside,
        }
    }
}

enum Date {
    At(Millis),
    None,
    Unusable,
}

fn date(row: View<'_>, (slot, rest): &Place) -> Date {
    match evaluate(row.get(*slot), rest).get() {
        None | Some(RawBsonRef::Null | RawBsonRef::Undefined) => Date::None,
        Some(RawBsonRef::DateTime(date))
            if (-DATES_WITHIN_MS..=DATES_WITHIN_MS).contains(&date.timestamp_millis()) =>
        {
            Date::At(date.timestamp_millis())
        }
        Some(_) => Date::Unusable,
    }
}
