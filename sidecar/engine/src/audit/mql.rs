//! Filters in MongoDB's query language.

use bson::{Bson, Document, Regex, doc};
use vigil_board::{ElemMatch, Filter, Pattern, Test, TypeCode};

pub(super) fn mql(filter: &Filter) -> Document {
    let all = |parts: &[Filter]| parts.iter().map(mql).collect::<Vec<_>>();
    match filter {
        Filter::And(parts) if parts.is_empty() => doc! {},
        Filter::And(parts) => doc! {"$and": all(parts)},
        Filter::Or(parts) => doc! {"$or": all(parts)},
        Filter::Nor(parts) => doc! {"$nor": all(parts)},
        Filter::Field(path, test) => {
            let mut document = Document::new();
            document.insert(path, operator(test));
            document
        }
    }
}

fn operator(test: &Test) -> Document {
    match test {
        Test::Eq(value) => doc! {"$eq": value},
        Test::Ne(value) => doc! {"$ne": value},
        Test::In(values) => doc! {"$in": values},
        Test::Nin(values) => doc! {"$nin": values},
        Test::Gt(value) => doc! {"$gt": value},
        Test::Gte(value) => doc! {"$gte": value},
        Test::Lt(value) => doc! {"$lt": value},
        Test::Lte(value) => doc! {"$lte": value},
        Test::Exists(exists) => doc! {"$exists": exists},
        Test::Type(codes) => doc! {"$type": codes.iter().map(type_code).collect::<Vec<_>>()},
        Test::Not(tests) => doc! {"$not": operators(tests)},
        Test::All(values) => doc! {"$all": values},
        Test::AllElemMatch(matches) => doc! {"$all": matches.iter().map(elem_match).collect::<Vec<_>>()},
        Test::ElemMatch(element) => elem_match(element),
        Test::Size(size) => doc! {"$size": size},
        Test::Mod(divisor, remainder) => doc! {"$mod": [divisor, remainder]},
        Test::Regex(pattern) => doc! {"$regex": regex(pattern)},
    }
}

/// Each operator once: a filter is read from a document.
fn operators(tests: &[Test]) -> Document {
    tests.iter().flat_map(operator).collect()
}

fn elem_match(element: &ElemMatch) -> Document {
    match element {
        ElemMatch::Object(filter) => doc! {"$elemMatch": mql(filter)},
        ElemMatch::Value(tests) => doc! {"$elemMatch": operators(tests)},
    }
}

fn type_code(code: &TypeCode) -> Bson {
    match code {
        TypeCode::Number => "number".into(),
        TypeCode::Bson(code) => (*code).into(),
    }
}

/// The board check refuses a zero byte, which alone a BSON regular expression cannot hold.
fn regex(pattern: &Pattern) -> Bson {
    let parts = (pattern.pattern().to_owned().try_into(), pattern.options().to_owned().try_into());
    match parts {
        (Ok(pattern), Ok(options)) => Bson::RegularExpression(Regex { pattern, options }),
        _ => pattern.pattern().into(),
    }
}
