//! Which cluster time the engine is at, whether its state there is exact, and since when it is known to be true.
//!
//! Pure: times come in as arguments.

use std::collections::{BTreeMap, VecDeque};

use vigil_wire::{ClusterTime, Millis, Tier};

/// See the module.
#[derive(Debug, Default)]
pub struct Exactness {
    /// Complete: every write up to here is in the engine.
    position: ClusterTime,
    /// The scan's own time; a state before it never was one of MongoDB's.
    synced: Option<ClusterTime>,
    /// The stream that goes on from the scan has passed the scan's time. An earlier stream's position
    /// says nothing of it: a new primary may know less to be written than the old one did.
    reached: bool,
    /// A row waits to be read again.
    row_unknown: bool,
    /// The next publication says everything.
    whole_due: bool,
    /// Samples that the position has not passed yet, oldest first.
    waiting: VecDeque<(ClusterTime, Millis)>,
    /// MongoDB's clock at the newest sample that the position has passed.
    passed: Option<Millis>,
    /// The stream was lost, and no sample from after that has been passed: what was missed may be much.
    behind: bool,
    /// What was last said per tier.
    said: BTreeMap<Tier, Millis>,
}

/// More samples than this are thinned: the newest ones matter.
const WAITING_MAX: usize = 600;

impl Exactness {
    pub fn scan_begins(&mut self) {
        self.synced = None;
        self.reached = false;
        self.whole_due = true;
        self.waiting.clear();
    }

    pub fn synced(&mut self, at: ClusterTime) {
        self.synced = Some(at);
        // Reaching it will be as good as passing a sample of that time.
        self.behind = false;
    }

    /// The stream goes on after a loss. Earlier samples say nothing about what was missed.
    pub fn reopened(&mut self) {
        self.waiting.clear();
        self.behind = true;
    }

    /// The stream got to `position`; `rows_known` is false while a row waits to be read again.
    pub fn complete(&mut self, position: ClusterTime, rows_known: bool) {
        self.position = position;
        self.row_unknown = !rows_known;
        self.reached |= self.synced.is_some_and(|at| position >= at);
        self.pass();
    }

    /// MongoDB said at `local_time` that `majority` is its last write.
    pub fn hello(&mut self, majority: ClusterTime, local_time: Millis) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_back();
        }
        self.waiting.push_back((majority, local_time));
        self.pass();
    }

    pub fn is_exact(&self) -> bool {
        self.reached && !self.row_unknown
    }

    pub fn position(&self) -> ClusterTime {
        self.position
    }

    /// MongoDB's clock at the last instant at which the state is known to have been true.
    pub fn passed(&self) -> Option<Millis> {
        self.passed
    }

    /// How long ago the state was last known to be true: what it may be behind by while nobody answers.
    pub fn unconfirmed_ms(&self, now: Millis) -> u64 {
        self.passed.map_or(0, |passed| u64::try_from(now.saturating_sub(passed)).unwrap_or(0))
    }

    /// How long MongoDB has had writes that are not in the engine, as far as samples tell.
    pub fn lag_ms(&self, now: Millis) -> u64 {
        let waiting = self.waiting.front().map(|(_, since)| *since);
        let since = if self.behind { self.passed.or(waiting) } else { waiting };
        since.map_or(0, |since| u64::try_from(now.saturating_sub(since)).unwrap_or(0))
    }

    /// Whether nothing tells yet how much of a loss of the stream is still to come.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// MongoDB's clock when what the engine holds is last known to have been true.
    pub fn known_until(&self) -> Option<Millis> {
        self.passed
    }

    /// Whether the whole state is due; asking takes it.
    pub fn take_whole(&mut self) -> bool {
        std::mem::take(&mut self.whole_due)
    }

    /// The time up to which a tier without unsaid changes is known to be true, when that is news:
    /// not later than its windows.
    pub fn confirm(&mut self, tier: Tier, windows_at: Millis) -> Option<Millis> {
        let known = self.passed?.min(windows_at);
        let before = self.said.insert(tier, known);
        (before != Some(known)).then_some(known)
    }

    fn pass(&mut self) {
        if !self.is_exact() {
            return;
        }
        while let Some((majority, local_time)) = self.waiting.front().copied() {
            if majority > self.position {
                break;
            }
            self.passed = self.passed.max(Some(local_time));
            self.behind = false;
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn t(seconds: u32) -> ClusterTime {
        ClusterTime::new(seconds, 0)
    }

    fn at(position: u32) -> Exactness {
        let mut exactness = Exactness::default();
        exactness.scan_begins();
        exactness.synced(t(10));
        exactness.complete(t(position), true);
        exactness
    }

    #[test]
    fn nothing_is_exact_before_the_scan_time_is_passed() {
        assert!(!Exactness::default().is_exact());
        assert!(!at(9).is_exact());
        assert!(at(10).is_exact());
    }

    #[test]
    fn a_sample_confirms_once_its_write_is_applied() {
        let mut exactness = at(10);
        exactness.hello(t(12), 12_500);
        assert_eq!(exactness.confirm(Tier::Critical, 20_000), None);
        assert_eq!(exactness.lag_ms(13_000), 500);
        exactness.complete(t(12), true);
        assert_eq!(exactness.confirm(Tier::Critical, 20_000), Some(12_500));
        assert_eq!(exactness.confirm(Tier::Critical, 20_000), None, "said already");
        assert_eq!(exactness.confirm(Tier::Standard, 20_000), Some(12_500), "each tier by itself");
        assert_eq!(exactness.lag_ms(13_000), 0);
    }

    #[test]
    fn nothing_is_confirmed_later_than_its_windows() {
        let mut exactness = at(10);
        exactness.hello(t(10), 12_500);
        assert_eq!(exactness.confirm(Tier::Critical, 11_000), Some(11_000));
        assert_eq!(exactness.confirm(Tier::Critical, 13_000), Some(12_500));
    }

    #[test]
    fn after_a_loss_lag_counts_from_what_was_last_known() {
        let mut exactness = at(10);
        exactness.hello(t(10), 12_500);
        exactness.hello(t(11), 13_000);
        exactness.reopened();
        exactness.hello(t(50), 60_000);
        exactness.complete(t(11), true);
        assert!(exactness.is_behind(), "the write at 11 was from before the loss");
        assert_eq!(exactness.lag_ms(60_500), 48_000);
        exactness.complete(t(50), true);
        assert!(!exactness.is_behind());
        assert_eq!(exactness.lag_ms(60_500), 0);
    }

    #[test]
    fn an_unknown_row_stops_confirmation() {
        let mut exactness = at(10);
        exactness.hello(t(12), 12_500);
        exactness.complete(t(12), false);
        assert!(!exactness.is_exact());
        assert_eq!(exactness.confirm(Tier::Critical, 20_000), None);
        exactness.complete(t(13), true);
        assert_eq!(exactness.confirm(Tier::Critical, 20_000), Some(12_500));
    }

    #[test]
    fn a_scan_from_before_the_last_position_is_exact_at_its_own_times() {
        let mut exactness = at(20);
        exactness.scan_begins();
        exactness.synced(t(15));
        assert!(!exactness.is_exact(), "the stream has not gone on yet");
        exactness.complete(t(14), true);
        assert!(!exactness.is_exact());
        exactness.complete(t(16), true);
        assert!(exactness.is_exact());
        assert_eq!(exactness.position(), t(16));
    }

    #[test]
    fn a_rescan_makes_the_whole_state_due_once() {
        let mut exactness = at(10);
        assert!(exactness.take_whole());
        assert!(!exactness.take_whole());
        exactness.scan_begins();
        assert!(!exactness.is_exact());
        exactness.synced(t(20));
        exactness.complete(t(20), true);
        assert!(exactness.take_whole());
    }
}
