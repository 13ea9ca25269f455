//! Decimal128 taken apart, and decimals written out.

use bson::Decimal128;

/// Largest coefficient that a Decimal128 holds, 10^34 − 1.
const COEFFICIENT_MAX: u128 = 10_u128.pow(34) - 1;
const BIAS: i32 = 6176;
/// Largest exponent of a Decimal128's coefficient.
pub(crate) const EXPONENT_MAX: i64 = 6111;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decimal {
    Nan,
    Infinite {
        negative: bool,
    },
    /// ± coefficient × 10^exponent.
    Finite {
        negative: bool,
        coefficient: u128,
        exponent: i32,
    },
}

/// Source: IEEE 754-2008, binary integer significand encoding, as the BSON specification uses it.
pub(crate) fn decode(value: Decimal128) -> Decimal {
    let bits = u128::from_le_bytes(value.bytes());
    let negative = bits >> 127 == 1;
    let combination = (bits >> 122) & 0b11111;
    match combination {
        0b11111 => Decimal::Nan,
        0b11110 => Decimal::Infinite { negative },
        // The large form's coefficients are all over 10^34 − 1: not canonical, read as zero.
        _ if combination >> 3 == 0b11 => {
            Decimal::Finite { negative, coefficient: 0, exponent: exponent(bits >> 111) }
        }
        _ => {
            let coefficient = bits & ((1 << 113) - 1);
            let coefficient = if coefficient > COEFFICIENT_MAX { 0 } else { coefficient };
            Decimal::Finite { negative, coefficient, exponent: exponent(bits >> 113) }
        }
    }
}

fn exponent(bits: u128) -> i32 {
    i32::try_from(bits & 0x3fff).unwrap_or(0) - BIAS
}

/// Writes ± digits × 10^exponent, plainly where it is short (`100000.00`), else scientific (`1E+40`);
/// the notation of MongoDB's Decimal128.
pub(crate) fn write(negative: bool, digits: &str, exponent: i64) -> String {
    let sign = if negative { "-" } else { "" };
    let adjusted = exponent + digits.len() as i64 - 1;
    if exponent == 0 {
        return format!("{sign}{digits}");
    }
    if exponent < 0 && adjusted >= -6 {
        let places = usize::try_from(-exponent).unwrap_or(0);
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        return format!("{sign}{whole}.{fraction}");
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}E{adjusted:+}")
}

/// The decimal's own notation, scale kept.
pub(crate) fn text(value: Decimal128) -> String {
    match decode(value) {
        Decimal::Nan => "NaN".to_owned(),
        Decimal::Infinite { negative: false } => "Infinity".to_owned(),
        Decimal::Infinite { negative: true } => "-Infinity".to_owned(),
        Decimal::Finite { negative, coefficient, exponent } => {
            write(negative, &coefficient.to_string(), exponent.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_writes_what_bson_parses() {
        for (given, expected) in [
            ("0.10", "0.10"),
            ("-123.4500", "-123.4500"),
            ("1E+3", "1E+3"),
            ("1E-7", "1E-7"),
            ("1.5E-7", "1.5E-7"),
            ("0.000001", "0.000001"),
            ("9999999999999999999999999999999999", "9999999999999999999999999999999999"),
            ("9.999999999999999999999999999999999E+6144", "9.999999999999999999999999999999999E+6144"),
            ("0E-6176", "0E-6176"),
            ("-0", "-0"),
            ("NaN", "NaN"),
            ("-Infinity", "-Infinity"),
        ] {
            assert_eq!(text(given.parse().unwrap()), expected);
        }
    }
}
