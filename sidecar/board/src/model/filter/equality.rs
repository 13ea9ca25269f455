//! Two tests are one only when MongoDB cannot tell them apart: bson's own equality of documents
//! forgets the order of their fields.

use bson::Bson;

use super::Test;

impl PartialEq for Test {
    fn eq(&self, other: &Test) -> bool {
        match (self, other) {
            (Test::Eq(a), Test::Eq(b))
            | (Test::Ne(a), Test::Ne(b))
            | (Test::Gt(a), Test::Gt(b))
            | (Test::Gte(a), Test::Gte(b))
            | (Test::Lt(a), Test::Lt(b))
            | (Test::Lte(a), Test::Lte(b)) => is_same(a, b),
            (Test::In(a), Test::In(b)) | (Test::Nin(a), Test::Nin(b)) | (Test::All(a), Test::All(b)) => {
                are_same(a, b)
            }
            (Test::Exists(a), Test::Exists(b)) => a == b,
            (Test::Type(a), Test::Type(b)) => a == b,
            (Test::Not(a), Test::Not(b)) => a == b,
            (Test::AllElemMatch(a), Test::AllElemMatch(b)) => a == b,
            (Test::ElemMatch(a), Test::ElemMatch(b)) => a == b,
            (Test::Size(a), Test::Size(b)) => a == b,
            (Test::Mod(a, b), Test::Mod(c, d)) => (a, b) == (c, d),
            (Test::Regex(a), Test::Regex(b)) => a == b,
            _ => false,
        }
    }
}

fn are_same(a: &[Bson], b: &[Bson]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
}

fn is_same(a: &Bson, b: &Bson) -> bool {
    match (a, b) {
        (Bson::Document(a), Bson::Document(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((m, a), (n, b))| m == n && is_same(a, b))
        }
        (Bson::Array(a), Bson::Array(b)) => are_same(a, b),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};

    use super::*;

    #[test]
    fn the_order_of_fields_counts() {
        let eq = |document| Test::Eq(Bson::Array(vec![Bson::Document(document)]));
        assert_eq!(eq(doc! {"a": 1, "b": 2}), eq(doc! {"a": 1, "b": 2}));
        assert_ne!(eq(doc! {"a": 1, "b": 2}), eq(doc! {"b": 2, "a": 1}));
        assert_ne!(eq(doc! {"a": 1}), eq(doc! {"a": 1_i64}));
    }
}
