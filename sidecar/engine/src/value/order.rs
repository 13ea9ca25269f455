//! MongoDB's order over values of all types. Source: `BSONElement::compareElements` and
//! `canonicalizeBSONType` of MongoDB 6.0.

use std::cmp::Ordering;

use bson::{RawArray, RawBsonRef, RawDocument, RawDocumentBuf};

use super::number::{self, number};

/// A type's place in the order; types with one place compare by value. Undefined has that of a
/// missing field.
pub(crate) fn rank(value: RawBsonRef<'_>) -> i8 {
    match value {
        RawBsonRef::MinKey => -1,
        RawBsonRef::Undefined => 0,
        RawBsonRef::Null => 5,
        RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Double(_) | RawBsonRef::Decimal128(_) => 10,
        RawBsonRef::String(_) | RawBsonRef::Symbol(_) => 15,
        RawBsonRef::Document(_) => 20,
        RawBsonRef::Array(_) => 25,
        RawBsonRef::Binary(_) => 30,
        RawBsonRef::ObjectId(_) => 35,
        RawBsonRef::Boolean(_) => 40,
        RawBsonRef::DateTime(_) => 45,
        RawBsonRef::Timestamp(_) => 47,
        RawBsonRef::RegularExpression(_) => 50,
        RawBsonRef::DbPointer(_) => 55,
        RawBsonRef::JavaScriptCode(_) => 60,
        RawBsonRef::JavaScriptCodeWithScope(_) => 65,
        RawBsonRef::MaxKey => 127,
    }
}

pub(crate) fn compare(a: RawBsonRef<'_>, b: RawBsonRef<'_>) -> Ordering {
    let by_type = rank(a).cmp(&rank(b));
    if by_type != Ordering::Equal {
        return by_type;
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return number::compare(a, b);
    }
    if let (Some(a), Some(b)) = (text(a), text(b)) {
        return a.as_bytes().cmp(b.as_bytes());
    }
    match (a, b) {
        (RawBsonRef::Document(a), RawBsonRef::Document(b)) => documents(a, b),
        (RawBsonRef::Array(a), RawBsonRef::Array(b)) => arrays(a, b),
        (RawBsonRef::Binary(a), RawBsonRef::Binary(b)) => a
            .bytes
            .len()
            .cmp(&b.bytes.len())
            .then_with(|| u8::from(a.subtype).cmp(&u8::from(b.subtype)))
            .then_with(|| a.bytes.cmp(b.bytes)),
        (RawBsonRef::ObjectId(a), RawBsonRef::ObjectId(b)) => a.bytes().cmp(&b.bytes()),
        (RawBsonRef::Boolean(a), RawBsonRef::Boolean(b)) => a.cmp(&b),
        (RawBsonRef::DateTime(a), RawBsonRef::DateTime(b)) => a.cmp(&b),
        (RawBsonRef::Timestamp(a), RawBsonRef::Timestamp(b)) => {
            (a.time, a.increment).cmp(&(b.time, b.increment))
        }
        (RawBsonRef::RegularExpression(a), RawBsonRef::RegularExpression(b)) => {
            (a.pattern.as_str(), a.options.as_str()).cmp(&(b.pattern.as_str(), b.options.as_str()))
        }
        (RawBsonRef::JavaScriptCodeWithScope(a), RawBsonRef::JavaScriptCodeWithScope(b)) => {
            a.code.cmp(b.code).then_with(|| documents(a.scope, b.scope))
        }
        (RawBsonRef::DbPointer(_), RawBsonRef::DbPointer(_)) => element_bytes(a).cmp(&element_bytes(b)),
        // MinKey, null, undefined, MaxKey: one value each.
        _ => Ordering::Equal,
    }
}

fn text(value: RawBsonRef<'_>) -> Option<&str> {
    match value {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) | RawBsonRef::JavaScriptCode(text) => Some(text),
        _ => None,
    }
}

/// Field by field: type, then name, then value; the one that ends first is less.
fn documents(a: &RawDocument, b: &RawDocument) -> Ordering {
    let (mut left, mut right) = (a.iter().flatten(), b.iter().flatten());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some((name_a, a)), Some((name_b, b))) => {
                let order = rank(a)
                    .cmp(&rank(b))
                    .then_with(|| name_a.as_str().cmp(name_b.as_str()))
                    .then_with(|| compare(a, b));
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

fn arrays(a: &RawArray, b: &RawArray) -> Ordering {
    let (mut left, mut right) = (a.into_iter().flatten(), b.into_iter().flatten());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => {
                let order = compare(a, b);
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

/// A document that holds only this value, under the empty name.
pub(crate) fn wrapped(value: RawBsonRef<'_>) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(bson::raw::cstr!(""), value);
    document
}

/// The value's type and bytes: equal only for values that are the same to the bit.
pub(crate) fn element_bytes(value: RawBsonRef<'_>) -> Vec<u8> {
    wrapped(value).into_bytes()
}

#[cfg(test)]
mod tests {
    use bson::{Bson, RawBson, doc, oid::ObjectId};

    use super::*;

    #[test]
    fn types_come_in_mongodbs_order() {
        let rising = [
            Bson::MinKey,
            Bson::Undefined,
            Bson::Null,
            Bson::Double(f64::NAN),
            Bson::Int32(-1),
            Bson::Symbol("a".into()),
            Bson::String("b".into()),
            Bson::Document(doc! {}),
            Bson::Document(doc! {"b": 1}),
            Bson::Document(doc! {"a": "x"}),
            Bson::Array(vec![]),
            Bson::Array(vec![Bson::Int32(1)]),
            Bson::Array(vec![Bson::Int64(1), Bson::Null]),
            Bson::ObjectId(ObjectId::from_bytes([0; 12])),
            Bson::Boolean(false),
            Bson::Boolean(true),
            Bson::DateTime(bson::DateTime::from_millis(-5)),
            Bson::Timestamp(bson::Timestamp { time: 1, increment: 2 }),
            Bson::MaxKey,
        ];
        let raw: Vec<RawBson> = rising.iter().map(|b| RawBson::try_from(b.clone()).unwrap()).collect();
        for (i, a) in raw.iter().enumerate() {
            for (j, b) in raw.iter().enumerate() {
                assert_eq!(compare(a.as_raw_bson_ref(), b.as_raw_bson_ref()), i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }
}
