//! The words that the sidecar and its clients say to each other.
//!
//! Only words live here: frames, patches, values, codes. No I/O, no clock, no
//! behaviour beyond encoding. `PROTOCOL.md` beside this crate says what they
//! mean and in which order they are said; the TypeScript in
//! `ui/src/generated/wire.ts` is generated from these types (feature
//! `typescript`) and a test fails when it drifts.

mod client;
mod close;
mod patch;
mod schema;
mod server;
mod time;
mod token;
mod value;
mod view;

pub use client::ClientFrame;
pub use close::{CloseCode, ErrorCode};
pub use patch::{GroupPatch, MetricPatch, MetricState};
pub use schema::{
    BoardSchema, BreakdownSchema, Class, Format, Good, GroupSchema, LocalText, MetricSchema, PanelKind,
    PanelSchema, Tier, TimeUnit, UnitText,
};
pub use server::{
    Confirmed, Diff, EpochChange, ErrorFrame, Hello, Limits, RedisState, ServerFrame, Snapshot, SourceState,
    SourceStatus, Status,
};
pub use time::{AsOf, ClusterTime, Millis};
pub use token::BearerToken;
pub use value::{NoData, Value};
pub use view::{Connection, SignedOutReason, ViewBatch};

/// Version of the protocol; a client speaking another one is refused.
pub const PROTOCOL: u32 = 1;
/// WebSocket subprotocol name.
pub const SUBPROTOCOL: &str = "vigil.v1";
