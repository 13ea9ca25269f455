//! MongoDB's query language over a row; the part of it that a board may use.

use bson::{Bson, RawBson, RawBsonRef};
use vigil_board as board;

use crate::path::{self, Rest};
use crate::row::{Layout, View};
use crate::value::order::{compare, rank};

/// A board's filter with its paths resolved to slots and its literals to raw values.
#[derive(Debug)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Nor(Vec<Filter>),
    Field { slot: usize, rest: Rest, test: Test },
}

#[derive(Debug)]
pub(crate) enum Test {
    Eq(RawBson),
    Ne(RawBson),
    In(Vec<RawBson>),
    Exists(bool),
}

impl Filter {
    pub(crate) fn compile(filter: &board::Filter, layout: &Layout) -> Filter {
        let all = |parts: &[board::Filter]| parts.iter().map(|part| Filter::compile(part, layout)).collect();
        match filter {
            board::Filter::And(parts) => Filter::And(all(parts)),
            board::Filter::Or(parts) => Filter::Or(all(parts)),
            board::Filter::Nor(parts) => Filter::Nor(all(parts)),
            board::Filter::Field(path, test) => {
                let (slot, rest) = layout.resolve(path);
                Filter::Field { slot, rest, test: Test::compile(test) }
            }
        }
    }

    pub(crate) fn matches(&self, row: View<'_>) -> bool {
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.matches(row)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(row)),
            Filter::Nor(parts) => !parts.iter().any(|part| part.matches(row)),
            Filter::Field { slot, rest, test } => test.matches(row.get(*slot), rest),
        }
    }

    /// Calls `with` for each slot that the filter reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        match self {
            Filter::And(parts) | Filter::Or(parts) | Filter::Nor(parts) => {
                parts.iter().for_each(|part| part.slots(with))
            }
            Filter::Field { slot, .. } => with(*slot),
        }
    }
}

impl Test {
    fn compile(test: &board::Test) -> Test {
        match test {
            board::Test::Eq(value) => Test::Eq(literal(value)),
            board::Test::Ne(value) => Test::Ne(literal(value)),
            board::Test::In(values) => Test::In(values.iter().map(literal).collect()),
            board::Test::Exists(exists) => Test::Exists(*exists),
            _ => Test::In(Vec::new()),
        }
    }

    fn matches(&self, value: Option<RawBsonRef<'_>>, rest: &[Box<str>]) -> bool {
        match self {
            Test::Eq(literal) => equals_any(value, rest, literal),
            Test::Ne(literal) => !equals_any(value, rest, literal),
            Test::In(literals) => path::any_match(value, rest, &mut |element| {
                literals.iter().any(|literal| equals(element, literal.as_raw_bson_ref()))
            }),
            Test::Exists(expected) => {
                path::any_match(value, rest, &mut |element| element.is_some()) == *expected
            }
        }
    }
}

/// A literal that BSON cannot hold (a NUL in a name) is refused by the board check; `MinKey`, which
/// nothing in practice equals, stands for it.
fn literal(value: &Bson) -> RawBson {
    RawBson::try_from(value.clone()).unwrap_or(RawBson::MinKey)
}

fn equals_any(value: Option<RawBsonRef<'_>>, rest: &[Box<str>], literal: &RawBson) -> bool {
    let literal = literal.as_raw_bson_ref();
    path::any_match(value, rest, &mut |element| equals(element, literal))
}

/// `$eq`, and each of `$in`: null equals a missing field, and the deprecated undefined as MongoDB before 8.0 has it.
fn equals(element: Option<RawBsonRef<'_>>, literal: RawBsonRef<'_>) -> bool {
    let element = element.unwrap_or(RawBsonRef::Undefined);
    if rank(element) != rank(literal) {
        let ranks = [rank(element), rank(literal)];
        return ranks == [0, rank(RawBsonRef::Null)] || ranks == [rank(RawBsonRef::Null), 0];
    }
    compare(element, literal).is_eq()
}
