//! The keys that the parser knows, asked of itself, are those of the schema and of the reference.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const HEAD: &str = "[board]\nid = \"x\"\ntitle = \"X\"\ndatabase = \"x\"\ntimezone = \"UTC\"\n";
/// No key is near it, so the parser lists those that it knows.
const UNKNOWN: &str = "zzzzzzzzzzzzzzzz";

/// Every table of the format: where the schema has it, and a board with the unknown key in it.
fn tables() -> BTreeMap<&'static str, String> {
    let metric = |rest: &str| format!("{HEAD}[[metric]]\nid = \"m\"\ntitle = \"M\"\nfrom = \"c\"\n{rest}\n");
    let feed = |rest: &str| {
        let column = "{ field = \"a\", title = \"A\", class = \"public\" }";
        format!("{HEAD}[[feed]]\nid = \"f\"\ntitle = \"F\"\nfrom = \"c\"\ncolumns = [{column}]\n{rest}\n")
    };
    let z = format!("{UNKNOWN} = 1");
    [
        ("", format!("{z}\n{HEAD}")),
        ("/definitions/board", format!("{HEAD}{z}")),
        ("/definitions/tiers", format!("{HEAD}[tiers]\n{z}")),
        ("/definitions/tiers/properties/critical/oneOf/1", format!("{HEAD}[tiers]\ncritical = {{ {z} }}")),
        ("/definitions/group", format!("{HEAD}[[group]]\n{z}")),
        ("/definitions/metric", metric(&z)),
        ("/definitions/metric/properties/unit/oneOf/1", metric(&format!("unit = {{ {z} }}"))),
        ("/definitions/text/oneOf/1", metric(&format!("help = {{ {UNKNOWN} = \"\" }}"))),
        ("/definitions/short/oneOf/1", metric(&format!("short = {{ {UNKNOWN} = \"\" }}"))),
        ("/definitions/format/oneOf/1", metric(&format!("format = {{ kind = \"text\", {z} }}"))),
        ("/definitions/window", metric(&format!("window = {{ {z} }}"))),
        ("/definitions/value/oneOf/1", metric(&format!("aggregate = \"sum\"\nvalue = {{ {z} }}"))),
        ("/definitions/breakdown/oneOf/1", metric(&format!("by = [{{ {z} }}]"))),
        (
            "/definitions/breakdown/oneOf/1/properties/keys",
            metric(&format!("by = [{{ field = \"a\", keys = {{ {z} }} }}]")),
        ),
        (
            "/definitions/breakdown/oneOf/1/properties/via",
            metric(&format!("by = [{{ field = \"a\", via = {{ {z} }} }}]")),
        ),
        ("/definitions/labels_from", metric(&format!("by = [{{ field = \"a\", labels = {{ {z} }} }}]"))),
        ("/definitions/alert", metric(&format!("alert = [{{ {z} }}]"))),
        ("/definitions/feed", feed(&z)),
        ("/definitions/feed_alert", feed(&format!("alert = [{{ {z} }}]"))),
        ("/definitions/column", format!("{HEAD}[[feed]]\ncolumns = [{{ {z} }}]")),
        ("/definitions/panel", format!("{HEAD}[[panel]]\n{z}")),
    ]
    .into_iter()
    .collect()
}

/// What the parser names as known when it meets the unknown key.
fn known(text: &str) -> BTreeSet<String> {
    let problems = vigil_board::parse("board.toml", text).unwrap_err();
    let about = problems.iter().find(|problem| problem.message.contains(UNKNOWN));
    let help = about.unwrap_or_else(|| panic!("{text}\n{problems:#?}")).help.clone().unwrap();
    let list = help.strip_prefix("known: ").unwrap_or_else(|| panic!("{help}")).to_owned();
    assert!(!list.contains(" more"), "not every key is listed: {list}");
    list.split(", ").map(str::to_owned).collect()
}

fn schema() -> Value {
    serde_json::from_str(vigil_board::SCHEMA).unwrap()
}

/// Where the schema has a table of named keys.
fn closed(at: &str, value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if object.get("additionalProperties") == Some(&Value::Bool(false)) {
                into.insert(at.to_owned());
            }
            object.iter().for_each(|(key, inner)| closed(&format!("{at}/{key}"), inner, into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| closed(&format!("{at}/{index}"), inner, into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_table_of_the_schema_is_asked_about() {
    let mut pointers = BTreeSet::new();
    closed("", &schema(), &mut pointers);
    assert_eq!(pointers, tables().keys().map(|&at| at.to_owned()).collect());
}

#[test]
fn the_schema_has_the_parsers_keys() {
    let schema = schema();
    for (at, text) in tables() {
        let table = schema.pointer(at).unwrap().as_object().unwrap();
        let keys: BTreeSet<String> = table["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, known(&text), "{at}");
    }
}

#[test]
fn the_reference_names_every_key() {
    let reference = include_str!("../BOARD.md");
    let words: BTreeSet<&str> = reference.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    for (at, text) in tables() {
        for key in known(&text) {
            assert!(words.contains(key.as_str()), "BOARD.md does not name `{key}` of {at}");
        }
    }
}
