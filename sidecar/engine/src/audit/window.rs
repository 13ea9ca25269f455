//! Which rows a window holds at one instant, with literal bounds.

use std::collections::BTreeSet;

use bson::{Bson, Document, doc};
use vigil_board::{Board, Window};
use vigil_wire::Millis;

use crate::window::{Bounds, Days, bounds};

/// Stages that leave the rows that count at `now`.
///
/// The first one can use an index and holds too much: it matches inside arrays. The second one says
/// it exactly: every field that the window reads is a date, null or missing, and the dates are
/// within the bounds.
pub(super) fn stages(board: &Board, window: &Window, now: Millis) -> Vec<Document> {
    let bounds = bounds(window, now, &Days::new(board.timezone.clone(), now));
    let fields: BTreeSet<&str> = window.fields().into_iter().collect();
    let mut all: Vec<Bson> = fields.into_iter().map(|field| usable(field).into()).collect();
    all.push(exact(&bounds).into());
    vec![doc! {"$match": coarse(&bounds)}, doc! {"$match": {"$expr": {"$and": all}}}]
}

fn date(ms: Millis) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

fn value(field: &str) -> String {
    format!("${field}")
}

fn coarse(bounds: &Bounds<'_>) -> Document {
    let parts = |parts: &[Bounds<'_>]| parts.iter().map(coarse).collect::<Vec<_>>();
    match bounds {
        Bounds::Within { field, first, last } => {
            let mut range = Document::new();
            range.insert(*field, doc! {"$gte": date(*first), "$lte": date(*last)});
            range
        }
        Bounds::Covers { from, now, .. } => {
            let mut range = Document::new();
            range.insert(*from, doc! {"$lte": date(*now)});
            range
        }
        Bounds::Any(any) => doc! {"$or": parts(any)},
        Bounds::All(all) => doc! {"$and": parts(all)},
    }
}

fn usable(field: &str) -> Document {
    doc! {"$in": [{"$type": value(field)}, ["date", "null", "missing"]]}
}

fn is_date(field: &str) -> Document {
    doc! {"$eq": [{"$type": value(field)}, "date"]}
}

/// An expression; fields are usable.
fn exact(bounds: &Bounds<'_>) -> Document {
    let parts = |parts: &[Bounds<'_>]| parts.iter().map(exact).collect::<Vec<_>>();
    match bounds {
        Bounds::Within { field, first, last } => doc! {"$and": [
            is_date(field),
            {"$gte": [value(field), date(*first)]},
            {"$lte": [value(field), date(*last)]},
        ]},
        Bounds::Covers { from, to, now } => {
            let mut all = vec![is_date(from), doc! {"$lte": [value(from), date(*now)]}];
            all.extend(to.iter().map(|to| {
                let open = doc! {"$ne": [{"$type": value(to)}, "date"]};
                doc! {"$or": [open, {"$gt": [value(to), date(*now)]}]}
            }));
            doc! {"$and": all}
        }
        Bounds::Any(any) => doc! {"$or": parts(any)},
        Bounds::All(all) => doc! {"$and": parts(all)},
    }
}
