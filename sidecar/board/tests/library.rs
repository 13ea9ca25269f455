//! A made-up board that uses every form of the format, and is read as a good one.
#![allow(clippy::unwrap_used)]

#[test]
fn it_is_read() {
    let text = include_str!("boards/library.toml");
    if let Err(problems) = vigil_board::parse("library.toml", text) {
        panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
    }
}
