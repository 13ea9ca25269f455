//! Numbers compared by exact value, whatever their types.

use std::cmp::Ordering;

use bson::{Decimal128, RawBsonRef};
use num_bigint::BigUint;

use super::decimal::{Decimal, decode};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Int(i64),
    Double(f64),
    Decimal(Decimal128),
}

pub(crate) fn number(value: RawBsonRef<'_>) -> Option<Number> {
    match value {
        RawBsonRef::Int32(n) => Some(Number::Int(n.into())),
        RawBsonRef::Int64(n) => Some(Number::Int(n)),
        RawBsonRef::Double(x) => Some(Number::Double(x)),
        RawBsonRef::Decimal128(d) => Some(Number::Decimal(d)),
        _ => None,
    }
}

pub(crate) fn is_nan(number: Number) -> bool {
    match number {
        Number::Int(_) => false,
        Number::Double(x) => x.is_nan(),
        Number::Decimal(d) => matches!(decode(d), Decimal::Nan),
    }
}

/// NaN is the least number and equal to itself; −0 = 0.
pub(crate) fn compare(a: Number, b: Number) -> Ordering {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.cmp(&b),
        (Number::Double(a), Number::Double(b)) => doubles(a, b),
        (Number::Int(a), Number::Double(b)) => int_to_double(a, b),
        (Number::Double(a), Number::Int(b)) => int_to_double(b, a).reverse(),
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => exact(exactly(a), exactly(b)),
    }
}

fn doubles(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn int_to_double(a: i64, b: f64) -> Ordering {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        Ordering::Greater
    } else if b >= TWO_63 {
        Ordering::Less
    } else if b < -TWO_63 {
        Ordering::Greater
    } else {
        a.cmp(&(b.trunc() as i64)).then_with(|| doubles(0.0, b.fract()))
    }
}

/// A number as ± magnitude × 2^two × 10^ten.
enum Exact {
    Nan,
    Infinite { negative: bool },
    Finite { negative: bool, magnitude: u128, two: i32, ten: i32 },
}

fn exactly(number: Number) -> Exact {
    match number {
        Number::Int(n) => {
            Exact::Finite { negative: n < 0, magnitude: n.unsigned_abs().into(), two: 0, ten: 0 }
        }
        Number::Double(x) if x.is_nan() => Exact::Nan,
        Number::Double(x) if x.is_infinite() => Exact::Infinite { negative: x < 0.0 },
        Number::Double(x) => {
            let (negative, mantissa, two) = parts(x);
            Exact::Finite { negative, magnitude: mantissa.into(), two, ten: 0 }
        }
        Number::Decimal(d) => match decode(d) {
            Decimal::Nan => Exact::Nan,
            Decimal::Infinite { negative } => Exact::Infinite { negative },
            Decimal::Finite { negative, coefficient, exponent } => {
                Exact::Finite { negative, magnitude: coefficient, two: 0, ten: exponent }
            }
        },
    }
}

/// A finite double as ± mantissa × 2^exponent.
pub(crate) fn parts(x: f64) -> (bool, u64, i32) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let (mantissa, exponent) =
        if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    (bits >> 63 == 1, mantissa, exponent)
}

fn exact(a: Exact, b: Exact) -> Ordering {
    // NaN, then negative by falling magnitude, zero, positive by rising magnitude.
    let sign = |x: &Exact| match x {
        Exact::Nan => -2,
        Exact::Finite { magnitude: 0, .. } => 0,
        Exact::Infinite { negative } | Exact::Finite { negative, .. } => {
            if *negative {
                -1
            } else {
                1
            }
        }
    };
    let (sign_a, sign_b) = (sign(&a), sign(&b));
    let by_sign = sign_a.cmp(&sign_b);
    if by_sign != Ordering::Equal || sign_a == 0 || sign_a == -2 {
        return by_sign;
    }
    let by_magnitude = match (a, b) {
        (
            Exact::Finite { magnitude: m, two: p, ten: q, .. },
            Exact::Finite { magnitude: n, two: r, ten: s, .. },
        ) => magnitudes((m, p, q), (n, r, s)),
        (Exact::Infinite { .. }, Exact::Finite { .. }) => Ordering::Greater,
        (Exact::Finite { .. }, Exact::Infinite { .. }) => Ordering::Less,
        _ => Ordering::Equal,
    };
    if sign_a < 0 { by_magnitude.reverse() } else { by_magnitude }
}

/// Compares m × 2^two × 10^ten; both magnitudes are above 0.
fn magnitudes(a: (u128, i32, i32), b: (u128, i32, i32)) -> Ordering {
    let log2 = |(m, two, ten): (u128, i32, i32)| {
        (m as f64).log2() + f64::from(two) + f64::from(ten) * std::f64::consts::LOG2_10
    };
    let (log_a, log_b) = (log2(a), log2(b));
    // The estimate is right to about 1e-11; only what is closer needs big integers.
    if (log_a - log_b).abs() > 1e-6 {
        return doubles(log_a, log_b);
    }
    let (two, ten) = (a.1.min(b.1), a.2.min(b.2));
    let scaled = |(m, p, q): (u128, i32, i32)| {
        (BigUint::from(m) << (p - two).unsigned_abs()) * BigUint::from(10_u8).pow((q - ten).unsigned_abs())
    };
    scaled(a).cmp(&scaled(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Number {
        Number::Decimal(text.parse().unwrap())
    }

    #[test]
    fn compares_by_exact_value() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, expected) in [
            (Number::Int(1), decimal("1.00"), Equal),
            (Number::Double(0.5), decimal("0.5"), Equal),
            (Number::Double(0.1), decimal("0.1"), Greater),
            (Number::Double(-0.0), decimal("0E+10"), Equal),
            (Number::Int(i64::MAX), Number::Double(i64::MAX as f64), Less),
            (Number::Int(i64::MAX), decimal("9223372036854775807"), Equal),
            (Number::Int((1 << 53) + 1), Number::Double(9_007_199_254_740_992.0), Greater),
            (Number::Double(f64::NAN), decimal("NaN"), Equal),
            (decimal("NaN"), decimal("-Infinity"), Less),
            (decimal("1E+6111"), Number::Double(f64::MAX), Greater),
            (decimal("1E-6000"), Number::Double(5e-324), Less),
            (decimal("-1E-6000"), Number::Double(-5e-324), Greater),
            (Number::Int(-3), Number::Double(-3.5), Greater),
            (decimal("0.1000000000000000055511151231257827"), Number::Double(0.1), Less),
            (decimal("0.1000000000000000055511151231257828"), Number::Double(0.1), Greater),
        ] {
            assert_eq!(compare(a, b), expected, "{a:?} {b:?}");
            assert_eq!(compare(b, a), expected.reverse(), "{b:?} {a:?}");
        }
    }
}
