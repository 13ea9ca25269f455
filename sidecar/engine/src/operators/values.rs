use bson::RawBsonRef;
use vigil_wire::{NoData, Value};

use super::ordered::{Key, Ordered};
use super::value_of;
use crate::value::{Cell, order};

impl Key for Cell {
    fn is_same_value(&self, other: &Self) -> bool {
        order::compare(self.as_ref(), other.as_ref()).is_eq()
    }
}

/// Values by MongoDB's order across types, null and missing not among them: for extremes, counts of
/// distinct values and percentiles.
///
/// Every value is kept with how often it is there, so that it is known what comes next when one goes.
#[derive(Debug)]
pub(crate) struct Values {
    held: Held,
    numbers_only: bool,
    numbers: u64,
    /// How many come before the numbers.
    before: u64,
}

/// Values of one type that an integer holds take half of the room that others do.
#[derive(Debug)]
enum Held {
    Whole(Whole, Ordered<i64>),
    Any(Ordered<Cell>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Int32,
    Int64,
    Date,
}

impl Whole {
    fn of(value: RawBsonRef<'_>) -> Option<(Whole, i64)> {
        match value {
            RawBsonRef::Int32(n) => Some((Whole::Int32, n.into())),
            RawBsonRef::Int64(n) => Some((Whole::Int64, n)),
            RawBsonRef::DateTime(date) => Some((Whole::Date, date.timestamp_millis())),
            _ => None,
        }
    }

    fn cell(self, n: i64) -> Cell {
        match self {
            Whole::Int32 => i32::try_from(n).map_or(Cell::I64(n), Cell::I32),
            Whole::Int64 => Cell::I64(n),
            Whole::Date => Cell::Date(n),
        }
    }
}

impl Values {
    pub(crate) fn new(numbers_only: bool) -> Self {
        let held = Held::Whole(Whole::Int64, Ordered::default());
        Values { held, numbers_only, numbers: 0, before: 0 }
    }

    pub(crate) fn add(&mut self, value: Option<RawBsonRef<'_>>) {
        let Some(value) = self.countable(value) else { return };
        self.numbers += u64::from(is_number(value));
        self.before += u64::from(is_before_numbers(value));
        let whole = Whole::of(value);
        if let Held::Whole(kind, held) = &mut self.held {
            match whole {
                Some((own, n)) if *kind == own || held.len() == 0 => {
                    *kind = own;
                    return held.insert(n);
                }
                _ => self.held = Held::Any(widened(*kind, std::mem::take(held))),
            }
        }
        if let Held::Any(held) = &mut self.held {
            held.insert(Cell::from(value));
        }
    }

    pub(crate) fn remove(&mut self, value: Option<RawBsonRef<'_>>) {
        let Some(value) = self.countable(value) else { return };
        self.numbers -= u64::from(is_number(value));
        self.before -= u64::from(is_before_numbers(value));
        match (&mut self.held, Whole::of(value)) {
            (Held::Whole(_, held), Some((_, n))) => held.remove(&n),
            (Held::Whole(..), None) => {}
            (Held::Any(held), _) => held.remove(&Cell::from(value)),
        }
    }

    fn countable<'a>(&self, value: Option<RawBsonRef<'a>>) -> Option<RawBsonRef<'a>> {
        value.filter(|value| if self.numbers_only { is_number(*value) } else { !is_nothing(*value) })
    }

    pub(crate) fn least(&self) -> Value {
        match &self.held {
            Held::Whole(kind, held) => published(held.first().map(|n| kind.cell(*n)).as_ref()),
            Held::Any(held) => published(held.first()),
        }
    }

    pub(crate) fn greatest(&self) -> Value {
        match &self.held {
            Held::Whole(kind, held) => published(held.last().map(|n| kind.cell(*n)).as_ref()),
            Held::Any(held) => published(held.last()),
        }
    }

    /// How many different values there are; 1 = 1.0.
    pub(crate) fn distinct(&self) -> Value {
        let values = match &self.held {
            Held::Whole(_, held) => held.values(),
            Held::Any(held) => held.values(),
        };
        Value::Int(values as i64)
    }

    /// The number at rank ⌈percent · n / 100⌉ of the n numbers.
    pub(crate) fn percentile(&self, percent: u8) -> Value {
        let rank = (self.numbers * u64::from(percent)).div_ceil(100);
        let Some(others) = rank.checked_sub(1) else { return Value::None(NoData::Empty) };
        match &self.held {
            Held::Whole(kind, held) => {
                published(held.at(self.before + others).map(|n| kind.cell(*n)).as_ref())
            }
            Held::Any(held) => published(held.at(self.before + others)),
        }
    }
}

fn widened(kind: Whole, held: Ordered<i64>) -> Ordered<Cell> {
    let mut wide = Ordered::default();
    held.into_keys().for_each(|(n, times)| wide.insert_times(kind.cell(n), times));
    wide
}

fn published(cell: Option<&Cell>) -> Value {
    cell.map_or(Value::None(NoData::Empty), |cell| value_of(cell.as_ref()))
}

pub(crate) fn is_number(value: RawBsonRef<'_>) -> bool {
    order::rank(value) == order::rank(RawBsonRef::Int32(0))
}

fn is_before_numbers(value: RawBsonRef<'_>) -> bool {
    order::rank(value) < order::rank(RawBsonRef::Int32(0))
}

pub(crate) fn is_nothing(value: RawBsonRef<'_>) -> bool {
    matches!(value, RawBsonRef::Null | RawBsonRef::Undefined)
}

#[cfg(test)]
mod tests {
    use bson::{Bson, RawBson};

    use super::*;

    fn values(numbers_only: bool, of: &[Bson]) -> Values {
        let mut values = Values::new(numbers_only);
        for value in of {
            values.add(Some(RawBson::try_from(value.clone()).unwrap().as_raw_bson_ref()));
        }
        values
    }

    #[test]
    fn percentiles_are_of_numbers_alone() {
        let decimal = Bson::Decimal128("2.50".parse().unwrap());
        let mixed = [
            Bson::MinKey,
            Bson::Null,
            Bson::String("x".into()),
            Bson::Int32(7),
            Bson::Double(f64::NAN),
            decimal,
            Bson::Int64(3),
            Bson::MinKey,
        ];
        for numbers_only in [false, true] {
            let values = values(numbers_only, &mixed);
            // NaN, 2.50, 3, 7.
            assert!(matches!(values.percentile(25), Value::Double(x) if x.is_nan()));
            assert_eq!(values.percentile(26), Value::Decimal("2.50".into()));
            assert_eq!(values.percentile(75), Value::Int(3));
            assert_eq!(values.percentile(76), Value::Int(7));
        }
        assert_eq!(values(false, &[Bson::MinKey]).percentile(50), Value::None(NoData::Empty));
    }

    #[test]
    fn whole_numbers_of_two_types_are_one_value() {
        let mut both = values(false, &[Bson::Int32(1), Bson::Int32(2), Bson::Int64(1), Bson::Double(1.0)]);
        assert_eq!(both.distinct(), Value::Int(2));
        both.remove(Some(RawBsonRef::Int32(2)));
        both.remove(Some(RawBsonRef::Int64(1)));
        assert_eq!((both.distinct(), both.percentile(50)), (Value::Int(1), both.least()));
        both.remove(Some(RawBsonRef::Double(1.0)));
        assert_eq!((both.distinct(), both.greatest()), (Value::Int(1), Value::Int(1)));
    }
}
