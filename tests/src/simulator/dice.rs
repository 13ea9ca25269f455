use bson::oid::ObjectId;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// Chance, the same for the same seed on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha12Rng);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(ChaCha12Rng::seed_from_u64(seed))
    }

    /// A whole number in `[0, bound)`; 0 for 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    /// A whole number in `[low, high]`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if low >= high { low } else { self.0.random_range(low..=high) }
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random_range(0.0..1.0) < probability
    }

    /// One of them; `None` of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// One of a fixed list that is not empty.
    pub fn one_of<T: Copy, const N: usize>(&mut self, from: [T; N]) -> T {
        from[self.below(N)]
    }

    /// Index into `weights`, as often as each weighs.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.0.random_range(0.0..1.0) * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Log-normal with this median; `sigma` is that of the logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        let (u, v): (f64, f64) = (self.0.random_range(f64::MIN_POSITIVE..1.0), self.0.random_range(0.0..1.0));
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        median * (sigma * normal).exp()
    }

    /// An `_id` as a driver makes it, but from the seed.
    pub fn object_id(&mut self, at_ms: i64) -> ObjectId {
        let mut bytes = [0; 12];
        self.0.fill_bytes(&mut bytes);
        let seconds = u32::try_from(at_ms / 1_000).unwrap_or_default();
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        ObjectId::from_bytes(bytes)
    }
}
