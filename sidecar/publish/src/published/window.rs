use std::collections::VecDeque;

use vigil_wire::Millis;

use crate::Subscription;

/// Diffs that can be replayed, by age: five minutes.
pub const REPLAY_MS: i64 = 300_000;
/// Diffs that can be replayed, by number.
pub const REPLAY_SEQS: usize = 4_096;

#[derive(Debug, Clone)]
struct Step {
    seq: u64,
    at: Millis,
    /// Metrics that changed, ascending.
    metrics: Vec<u32>,
}

/// Which metrics changed at each of the last states.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// The oldest state that can be gone on from.
    floor: u64,
    steps: VecDeque<Step>,
    max_seqs: usize,
}

impl Window {
    pub fn new(floor: u64) -> Self {
        Window { floor, steps: VecDeque::new(), max_seqs: REPLAY_SEQS }
    }

    pub fn floor(&self) -> u64 {
        self.floor
    }

    pub fn limit(&mut self, max_seqs: usize) {
        self.max_seqs = max_seqs;
    }

    pub fn push(&mut self, seq: u64, at: Millis, metrics: Vec<u32>) {
        self.steps.push_back(Step { seq, at, metrics });
    }

    /// Forgets what is too old or too many; the metrics whose tombstones may be dropped now.
    pub fn prune(&mut self, now: Millis) -> Vec<u32> {
        let mut touched = Vec::new();
        while let Some(oldest) = self.steps.front() {
            if self.steps.len() <= self.max_seqs && oldest.at >= now.saturating_sub(REPLAY_MS) {
                break;
            }
            if let Some(step) = self.steps.pop_front() {
                self.floor = step.seq;
                touched.extend(step.metrics);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// The last state up to `seq` at which the subscription changed; the floor when none is remembered.
    pub fn last_change(&self, subscription: &Subscription, seq: u64) -> u64 {
        let mut until = self.steps.iter().rev().skip_while(|step| step.seq > seq);
        until
            .find(|step| step.metrics.iter().any(|metric| subscription.contains(*metric)))
            .map_or(self.floor, |step| step.seq)
    }
}
