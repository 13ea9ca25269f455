//! The schema for editors accepts what the parser accepts, as far as a schema can.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Boards of the gallery whose mistakes only the parser can see: names, meanings, values against
/// each other. Every other one is wrong by its structure, and the schema says so.
const WRONG_BY_MEANING: [&str; 9] = [
    "cycle",
    "formula-kinds",
    "literals",
    "match",
    "match-regex",
    "operators",
    "panel-scales",
    "references",
    "sub-document",
];

fn schema() -> Value {
    serde_json::from_str(vigil_board::SCHEMA).unwrap()
}

fn errors(text: &str) -> Vec<String> {
    let board: Value = toml::from_str(text).unwrap();
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    validator.iter_errors(&board).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn boards(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

#[test]
fn the_schema_is_a_schema() {
    jsonschema::draft7::meta::validate(&schema()).unwrap();
}

#[test]
fn every_good_board_is_valid_and_names_the_schema() {
    let good = [boards("../boards"), boards("tests/boards")].concat();
    assert!(good.len() >= 3);
    for path in good {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(errors(&text), [""; 0], "{}", path.display());
        let named = text.lines().next().unwrap().strip_prefix("#:schema ").expect("no #:schema line");
        let schema = path.parent().unwrap().join(named);
        assert_eq!(fs::read_to_string(schema).unwrap(), vigil_board::SCHEMA, "{}", path.display());
    }
}

#[test]
fn boards_that_are_wrong_by_structure_are_not_valid() {
    let mut valid = Vec::new();
    for path in boards("tests/broken") {
        let text = fs::read_to_string(&path).unwrap();
        // Where the TOML itself is broken there is nothing to validate.
        if toml::from_str::<Value>(&text).is_ok() && errors(&text).is_empty() {
            valid.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    valid.sort();
    assert_eq!(valid, WRONG_BY_MEANING);
}
