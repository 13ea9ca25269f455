//! Capture: the replies of a MongoDB change stream to changes, positions and decisions.
//!
//! Pure: no clock, no I/O, no async, no randomness. The driver hands in whole replies and failures,
//! and carries out what comes out. No error and no message of this crate holds a field's value, an
//! `_id` or a resume token.

mod backoff;
mod event;
mod failure;
mod follower;
mod plan;
mod token;

pub use backoff::{BACKOFF_CAP, backoff};
pub use failure::{Failure, Verdict, classify};
pub use follower::{BadReply, Ending, Follower, Progress, StartFrom};
pub use plan::WatchPlan;
pub use token::token_time;
