//! The sidecar's I/O: drivers of the pure crates, the socket server, the command line.

pub mod clock;
pub mod config;
pub mod logging;
pub mod schema;
pub mod secret;
pub mod auth;
mod hub;
pub mod http;
pub mod metrics;
pub mod publisher;
mod random;
pub mod redis_log;
mod socket;
pub mod cli;
pub mod control;
pub mod mongo;
pub mod operation;
pub mod verify;
