//! The engine: change → row → contribution → diff.
//!
//! Pure: no clock, no I/O, no async, no randomness; `now` is always an argument. At every moment
//! each metric is exactly what its question would answer over the rows held, at `now`.

pub mod audit;
mod change;
mod delta;
mod engine;
mod filter;
mod formula;
mod group_key;
mod groups;
mod measure;
mod membership;
mod metric;
mod operators;
mod path;
mod row;
mod tally;
mod value;
mod window;
mod zone;

pub use change::{Applied, Assigned, Assignment, Change, ChangeKind, Delta};
pub use engine::Engine;
pub use formula::HOURS_GRAIN_MS;
pub use groups::ALL_GROUPS;
