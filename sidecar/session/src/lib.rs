//! Both ends of the socket protocol, as `PROTOCOL.md` in the wire crate says it.
//!
//! [`ServerSession`] is one client as the sidecar sees it: who it is, what it may say next, when its
//! time is up. [`ClientSession`] is a server as a client sees it: the replica of the board, gaps,
//! coming back. Neither knows a socket.
//!
//! Pure: no clock, no I/O, no async, no randomness. `elapsed_ms` is milliseconds on a clock of the
//! caller that never goes back; wall clocks and random numbers are arguments too.

mod client;
mod server;

pub use client::{
    Backoff, ClientEvent, ClientOutput, ClientSession, Ending, Moment, NextMove, PING_EVERY_MS,
    RESUME_PATIENCE_MS, Replica, SILENCE_MS, Wanted,
};
pub use server::{
    AUTH_WITHIN_MS, BAD_FRAMES_LIMIT, Catalogue, EXPIRY_WARNING_MS, Grant, Refused, Serve, ServerAction,
    ServerSession,
};
