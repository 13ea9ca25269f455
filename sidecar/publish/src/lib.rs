//! What has been published: the state that clients see, its names, and the log it is kept in.
//!
//! A state's name is `(epoch, seq)`. Snapshots and diffs come from the same [`Published`] state, so
//! that snapshot ⊕ diffs is always the snapshot of the later name.
//!
//! Pure: no clock, no I/O, no async, no randomness. Times and random bytes are arguments.

mod cadence;
mod epoch;
mod log;
mod published;
mod subscription;

pub use cadence::Cadence;
pub use epoch::Epoch;
pub use log::{
    ACQUIRE, APPEND, Acquired, Appended, Entry, Keys, Lease, LogId, LogShape, RELEASE, Script, ScriptCall,
    UnknownAnswer, open_number,
};
pub use published::{Change, Plan, Position, Published, REPLAY_MS, REPLAY_SEQS, full_patch};
pub use subscription::Subscription;
