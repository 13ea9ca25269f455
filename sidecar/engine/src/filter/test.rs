//! What is asked of one field. Source: the match expressions of MongoDB 6.0.

use bson::{Bson, RawBsonRef};
use vigil_board::{self as board, ElemMatch, Pattern};

use super::Filter;
use super::number::whole;
use super::single::{Order, Single, Values, literal, types};
use crate::path::{Leaf, any_match};

#[derive(Debug)]
pub(crate) enum Test {
    /// A value that the path reaches passes; an array at its end is looked into.
    Some(Single),
    /// An array that the path reaches passes.
    Array(Box<OfArray>),
    /// Not every one of them.
    Not(Vec<Test>),
    All(Vec<Test>),
}

#[derive(Debug)]
pub(crate) enum OfArray {
    Size(usize),
    /// An element that is a document.
    Object(Filter<Box<str>>),
    /// An element that passes every test.
    Value(Vec<Test>),
}

impl Test {
    pub(super) fn compile(test: &board::Test) -> Test {
        let order = |value: &Bson, less: bool, or_equal: bool| {
            Test::Some(Single::Order(Order { less, or_equal }, literal(value)))
        };
        match test {
            board::Test::Eq(value) => Test::Some(Single::Eq(literal(value))),
            board::Test::Ne(value) => Test::not(Test::Some(Single::Eq(literal(value)))),
            board::Test::In(values) => Test::Some(Single::In(Values::of(values))),
            board::Test::Nin(values) => Test::not(Test::Some(Single::In(Values::of(values)))),
            board::Test::Gt(value) => order(value, false, false),
            board::Test::Gte(value) => order(value, false, true),
            board::Test::Lt(value) => order(value, true, false),
            board::Test::Lte(value) => order(value, true, true),
            board::Test::Exists(true) => Test::Some(Single::Exists),
            board::Test::Exists(false) => Test::not(Test::Some(Single::Exists)),
            board::Test::Type(codes) => Test::Some(Single::Type(types(codes))),
            board::Test::Not(tests) => Test::Not(tests.iter().map(Test::compile).collect()),
            board::Test::All(values) => Test::all(values),
            board::Test::AllElemMatch(matches) => Test::All(matches.iter().map(elements).collect()),
            board::Test::ElemMatch(element) => elements(element),
            board::Test::Size(size) => {
                Test::Array(Box::new(OfArray::Size(usize::try_from(*size).unwrap_or(usize::MAX))))
            }
            board::Test::Mod(divisor, remainder) => Test::Some(Single::Mod(*divisor, *remainder)),
            board::Test::Regex(pattern) => Test::Some(Single::Regex(pattern.clone())),
        }
    }

    fn not(test: Test) -> Test {
        Test::Not(vec![test])
    }

    /// Nothing has all of no values.
    fn all(values: &[Bson]) -> Test {
        if values.is_empty() {
            return Test::Some(Single::In(Values::of(&[])));
        }
        let one = |value: &Bson| match value {
            Bson::RegularExpression(_) => Single::In(Values::of(std::slice::from_ref(value))),
            value => Single::Eq(literal(value)),
        };
        Test::All(values.iter().map(|value| Test::Some(one(value))).collect())
    }

    /// Whether what the names in `rest` reach from a field's value passes.
    pub(super) fn matches(&self, value: Option<RawBsonRef<'_>>, rest: &[Box<str>]) -> bool {
        match self {
            Test::Some(single) => any_match(value, rest, Leaf::Elements, &mut |one| single.passes(one)),
            Test::Array(array) => any_match(value, rest, Leaf::Whole, &mut |one| array.passes(one)),
            Test::Not(tests) => !tests.iter().all(|test| test.matches(value, rest)),
            Test::All(tests) => tests.iter().all(|test| test.matches(value, rest)),
        }
    }

    /// The same of an array's element, which is not looked into.
    fn passes(&self, element: RawBsonRef<'_>) -> bool {
        match self {
            Test::Some(single) => single.passes(Some(element)),
            Test::Array(array) => array.passes(Some(element)),
            Test::Not(tests) => !tests.iter().all(|test| test.passes(element)),
            Test::All(tests) => tests.iter().all(|test| test.passes(element)),
        }
    }
}

fn elements(element: &ElemMatch) -> Test {
    Test::Array(Box::new(match element {
        ElemMatch::Object(filter) => OfArray::Object(Filter::of_elements(filter)),
        ElemMatch::Value(tests) => OfArray::Value(tests.iter().map(Test::compile).collect()),
    }))
}

impl OfArray {
    fn passes(&self, value: Option<RawBsonRef<'_>>) -> bool {
        let Some(RawBsonRef::Array(array)) = value else { return false };
        let mut elements = array.into_iter().flatten();
        match self {
            OfArray::Size(size) => elements.count() == *size,
            OfArray::Object(filter) => elements.any(|element| filter.matches_element(element)),
            OfArray::Value(tests) => elements.any(|element| tests.iter().all(|test| test.passes(element))),
        }
    }
}

impl Single {
    fn passes(&self, element: Option<RawBsonRef<'_>>) -> bool {
        match self {
            Single::Eq(literal) => super::single::equals(element, literal.as_raw_bson_ref()),
            Single::In(values) => values.have(element),
            Single::Order(order, literal) => order.holds(element, literal.as_raw_bson_ref()),
            Single::Exists => element.is_some(),
            Single::Type(mask) => element.is_some_and(|element| mask & super::single::type_bit(element) != 0),
            Single::Mod(divisor, remainder) => {
                element.and_then(whole).is_some_and(|n| n.wrapping_rem(*divisor) == *remainder)
            }
            Single::Regex(pattern) => element.is_some_and(|element| has(pattern, element)),
        }
    }
}

/// A text in which the pattern is, or the pattern itself as a value.
pub(super) fn has(pattern: &Pattern, element: RawBsonRef<'_>) -> bool {
    match element {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => pattern.is_in(text),
        RawBsonRef::RegularExpression(regex) => {
            regex.pattern.as_str() == pattern.pattern() && regex.options.as_str() == pattern.options()
        }
        _ => false,
    }
}
