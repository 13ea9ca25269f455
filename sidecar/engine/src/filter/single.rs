//! Tests of one value. Source: `ComparisonMatchExpression` and `InMatchExpression` of MongoDB 6.0.

use bson::{Bson, RawBson, RawBsonRef};
use vigil_board::{Pattern, TypeCode};

use super::test::has;
use crate::value::number::{is_nan, number};
use crate::value::order::{compare, rank};

#[derive(Debug)]
pub(crate) enum Single {
    Eq(RawBson),
    In(Values),
    Order(Order, RawBson),
    Exists,
    /// A bit for each type.
    Type(u32),
    /// Divisor and remainder.
    Mod(i64, i64),
    Regex(Pattern),
}

/// A literal that BSON cannot hold (a NUL in a name) is refused by the board check; `MinKey`, which
/// nothing in practice equals, stands for it.
pub(super) fn literal(value: &Bson) -> RawBson {
    RawBson::try_from(value.clone()).unwrap_or(RawBson::MinKey)
}

/// Null, a missing field, and the deprecated undefined as MongoDB before 8.0 has it.
fn is_nothing(element: Option<RawBsonRef<'_>>) -> bool {
    matches!(element, None | Some(RawBsonRef::Null | RawBsonRef::Undefined))
}

pub(super) fn equals(element: Option<RawBsonRef<'_>>, literal: RawBsonRef<'_>) -> bool {
    match (element, literal) {
        (element, RawBsonRef::Null) => is_nothing(element),
        (Some(RawBsonRef::String(a)), RawBsonRef::String(b)) => a == b,
        (Some(element), literal) => compare(element, literal).is_eq(),
        (None, _) => false,
    }
}

/// The values of `$in`.
#[derive(Debug)]
pub(crate) struct Values {
    null: bool,
    /// In MongoDB's order.
    values: Vec<RawBson>,
    patterns: Vec<Pattern>,
}

impl Values {
    pub(super) fn of(values: &[Bson]) -> Values {
        let mut all = Values { null: values.contains(&Bson::Null), values: Vec::new(), patterns: Vec::new() };
        for value in values {
            match value {
                // The board check has tried it.
                Bson::RegularExpression(regex) => {
                    all.patterns.extend(Pattern::new(regex.pattern.as_str(), regex.options.as_str()));
                }
                value => all.values.push(literal(value)),
            }
        }
        all.values.sort_by(|a, b| compare(a.as_raw_bson_ref(), b.as_raw_bson_ref()));
        all
    }

    pub(super) fn have(&self, element: Option<RawBsonRef<'_>>) -> bool {
        if is_nothing(element) {
            return self.null;
        }
        let Some(element) = element else { return false };
        self.values.binary_search_by(|value| compare(value.as_raw_bson_ref(), element)).is_ok()
            || self.patterns.iter().any(|pattern| has(pattern, element))
    }
}

/// `$gt $gte $lt $lte`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(super) less: bool,
    pub(super) or_equal: bool,
}

impl Order {
    /// Only values of one kind are compared, but everything is between the least and the greatest key.
    pub(super) fn holds(self, element: Option<RawBsonRef<'_>>, literal: RawBsonRef<'_>) -> bool {
        let element = match (element, literal) {
            (element, RawBsonRef::Null) => return self.or_equal && is_nothing(element),
            (Some(element), _) => element,
            (None, _) => RawBsonRef::Undefined,
        };
        if rank(element) != rank(literal) {
            return match literal {
                RawBsonRef::MaxKey => self.less,
                RawBsonRef::MinKey => !self.less,
                _ => false,
            };
        }
        if let (Some(a), Some(b)) = (number(element), number(literal))
            && (is_nan(a) || is_nan(b))
        {
            return self.or_equal && is_nan(a) && is_nan(b);
        }
        let order = compare(element, literal);
        if self.less { order.is_lt() } else { order.is_gt() }.max(self.or_equal && order.is_eq())
    }
}

const MIN_KEY: u32 = 1 << 30;
const MAX_KEY: u32 = 1 << 31;

/// A bit for each type asked for.
pub(super) fn types(codes: &[TypeCode]) -> u32 {
    let one = |code: &TypeCode| match code {
        TypeCode::Number => 1 << 1 | 1 << 16 | 1 << 18 | 1 << 19,
        TypeCode::Bson(-1) => MIN_KEY,
        TypeCode::Bson(127) => MAX_KEY,
        TypeCode::Bson(code) => {
            u32::try_from(*code).ok().and_then(|code| 1_u32.checked_shl(code)).unwrap_or(0)
        }
    };
    codes.iter().map(one).fold(0, |all, one| all | one)
}

pub(super) fn type_bit(element: RawBsonRef<'_>) -> u32 {
    match element {
        RawBsonRef::MinKey => MIN_KEY,
        RawBsonRef::MaxKey => MAX_KEY,
        element => 1 << (element.element_type() as u8),
    }
}
