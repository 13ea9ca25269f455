//! A board: one TOML file that says what is watched and shown, read into a checked model.
//!
//! Pure: text in, [`Board`] or every [`Problem`] at once out. No I/O, no clock, and nothing of any
//! other crate of ours. `BOARD.md` beside this crate is the written reference.

mod alert;
mod board;
mod duration;
mod feed;
mod filter;
mod formula;
mod icons;
mod json;
mod labels;
mod layout;
mod literal;
mod metric;
mod model;
mod names;
mod node;
mod order;
mod panel;
mod problem;
mod report;
mod resolve;
mod section;
mod suggest;
mod text;
mod tiers;
mod timezone;
mod toml_string;

pub use icons::icons;
pub use model::*;
pub use problem::Problem;

use report::Report;
use toml::de::DeTable;

/// The JSON Schema (draft 7) of boards, for editors; it knows the parser's keys.
pub const SCHEMA: &str = include_str!("../board.schema.json");

/// Reads and checks a board. `file` is only named in problems.
///
/// # Errors
/// Every problem of the text, in its order. Where the TOML itself is broken, what may follow from
/// the unreadable part (something missing or unknown) is left out.
pub fn parse(file: &str, text: &str) -> Result<Board, Vec<Problem>> {
    let mut report = Report::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        report.syntax(error.span(), error.message());
    }
    let board = board::read(&mut report, text, root.get_ref());
    report.check_languages();
    if report.count() == 0 { Ok(board) } else { Err(report.into_problems(file)) }
}
