use std::collections::BTreeMap;

use vigil_wire::Millis;

use crate::verify::{Outcome, Report};

/// An exact metric counts as verified for so long.
const VERIFIED_FOR_MS: i64 = 30 * 60 * 1_000;

/// What each metric's last verification found.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    last: BTreeMap<String, Verification>,
}

#[derive(Debug, Clone, Copy)]
struct Verification {
    /// MongoDB's clock.
    at: Millis,
    exact: bool,
}

/// What it says about all of a board's metrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    /// `None` before the first verification: nobody knows.
    pub drift: Option<usize>,
    /// `None` when there is nothing to verify.
    pub share: Option<f64>,
    /// `None` while one has never been verified.
    pub oldest: Option<Millis>,
}

impl Ledger {
    /// A metric that could not be asked about stays as it was.
    pub fn record(&mut self, report: &Report) {
        for metric in &report.metrics {
            let exact = match metric.outcome {
                Outcome::Exact { .. } => true,
                Outcome::Drift { .. } => false,
                Outcome::NotVerified { .. } | Outcome::OwnFigure => continue,
            };
            self.last.insert(metric.id.clone(), Verification { at: report.as_of.now, exact });
        }
    }

    pub fn summary(&self, metrics: &[String], now: Millis) -> Summary {
        let last: Vec<_> = metrics.iter().map(|id| self.last.get(id)).collect();
        let known = || last.iter().flatten();
        let fresh = known().filter(|one| one.exact && now.saturating_sub(one.at) <= VERIFIED_FOR_MS).count();
        // A board's metrics are few.
        #[allow(clippy::cast_precision_loss)]
        let share = fresh as f64 / metrics.len() as f64;
        Summary {
            drift: known().next().map(|_| known().filter(|one| !one.exact).count()),
            share: (!metrics.is_empty()).then_some(share),
            oldest: last.iter().map(|one| one.map(|one| one.at)).min().flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use vigil_wire::{AsOf, ClusterTime, Value};

    use super::*;
    use crate::verify::MetricReport;

    const EXACT: fn() -> Outcome = || Outcome::Exact { total: Value::Int(1), groups: 0 };
    const DRIFT: fn() -> Outcome = || Outcome::Drift { differences: 1, listed: Vec::new() };
    const UNASKED: fn() -> Outcome = || Outcome::NotVerified { why: "no".to_owned() };

    fn report(now: Millis, outcomes: [fn() -> Outcome; 2]) -> Report {
        let metrics = ["a", "b"].iter().zip(outcomes);
        let metrics = metrics.map(|(id, outcome)| MetricReport { id: (*id).to_owned(), outcome: outcome() });
        Report { as_of: AsOf { t: ClusterTime::new(1, 0), now }, metrics: metrics.collect() }
    }

    #[test]
    fn nothing_is_known_before_the_first_verification() {
        let metrics = ["a".to_owned(), "b".to_owned()];
        let mut ledger = Ledger::default();
        let unknown = Summary { drift: None, share: Some(0.0), oldest: None };
        assert_eq!(ledger.summary(&metrics, 0), unknown);
        assert_eq!(ledger.summary(&[], 0).share, None);
        ledger.record(&report(10, [UNASKED, UNASKED]));
        assert_eq!(ledger.summary(&metrics, 10), unknown);
        ledger.record(&report(20, [EXACT, UNASKED]));
        let one = Summary { drift: Some(0), share: Some(0.5), oldest: None };
        assert_eq!(ledger.summary(&metrics, 20), one, "b has never been verified");
    }

    #[test]
    fn drift_stays_until_the_next_answer_and_exactness_ages() {
        let metrics = ["a".to_owned(), "b".to_owned()];
        let mut ledger = Ledger::default();
        ledger.record(&report(100, [EXACT, DRIFT]));
        let drift = Summary { drift: Some(1), share: Some(0.5), oldest: Some(100) };
        assert_eq!(ledger.summary(&metrics, 100), drift);
        ledger.record(&report(200, [EXACT, UNASKED]));
        assert_eq!(ledger.summary(&metrics, 200), drift, "no answer changes nothing");
        ledger.record(&report(300, [EXACT, EXACT]));
        let good = Summary { drift: Some(0), share: Some(1.0), oldest: Some(300) };
        assert_eq!(ledger.summary(&metrics, 300 + VERIFIED_FOR_MS), good);
        let aged = Summary { share: Some(0.0), ..good };
        assert_eq!(ledger.summary(&metrics, 301 + VERIFIED_FOR_MS), aged);
    }
}
