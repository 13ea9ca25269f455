use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Shortest time between two batches: one drawn frame.
pub const FRAME: Duration = Duration::from_millis(16);
/// Time between two batches to a window that paints nothing. (Sending never blocks, so nothing else
/// would keep a sleeping window's queue short.)
pub const DRIP: Duration = Duration::from_secs(1);
/// How many states a window may be sent ahead of the one it has painted.
pub const AHEAD_LIMIT: usize = 16;

/// When the next batch may go to the window.
#[derive(Debug, Default)]
pub struct Flow {
    last: Option<Instant>,
    /// States sent and not yet painted, oldest first; never more than `AHEAD_LIMIT`.
    unpainted: VecDeque<u64>,
}

impl Flow {
    /// The earliest instant for the next batch; `None` means at once.
    pub fn due(&self) -> Option<Instant> {
        let pause = if self.unpainted.len() < AHEAD_LIMIT { FRAME } else { DRIP };
        self.last.map(|last| last + pause)
    }

    /// A batch went out that leads to the state `seq`.
    pub fn sent(&mut self, now: Instant, seq: Option<u64>) {
        self.last = Some(now);
        if let Some(seq) = seq {
            if self.unpainted.len() == AHEAD_LIMIT {
                self.unpainted.pop_front();
            }
            self.unpainted.push_back(seq);
        }
    }

    /// The window shows the state `seq`, and so everything that was sent before it.
    pub fn painted(&mut self, seq: u64) {
        if let Some(at) = self.unpainted.iter().rposition(|&sent| sent == seq) {
            self.unpainted.drain(..=at);
        }
    }
}
