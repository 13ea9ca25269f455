//! MongoDB's clock, as this process knows it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vigil_wire::Millis;

/// MongoDB's clock: the last sample of it plus what has elapsed here since, by a clock that no
/// operator can set. Until the first sample it is this machine's own.
#[derive(Debug, Clone)]
pub struct MongoClock(Arc<Mutex<Anchor>>);

#[derive(Debug)]
struct Anchor {
    /// MongoDB's clock at `taken`, Unix milliseconds.
    at_ms: Millis,
    taken: Instant,
    /// This machine's clock minus MongoDB's.
    offset_ms: i64,
}

impl MongoClock {
    pub fn new() -> Self {
        MongoClock(Arc::new(Mutex::new(Anchor { at_ms: system_now(), taken: Instant::now(), offset_ms: 0 })))
    }

    /// Milliseconds since the Unix epoch on MongoDB's clock.
    pub fn now(&self) -> Millis {
        let anchor = self.anchor();
        anchor.at_ms.saturating_add(millis(anchor.taken.elapsed()))
    }

    /// This machine's clock minus MongoDB's, in milliseconds, at the last sample.
    pub fn offset_ms(&self) -> i64 {
        self.anchor().offset_ms
    }

    /// Takes a sample: `local_time` as the server said it in a reply that took `round_trip` and came at `received`.
    ///
    /// The server read its clock some time within the round trip; the middle errs by half of it at most.
    pub fn sample(&self, local_time: Millis, round_trip: Duration, received: Instant) {
        let at_ms = local_time.saturating_add(millis(round_trip / 2));
        let system_then = system_now().saturating_sub(millis(received.elapsed()));
        *self.anchor() = Anchor { at_ms, taken: received, offset_ms: system_then.saturating_sub(at_ms) };
    }

    fn anchor(&self) -> MutexGuard<'_, Anchor> {
        // The guarded value is replaced whole, so a panic elsewhere cannot have left it half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MongoClock {
    fn default() -> Self {
        MongoClock::new()
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn system_now() -> Millis {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_moves_the_clock_and_shows_the_offset() {
        let clock = MongoClock::new();
        let ahead = system_now() + 3_600_000;
        clock.sample(ahead, Duration::from_millis(10), Instant::now());
        assert!((clock.now() - ahead - 5).abs() < 1_000);
        assert!((clock.offset_ms() + 3_600_005).abs() < 1_000);
    }
}
