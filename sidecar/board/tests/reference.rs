//! The written reference is true: its example is a good board.
#![allow(clippy::unwrap_used)]

#[test]
fn the_example_of_the_reference_is_a_good_board() {
    let reference = include_str!("../BOARD.md");
    let (_, rest) = reference.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    if let Err(problems) = vigil_board::parse("BOARD.md", example) {
        panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>());
    }
}
