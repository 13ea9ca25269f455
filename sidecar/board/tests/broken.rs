//! A gallery of broken boards with the complete messages that they get. `VIGIL_UPDATE=1` rewrites
//! the messages; read the difference before you commit it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

#[test]
fn every_broken_board_gets_exactly_these_messages() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let update = std::env::var_os("VIGIL_UPDATE").is_some();
    let mut names: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    names.sort();
    assert!(names.len() >= 25, "the gallery has {} boards", names.len());
    let mut wrong = String::new();
    for path in names {
        let text = fs::read_to_string(&path).unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        let problems = vigil_board::parse(file, &text).expect_err(file);
        let said: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        let expected_at = path.with_extension("txt");
        if update {
            fs::write(&expected_at, &said).unwrap();
        }
        let expected = fs::read_to_string(&expected_at).unwrap_or_default();
        if said != expected {
            wrong += &format!("--- {file}, expected:\n{expected}--- got:\n{said}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
