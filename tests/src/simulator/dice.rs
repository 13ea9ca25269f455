use bson::oid::ObjectId;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Chance, the same for the same seed on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(ChaCha8Rng::seed_from_u64(seed))
    }

    /// In `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
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
        self.unit() < probability
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
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        mean + deviation * (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Log-normal with this median; `sigma` is that of the logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * self.normal(0.0, sigma).exp()
    }

    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// How many of what happens `mean` times on average.
    pub fn poisson(&mut self, mean: f64) -> usize {
        let (mut count, mut passed) = (0, self.exponential(1.0));
        while passed < mean {
            count += 1;
            passed += self.exponential(1.0);
        }
        count
    }

    /// Gamma with mean 1 and this coefficient of variation, which is at most 1 (Marsaglia and Tsang).
    pub fn gamma(&mut self, variation: f64) -> f64 {
        let shape = variation.powi(-2).max(1.0);
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal(0.0, 1.0);
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            let u = 1.0 - self.unit();
            if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / shape;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(mut draw: impl FnMut(&mut Dice) -> f64) -> f64 {
        let mut dice = Dice::new(5);
        (0..20_000).map(|_| draw(&mut dice)).sum::<f64>() / 20_000.0
    }

    #[test]
    fn means_are_those_that_were_asked_for() {
        let near = |mean: f64, wanted: f64| (mean / wanted - 1.0).abs() < 0.03;
        assert!(near(mean(|dice| dice.poisson(4.0) as f64), 4.0));
        assert!(near(mean(|dice| dice.exponential(7.0)), 7.0));
        assert!(near(mean(|dice| dice.normal(10.0, 3.0)), 10.0));
        assert!(near(mean(|dice| dice.gamma(0.1)), 1.0));
        assert!(near(mean(|dice| (dice.gamma(0.1) - 1.0).powi(2)), 0.01));
        // The mean of a log-normal is above its median.
        assert!(near(mean(|dice| dice.log_normal(165.0, 0.587)), 196.0));
    }
}
