//! The sidecar's I/O: drivers of the pure crates, the socket server, the command line.

pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod http;
mod hub;
pub mod logging;
pub mod metrics;
pub mod mongo;
pub mod operation;
pub mod own;
pub mod publisher;
mod random;
pub mod redis_log;
pub mod role;
pub mod schema;
pub mod secret;
mod socket;
pub mod verify;
