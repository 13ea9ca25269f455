//! MongoDB's inclusion projection, as the server does it for a scan.

use std::collections::BTreeSet;

use bson::{Bson, Document};
use vigil_board::Board;

/// Tracked paths as they are asked of the server: cut before array positions.
pub fn tracked(board: &Board, collection: &str) -> BTreeSet<String> {
    let cut = |path: &String| {
        let names: Vec<&str> = path.split('.').take_while(|n| n.parse::<u32>().is_err()).collect();
        names.join(".")
    };
    let all: BTreeSet<String> = board.watched().get(collection).into_iter().flatten().map(cut).collect();
    all.iter()
        .filter(|path| !all.iter().any(|other| path.starts_with(&format!("{other}."))))
        .cloned()
        .collect()
}

/// MongoDB's inclusion projection.
pub fn project(document: &Document, paths: &BTreeSet<String>) -> Document {
    let mut projected = Document::new();
    for (name, value) in document {
        if name == "_id" || paths.contains(name) {
            projected.insert(name, value.clone());
            continue;
        }
        let below: BTreeSet<String> =
            paths.iter().filter_map(|p| p.strip_prefix(&format!("{name}."))).map(Into::into).collect();
        if !below.is_empty()
            && let Some(value) = project_value(value, &below)
        {
            projected.insert(name, value);
        }
    }
    projected
}

fn project_value(value: &Bson, paths: &BTreeSet<String>) -> Option<Bson> {
    match value {
        Bson::Document(document) => {
            let mut document = document.clone();
            // `_id` is special at the top only.
            let inner = document.remove("_id");
            let mut projected = project(&document, paths);
            if let Some(inner) = inner.filter(|_| paths.contains("_id")) {
                projected.insert("_id", inner);
            }
            Some(Bson::Document(projected))
        }
        Bson::Array(array) => {
            Some(Bson::Array(array.iter().filter_map(|v| project_value(v, paths)).collect()))
        }
        _ => None,
    }
}
