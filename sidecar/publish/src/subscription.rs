use std::sync::Arc;

/// Which metrics of a board a client wants; cheap to clone, and equal for equal sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscription(Option<Arc<[u32]>>);

impl Subscription {
    /// Every metric of the board.
    pub const fn all() -> Self {
        Subscription(None)
    }

    /// The metrics with these indices.
    pub fn of(metrics: impl IntoIterator<Item = u32>) -> Self {
        let mut metrics: Vec<u32> = metrics.into_iter().collect();
        metrics.sort_unstable();
        metrics.dedup();
        Subscription(Some(metrics.into()))
    }

    pub fn contains(&self, metric: u32) -> bool {
        self.0.as_ref().is_none_or(|set| set.binary_search(&metric).is_ok())
    }
}
