use std::sync::Mutex;
use std::time::{Duration, Instant};

use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;

use super::ring::Ring;
use super::{Own, locked};

const MINUTE: usize = 60;

/// Commands that this sidecar sends to MongoDB, of the last minute.
///
/// A command takes a connection out of the pool, so that is what is counted: the driver's own command
/// events would copy and parse every reply.
#[derive(Debug)]
pub struct Load(Mutex<Ring<u64, MINUTE>>);

impl Default for Load {
    fn default() -> Self {
        Load(Mutex::new(Ring::new(Instant::now(), Duration::from_secs(1))))
    }
}

impl Load {
    pub fn count(&self, at: Instant) {
        *locked(&self.0).at(at) += 1;
    }

    /// The mean of the last minute; `None` in the first second.
    pub fn per_second(&self, at: Instant) -> Option<f64> {
        let ring = locked(&self.0);
        let seconds = ring.covers(at).as_secs_f64();
        // A minute's commands are far below 2^53.
        #[allow(clippy::cast_precision_loss)]
        let commands = ring.recent(at).sum::<u64>() as f64;
        (seconds >= 1.0).then(|| commands / seconds)
    }
}

impl Own {
    /// For the driver to call.
    pub fn command_counter(&self) -> EventHandler<CmapEvent> {
        let own = self.clone();
        EventHandler::callback(move |event| {
            if matches!(event, CmapEvent::ConnectionCheckedOut(_)) {
                own.load().count(Instant::now());
            }
        })
    }
}
