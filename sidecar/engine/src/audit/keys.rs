//! Group keys as expressions, and the groups that other collections name.

use bson::{Bson, Document, doc};
use vigil_board::GroupKey;

/// What a breakdown groups by: an expression over the rows, and the stages that it needs before it.
pub(super) struct Key {
    pub(super) stages: Vec<Document>,
    pub(super) expression: Bson,
}

/// All rows as one.
pub(super) fn total() -> Key {
    Key { stages: Vec::new(), expression: Bson::Null }
}

pub(super) fn key(key: &GroupKey) -> Key {
    Key { stages: Vec::new(), expression: Bson::String(format!("${}", key.field())) }
}

/// All `_id`s of a collection.
pub fn keys_pipeline() -> Vec<Document> {
    vec![doc! {"$project": {"_id": 1}}]
}
