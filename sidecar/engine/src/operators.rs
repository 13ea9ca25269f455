//! Aggregates that rows are put into and taken out of.
//!
//! The contract of each: after any sequence of `add` and `remove` in which every `remove` takes out
//! something that was added, its value is what it would be over the rest alone, in any order.

use bson::RawBsonRef;
use vigil_board::Aggregate;
use vigil_wire::{NoData, Value};

use crate::value::{decimal, json};

pub(crate) mod exact;
mod ordered;
mod sum;
mod values;

pub(crate) use sum::{Sum, in_unit};
use values::Values;
pub(crate) use values::{is_nothing, is_number};

/// What the aggregates of one question need to hold of its rows, each part once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    sum: bool,
    ordered: bool,
    /// Other values than numbers, too.
    others: bool,
}

impl Needs {
    pub(crate) fn of(aggregates: impl Iterator<Item = Aggregate>) -> Needs {
        let mut needs = Needs::default();
        for aggregate in aggregates {
            match aggregate {
                Aggregate::Count => {}
                Aggregate::Sum | Aggregate::Avg => needs.sum = true,
                Aggregate::Percentile(_) => needs.ordered = true,
                Aggregate::Min | Aggregate::Max | Aggregate::Distinct => {
                    needs.ordered = true;
                    needs.others = true;
                }
            }
        }
        needs
    }
}

/// Whether an aggregate is of numbers: other values are set aside.
pub(crate) fn is_of_numbers(aggregate: Aggregate) -> bool {
    match aggregate {
        Aggregate::Sum | Aggregate::Avg | Aggregate::Percentile(_) => true,
        Aggregate::Count | Aggregate::Min | Aggregate::Max | Aggregate::Distinct => false,
    }
}

#[derive(Debug)]
pub(crate) struct Accumulator {
    rows: i64,
    sum: Option<Box<Sum>>,
    values: Option<Box<Values>>,
}

impl Accumulator {
    pub(crate) fn new(needs: Needs) -> Self {
        Accumulator {
            rows: 0,
            sum: needs.sum.then(Box::default),
            values: needs.ordered.then(|| Box::new(Values::new(!needs.others))),
        }
    }

    pub(crate) fn add(&mut self, value: Option<RawBsonRef<'_>>) {
        self.rows += 1;
        self.sum.iter_mut().for_each(|sum| sum.add(value));
        self.values.iter_mut().for_each(|values| values.add(value));
    }

    pub(crate) fn remove(&mut self, value: Option<RawBsonRef<'_>>) {
        self.rows -= 1;
        self.sum.iter_mut().for_each(|sum| sum.remove(value));
        self.values.iter_mut().for_each(|values| values.remove(value));
    }

    /// One of the aggregates that it was made for. `unit_ms` is that of times, which are held in
    /// milliseconds.
    pub(crate) fn value(&self, aggregate: Aggregate, unit_ms: Option<u64>) -> Value {
        let empty = || Value::None(NoData::Empty);
        let held = |value: fn(&Values) -> Value| self.values.as_deref().map_or_else(empty, value);
        let value = match (aggregate, unit_ms) {
            (Aggregate::Count, _) => return Value::Int(self.rows),
            (Aggregate::Distinct, _) => return held(Values::distinct),
            (Aggregate::Sum | Aggregate::Avg, Some(unit)) => {
                return self.sum.as_deref().map_or_else(empty, |sum| time(aggregate, sum.whole(), unit));
            }
            (Aggregate::Sum, None) => self.sum.as_deref().map_or_else(empty, Sum::value),
            (Aggregate::Avg, None) => self.sum.as_deref().map_or_else(empty, Sum::mean),
            (Aggregate::Min, _) => held(Values::least),
            (Aggregate::Max, _) => held(Values::greatest),
            (Aggregate::Percentile(percent), _) => {
                self.values.as_deref().map_or_else(empty, |values| values.percentile(percent))
            }
        };
        match (value, unit_ms) {
            (Value::Int(ms), Some(unit)) => Value::Double(in_unit(ms.into(), unit)),
            (value, _) => value,
        }
    }
}

/// What MongoDB's sum over so many numbers comes to.
pub(crate) fn value_of_sum(
    aggregate: Aggregate,
    sum: RawBsonRef<'_>,
    count: u64,
    unit_ms: Option<u64>,
) -> Value {
    let by = if aggregate == Aggregate::Avg { count } else { 1 };
    match (aggregate, sum, unit_ms) {
        (_, RawBsonRef::Double(ms), Some(unit)) => Value::Double(ms / unit as f64 / by as f64),
        (_, RawBsonRef::Int32(ms), Some(unit)) => time(aggregate, (ms.into(), count), unit),
        (_, RawBsonRef::Int64(ms), Some(unit)) => time(aggregate, (ms.into(), count), unit),
        (Aggregate::Avg, _, _) => {
            let mut exact = Sum::default();
            exact.add(Some(sum));
            exact.mean_of(count)
        }
        _ => value_of(sum),
    }
}

/// A sum or mean of times; `sum` is milliseconds, and how many there are.
fn time(aggregate: Aggregate, (ms, count): (i128, u64), unit_ms: u64) -> Value {
    match (aggregate, count) {
        (Aggregate::Avg, 0) => Value::None(NoData::Empty),
        (Aggregate::Avg, count) => Value::Double(in_unit(ms, unit_ms.saturating_mul(count))),
        _ => Value::Double(in_unit(ms, unit_ms)),
    }
}

/// A value as it is published; what is no number, date or text is its Extended JSON.
pub(crate) fn value_of(value: RawBsonRef<'_>) -> Value {
    match value {
        RawBsonRef::Int32(n) => Value::Int(n.into()),
        RawBsonRef::Int64(n) => Value::Int(n),
        RawBsonRef::Double(x) => Value::Double(x),
        RawBsonRef::Decimal128(d) => Value::Decimal(decimal::text(d)),
        RawBsonRef::DateTime(date) => Value::Date(date.timestamp_millis()),
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => Value::Text(text.to_owned()),
        RawBsonRef::Null | RawBsonRef::Undefined => Value::None(NoData::Empty),
        other => Value::Text(json::text(Some(other))),
    }
}
