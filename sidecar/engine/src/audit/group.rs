//! The stages that come to an aggregate's value per group, as `_id` and `v`.

use bson::{Bson, Document, doc};
use vigil_board::{Aggregate, Quantity, Rows};

use super::measure;

pub(super) fn stages(key: Bson, rows: &Rows) -> Vec<Document> {
    let value = rows.value.as_ref().map_or_else(String::new, measure::expression);
    let is_time = rows.value.as_ref().is_some_and(|value| matches!(value.of, Quantity::Between { .. }));
    match rows.aggregate {
        Aggregate::Count => vec![doc! {"$group": {"_id": key, "v": {"$sum": 1}}}],
        Aggregate::Min => vec![doc! {"$group": {"_id": key, "v": {"$min": value}}}],
        Aggregate::Max => vec![doc! {"$group": {"_id": key, "v": {"$max": value}}}],
        Aggregate::Sum | Aggregate::Avg => {
            let mut group = doc! {"_id": key, "v": {"$sum": &value}};
            if rows.aggregate == Aggregate::Avg {
                group.insert("c", doc! {"$sum": {"$cond": [{"$isNumber": &value}, 1, 0]}});
            }
            if !is_time {
                group.extend(weight(&value));
            }
            vec![doc! {"$group": group}]
        }
        Aggregate::Distinct => distinct(key, &value),
        Aggregate::Percentile(percent) => percentile(key, &value, percent),
    }
}

/// What a sum was made of: Σ|x| of what is finite, how many rows and doubles, Σ|x| of doubles alone.
fn weight(value: &str) -> Document {
    let is = |types: &[&str]| doc! {"$in": [{"$type": value}, types]};
    let is_finite = doc! {"$and": [{"$gt": [value, f64::NEG_INFINITY]}, {"$lt": [value, f64::INFINITY]}]};
    // The least long has no absolute value of its own type.
    let magnitude = doc! {"$switch": {
        "branches": [
            {"case": is(&["int", "long"]), "then": {"$abs": {"$toDouble": value}}},
            {"case": {"$and": [is(&["double", "decimal"]), is_finite.clone()]}, "then": {"$abs": value}},
        ],
        "default": 0,
    }};
    let double = doc! {"$cond": [{"$and": [is(&["double"]), is_finite]}, {"$abs": value}, 0]};
    let doubles = doc! {"$cond": [is(&["double"]), 1, 0]};
    doc! {"m": {"$sum": magnitude}, "n": {"$sum": 1}, "d": {"$sum": doubles}, "o": {"$sum": double}}
}

/// Each value of a group once, then how many there are but null.
fn distinct(key: Bson, value: &str) -> Vec<Document> {
    let is_nothing = doc! {"$in": [{"$type": value}, ["missing", "null", "undefined"]]};
    let value = doc! {"$cond": [is_nothing, Bson::Null, value]};
    let key = missing_is_null(key);
    let counts = doc! {"$cond": [{"$eq": ["$_id.value", Bson::Null]}, 0, 1]};
    vec![
        doc! {"$group": {"_id": {"key": key, "value": value}}},
        doc! {"$group": {"_id": "$_id.key", "v": {"$sum": counts}}},
    ]
}

/// The rows of a group in the order of their numbers, and the one at the rank; those without a number
/// come first.
fn percentile(key: Bson, value: &str, percent: u8) -> Vec<Document> {
    let key = missing_is_null(key);
    let number = doc! {"$cond": [{"$isNumber": value}, value, Bson::Null]};
    let is_number = doc! {"$cond": [{"$isNumber": "$value"}, 1, 0]};
    let rank = doc! {"$ceil": {"$divide": [{"$multiply": ["$numbers", i32::from(percent)]}, 100]}};
    let place = doc! {"$add": [{"$subtract": ["$rows", "$numbers"]}, rank]};
    vec![
        doc! {"$project": {"_id": 0, "key": key, "value": number}},
        doc! {"$setWindowFields": {
            // Inside of a document, so that it may be an array.
            "partitionBy": {"key": "$key"},
            "sortBy": {"value": 1},
            "output": {
                "place": {"$documentNumber": {}},
                "numbers": {"$sum": is_number},
                "rows": {"$sum": 1},
            },
        }},
        doc! {"$match": {"$expr": {"$eq": ["$place", place]}}},
        doc! {"$project": {"_id": "$key", "v": "$value"}},
    ]
}

/// Inside of a document a missing key and null would be two.
fn missing_is_null(key: Bson) -> Bson {
    match key {
        Bson::Null => Bson::Null,
        key => doc! {"$cond": [{"$eq": [{"$type": key.clone()}, "missing"]}, Bson::Null, key]}.into(),
    }
}
