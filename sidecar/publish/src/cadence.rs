use vigil_wire::Tier;

/// When each tier may push next.
///
/// A tier pushes at once when it pushed nothing within its last interval, else at that interval's
/// end: an isolated change never waits, and a storm of them costs one push per interval.
///
/// Times are milliseconds on any clock that never goes back.
#[derive(Debug, Clone)]
pub struct Cadence {
    interval_ms: [u64; 4],
    last: [Option<u64>; 4],
}

impl Cadence {
    /// Intervals in the order of [`Tier::ALL`].
    pub fn new(interval_ms: [u64; 4]) -> Self {
        Cadence { interval_ms, last: [None; 4] }
    }

    /// Whether `tier` may push now.
    pub fn is_due(&self, tier: Tier, now_ms: u64) -> bool {
        self.due_in(tier, now_ms) == 0
    }

    /// Milliseconds until `tier` may push.
    pub fn due_in(&self, tier: Tier, now_ms: u64) -> u64 {
        let i = index(tier);
        self.last[i].map_or(0, |last| last.saturating_add(self.interval_ms[i]).saturating_sub(now_ms))
    }

    /// Tells that `tier` pushed at `now_ms`.
    pub fn pushed(&mut self, tier: Tier, now_ms: u64) {
        self.last[index(tier)] = Some(now_ms);
    }
}

const fn index(tier: Tier) -> usize {
    match tier {
        Tier::Critical => 0,
        Tier::Standard => 1,
        Tier::Historical => 2,
        Tier::Report => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isolated_change_goes_at_once_and_a_storm_once_per_interval() {
        let mut cadence = Cadence::new([100, 30_000, 300_000, 900_000]);
        assert!(cadence.is_due(Tier::Critical, 0));
        cadence.pushed(Tier::Critical, 0);
        let mut pushes = 0;
        for now in 1..=1_000 {
            if cadence.is_due(Tier::Critical, now) {
                cadence.pushed(Tier::Critical, now);
                pushes += 1;
            }
        }
        assert_eq!(pushes, 10);
        assert!(cadence.is_due(Tier::Critical, 1_100), "quiet for an interval");
    }

    #[test]
    fn tiers_do_not_wait_for_each_other() {
        let mut cadence = Cadence::new([100, 30_000, 300_000, 900_000]);
        cadence.pushed(Tier::Standard, 1_000);
        assert!(cadence.is_due(Tier::Critical, 1_000));
        assert_eq!(cadence.due_in(Tier::Standard, 11_000), 20_000);
    }
}
