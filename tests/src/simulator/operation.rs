use bson::{Bson, DateTime, Document, doc};

/// One thing that happens in the hospital, and how its systems write it down.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// When it happens, Unix milliseconds.
    pub at_ms: i64,
    /// For people who watch, and for counting.
    pub what: &'static str,
    pub writes: Vec<Write>,
    /// All or nothing.
    pub transaction: bool,
}

/// One command to MongoDB. Each is such that saying it twice is the same as saying it once.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    Insert {
        collection: &'static str,
        documents: Vec<Document>,
    },
    Update {
        collection: &'static str,
        filter: Document,
        update: Document,
    },
    UpdateMany {
        collection: &'static str,
        filter: Document,
        update: Document,
    },
    Replace {
        collection: &'static str,
        filter: Document,
        document: Document,
    },
    Delete {
        collection: &'static str,
        filter: Document,
    },
    /// Written anew beside the collection, then renamed over it.
    Rebuild {
        collection: &'static str,
        documents: Vec<Document>,
    },
}

impl Write {
    pub(super) fn insert(collection: &'static str, document: Document) -> Write {
        Write::Insert { collection, documents: vec![document] }
    }

    /// Sets fields of the one document with this `_id`.
    pub(super) fn set(collection: &'static str, id: impl Into<Bson>, fields: Document) -> Write {
        Write::Update { collection, filter: doc! { "_id": id }, update: doc! { "$set": fields } }
    }

    pub(super) fn update(collection: &'static str, id: impl Into<Bson>, update: Document) -> Write {
        Write::Update { collection, filter: doc! { "_id": id }, update }
    }

    pub(super) fn delete(collection: &'static str, id: impl Into<Bson>) -> Write {
        Write::Delete { collection, filter: doc! { "_id": id } }
    }
}

/// A date as MongoDB stores it, from Unix milliseconds.
pub(super) fn date(at_ms: i64) -> Bson {
    Bson::DateTime(DateTime::from_millis(at_ms))
}
