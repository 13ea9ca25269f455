use std::collections::BTreeSet;

use bson::Bson;

use super::Path;

mod equality;
mod pattern;

pub use pattern::Pattern;

/// MongoDB's query language, the part of it that a board may use.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every one of them; an empty list is true.
    And(Vec<Filter>),
    /// At least one of them; never empty.
    Or(Vec<Filter>),
    /// None of them; never empty.
    Nor(Vec<Filter>),
    Field(Path, Test),
}

#[derive(Debug, Clone)]
pub enum Test {
    /// Null also matches a missing field.
    Eq(Bson),
    Ne(Bson),
    /// Regular expressions among the values are patterns that [`Pattern::new`] takes; here, in
    /// `Nin` and in `All`.
    In(Vec<Bson>),
    Nin(Vec<Bson>),
    Gt(Bson),
    Gte(Bson),
    Lt(Bson),
    Lte(Bson),
    Exists(bool),
    /// BSON type numbers; `Number` stands for all four number types.
    Type(Vec<TypeCode>),
    /// Each of the tests, negated as one.
    Not(Vec<Test>),
    All(Vec<Bson>),
    /// An element for each of them; never empty.
    AllElemMatch(Vec<ElemMatch>),
    ElemMatch(ElemMatch),
    Size(i64),
    /// Divisor and remainder.
    Mod(i64, i64),
    Regex(Pattern),
}

#[derive(Debug, Clone, PartialEq)]
pub enum ElemMatch {
    /// An element that is a document (or array) and matches.
    Object(Box<Filter>),
    /// An element that passes every test.
    Value(Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeCode {
    Number,
    /// −1 (minKey) to 127 (maxKey), as the BSON specification numbers types.
    Bson(i32),
}

impl Filter {
    /// True of everything.
    pub fn everything() -> Filter {
        Filter::And(Vec::new())
    }

    /// The paths that it reads, those of `$elemMatch` below their array's.
    pub fn collect_paths(&self, into: &mut BTreeSet<Path>) {
        self.collect_below("", into);
    }

    fn collect_below(&self, above: &str, into: &mut BTreeSet<Path>) {
        match self {
            Filter::And(parts) | Filter::Or(parts) | Filter::Nor(parts) => {
                parts.iter().for_each(|part| part.collect_below(above, into));
            }
            Filter::Field(path, test) => test.collect_at(&format!("{above}{path}"), into),
        }
    }
}

impl Test {
    fn collect_at(&self, path: &str, into: &mut BTreeSet<Path>) {
        let mut element = |element: &ElemMatch| {
            let mut below = BTreeSet::new();
            // Elements that are no documents cannot match, and may stay in MongoDB.
            if let ElemMatch::Object(filter) = element {
                filter.collect_below(&format!("{path}."), &mut below);
            }
            if below.is_empty() {
                below.insert(path.to_owned());
            }
            into.append(&mut below);
        };
        match self {
            Test::ElemMatch(one) => element(one),
            Test::AllElemMatch(all) => all.iter().for_each(element),
            Test::Not(tests) => tests.iter().for_each(|test| test.collect_at(path, into)),
            _ => drop(into.insert(path.to_owned())),
        }
    }
}
