//! The stages that come to an aggregate's value per group.

use bson::{Bson, Document, doc};
use vigil_board::{Aggregate, Quantity, Rows};

pub(super) fn stages(key: Bson, rows: &Rows) -> Vec<Document> {
    let path = match rows.value.as_ref().map(|value| &value.of) {
        Some(Quantity::Field(path) | Quantity::Between { from: path, .. }) => path.as_str(),
        None => "",
    };
    let stage = match rows.aggregate {
        Aggregate::Count | Aggregate::Avg | Aggregate::Distinct | Aggregate::Percentile(_) => {
            doc! {"_id": key, "v": {"$sum": 1}}
        }
        Aggregate::Min => doc! {"_id": key, "v": {"$min": format!("${path}")}},
        Aggregate::Max => doc! {"_id": key, "v": {"$max": format!("${path}")}},
        Aggregate::Sum => {
            let value = format!("${path}");
            // The least long has no absolute value of its own type.
            let magnitude = doc! {"$switch": {
                "branches": [
                    {"case": {"$in": [{"$type": &value}, ["int", "long"]]},
                     "then": {"$abs": {"$toDouble": &value}}},
                    {"case": {"$in": [{"$type": &value}, ["double", "decimal"]]}, "then": {"$abs": &value}},
                ],
                "default": 0,
            }};
            let doubles = doc! {"$cond": [{"$eq": [{"$type": &value}, "double"]}, 1, 0]};
            doc! {"_id": key, "v": {"$sum": value}, "m": {"$sum": magnitude}, "n": {"$sum": 1}, "d": {"$sum": doubles}}
        }
    };
    vec![doc! {"$group": stage}]
}
