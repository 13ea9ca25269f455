mod pattern;
mod stages;

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document};
use vigil_board::{Board, Path};

/// What is watched: one database, some of its collections, and of each the tracked paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchPlan {
    pub database: String,
    /// Per collection the tracked paths; `_id` always comes and is not listed. With no path, only
    /// which documents exist is watched.
    pub collections: BTreeMap<String, BTreeSet<Path>>,
}

impl WatchPlan {
    pub fn of(board: &Board) -> Self {
        let mut collections = board.watched();
        for paths in collections.values_mut() {
            // A part of `_id` comes with it, and MongoDB refuses to be asked for both.
            paths.retain(|path| path != "_id" && !path.starts_with("_id."));
        }
        WatchPlan { database: board.database.clone(), collections }
    }

    pub fn watches(&self, collection: &str) -> bool {
        self.collections.contains_key(collection)
    }

    /// The stages that follow `{$changeStream: {showExpandedEvents: true, …}}`.
    ///
    /// They run in the server, so that nothing but tracked fields leaves it. What an event then holds:
    /// - `_id` (token), `operationType`, `clusterTime`, `ns.coll`, `to.coll`, `documentKey._id`;
    /// - `d`, or `d<i>` where the collection of ordinal i has a dotted path: the tracked fields of
    ///   `fullDocument` (and its `_id`), or of the undotted keys of `updatedFields`;
    /// - `u`, of updates that need it: `dot`, the touched keys `{k, v}` that are dotted or the parent of
    ///   a tracked path, `v` only with dotted keys at or below a tracked path; `gone`, the removed
    ///   ones; `cut`, the truncated ones.
    ///
    /// What is taken of an event is decided by its own collection, so that a path that is tracked in one
    /// never leaks out of another.
    pub fn stream_pipeline(&self) -> Vec<Document> {
        stages::of(&self.collections)
    }

    /// What a read of whole documents asks for: `_id` and the tracked fields.
    pub fn scan_projection(&self, collection: &str) -> Document {
        let paths = self.collections.get(collection).into_iter().flatten();
        std::iter::once("_id")
            .chain(paths.map(String::as_str))
            .map(|path| (path.to_owned(), Bson::Int32(1)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn the_scan_asks_for_tracked_fields_and_the_id_only() {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let collections =
            [("a".to_owned(), paths(&["o.b", "status"])), ("keys".to_owned(), BTreeSet::new())].into();
        let plan = WatchPlan { database: "d".into(), collections };
        assert_eq!(plan.scan_projection("a"), doc! { "_id": 1, "o.b": 1, "status": 1 });
        assert_eq!(plan.scan_projection("keys"), doc! { "_id": 1 });
    }
}
