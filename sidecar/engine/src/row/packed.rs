//! One value in bytes: a tag, then what the type needs and no more.

use bson::oid::ObjectId;
use bson::{Bson, Decimal128, RawBson, RawBsonRef, RawDocument};

use crate::value::key::{read_length, write_length};
use crate::value::order::wrapped;

const MISSING: u8 = 0;
const NULL: u8 = 1;
const FALSE: u8 = 2;
const TRUE: u8 = 3;
const INT32: u8 = 4;
const INT64: u8 = 5;
const DOUBLE: u8 = 6;
const DECIMAL: u8 = 7;
const DATE: u8 = 8;
const OBJECT_ID: u8 = 9;
const STRING: u8 = 10;
const DOCUMENT: u8 = 11;
/// A document of one element holds the value.
const WRAPPED: u8 = 12;

pub(crate) fn pack(value: Option<RawBsonRef<'_>>, out: &mut Vec<u8>) {
    let Some(value) = value else { return out.push(MISSING) };
    let mut tagged = |tag: u8, bytes: &[u8]| {
        out.push(tag);
        out.extend_from_slice(bytes);
    };
    match value {
        RawBsonRef::Null => tagged(NULL, &[]),
        RawBsonRef::Boolean(b) => tagged(if b { TRUE } else { FALSE }, &[]),
        RawBsonRef::Int32(n) => tagged(INT32, &n.to_le_bytes()),
        RawBsonRef::Int64(n) => tagged(INT64, &n.to_le_bytes()),
        RawBsonRef::Double(x) => tagged(DOUBLE, &x.to_bits().to_le_bytes()),
        RawBsonRef::Decimal128(d) => tagged(DECIMAL, &d.bytes()),
        RawBsonRef::DateTime(date) => tagged(DATE, &date.timestamp_millis().to_le_bytes()),
        RawBsonRef::ObjectId(id) => tagged(OBJECT_ID, &id.bytes()),
        RawBsonRef::String(text) => {
            out.push(STRING);
            write_length(text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        RawBsonRef::Document(document) => tagged(DOCUMENT, document.as_bytes()),
        other => tagged(WRAPPED, wrapped(other).as_bytes()),
    }
}

/// `None` when BSON cannot hold the value.
pub(crate) fn pack_bson(value: &Bson, out: &mut Vec<u8>) -> Option<()> {
    match value {
        Bson::String(text) => pack(Some(RawBsonRef::String(text)), out),
        Bson::Int32(n) => pack(Some(RawBsonRef::Int32(*n)), out),
        Bson::Int64(n) => pack(Some(RawBsonRef::Int64(*n)), out),
        Bson::Double(x) => pack(Some(RawBsonRef::Double(*x)), out),
        Bson::Boolean(b) => pack(Some(RawBsonRef::Boolean(*b)), out),
        Bson::Null => pack(Some(RawBsonRef::Null), out),
        Bson::DateTime(date) => pack(Some(RawBsonRef::DateTime(*date)), out),
        Bson::Decimal128(d) => pack(Some(RawBsonRef::Decimal128(*d)), out),
        Bson::ObjectId(id) => pack(Some(RawBsonRef::ObjectId(*id)), out),
        other => pack(Some(RawBson::try_from(other.clone()).ok()?.as_raw_bson_ref()), out),
    }
    Some(())
}

fn fixed<const N: usize>(row: &[u8], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&row[at..at + N]);
    bytes
}

/// The length of the document that begins at `at`.
fn document_length(row: &[u8], at: usize) -> usize {
    u32::from_le_bytes(fixed(row, at)) as usize
}

fn document(row: &[u8], at: usize) -> Option<&RawDocument> {
    RawDocument::from_bytes(&row[at..at + document_length(row, at)]).ok()
}

/// The value packed at `at`; `None` when it is missing.
pub(crate) fn unpack(row: &[u8], at: usize) -> Option<RawBsonRef<'_>> {
    let tag = row[at];
    let at = at + 1;
    Some(match tag {
        NULL => RawBsonRef::Null,
        FALSE => RawBsonRef::Boolean(false),
        TRUE => RawBsonRef::Boolean(true),
        INT32 => RawBsonRef::Int32(i32::from_le_bytes(fixed(row, at))),
        INT64 => RawBsonRef::Int64(i64::from_le_bytes(fixed(row, at))),
        DOUBLE => RawBsonRef::Double(f64::from_bits(u64::from_le_bytes(fixed(row, at)))),
        DECIMAL => RawBsonRef::Decimal128(Decimal128::from_bytes(fixed(row, at))),
        DATE => RawBsonRef::DateTime(bson::DateTime::from_millis(i64::from_le_bytes(fixed(row, at)))),
        OBJECT_ID => RawBsonRef::ObjectId(ObjectId::from_bytes(fixed(row, at))),
        STRING => {
            let (length, at) = read_length(row, at);
            RawBsonRef::String(std::str::from_utf8(&row[at..at + length]).ok()?)
        }
        DOCUMENT => RawBsonRef::Document(document(row, at)?),
        WRAPPED => document(row, at)?.iter().next()?.ok()?.1,
        _ => return None,
    })
}

/// Where the value packed at `at` ends.
pub(crate) fn skip(row: &[u8], at: usize) -> usize {
    let after = at + 1;
    match row[at] {
        INT32 => after + 4,
        INT64 | DOUBLE | DATE => after + 8,
        OBJECT_ID => after + 12,
        DECIMAL => after + 16,
        STRING => {
            let (length, at) = read_length(row, after);
            at + length
        }
        DOCUMENT | WRAPPED => after + document_length(row, after),
        _ => after,
    }
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};

    use super::*;

    #[test]
    fn every_type_comes_back_as_it_was() {
        let long = "ü".repeat(200);
        for value in [
            Bson::Null,
            Bson::Boolean(true),
            Bson::Int32(-7),
            Bson::Int64(i64::MIN),
            Bson::Double(-0.0),
            Bson::Decimal128("1.50".parse().unwrap()),
            Bson::DateTime(bson::DateTime::from_millis(-1)),
            Bson::ObjectId(ObjectId::from_bytes([7; 12])),
            Bson::String(long),
            Bson::Document(doc! {"a": {"b": [1, 2]}}),
            Bson::Array(vec![Bson::Int32(1), Bson::Null]),
            Bson::MaxKey,
            Bson::Symbol("s".into()),
        ] {
            let mut row = vec![0xAA];
            pack_bson(&value, &mut row).unwrap();
            pack(None, &mut row);
            let back = unpack(&row, 1).unwrap();
            assert_eq!(Bson::try_from(RawBson::from(back)).unwrap(), value);
            let end = skip(&row, 1);
            assert_eq!(unpack(&row, end), None);
            assert_eq!(skip(&row, end), row.len());
        }
    }
}
