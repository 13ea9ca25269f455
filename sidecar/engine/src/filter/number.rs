//! A number as `$mod` takes it.

use bson::RawBsonRef;

use crate::value::decimal::{Decimal, decode};

/// The number without its fraction; `None` for what does not fit 64 bits, and for other values.
/// Source: `ModMatchExpression` of MongoDB 6.0.
pub(super) fn whole(value: RawBsonRef<'_>) -> Option<i64> {
    match value {
        RawBsonRef::Int32(n) => Some(n.into()),
        RawBsonRef::Int64(n) => Some(n),
        RawBsonRef::Double(x) => {
            const TWO_63: f64 = 9_223_372_036_854_775_808.0;
            let whole = x.trunc();
            (-TWO_63..TWO_63).contains(&whole).then_some(whole as i64)
        }
        RawBsonRef::Decimal128(d) => match decode(d) {
            Decimal::Finite { negative, coefficient, exponent } => {
                let whole = shifted(coefficient, exponent)?;
                let whole = i128::try_from(whole).ok()?;
                i64::try_from(if negative { -whole } else { whole }).ok()
            }
            Decimal::Nan | Decimal::Infinite { .. } => None,
        },
        _ => None,
    }
}

/// ⌊coefficient × 10^exponent⌋, where that fits.
fn shifted(coefficient: u128, exponent: i32) -> Option<u128> {
    if coefficient == 0 {
        return Some(0);
    }
    match 10_u128.checked_pow(exponent.unsigned_abs()) {
        Some(scale) if exponent < 0 => Some(coefficient / scale),
        Some(scale) => coefficient.checked_mul(scale),
        None if exponent < 0 => Some(0),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use bson::Decimal128;

    use super::*;

    #[test]
    fn fractions_are_cut_and_what_does_not_fit_is_none() {
        let decimal = |text: &str| whole(RawBsonRef::Decimal128(text.parse::<Decimal128>().unwrap()));
        for (text, expected) in [
            ("-7.9", Some(-7)),
            ("9223372036854775807.9", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("1E-6000", Some(0)),
            ("1E+6000", None),
            ("0E+6000", Some(0)),
            ("1.20E+2", Some(120)),
            ("NaN", None),
            ("-Infinity", None),
        ] {
            assert_eq!(decimal(text), expected, "{text}");
        }
        let double = |x: f64| whole(RawBsonRef::Double(x));
        assert_eq!(
            [double(-7.9), double(9.3e18), double(-9_223_372_036_854_775_808.0)],
            [Some(-7), None, Some(i64::MIN)]
        );
        assert_eq!([double(f64::NAN), double(f64::INFINITY)], [None, None]);
    }
}
