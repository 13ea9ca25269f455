use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;
use mongodb::event::command::CommandEvent;
use vigil_capture::WatchPlan;

/// How MongoDB is reached and what is watched there.
#[derive(Clone)]
pub struct MongoConfig {
    /// The connection string; it may hold a password.
    uri: String,
    pub plan: Arc<WatchPlan>,
    /// Events per reply of the stream.
    pub batch_size: u32,
    /// How long an idle stream's reply may take: the longest time between two positions.
    pub await_time: Duration,
    /// Longest search for a primary before it counts as lost.
    pub server_selection_timeout: Duration,
    /// Read collections in parts of so many documents from the start. Without it that is done only
    /// where one snapshot would outlive the server's history (300 s).
    pub scan_in_parts_of: Option<u32>,
    /// Told of every connection that a command takes.
    pub on_connection: Option<EventHandler<CmapEvent>>,
    /// Told of every command; for tests and diagnosis.
    pub on_command: Option<EventHandler<CommandEvent>>,
}

impl MongoConfig {
    pub fn new(uri: impl Into<String>, plan: Arc<WatchPlan>) -> Self {
        MongoConfig {
            uri: uri.into(),
            plan,
            batch_size: 2_000,
            await_time: Duration::from_secs(1),
            // Shorter than any limit on a command: the failure is then told for what it is.
            server_selection_timeout: Duration::from_secs(3),
            scan_in_parts_of: None,
            on_connection: None,
            on_command: None,
        }
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }
}

impl fmt::Debug for MongoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoConfig").field("plan", &self.plan).finish_non_exhaustive()
    }
}
