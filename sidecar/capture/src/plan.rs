mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};
use vigil_board::{Board, Path};

use pattern::Patterns;

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
    /// - `d<i>`, i the ordinal of the collection: the inclusion projection of the tracked paths, of
    ///   `fullDocument` (with its `_id`), or of the undotted keys of `updatedFields`;
    /// - `u` (updates only): `dot`, the touched keys `{k, v}`, `v` only with dotted keys at or below a
    ///   tracked path; `gone`, the removed ones; `cut`, the truncated ones.
    ///
    /// The alias per collection keeps a path that is tracked in one collection from leaking out of
    /// another; `$switch` evaluates the patterns of the event's own collection only.
    pub fn stream_pipeline(&self) -> Vec<Document> {
        vec![self.wanted(), self.aliased(), self.included(), touched()]
    }

    /// What a read of whole documents asks for: `_id` and the tracked fields.
    pub fn scan_projection(&self, collection: &str) -> Document {
        let paths = self.collections.get(collection).into_iter().flatten();
        std::iter::once("_id")
            .chain(paths.map(String::as_str))
            .map(|path| (path.to_owned(), Bson::Int32(1)))
            .collect()
    }

    /// A rename *onto* a watched name comes under the other name; the end of the database under none.
    fn wanted(&self) -> Document {
        let names: Vec<&str> = self.collections.keys().map(String::as_str).collect();
        doc! { "$match": { "$or": [
            { "ns.coll": { "$in": &names } },
            { "to.coll": { "$in": &names } },
            { "operationType": { "$in": ["dropDatabase", "invalidate"] } },
        ] } }
    }

    fn aliased(&self) -> Document {
        let mut project = envelope();
        let mut branches = Vec::new();
        for (i, (name, paths)) in self.collections.iter().enumerate() {
            let here = doc! { "$eq": ["$ns.coll", { "$literal": name }] };
            // An event has one or the other: nothing asks the server to look documents up.
            let body = doc! { "$ifNull": ["$fullDocument", "$updateDescription.updatedFields"] };
            project.insert(alias(i), doc! { "$cond": [here.clone(), body, "$$REMOVE"] });
            if let Some(patterns) = Patterns::of(paths) {
                branches.push(doc! { "case": here, "then": what_was_touched(&patterns) });
            }
        }
        if !branches.is_empty() {
            let touched = doc! { "$switch": { "branches": branches, "default": "$$REMOVE" } };
            project.insert(
                "u",
                doc! { "$cond": [{ "$eq": ["$operationType", "update"] }, touched, "$$REMOVE"] },
            );
        }
        doc! { "$project": project }
    }

    fn included(&self) -> Document {
        let mut project = envelope();
        project.insert("u", 1);
        for (i, paths) in self.collections.values().enumerate() {
            let alias = alias(i);
            project.insert(format!("{alias}._id"), 1);
            for path in paths {
                project.insert(format!("{alias}.{path}"), 1);
            }
        }
        doc! { "$project": project }
    }
}

fn alias(ordinal: usize) -> String {
    format!("d{ordinal}")
}

fn envelope() -> Document {
    doc! { "operationType": 1, "clusterTime": 1, "ns.coll": 1, "to.coll": 1, "documentKey._id": 1 }
}

fn what_was_touched(patterns: &Patterns) -> Document {
    let matches = |input: &str, regex: &str| doc! { "$regexMatch": { "input": input, "regex": regex } };
    let value = doc! { "$cond": [matches("$$f.k", &patterns.valued), "$$f.v", "$$REMOVE"] };
    let touched = doc! { "$filter": {
        "input": { "$objectToArray": "$updateDescription.updatedFields" },
        "as": "f",
        "cond": matches("$$f.k", &patterns.touched),
    } };
    doc! {
        "dot": { "$map": { "input": touched, "as": "f", "in": { "k": "$$f.k", "v": value } } },
        "gone": { "$filter": {
            "input": "$updateDescription.removedFields", "as": "f", "cond": matches("$$f", &patterns.touched),
        } },
        "cut": { "$filter": {
            "input": "$updateDescription.truncatedArrays", "as": "f", "cond": matches("$$f.field", &patterns.touched),
        } },
    }
}

/// Updates that touched nothing tracked end here.
fn touched() -> Document {
    doc! { "$match": { "$or": [
        { "operationType": { "$ne": "update" } },
        { "u.dot.0": { "$exists": true } },
        { "u.gone.0": { "$exists": true } },
        { "u.cut.0": { "$exists": true } },
    ] } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(collections: &[(&str, &[&str])]) -> WatchPlan {
        WatchPlan {
            database: "d".into(),
            collections: collections
                .iter()
                .map(|(name, paths)| ((*name).to_owned(), paths.iter().map(|p| (*p).to_owned()).collect()))
                .collect(),
        }
    }

    #[test]
    fn the_scan_asks_for_tracked_fields_and_the_id_only() {
        let plan = plan(&[("a", &["o.b", "status"]), ("keys", &[])]);
        assert_eq!(plan.scan_projection("a"), doc! { "_id": 1, "o.b": 1, "status": 1 });
        assert_eq!(plan.scan_projection("keys"), doc! { "_id": 1 });
    }

    #[test]
    fn each_collection_has_an_alias_of_its_own() {
        let stages = plan(&[("a", &["status"]), ("b", &["secret"])]).stream_pipeline();
        let included = stages[2].get_document("$project").unwrap();
        assert!(included.contains_key("d0.status") && included.contains_key("d1.secret"));
        assert!(!included.contains_key("d0.secret") && !included.contains_key("d1.status"));
    }

    #[test]
    fn a_plan_of_keys_alone_asks_for_no_update() {
        let stages = plan(&[("keys", &[])]).stream_pipeline();
        assert!(!stages[1].get_document("$project").unwrap().contains_key("u"));
    }
}
