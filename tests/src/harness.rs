//! Real servers on free ports of this machine, in folders of their own, that end with the test.
//!
//! Waiting is always for an event (a log line, a frame, an exit, a server's own answer), with a
//! deadline that only a failure reaches.

mod authority;
mod client;
mod desktop;
mod error;
mod mongod;
mod net;
mod paths;
mod process;
mod proxy;
mod redis;
mod sidecar;
mod webdriver;

pub use authority::Authority;
pub use client::{Client, open};
pub use desktop::VirtualDesktop;
pub use error::{Failure, Outcome, While};
pub use mongod::{Mongod, MongodOptions, connect};
pub use net::free_port;
pub use paths::{app_binary, cache_dir, hospital_board, mongod_binary, repo, sidecar_binary};
pub use process::{Process, on_path};
pub use proxy::CountingProxy;
pub use redis::{RedisServer, Secured};
pub use sidecar::{Sidecar, SidecarConfig, run_once};
pub use webdriver::AppWindow;

use std::time::Duration;

/// No single wait of a healthy run comes near it, even on a loaded two-core machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
