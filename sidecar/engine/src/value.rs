//! BSON values as MongoDB compares them.
//!
//! While a row is looked at, a value is bson's borrowed [`RawBsonRef`]; `None` is a missing field.
//! [`Cell`] is the owned, compact form for what must be kept (extremes).

use std::cmp::Ordering;

use bson::oid::ObjectId;
use bson::{Decimal128, RawBson, RawBsonRef};

pub(crate) mod decimal;
pub(crate) mod json;
pub(crate) mod key;
pub(crate) mod number;
pub(crate) mod order;

/// One owned value; 24 bytes, and a string or composite on the heap.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Bool(bool),
    I32(i32),
    I64(i64),
    F64(f64),
    Decimal([u8; 16]),
    /// Milliseconds since the Unix epoch.
    Date(i64),
    ObjectId([u8; 12]),
    String(Box<str>),
    Other(Box<RawBson>),
}

impl Cell {
    pub(crate) fn as_ref(&self) -> RawBsonRef<'_> {
        match self {
            Cell::Bool(b) => RawBsonRef::Boolean(*b),
            Cell::I32(n) => RawBsonRef::Int32(*n),
            Cell::I64(n) => RawBsonRef::Int64(*n),
            Cell::F64(x) => RawBsonRef::Double(*x),
            Cell::Decimal(d) => RawBsonRef::Decimal128(Decimal128::from_bytes(*d)),
            Cell::Date(ms) => RawBsonRef::DateTime(bson::DateTime::from_millis(*ms)),
            Cell::ObjectId(id) => RawBsonRef::ObjectId(ObjectId::from_bytes(*id)),
            Cell::String(text) => RawBsonRef::String(text),
            Cell::Other(other) => other.as_raw_bson_ref(),
        }
    }
}

impl From<RawBsonRef<'_>> for Cell {
    fn from(value: RawBsonRef<'_>) -> Self {
        match value {
            RawBsonRef::Boolean(b) => Cell::Bool(b),
            RawBsonRef::Int32(n) => Cell::I32(n),
            RawBsonRef::Int64(n) => Cell::I64(n),
            RawBsonRef::Double(x) => Cell::F64(x),
            RawBsonRef::Decimal128(d) => Cell::Decimal(d.bytes()),
            RawBsonRef::DateTime(date) => Cell::Date(date.timestamp_millis()),
            RawBsonRef::ObjectId(id) => Cell::ObjectId(id.bytes()),
            RawBsonRef::String(text) => Cell::String(text.into()),
            other => Cell::Other(Box::new(other.into())),
        }
    }
}

/// MongoDB's order, and within values that are equal (1, 1.0) one by their bytes, so that which of
/// them is the extreme does not depend on history.
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Cell::Date(a), Cell::Date(b)) = (self, other) {
            return a.cmp(b);
        }
        let (a, b) = (self.as_ref(), other.as_ref());
        order::compare(a, b).then_with(|| order::element_bytes(a).cmp(&order::element_bytes(b)))
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Cell {}

/// Whether a document's bytes can be read to the end, at any depth.
pub(crate) fn is_readable(value: RawBsonRef<'_>) -> bool {
    match value {
        RawBsonRef::Document(document) => {
            document.iter().all(|element| element.is_ok_and(|(_, value)| is_readable(value)))
        }
        RawBsonRef::Array(array) => array.into_iter().all(|element| element.is_ok_and(is_readable)),
        RawBsonRef::JavaScriptCodeWithScope(code) => is_readable(RawBsonRef::Document(code.scope)),
        _ => true,
    }
}
