//! The port, the sockets and the log, against a real Redis and over real sockets.
#![allow(clippy::unwrap_used)]

#[path = "serving/client.rs"]
mod client;
#[path = "serving/log.rs"]
mod log;
#[path = "serving/refusals.rs"]
mod refusals;
#[path = "serving/rig.rs"]
mod rig;
#[path = "serving/send_lag.rs"]
mod send_lag;
#[path = "serving/states.rs"]
mod states;
