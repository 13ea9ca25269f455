use std::collections::BTreeSet;

use bson::Bson;

use super::Path;

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

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Null also matches a missing field.
    Eq(Bson),
    Ne(Bson),
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

/// A regular expression as the board says it; checked to mean here what it means in MongoDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub pattern: String,
    /// Of `imsx`, sorted.
    pub options: String,
}

impl Filter {
    /// True of everything.
    pub fn everything() -> Filter {
        Filter::And(Vec::new())
    }

    /// The paths that it reads, those of `$elemMatch` below their array's.
    pub fn collect_paths(&self, into: &mut BTreeSet<Path>) {
        match self {
            Filter::And(parts) | Filter::Or(parts) | Filter::Nor(parts) => {
                for part in parts {
                    part.collect_paths(into);
                }
            }
            // What an element holds is asked of the element: the whole field is needed.
            Filter::Field(path, _) => {
                into.insert(path.clone());
            }
        }
    }
}
