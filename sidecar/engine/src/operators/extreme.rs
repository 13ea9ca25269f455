use std::collections::BTreeMap;

use bson::RawBsonRef;
use vigil_wire::{NoData, Value};

use crate::value::{Cell, decimal, json};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Least,
    Greatest,
}

/// The least or greatest value, by MongoDB's order across types; null and missing do not count.
///
/// Every value is kept with how often it is there, so that the next one is known when the extreme goes.
#[derive(Debug)]
pub(crate) struct Extreme {
    side: Side,
    values: BTreeMap<Cell, u32>,
}

impl Extreme {
    pub(crate) fn new(side: Side) -> Self {
        Extreme { side, values: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, value: Option<RawBsonRef<'_>>) {
        if let Some(value) = countable(value) {
            *self.values.entry(Cell::from(value)).or_default() += 1;
        }
    }

    pub(crate) fn remove(&mut self, value: Option<RawBsonRef<'_>>) {
        let Some(value) = countable(value) else { return };
        let cell = Cell::from(value);
        if let Some(times) = self.values.get_mut(&cell) {
            *times -= 1;
            if *times == 0 {
                self.values.remove(&cell);
            }
        }
    }

    pub(crate) fn value(&self) -> Value {
        let extreme = match self.side {
            Side::Least => self.values.first_key_value(),
            Side::Greatest => self.values.last_key_value(),
        };
        extreme.map_or(Value::None(NoData::Empty), |(cell, _)| value_of(cell.as_ref()))
    }
}

fn countable(value: Option<RawBsonRef<'_>>) -> Option<RawBsonRef<'_>> {
    value.filter(|value| !matches!(value, RawBsonRef::Null | RawBsonRef::Undefined))
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
