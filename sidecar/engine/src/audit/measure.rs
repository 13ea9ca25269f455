//! What is aggregated, as an expression, and the rows that count by it.

use bson::{Bson, DateTime, Document, doc};
use vigil_board::{Measure, Quantity};

use crate::measure::{Bounds, DATES_WITHIN_MS};

/// Where a time between dates stands in the rows, in milliseconds; no field of theirs is called so.
const TIME: &str = "vigil:time";

pub(super) fn expression(measure: &Measure) -> String {
    match &measure.of {
        Quantity::Field(path) => format!("${path}"),
        Quantity::Between { .. } => format!("${TIME}"),
    }
}

/// Stages that leave the rows within bounds, and work out what [`expression`] names.
pub(super) fn stages(measure: &Measure) -> Vec<Document> {
    let bounds = Bounds::of(measure);
    match &measure.of {
        Quantity::Field(_) if !bounds.any() => Vec::new(),
        Quantity::Field(path) => {
            let value = format!("${path}");
            // NaN is less than all others: it is within no bounds.
            let above = match bounds.above {
                Some(above) => doc! {"$gt": [&value, above]},
                None => doc! {"$gte": [&value, f64::NEG_INFINITY]},
            };
            let mut within = vec![doc! {"$isNumber": &value}, above];
            within.extend(bounds.below.map(|below| doc! {"$lt": [&value, below]}));
            vec![doc! {"$match": {"$expr": {"$and": within}}}]
        }
        Quantity::Between { from, to, .. } => {
            let [from, to] = [from, to].map(|path| format!("${path}"));
            let least = DateTime::from_millis(-DATES_WITHIN_MS);
            let greatest = DateTime::from_millis(DATES_WITHIN_MS);
            let is_date = |date| {
                doc! {"$and": [
                    {"$eq": [{"$type": date}, "date"]}, {"$gte": [date, least]}, {"$lte": [date, greatest]},
                ]}
            };
            let are_dates = [&from, &to].map(is_date).to_vec();
            let mut stages = vec![
                doc! {"$match": {"$expr": {"$and": are_dates}}},
                doc! {"$set": {TIME: {"$subtract": [to, from]}}},
            ];
            if bounds.any() {
                let mut within = Document::new();
                within.extend(bounds.above.map(|above| ("$gt".to_owned(), Bson::Double(above))));
                within.extend(bounds.below.map(|below| ("$lt".to_owned(), Bson::Double(below))));
                stages.push(doc! {"$match": {TIME: within}});
            }
            stages
        }
    }
}
