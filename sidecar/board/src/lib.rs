//! A board: one TOML file that says what is watched and shown, read into a checked model.
//!
//! Pure: text in, [`Board`] or every [`Problem`] at once out. No I/O, no clock, and nothing of any
//! other crate of ours. `BOARD.md` beside this crate is the written reference.

mod model;
mod problem;

pub use model::*;
pub use problem::Problem;
