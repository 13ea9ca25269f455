//! What the desktop app's core says to its window: state that changed since the last batch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AsOf, BoardSchema, MetricPatch, Millis, Status, Tier};

/// One batch for the window, at most one per drawn frame. Every part is absent when unchanged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ViewBatch {
    /// Forget every value first: what follows is the whole state.
    pub reset: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub connection: Option<Connection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub schema: Option<BoardSchema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub status: Option<Status>,
    /// MongoDB's clock minus this computer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional, type = "number"))]
    pub clock_offset_ms: Option<i64>,
    /// The state that `metrics` lead to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional, type = "number"))]
    pub seq: Option<u64>,
    pub as_of: BTreeMap<Tier, AsOf>,
    #[cfg_attr(feature = "typescript", ts(type = "Partial<Record<Tier, number>>"))]
    pub confirmed: BTreeMap<Tier, Millis>,
    pub metrics: Vec<MetricPatch>,
}

/// How the app stands to its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// No server address is known yet.
    NoServer,
    /// The keyring has no token for this server, cannot be used, or the server refused the token.
    SignedOut {
        server: String,
        reason: SignedOutReason,
        message: String,
    },
    Connecting {
        server: String,
    },
    Online {
        server: String,
    },
    /// Not connected; the next try is due at `retry_at` (this computer's clock, Unix milliseconds).
    Waiting {
        server: String,
        message: String,
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        retry_at: Millis,
    },
    /// The server said not to come back as we are.
    Refused {
        server: String,
        code: u16,
        message: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SignedOutReason {
    NoToken,
    KeyringUnavailable,
    KeyringLocked,
    TokenRefused,
}
