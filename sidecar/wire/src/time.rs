use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, on MongoDB's clock unless said otherwise.
pub type Millis = i64;

/// A MongoDB cluster time: seconds and the ordinal within the second.
///
/// Encoded as `[seconds, ordinal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "typescript", ts(type = "[number, number]"))]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub struct ClusterTime {
    pub seconds: u32,
    pub ordinal: u32,
}

impl ClusterTime {
    pub const ZERO: ClusterTime = ClusterTime { seconds: 0, ordinal: 0 };

    pub const fn new(seconds: u32, ordinal: u32) -> Self {
        ClusterTime { seconds, ordinal }
    }
}

impl From<(u32, u32)> for ClusterTime {
    fn from((seconds, ordinal): (u32, u32)) -> Self {
        ClusterTime { seconds, ordinal }
    }
}

impl From<ClusterTime> for (u32, u32) {
    fn from(t: ClusterTime) -> Self {
        (t.seconds, t.ordinal)
    }
}

/// What a published state is a state of: every write up to `t`, seen at `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AsOf {
    pub t: ClusterTime,
    /// MongoDB's clock, milliseconds since the Unix epoch: the instant at which windows were evaluated.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: Millis,
}
