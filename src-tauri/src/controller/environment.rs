use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use vigil_wire::Millis;

use crate::link::{Dial, Network};
use crate::secrets::{Keyring, TokenStore};
use crate::settings::Settings;

/// Everything outside the app that its controller depends on.
pub struct Environment {
    pub settings: Settings,
    pub tokens: Arc<dyn TokenStore>,
    pub dial: Arc<dyn Dial>,
    /// This computer's clock.
    pub wall_clock: fn() -> Millis,
    /// Any uniformly random number, for the jitter of reconnects.
    pub random: fn() -> u64,
}

impl Environment {
    /// This computer.
    pub fn of_this_computer(settings: Settings) -> Self {
        Environment {
            settings,
            tokens: Arc::new(Keyring),
            dial: Arc::new(Network),
            wall_clock: || {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
            },
            // Without randomness clients come back a little too close together.
            random: || getrandom::u64().unwrap_or_default(),
        }
    }
}
