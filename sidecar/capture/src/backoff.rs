use std::time::Duration;

/// The longest wait between two attempts.
pub const BACKOFF_CAP: Duration = Duration::from_secs(8);

const FIRST_MS: u64 = 100;

/// How long to wait before attempt number `attempt` (0 is the first repetition): doubling from 100 ms
/// up to [`BACKOFF_CAP`], of which a random part between a half and the whole is taken, so that many
/// sidecars do not come back in step. `random` is uniform over its type.
pub fn backoff(attempt: u32, random: u32) -> Duration {
    let cap_ms = u64::try_from(BACKOFF_CAP.as_millis()).unwrap_or(u64::MAX);
    let whole_ms = FIRST_MS.saturating_mul(1 << attempt.min(16)).min(cap_ms);
    let half_ms = whole_ms / 2;
    Duration::from_millis(half_ms + (whole_ms - half_ms) * u64::from(random) / u64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap_and_never_waits_less_than_half() {
        assert_eq!(backoff(0, u32::MAX), Duration::from_millis(100));
        assert_eq!(backoff(0, 0), Duration::from_millis(50));
        assert_eq!(backoff(3, u32::MAX), Duration::from_millis(800));
        assert_eq!(backoff(u32::MAX, u32::MAX), BACKOFF_CAP);
        assert_eq!(backoff(u32::MAX, 0), BACKOFF_CAP / 2);
    }
}
