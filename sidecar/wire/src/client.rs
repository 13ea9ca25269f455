use serde::{Deserialize, Serialize};

use crate::BearerToken;

/// Everything that a client says on an open socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// First frame when no `Authorization` header came with the handshake; later, a renewed token.
    Auth { token: BearerToken },
    /// Start over: answered with a snapshot, then diffs.
    Subscribe {
        board: String,
        /// Metric ids; absent or null means all.
        #[serde(default)]
        metrics: Option<Vec<String>>,
        /// At most so many diffs a second; absent means as they come.
        #[serde(default)]
        max_rate_hz: Option<f64>,
    },
    /// Go on from a state: answered with one diff, or a snapshot where that state cannot be gone on from.
    Resume {
        board: String,
        #[serde(default)]
        metrics: Option<Vec<String>>,
        #[serde(default)]
        max_rate_hz: Option<f64>,
        epoch: String,
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        seq: u64,
    },
    /// The state that the user's screen shows.
    Painted {
        board: String,
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        seq: u64,
    },
    /// Answered with `pong`.
    Ping {
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        n: u64,
    },
}
