//! The written reference is true: its examples are a good board.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

/// Every block of TOML, with the first one's board, and a group that shows what the others add.
fn examples() -> String {
    let reference = include_str!("../BOARD.md");
    let blocks = reference.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
    let (mut board, mut lists) = (String::new(), String::new());
    for (index, block) in blocks.enumerate() {
        board += block;
        for (kind, key) in [("[[panel]]", "panels"), ("[[feed]]", "feeds")] {
            if index > 0 && block.starts_with(kind) {
                let id = block.lines().find(|line| line.starts_with("id = ")).unwrap();
                writeln!(lists, "{key} = [{}]", id.trim_start_matches("id = ")).unwrap();
            }
        }
    }
    format!("{board}\n[[group]]\nid = \"examples\"\ntitle = \"Examples\"\n{lists}")
}

#[test]
fn the_examples_of_the_reference_are_a_good_board() {
    let board = examples();
    match vigil_board::parse("BOARD.md", &board) {
        Ok(board) => assert!(board.panels.len() >= 2 && !board.feeds.is_empty()),
        Err(problems) => {
            panic!("{board}\n{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())
        }
    }
}
