//! The sidecar's I/O: drivers of the pure crates, the socket server, the command line.

pub mod clock;
pub mod config;
pub mod logging;
pub mod schema;
pub mod secret;
