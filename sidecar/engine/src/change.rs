use bson::{Bson, RawDocumentBuf};
use vigil_wire::ClusterTime;

/// One change of one watched collection, at one cluster time, in the words of the engine.
///
/// Documents hold only tracked fields (the inclusion projection of them) and `_id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub collection: String,
    pub at: ClusterTime,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// An insert or a replace: the document as it is from now on.
    Put {
        id: Bson,
        document: RawDocumentBuf,
    },
    /// An update, as what it did to tracked fields.
    Update {
        id: Bson,
        delta: Delta,
    },
    Delete {
        id: Bson,
    },
    /// The collection is no more (drop, rename away, dropDatabase).
    Clear,
}

/// What an update did, in three lists; applied in this order: set, removed, truncated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delta {
    pub set: Vec<Assignment>,
    /// Dotted paths that are gone.
    pub removed: Vec<String>,
    /// Arrays cut to a length.
    pub truncated: Vec<(String, u32)>,
}

/// One key of `updatedFields`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// As MongoDB wrote it: undotted, or dotted with array positions.
    pub path: String,
    pub value: Assigned,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Assigned {
    /// At or below a tracked path: the whole value.
    Value(Bson),
    /// An undotted key: its inclusion projection, `None` when that holds nothing
    /// (a parent overwritten by a scalar, say).
    Projected(Option<Bson>),
    /// A dotted ancestor of a tracked path: it was written, its value was not sent.
    Withheld,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    Done,
    /// At or before the row's own time: already in it.
    Old,
    /// The delta cannot be applied exactly to the row that is held: read the document again at a
    /// known time and give it to [`crate::Engine::reread`].
    Unknown {
        collection: String,
        id: Bson,
    },
}
