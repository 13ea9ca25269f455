use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AsOf, BoardSchema, ErrorCode, MetricPatch, Millis, Tier};

/// Everything that the sidecar says on an open socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// First frame after authentication.
    Hello(Hello),
    /// A whole state.
    Snapshot(Snapshot),
    /// What takes any state in `[from, seq)` to `seq`.
    Diff(Diff),
    /// The state is still true.
    Confirmed(Confirmed),
    /// The board's states have new names from here on.
    Epoch(EpochChange),
    /// How the parts are.
    Status(Status),
    /// The token ends in `in_ms`; send `auth` with a new one.
    TokenExpiring {
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        in_ms: u64,
    },
    Error(ErrorFrame),
    /// Answer to `ping`.
    Pong {
        /// The ping's own number.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        n: u64,
        /// MongoDB's clock when it was answered.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        now: Millis,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Hello {
    pub protocol: u32,
    /// Version of the sidecar.
    pub server: String,
    /// Random name of this connection.
    pub session: String,
    /// MongoDB's clock, so that a client can show right ages on a wrong clock.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: Millis,
    pub boards: Vec<BoardSchema>,
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Limits {
    /// Longest frame that a client may send, in bytes.
    pub frame_bytes: u32,
    /// A client from which nothing comes for this long is closed; `ping` counts, a WebSocket pong too.
    pub idle_ms: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Snapshot {
    pub board: String,
    pub epoch: String,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seq: u64,
    /// Per tier: what its values are as of.
    pub as_of: BTreeMap<Tier, AsOf>,
    /// Per tier: MongoDB's clock at the last instant the values are known to be true.
    #[cfg_attr(feature = "typescript", ts(type = "Partial<Record<Tier, number>>"))]
    pub confirmed: BTreeMap<Tier, Millis>,
    /// Every metric of the subscription: totals and all groups.
    pub metrics: Vec<MetricPatch>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Diff {
    pub board: String,
    pub epoch: String,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub from: u64,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seq: u64,
    pub as_of: BTreeMap<Tier, AsOf>,
    #[cfg_attr(feature = "typescript", ts(type = "Partial<Record<Tier, number>>"))]
    pub confirmed: BTreeMap<Tier, Millis>,
    pub metrics: Vec<MetricPatch>,
}

/// An empty diff: over the subscription, every state in `[from, seq]` is the same.
///
/// A client in that range is at `seq` now; one below `from` has a gap; one above `seq` has newer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Confirmed {
    pub board: String,
    pub epoch: String,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub from: u64,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seq: u64,
    #[cfg_attr(feature = "typescript", ts(type = "Partial<Record<Tier, number>>"))]
    pub confirmed: BTreeMap<Tier, Millis>,
}

/// A new epoch that goes on from an earlier one: state `s` of the parent is state `s` of `epoch`,
/// for every `s` up to `parent_seq`. A client that is past `parent_seq` has a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EpochChange {
    pub board: String,
    pub epoch: String,
    pub parent_epoch: String,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub parent_seq: u64,
}

/// How a watched MongoDB is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Not one state has been published yet.
    Starting,
    Live,
    /// Behind, and reading what was missed.
    CatchingUp,
    /// Reading everything again; values stay as they were.
    Resyncing,
    /// No answer.
    Down,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SourceStatus {
    pub state: SourceState,
    /// MongoDB's clock when this state began.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub since: Millis,
    /// How far the applied position is behind MongoDB's last write.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub lag_ms: u64,
    /// When the next try is due, for `down`.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub retry_in_ms: Option<u64>,
    /// The sidecar's clock minus MongoDB's.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub clock_offset_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RedisState {
    /// No Redis is configured: this sidecar runs alone.
    Off,
    Live,
    /// No answer in time; the sidecar goes on from memory.
    Degraded,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Status {
    pub board: String,
    pub source: SourceStatus,
    pub redis: RedisState,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ErrorFrame {
    pub code: ErrorCode,
    /// For people: what was wrong and what to do.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional, type = "number"))]
    pub retry_after_ms: Option<u64>,
}
