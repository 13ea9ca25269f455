use std::time::{Duration, Instant};

/// A tally for each of the last `N` spans of time; older ones are forgotten.
#[derive(Debug)]
pub(super) struct Ring<T, const N: usize> {
    began: Instant,
    span: Duration,
    /// The number of the span that each tally is of.
    tallies: Vec<(u64, T)>,
}

impl<T: Default, const N: usize> Ring<T, N> {
    pub fn new(began: Instant, span: Duration) -> Self {
        Ring { began, span, tallies: (0..N).map(|_| (0, T::default())).collect() }
    }

    /// The tally of the span that `at` is in.
    pub fn at(&mut self, at: Instant) -> &mut T {
        let number = self.number(at);
        let slot = &mut self.tallies[Self::slot(number)];
        if slot.0 != number {
            *slot = (number, T::default());
        }
        &mut slot.1
    }

    /// The tallies that are not too old at `at`, the one that has just begun among them.
    pub fn recent(&self, at: Instant) -> impl Iterator<Item = &T> {
        let number = self.number(at);
        let is_recent = move |of: u64| of <= number && number - of < N as u64;
        self.tallies.iter().filter(move |(of, _)| is_recent(*of)).map(|(_, tally)| tally)
    }

    /// How long it has been tallied, at most as long as it remembers.
    pub fn covers(&self, at: Instant) -> Duration {
        let whole = self.span * u32::try_from(N).unwrap_or(u32::MAX);
        at.saturating_duration_since(self.began).min(whole)
    }

    fn number(&self, at: Instant) -> u64 {
        let spans = at.saturating_duration_since(self.began).as_nanos() / self.span.as_nanos().max(1);
        u64::try_from(spans).unwrap_or(u64::MAX)
    }

    fn slot(number: u64) -> usize {
        usize::try_from(number % N as u64).unwrap_or(0)
    }
}
