use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::locked;
use super::ring::Ring;

const MINUTE: usize = 60;
/// Each power of two is cut into so many classes: a class is 6 % wide.
const CUTS: u64 = 16;
const CUT_BITS: u32 = CUTS.trailing_zeros();
/// Up to 2^28 µs, four and a half minutes; a socket is cut long before.
const CLASSES: usize = 26 * CUTS as usize;

/// From published to written to the client's socket, of the last minute.
#[derive(Debug)]
pub struct SendLag(Mutex<Ring<Histogram, MINUTE>>);

impl Default for SendLag {
    fn default() -> Self {
        SendLag(Mutex::new(Ring::new(Instant::now(), Duration::from_secs(1))))
    }
}

impl SendLag {
    pub fn record(&self, at: Instant, lag: Duration) {
        locked(&self.0).at(at).count(lag);
    }

    /// The 99th percentile, at most 6 % too high; `None` when nothing was sent.
    pub fn p99_ms(&self, at: Instant) -> Option<f64> {
        let ring = locked(&self.0);
        let mut counts = [0_u64; CLASSES];
        for histogram in ring.recent(at) {
            for (sum, count) in counts.iter_mut().zip(&histogram.counts) {
                *sum += u64::from(*count);
            }
        }
        let all: u64 = counts.iter().sum();
        // The nearest rank, from 1.
        let rank = all.checked_mul(99)?.div_ceil(100);
        let mut passed = 0;
        let class = counts.iter().position(|count| {
            passed += count;
            *count > 0 && passed >= rank
        })?;
        // Far below 2^53 µs.
        #[allow(clippy::cast_precision_loss)]
        Some(most_of(class) as f64 / 1_000.0)
    }
}

/// How many lags were in each class.
#[derive(Debug, Default)]
struct Histogram {
    /// Empty until the first one.
    counts: Vec<u32>,
}

impl Histogram {
    fn count(&mut self, lag: Duration) {
        self.counts.resize(CLASSES, 0);
        let micros = u64::try_from(lag.as_micros()).unwrap_or(u64::MAX);
        let count = &mut self.counts[class_of(micros)];
        *count = count.saturating_add(1);
    }
}

/// Below 16 µs each has a class of its own.
fn class_of(micros: u64) -> usize {
    let shift = micros.max(CUTS).ilog2() - CUT_BITS;
    let class = u64::from(shift) * CUTS + (micros >> shift);
    usize::try_from(class).unwrap_or(CLASSES).min(CLASSES - 1)
}

/// The longest lag of a class.
fn most_of(class: usize) -> u64 {
    let class = class as u64;
    let shift = (class / CUTS).saturating_sub(1);
    ((class - shift * CUTS + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_own_and_is_narrow() {
        for micros in (0..5_000).chain((5_000..200_000_000).step_by(104_729)) {
            let class = class_of(micros);
            let most = most_of(class);
            assert!(most >= micros && most as f64 <= micros as f64 * 1.0626 + 1.0, "{micros}: {most}");
            assert_eq!(class_of(most), class, "{micros}");
            assert_eq!(class_of(most + 1), class + 1, "{micros}");
        }
        assert_eq!(class_of(u64::MAX), CLASSES - 1);
    }

    #[test]
    fn the_percentile_is_of_the_last_minute() {
        let lag = SendLag::default();
        let began = Instant::now();
        assert_eq!(lag.p99_ms(began), None);
        for i in 0..99 {
            lag.record(began + Duration::from_millis(i), Duration::from_micros(1_000));
        }
        lag.record(began, Duration::from_secs(5));
        let p99 = lag.p99_ms(began + Duration::from_secs(1));
        assert!(p99.is_some_and(|ms| (1.0..1.07).contains(&ms)), "one in a hundred is above it: {p99:?}");
        lag.record(began, Duration::from_secs(5));
        let p99 = lag.p99_ms(began + Duration::from_secs(59));
        assert!(p99.is_some_and(|ms| (5_000.0..5_320.0).contains(&ms)), "{p99:?}");
        assert_eq!(lag.p99_ms(began + Duration::from_secs(61)), None);
    }
}
