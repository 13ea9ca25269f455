//! The UI's tests draw the shipped board as the sidecar sends it.
//!
//! `VIGIL_UPDATE=1 cargo test -p vigil-sidecar --test board_schema` writes it anew.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use vigil_sidecar::schema;

#[test]
fn the_ui_draws_the_shipped_board_as_it_is() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let board = std::fs::read_to_string(here.join("../boards/hospital.toml")).unwrap();
    let mut sent = schema::of(&vigil_board::parse("hospital.toml", &board).unwrap());
    // Of the text's every character; the UI only compares it.
    sent.hash = "shipped".to_owned();
    let sent = serde_json::to_string_pretty(&sent).unwrap() + "\n";
    let file = here.join("../../ui/tests/boards/hospital.json");
    if std::env::var_os("VIGIL_UPDATE").is_some() {
        std::fs::write(&file, &sent).unwrap();
    }
    let drawn = std::fs::read_to_string(&file).unwrap();
    assert!(drawn == sent, "{} is out of date: run this test with VIGIL_UPDATE=1", file.display());
}
