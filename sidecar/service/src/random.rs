//! Random numbers from the operating system.

use std::time::Duration;

/// `N` random bytes.
///
/// # Panics
/// Where the operating system has no randomness: nonces that repeat would be worse.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[allow(clippy::expect_used)]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// `N` random bytes as text.
pub fn hex<const N: usize>() -> String {
    bytes::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Between half of `wait` and all of it.
pub fn jittered(wait: Duration) -> Duration {
    let part = u32::from(u16::from_le_bytes(bytes()));
    wait / 2 + wait / 2 * part / u32::from(u16::MAX)
}
