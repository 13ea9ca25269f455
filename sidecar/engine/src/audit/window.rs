//! Which rows a window holds at one instant, with literal bounds.

use bson::{Bson, Document, doc};
use vigil_board::{Board, Window};
use vigil_wire::Millis;

use crate::window::{Days, bounds};

/// Stages that leave the rows that count at `now`.
pub(super) fn stages(board: &Board, window: &Window, now: Millis) -> Vec<Document> {
    let (from, until) = bounds(window, now, &Days::new(board.timezone.clone(), now));
    let field = window.fields().first().copied().unwrap_or_default();
    let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
    let mut range = Document::new();
    range.insert(field, doc! {"$gte": date(from), "$lt": date(until)});
    // The range matches inside arrays too; a row counts only when the field itself is a date.
    let is_date = doc! {"$eq": [{"$type": format!("${field}")}, "date"]};
    vec![doc! {"$match": range}, doc! {"$match": {"$expr": is_date}}]
}
