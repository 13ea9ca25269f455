//! The engine: change → row → contribution → diff.
//!
//! Pure: no clock, no I/O, no async, no randomness; `now` is always an argument.

mod change;

pub use change::{Applied, Assigned, Assignment, Change, ChangeKind, Delta};
