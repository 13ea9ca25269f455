//! Filters whose meaning is easily got wrong, and the documents that they match.

use std::collections::BTreeSet;

use bson::{Bson, Document, doc};

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

fn regex(pattern: &str, options: &str) -> Bson {
    let (pattern, options) = (pattern.to_owned().try_into().unwrap(), options.to_owned().try_into().unwrap());
    Bson::RegularExpression(bson::Regex { pattern, options })
}

/// Each has `a` alone, but for the first, which has nothing.
pub fn documents() -> Vec<Document> {
    let nan = Bson::Double(f64::NAN);
    let values: Vec<Bson> = vec![
        Bson::Null,                                                           // 1
        Bson::MinKey,                                                         // 2
        Bson::MaxKey,                                                         // 3
        5.into(),                                                             // 4
        nan.clone(),                                                          // 5
        "x".into(),                                                           // 6
        Bson::Array(vec![]),                                                  // 7
        vec![Bson::Null].into(),                                              // 8
        vec![5, 7].into(),                                                    // 9
        doc! {}.into(),                                                       // 10
        Bson::Undefined,                                                      // 11
        Bson::Array(vec![vec![5, 7].into()]),                                 // 12
        doc! {"b": 5, "c": "y"}.into(),                                       // 13
        vec![doc! {"b": 5, "c": "y"}, doc! {"b": 6}, doc! {"c": "z"}].into(), // 14
        decimal("5.00"),                                                      // 15
        decimal("-7.9"),                                                      // 16
        decimal("9223372036854775808"),                                       // 17
        Bson::Int64(i64::MAX),                                                // 18
        Bson::Symbol("Xylo".into()),                                          // 19
        "line\n".into(),                                                      // 20
        "one\nline".into(),                                                   // 21
        regex("^x", "i"),                                                     // 22
        Bson::DateTime(bson::DateTime::from_millis(0)),                       // 23
        Bson::Timestamp(bson::Timestamp { time: 0, increment: 1 }),           // 24
        true.into(),                                                          // 25
        doc! {"0": 5, "b": [5]}.into(),                                       // 26
        Bson::Array(vec![nan, decimal("NaN")]),                               // 27
        "É".into(),                                                           // 28
    ];
    let with = (1..).zip(values).map(|(id, value): (i32, Bson)| doc! {"_id": id, "a": value});
    std::iter::once(doc! {"_id": 0}).chain(with).collect()
}

pub fn filters() -> Vec<(Document, BTreeSet<i32>)> {
    let all = 0..29;
    let but = |ids: &[i32]| (0..29).filter(|id| !ids.contains(id)).collect::<Vec<_>>();
    let nan = || Bson::Double(f64::NAN);
    let mut filters: Vec<(Document, Vec<i32>)> = vec![
        (doc! {}, all.collect()),
        // Missing, null and undefined.
        (doc! {"a": Bson::Null}, vec![0, 1, 8, 11]),
        (doc! {"a": {"$ne": Bson::Null}}, but(&[0, 1, 8, 11])),
        (doc! {"a": {"$gte": Bson::Null}}, vec![0, 1, 8, 11]),
        (doc! {"a": {"$gt": Bson::Null}}, vec![]),
        (doc! {"a": {"$exists": false}}, vec![0]),
        (doc! {"a": {"$type": "null"}}, vec![1, 8]),
        (doc! {"a": {"$in": [Bson::Null, "x"]}}, vec![0, 1, 6, 8, 11]),
        (doc! {"a": {"$nin": [Bson::Null, "x"]}}, but(&[0, 1, 6, 8, 11])),
        (doc! {"a.b": Bson::Null}, but(&[9, 7, 8, 12, 13, 26, 27])),
        (doc! {"a.b": {"$exists": true}}, vec![13, 14, 26]),
        // Comparisons stay within a kind, and the least and the greatest key are beside every kind.
        (doc! {"a": {"$gt": 5}}, vec![9, 17, 18]),
        (doc! {"a": {"$gte": 5.0}}, vec![4, 9, 15, 17, 18]),
        (doc! {"a": {"$lt": decimal("0")}}, vec![16]),
        (doc! {"a": {"$gt": i64::MAX}}, vec![17]),
        (doc! {"a": {"$lt": 9_223_372_036_854_775_808.0}}, vec![4, 9, 15, 16, 18]),
        (doc! {"a": {"$gt": "a"}}, vec![6, 20, 21, 28]),
        (doc! {"a": {"$gt": false}}, vec![25]),
        (doc! {"a": {"$lt": Bson::DateTime(bson::DateTime::from_millis(1))}}, vec![23]),
        (doc! {"a": {"$gt": Bson::MinKey}}, but(&[2])),
        (doc! {"a": {"$lte": Bson::MinKey}}, vec![2]),
        (doc! {"a": {"$lt": Bson::MaxKey}}, but(&[3])),
        // NaN equals itself and comes neither before nor after anything.
        (doc! {"a": nan()}, vec![5, 27]),
        (doc! {"a": {"$gte": nan()}}, vec![5, 27]),
        (doc! {"a": {"$lt": nan()}}, vec![]),
        (doc! {"a": {"$lt": 4}}, vec![16]),
        // Arrays: an element, or the whole.
        (doc! {"a": 5}, vec![4, 9, 15]),
        (doc! {"a": [5, 7]}, vec![9, 12]),
        (doc! {"a": {"$gt": [5]}}, vec![9, 12, 14, 27].into_iter().filter(|id| *id != 27).collect()),
        (doc! {"a": {"$eq": []}}, vec![7]),
        (doc! {"a": {"$gt": 5, "$lt": 7}}, vec![9]),
        (doc! {"a": {"$elemMatch": {"$gt": 5, "$lt": 7}}}, vec![]),
        (doc! {"a": {"$elemMatch": {"$gte": 5, "$lt": 7}}}, vec![9]),
        (doc! {"a": {"$elemMatch": {"$elemMatch": {"$gt": 5}}}}, vec![12]),
        (doc! {"a": {"$elemMatch": {"b": 5, "c": "y"}}}, vec![14]),
        (doc! {"a": {"$elemMatch": {"b": 6, "c": "z"}}}, vec![]),
        (doc! {"a.b": 6, "a.c": "z"}, vec![14]),
        (doc! {"a": {"$elemMatch": {}}}, vec![12, 14]),
        (doc! {"a": {"$elemMatch": {"b": Bson::Null}}}, vec![12, 14]),
        (doc! {"a": {"$elemMatch": {"$nor": [{"b": {"$exists": true}}]}}}, vec![12, 14]),
        (doc! {"a": {"$not": {"$elemMatch": {"$gt": 5}}}}, but(&[9])),
        (doc! {"a": {"$size": 2}}, vec![9, 27]),
        (doc! {"a.b": {"$size": 1}}, vec![26]),
        (doc! {"a": {"$type": "array"}}, vec![7, 8, 9, 12, 14, 27]),
        (doc! {"a": {"$type": ["number", "bool"]}}, vec![4, 5, 9, 15, 16, 17, 18, 25, 27]),
        (doc! {"a": {"$type": [-1, 127, 6]}}, vec![2, 3, 11]),
        (doc! {"a": {"$all": [5, 7]}}, vec![9]),
        (doc! {"a": {"$all": [[5, 7]]}}, vec![9, 12]),
        (doc! {"a": {"$all": [{"$elemMatch": {"b": 5}}, {"$elemMatch": {"c": "z"}}]}}, vec![14]),
        // Sub-documents as wholes, in the order of their fields.
        (doc! {"a": {"$eq": {"b": 5, "c": "y"}}}, vec![13, 14]),
        (doc! {"a": {"$eq": {"c": "y", "b": 5}}}, vec![]),
        (doc! {"a": {"$gt": {}}}, vec![13, 14, 26]),
        // Positions, and names that look like them.
        (doc! {"a.0": 5}, vec![9, 26]),
        (doc! {"a.0": [5, 7]}, vec![12]),
        (doc! {"a.0.1": 7}, vec![12]),
        (doc! {"a.1.b": 6}, vec![14]),
        (doc! {"a.00": 5}, vec![]),
        // Remainders of what fits 64 bits, without its fraction.
        (doc! {"a": {"$mod": [5, 0]}}, vec![4, 9, 15]),
        (doc! {"a": {"$mod": [4, -3]}}, vec![16]),
        (doc! {"a": {"$mod": [-1, 0]}}, vec![4, 9, 15, 16, 18]),
        // Patterns: texts, symbols, and the same expression as a value.
        (doc! {"a": regex("^x", "i")}, vec![6, 19, 22]),
        (doc! {"a": {"$regex": "^x"}}, vec![6]),
        (doc! {"a": {"$in": [regex("^x", "i"), 5]}}, vec![4, 6, 9, 15, 19, 22]),
        (doc! {"a": {"$nin": [regex("^x", "i")]}}, but(&[6, 19, 22])),
        (doc! {"a": {"$not": {"$regex": "^x", "$options": "i"}}}, but(&[6, 19, 22])),
        (doc! {"a": {"$all": [regex("n", ""), regex("^o", "")]}}, vec![21]),
        (doc! {"a": {"$regex": "^line$"}}, vec![20]),
        (doc! {"a": {"$regex": "^line\\z"}}, vec![]),
        (doc! {"a": {"$regex": "^line$", "$options": "m"}}, vec![20, 21]),
        (doc! {"a": {"$regex": "e.l"}}, vec![]),
        (doc! {"a": {"$regex": "e.l", "$options": "s"}}, vec![21]),
        (doc! {"a": {"$regex": "^\\w"}}, vec![6, 19, 20, 21]),
        (doc! {"a": {"$regex": "é", "$options": "i"}}, vec![28]),
    ];
    filters.push((doc! {"$nor": [{"a": {"$exists": true}}, {"b": 1}]}, vec![0]));
    filters.into_iter().map(|(filter, ids)| (filter, ids.into_iter().collect())).collect()
}
