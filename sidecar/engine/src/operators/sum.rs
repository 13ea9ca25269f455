use bson::RawBsonRef;
use vigil_wire::{NoData, Value};

use super::exact::{Buckets, bucketed, quotient_decimal, quotient_double, to_decimal, to_double};
use crate::value::decimal::{Decimal, decode};

/// MongoDB's `$sum`, exact: integers give an integer (over 64 bits a double), any double a double,
/// any decimal a decimal; what is no number does not count; the sum of nothing is 0.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    integers: i128,
    numbers: u64,
    doubles: Buckets,
    decimals: Buckets,
    special_doubles: Specials,
    special_decimals: Specials,
}

/// How many addends are not finite.
#[derive(Debug, Default, Clone, Copy)]
struct Specials {
    nan: u32,
    infinity: u32,
    negative_infinity: u32,
}

impl Specials {
    fn of(&mut self, nan: bool, negative: bool) -> &mut u32 {
        match (nan, negative) {
            (true, _) => &mut self.nan,
            (false, false) => &mut self.infinity,
            (false, true) => &mut self.negative_infinity,
        }
    }

    fn any(self) -> bool {
        self.nan + self.infinity + self.negative_infinity > 0
    }

    fn plus(self, other: Specials) -> Specials {
        Specials {
            nan: self.nan + other.nan,
            infinity: self.infinity + other.infinity,
            negative_infinity: self.negative_infinity + other.negative_infinity,
        }
    }

    /// The sum that they force, whatever the finite rest.
    fn total(self) -> Option<f64> {
        match self {
            Specials { nan: 0, infinity: 0, negative_infinity: 0 } => None,
            Specials { nan: 0, negative_infinity: 0, .. } => Some(f64::INFINITY),
            Specials { nan: 0, infinity: 0, .. } => Some(f64::NEG_INFINITY),
            _ => Some(f64::NAN),
        }
    }
}

impl Sum {
    pub(crate) fn add(&mut self, value: Option<RawBsonRef<'_>>) {
        self.change(value, true);
    }

    pub(crate) fn remove(&mut self, value: Option<RawBsonRef<'_>>) {
        self.change(value, false);
    }

    fn change(&mut self, value: Option<RawBsonRef<'_>>, add: bool) {
        let integer = |n: i64| if add { i128::from(n) } else { -i128::from(n) };
        match value {
            Some(RawBsonRef::Int32(n)) => self.integers += integer(n.into()),
            Some(RawBsonRef::Int64(n)) => self.integers += integer(n),
            Some(RawBsonRef::Double(x)) if x.is_finite() => {
                let (exponent, amount) = bucketed(x);
                change(&mut self.doubles, exponent, amount, add);
            }
            Some(RawBsonRef::Double(x)) => step(self.special_doubles.of(x.is_nan(), x < 0.0), add),
            Some(RawBsonRef::Decimal128(d)) => match decode(d) {
                Decimal::Nan => step(self.special_decimals.of(true, false), add),
                Decimal::Infinite { negative } => step(self.special_decimals.of(false, negative), add),
                Decimal::Finite { negative, coefficient, exponent } => {
                    let amount = i128::try_from(coefficient).unwrap_or(0);
                    change(&mut self.decimals, exponent, if negative { -amount } else { amount }, add);
                }
            },
            _ => return,
        }
        self.numbers = if add { self.numbers + 1 } else { self.numbers - 1 };
    }

    pub(crate) fn value(&self) -> Value {
        match (self.kind(), i64::try_from(self.integers)) {
            (Kind::Decimal, _) => Value::Decimal(
                self.special_text()
                    .unwrap_or_else(|| to_decimal(self.integers, &self.doubles, &self.decimals)),
            ),
            (Kind::Integer, Ok(sum)) => Value::Int(sum),
            _ => Value::Double(
                self.forced().total().unwrap_or_else(|| to_double(self.integers, &self.doubles)),
            ),
        }
    }

    /// Exact sum ÷ how many numbers: of doubles rounded once to a double, of integers and decimals to 34
    /// digits; an integer where the quotient of integers is one.
    pub(crate) fn mean(&self) -> Value {
        self.mean_of(self.numbers)
    }

    /// As [`Sum::mean`], of so many numbers.
    pub(crate) fn mean_of(&self, numbers: u64) -> Value {
        if numbers == 0 {
            return Value::None(NoData::Empty);
        }
        if let (Kind::Double, forced) = (self.kind(), self.forced().total()) {
            let quotient = || quotient_double(self.integers, &self.doubles, numbers);
            return Value::Double(forced.unwrap_or_else(quotient));
        }
        let text = self
            .special_text()
            .unwrap_or_else(|| quotient_decimal(self.integers, &self.doubles, &self.decimals, numbers));
        match text.parse() {
            Ok(whole) if self.kind() == Kind::Integer => Value::Int(whole),
            _ => Value::Decimal(text),
        }
    }

    /// Of whole numbers only (milliseconds): the sum and how many they are.
    pub(crate) fn whole(&self) -> (i128, u64) {
        (self.integers, self.numbers)
    }

    /// As MongoDB's: a decimal makes a decimal, a double a double.
    fn kind(&self) -> Kind {
        if !self.decimals.is_empty() || self.special_decimals.any() {
            Kind::Decimal
        } else if !self.doubles.is_empty() || self.special_doubles.any() {
            Kind::Double
        } else {
            Kind::Integer
        }
    }

    fn forced(&self) -> Specials {
        self.special_doubles.plus(self.special_decimals)
    }

    fn special_text(&self) -> Option<String> {
        let text = match self.forced().total()? {
            x if x.is_nan() => "NaN",
            x if x > 0.0 => "Infinity",
            _ => "-Infinity",
        };
        Some(text.to_owned())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Double,
    Decimal,
}

/// Milliseconds ÷ (unit × count), rounded once.
pub(crate) fn in_unit(ms: i128, by: u64) -> f64 {
    quotient_double(ms, &Buckets::default(), by)
}

fn change(buckets: &mut Buckets, exponent: i32, amount: i128, add: bool) {
    if add { buckets.add(exponent, amount) } else { buckets.remove(exponent, amount) }
}

fn step(count: &mut u32, up: bool) {
    *count = if up { *count + 1 } else { *count - 1 };
}

#[cfg(test)]
mod tests {
    use bson::{Bson, RawBson};
    use num_bigint::BigInt;
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Bson {
        Bson::Decimal128(text.parse().unwrap())
    }

    fn sum(values: &[Bson]) -> Value {
        let mut sum = Sum::default();
        for value in values {
            sum.add(Some(RawBson::try_from(value.clone()).unwrap().as_raw_bson_ref()));
        }
        sum.value()
    }

    #[test]
    fn types_come_out_as_mongodbs() {
        assert_eq!(sum(&[]), Value::Int(0));
        assert_eq!(sum(&[Bson::String("7".into()), Bson::Null]), Value::Int(0));
        assert_eq!(sum(&[Bson::Int64(i64::MAX), Bson::Int32(1), Bson::Int32(-5)]), Value::Int(i64::MAX - 4));
        assert_eq!(sum(&[Bson::Int64(i64::MAX), Bson::Int32(1)]), Value::Double(9_223_372_036_854_775_808.0));
        assert_eq!(sum(&[Bson::Int32(1), Bson::Double(0.0)]), Value::Double(1.0));
        assert_eq!(sum(&[decimal("0.10"), decimal("0.20")]), Value::Decimal("0.30".into()));
        assert_eq!(sum(&[decimal("0.10"), decimal("-0.10")]), Value::Decimal("0.00".into()));
        assert_eq!(sum(&[decimal("5"), Bson::Double(f64::INFINITY)]), Value::Decimal("Infinity".into()));
        assert_eq!(sum(&[decimal("Infinity"), decimal("-Infinity")]), Value::Decimal("NaN".into()));
    }

    #[test]
    fn a_million_dimes_keep_their_cents() {
        let dime = RawBson::try_from(decimal("0.10")).unwrap();
        let mut sum = Sum::default();
        for _ in 0..1_000_000 {
            sum.add(Some(dime.as_raw_bson_ref()));
        }
        assert_eq!(sum.value(), Value::Decimal("100000.00".into()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Against big integers at the finest scale: exact up to 34 digits, and what is removed leaves no trace.
        #[test]
        fn decimals_equal_big_integers(
            rows in prop::collection::vec((-10_i128.pow(30)..10_i128.pow(30), 0_u32..4, any::<bool>()), 0..40)
        ) {
            let mut sum = Sum::default();
            let mut model = BigInt::ZERO;
            let mut finest = 0;
            for (coefficient, places, stays) in &rows {
                let raw = RawBson::try_from(decimal(&format!("{coefficient}E-{places}"))).unwrap();
                sum.add(Some(raw.as_raw_bson_ref()));
                if *stays {
                    model += BigInt::from(*coefficient) * BigInt::from(10).pow(3 - places);
                    finest = finest.max(*places);
                } else {
                    sum.remove(Some(raw.as_raw_bson_ref()));
                }
            }
            let kept = rows.iter().any(|row| row.2);
            let expected = if kept {
                let scaled: BigInt = model / BigInt::from(10).pow(3 - finest);
                let negative = scaled.sign() == num_bigint::Sign::Minus;
                let digits = scaled.magnitude().to_string();
                Value::Decimal(crate::value::decimal::write(negative, &digits, -i64::from(finest)))
            } else {
                Value::Int(0)
            };
            prop_assert_eq!(sum.value(), expected);
        }

        /// Doubles: the order does not matter, removal is exact, and the result is the rounded rational.
        #[test]
        fn doubles_are_the_rounded_exact_sum(
            stays in prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 1..20),
            goes in prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 0..20)
        ) {
            let mut sum = Sum::default();
            goes.iter().chain(&stays).for_each(|x| sum.add(Some(RawBsonRef::Double(*x))));
            goes.iter().rev().for_each(|x| sum.remove(Some(RawBsonRef::Double(*x))));
            let mut alone = Sum::default();
            stays.iter().rev().for_each(|x| alone.add(Some(RawBsonRef::Double(*x))));
            prop_assert_eq!(sum.value(), alone.value());
            // Model: everything in units of 2^-1074; the result is nearer to it than its neighbours are.
            let units = |x: f64| {
                let (negative, mantissa, exponent) = crate::value::number::parts(x);
                let magnitude = BigInt::from(mantissa) << u64::from((exponent + 1074).unsigned_abs());
                if negative { -magnitude } else { magnitude }
            };
            let exact: BigInt = stays.iter().map(|x| units(*x)).sum();
            let Value::Double(result) = sum.value() else { panic!("a double") };
            if result.is_finite() {
                let error = |x: f64| (units(x) - &exact).magnitude().clone();
                for neighbour in [result.next_up(), result.next_down()] {
                    prop_assert!(!neighbour.is_finite() || error(result) <= error(neighbour));
                }
            } else {
                prop_assert!(exact.magnitude() >= units(f64::MAX).magnitude());
            }
        }
    }
}
