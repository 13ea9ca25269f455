use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::locked;
use super::ring::Ring;

const HOUR: usize = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// Warnings and errors that the sidecar itself logged in the last hour, whatever the log's filter says.
#[derive(Debug, Clone)]
pub struct Incidents(Arc<Mutex<Ring<usize, HOUR>>>);

impl Default for Incidents {
    fn default() -> Self {
        Incidents(Arc::new(Mutex::new(Ring::new(Instant::now(), MINUTE))))
    }
}

impl Incidents {
    pub fn count(&self, at: Instant) {
        *locked(&self.0).at(at) += 1;
    }

    pub fn last_hour(&self, at: Instant) -> usize {
        locked(&self.0).recent(at).sum()
    }
}

impl<S: Subscriber> Layer<S> for Incidents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let meta = event.metadata();
        if *meta.level() <= Level::WARN && meta.target().starts_with("vigil") {
            self.count(Instant::now());
        }
    }
}
