//! The log in Redis: keys, ids, the lease and the scripts. `PROTOCOL.md` in the wire crate describes
//! them to other programs.

mod call;
mod entry;

use std::fmt;
use std::str::FromStr;

pub use call::{Acquired, Appended, Lease, LogShape, Script, ScriptCall, UnknownAnswer};
pub use entry::Entry;

/// Checks the lease's nonce and the log's end, appends, writes the snapshot, renews the lease.
pub const APPEND: &str = include_str!("log/append.lua");
/// Takes the lease where it is free or the asker's own.
pub const ACQUIRE: &str = include_str!("log/acquire.lua");
/// Gives the lease back.
pub const RELEASE: &str = include_str!("log/release.lua");

/// A board's keys. The braces keep them in one slot of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub snapshot: String,
    pub diffs: String,
    pub leader: String,
}

impl Keys {
    pub fn of(board: &str) -> Self {
        let key = |name: &str| format!("vigil:{{{board}}}:{name}");
        Keys { snapshot: key("snapshot"), diffs: key("diffs"), leader: key("leader") }
    }
}

/// An entry's id in the stream: `<epoch number>-<seq>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogId {
    pub number: u64,
    pub seq: u64,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.seq)
    }
}

impl FromStr for LogId {
    type Err = UnknownAnswer;

    fn from_str(text: &str) -> Result<Self, UnknownAnswer> {
        let parts = text.split_once('-').and_then(|(n, s)| Some((n.parse().ok()?, s.parse().ok()?)));
        let (number, seq) = parts.ok_or_else(|| UnknownAnswer(text.to_owned()))?;
        Ok(LogId { number, seq })
    }
}

/// The number of a new epoch: above everything in the log, and rising with time where the log is lost.
pub fn open_number(last: Option<LogId>, unix_ms: u64) -> u64 {
    last.map_or(unix_ms, |last| unix_ms.max(last.number.saturating_add(1))).max(1)
}
