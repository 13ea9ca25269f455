//! The control socket: how `verify` and `watch` ask the running sidecar.
//!
//! A Unix socket of mode 0600 in the state folder; a line of JSON in, lines of JSON out.

mod client;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vigil_wire::{AsOf, Millis, Value};

use crate::verify::Report;

pub use client::{ControlClient, ControlError};
pub use server::{ControlServer, make_state_dir, serve};

/// What may be asked.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Every metric against its aggregation at one cluster time.
    Verify,
    /// Values, again whenever they change, until the asker goes.
    Watch,
}

/// One line of an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// `done` of `of` metrics are compared.
    Progress {
        done: usize,
        of: usize,
    },
    Verified(Report),
    Values(Values),
    Error(String),
}

/// All metrics at one cluster time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Values {
    pub as_of: AsOf,
    /// MongoDB's clock at the last instant at which they are known to have been true.
    pub confirmed: Option<Millis>,
    pub metrics: Vec<MetricLine>,
}

/// One metric: its total, and its groups by breakdown and key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricLine {
    pub id: String,
    pub total: Value,
    pub groups: BTreeMap<String, Value>,
}

/// Where a sidecar with this state folder listens.
pub fn socket_path(state_dir: &Path) -> PathBuf {
    state_dir.join("control.sock")
}
