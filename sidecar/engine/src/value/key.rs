//! Values as canonical bytes: equal by MongoDB's comparison ⇔ equal bytes. They key rows and groups.

use bson::RawBsonRef;

use super::decimal::{Decimal, decode};
use super::number::{Number, compare, number};
use super::order::{element_bytes, rank};

/// A number in the first of these forms that holds it exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Canonical {
    Nan,
    Int(i64),
    /// Not an integer of 64 bits; infinities are here.
    Double(f64),
    /// No trailing zeros in the coefficient.
    Decimal {
        negative: bool,
        coefficient: u128,
        exponent: i32,
    },
}

pub(crate) fn canonical(number: Number) -> Canonical {
    match number {
        Number::Int(n) => Canonical::Int(n),
        Number::Double(x) => canonical_double(x),
        Number::Decimal(d) => match decode(d) {
            Decimal::Nan => Canonical::Nan,
            Decimal::Infinite { negative } => {
                Canonical::Double(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
            }
            Decimal::Finite { coefficient: 0, .. } => Canonical::Int(0),
            Decimal::Finite { negative, mut coefficient, mut exponent } => {
                while coefficient.is_multiple_of(10) {
                    coefficient /= 10;
                    exponent += 1;
                }
                if let Some(n) = as_int(negative, coefficient, exponent) {
                    return Canonical::Int(n);
                }
                let nearest: f64 = format!("{coefficient}E{exponent}").parse().unwrap_or(f64::NAN);
                let nearest = if negative { -nearest } else { nearest };
                if nearest.is_finite() && compare(Number::Double(nearest), number).is_eq() {
                    return Canonical::Double(nearest);
                }
                Canonical::Decimal { negative, coefficient, exponent }
            }
        },
    }
}

fn canonical_double(x: f64) -> Canonical {
    if x.is_nan() {
        return Canonical::Nan;
    }
    let int = x as i64;
    if compare(Number::Int(int), Number::Double(x)).is_eq() {
        Canonical::Int(int)
    } else {
        Canonical::Double(x)
    }
}

fn as_int(negative: bool, coefficient: u128, exponent: i32) -> Option<i64> {
    let power = 10_i128.checked_pow(u32::try_from(exponent).ok()?)?;
    let magnitude = i128::try_from(coefficient).ok()?.checked_mul(power)?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

const INT: u8 = 1;
const DOUBLE: u8 = 2;
const DECIMAL: u8 = 3;
const NAN: u8 = 4;
const COMPOSITE_END: u8 = 0;
const NAME: u8 = 5;
/// Types other than numbers are led by their rank, moved above the tags of numbers.
const RANK: u8 = 100;

/// Appends the key of a value. A missing field is null.
pub(crate) fn write_key(value: Option<RawBsonRef<'_>>, out: &mut Vec<u8>) {
    let value = value.unwrap_or(RawBsonRef::Null);
    if let Some(number) = number(value) {
        return write_number(canonical(number), out);
    }
    out.push(RANK.wrapping_add_signed(rank(value)));
    match value {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => write_bytes(text.as_bytes(), out),
        RawBsonRef::ObjectId(id) => out.extend(id.bytes()),
        RawBsonRef::Boolean(b) => out.push(b.into()),
        RawBsonRef::DateTime(date) => out.extend(date.timestamp_millis().to_le_bytes()),
        RawBsonRef::Document(document) => {
            for (name, value) in document.iter().flatten() {
                out.push(NAME);
                write_bytes(name.as_str().as_bytes(), out);
                write_key(Some(value), out);
            }
            out.push(COMPOSITE_END);
        }
        RawBsonRef::Array(array) => {
            for value in array.into_iter().flatten() {
                out.push(NAME);
                write_key(Some(value), out);
            }
            out.push(COMPOSITE_END);
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => {
            write_bytes(code.code.as_bytes(), out);
            write_key(Some(RawBsonRef::Document(code.scope)), out);
        }
        RawBsonRef::Null | RawBsonRef::Undefined | RawBsonRef::MinKey | RawBsonRef::MaxKey => {}
        other => write_bytes(&element_bytes(other), out),
    }
}

fn write_number(number: Canonical, out: &mut Vec<u8>) {
    match number {
        Canonical::Nan => out.push(NAN),
        Canonical::Int(n) => {
            out.push(INT);
            out.extend(n.to_le_bytes());
        }
        Canonical::Double(x) => {
            out.push(DOUBLE);
            out.extend(x.to_bits().to_le_bytes());
        }
        Canonical::Decimal { negative, coefficient, exponent } => {
            out.push(DECIMAL);
            out.push(negative.into());
            out.extend(coefficient.to_le_bytes());
            out.extend(exponent.to_le_bytes());
        }
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// LEB128.
pub(crate) fn write_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// The length at `at`, and where it ends.
pub(crate) fn read_length(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let (mut length, mut shift) = (0, 0);
    loop {
        let byte = bytes[at];
        at += 1;
        length |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return (length, at);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use bson::Bson;

    use super::*;

    fn key(value: Bson) -> Vec<u8> {
        let raw = bson::RawBson::try_from(value).unwrap();
        let mut out = Vec::new();
        write_key(Some(raw.as_raw_bson_ref()), &mut out);
        out
    }

    #[test]
    fn lengths_survive() {
        for length in [0, 1, 127, 128, 300, 70_000] {
            let mut out = vec![9];
            write_length(length, &mut out);
            assert_eq!(read_length(&out, 1), (length, out.len()));
        }
    }

    #[test]
    fn numbers_of_one_value_have_one_key() {
        let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
        assert_eq!(key(Bson::Int32(7)), key(decimal("7.000")));
        assert_eq!(key(Bson::Double(1e18)), key(decimal("1E+18")));
        assert_eq!(key(Bson::Double(0.375)), key(decimal("0.3750")));
        assert_eq!(key(Bson::Double(f64::INFINITY)), key(decimal("Infinity")));
        assert_ne!(key(Bson::Double(0.1)), key(decimal("0.1")));
        assert_ne!(key(Bson::Int64((1 << 53) + 1)), key(Bson::Double(9_007_199_254_740_992.0)));
    }
}
