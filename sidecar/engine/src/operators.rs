//! Aggregates that rows are put into and taken out of.
//!
//! The contract of each: after any sequence of `add` and `remove` in which every `remove` takes out
//! something that was added, `value` is what it would be over the rest alone, in any order.

use bson::RawBsonRef;
use vigil_board::Aggregate;
use vigil_wire::Value;

mod count;
pub(crate) mod exact;
mod extreme;
mod sum;

use count::Count;
pub(crate) use extreme::value_of;
use extreme::{Extreme, Side};
use sum::Sum;

#[derive(Debug)]
pub(crate) enum Accumulator {
    Count(Count),
    Sum(Box<Sum>),
    Extreme(Extreme),
}

impl Accumulator {
    pub(crate) fn new(aggregate: Aggregate) -> Self {
        match aggregate {
            Aggregate::Count | Aggregate::Avg | Aggregate::Distinct | Aggregate::Percentile(_) => {
                Accumulator::Count(Count::default())
            }
            Aggregate::Sum => Accumulator::Sum(Box::default()),
            Aggregate::Min => Accumulator::Extreme(Extreme::new(Side::Least)),
            Aggregate::Max => Accumulator::Extreme(Extreme::new(Side::Greatest)),
        }
    }

    pub(crate) fn add(&mut self, value: Option<RawBsonRef<'_>>) {
        match self {
            Accumulator::Count(count) => count.add(),
            Accumulator::Sum(sum) => sum.add(value),
            Accumulator::Extreme(extreme) => extreme.add(value),
        }
    }

    pub(crate) fn remove(&mut self, value: Option<RawBsonRef<'_>>) {
        match self {
            Accumulator::Count(count) => count.remove(),
            Accumulator::Sum(sum) => sum.remove(value),
            Accumulator::Extreme(extreme) => extreme.remove(value),
        }
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Accumulator::Count(count) => count.value(),
            Accumulator::Sum(sum) => sum.value(),
            Accumulator::Extreme(extreme) => extreme.value(),
        }
    }
}
