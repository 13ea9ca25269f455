//! MongoDB's query language over a row; the part of it that a board may use.

use bson::RawBsonRef;
use vigil_board as board;

use crate::path::{self, Rest};
use crate::row::{Layout, View};

mod number;
mod single;
mod test;

use test::Test;

/// A board's filter with its paths resolved and its literals made ready.
///
/// `A` is where a path begins: a row's slot, or a name in an array's element.
#[derive(Debug)]
pub(crate) enum Filter<A = usize> {
    And(Vec<Filter<A>>),
    Or(Vec<Filter<A>>),
    Nor(Vec<Filter<A>>),
    Field { at: A, rest: Rest, test: Test },
}

impl Filter {
    pub(crate) fn compile(filter: &board::Filter, layout: &Layout) -> Filter {
        Filter::resolved(filter, &|path| layout.resolve(path))
    }

    pub(crate) fn matches(&self, row: View<'_>) -> bool {
        self.holds(&|slot: &usize| row.get(*slot))
    }

    /// Calls `with` for each slot that the filter reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        match self {
            Filter::And(parts) | Filter::Or(parts) | Filter::Nor(parts) => {
                parts.iter().for_each(|part| part.slots(with))
            }
            Filter::Field { at, .. } => with(*at),
        }
    }
}

impl Filter<Box<str>> {
    /// For the elements of an array.
    fn of_elements(filter: &board::Filter) -> Self {
        Filter::resolved(filter, &|path| {
            let (top, rest) = path::split(path);
            (top.into(), rest)
        })
    }

    /// An array is to this a document whose names are positions; other values never match.
    fn matches_element(&self, element: RawBsonRef<'_>) -> bool {
        match element {
            RawBsonRef::Document(_) | RawBsonRef::Array(_) => self.holds(&|name| path::member(element, name)),
            _ => false,
        }
    }
}

impl<A> Filter<A> {
    fn resolved(filter: &board::Filter, resolve: &dyn Fn(&str) -> (A, Rest)) -> Filter<A> {
        let all = |parts: &[board::Filter]| {
            parts.iter().map(|part| Filter::resolved(part, resolve)).collect::<Vec<_>>()
        };
        match filter {
            board::Filter::And(parts) => Filter::And(all(parts)),
            board::Filter::Or(parts) => Filter::Or(all(parts)),
            board::Filter::Nor(parts) => Filter::Nor(all(parts)),
            board::Filter::Field(path, test) => {
                let (at, rest) = resolve(path);
                Filter::Field { at, rest, test: Test::compile(test) }
            }
        }
    }

    fn holds<'a>(&self, get: &impl Fn(&A) -> Option<RawBsonRef<'a>>) -> bool {
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.holds(get)),
            Filter::Or(parts) => parts.iter().any(|part| part.holds(get)),
            Filter::Nor(parts) => !parts.iter().any(|part| part.holds(get)),
            Filter::Field { at, rest, test } => test.matches(get(at), rest),
        }
    }
}
