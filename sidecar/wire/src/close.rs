use serde::{Deserialize, Serialize};

/// Why a socket is closed. 4400–4499: do not come back as you are; 4500–4599: come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// Frames that are not this protocol, repeatedly.
    BadFrames = 4400,
    /// No token, or one that is not valid (any more).
    NotAuthenticated = 4401,
    /// A valid token without the role.
    NotAllowed = 4403,
    /// Nothing heard for the idle limit. (The client may come back: it is not at fault on a bad network.)
    Idle = 4508,
    /// The same session was opened elsewhere.
    Replaced = 4409,
    /// A frame over the limit.
    TooLarge = 4413,
    /// The sidecar stops.
    ShuttingDown = 4503,
    /// Too many connections.
    TooMany = 4529,
}

impl CloseCode {
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// Whether a client closed with this code should connect again by itself.
    pub const fn may_return(code: u16) -> bool {
        !(code >= 4400 && code <= 4499)
    }
}

/// What an `error` frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The frame is not JSON, or not of this protocol.
    BadFrame,
    /// Said before `auth`, or out of order.
    OutOfOrder,
    NotAuthenticated,
    NotAllowed,
    UnknownBoard,
    UnknownMetric,
    TooLarge,
    Internal,
}
