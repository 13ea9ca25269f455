/// How long to wait before the next try: doubling, with full jitter, so that thousands of clients that
/// lost one server do not come back in one instant.
#[derive(Debug, Clone)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Up to this long before the first try.
    pub const FIRST_MS: u64 = 500;
    /// Never longer than this.
    pub const LONGEST_MS: u64 = 30_000;
    /// Never shorter than this: a server that closes at once is not asked in a busy loop.
    pub const SHORTEST_MS: u64 = 100;

    pub const fn new() -> Self {
        Backoff { tries: 0 }
    }

    /// The wait before the next try. `random` is any uniformly random number.
    pub fn next_ms(&mut self, random: u64) -> u64 {
        let ceiling = Self::FIRST_MS.saturating_mul(1 << self.tries.min(16)).min(Self::LONGEST_MS);
        self.tries = self.tries.saturating_add(1);
        Self::SHORTEST_MS + random % (ceiling - Self::SHORTEST_MS + 1)
    }

    /// It worked: the next loss is a new one.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff::new()
    }
}
