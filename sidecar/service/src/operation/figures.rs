//! The sidecar's own figures: source state, lag, clock offset, and what surrounds it.

use std::time::Duration;

use tokio::sync::watch;
use vigil_board::SystemFigure;
use vigil_engine::Engine;
use vigil_wire::{Millis, NoData, RedisState, SourceState, SourceStatus, Value};

use crate::own::Teller;

/// Behind by more than this is "catching up".
const CATCHING_UP_MS: u64 = 5_000;
/// An unchanged status is said again after this long, so that lag stays true on the wire.
const REPEAT_MS: i64 = 5_000;

/// See the module.
#[derive(Debug)]
pub struct Figures {
    health: watch::Sender<SourceState>,
    own: Teller,
    state: SourceState,
    since: Millis,
    retry_in_ms: Option<u64>,
    pub lag_ms: u64,
    pub clock_offset_ms: i64,
    pub redis: RedisState,
    pub clients: usize,
    /// Documents that the engine holds but cannot use.
    pub set_aside_rows: u64,
    /// Events that could not be read at all.
    set_aside_events: u64,
    said: Option<(SourceState, u64, Millis)>,
}

impl Figures {
    pub fn new(health: watch::Sender<SourceState>, own: Teller, now: Millis) -> Self {
        Figures {
            health,
            own,
            state: SourceState::Starting,
            since: now,
            retry_in_ms: None,
            lag_ms: 0,
            clock_offset_ms: 0,
            redis: RedisState::Off,
            clients: 0,
            set_aside_rows: 0,
            set_aside_events: 0,
            said: None,
        }
    }

    pub fn state(&self) -> SourceState {
        self.state
    }

    pub fn scanning(&mut self, now: Millis) {
        if self.state != SourceState::Starting {
            self.enter(SourceState::Resyncing, now);
        }
    }

    pub fn resync(&mut self, now: Millis) {
        self.scanning(now);
    }

    /// `unconfirmed_ms`: what the figures may be behind by.
    pub fn down(&mut self, now: Millis, retry_in: Duration, unconfirmed_ms: u64) {
        self.lag_ms = unconfirmed_ms;
        self.enter(SourceState::Down, now);
        self.retry_in_ms = u64::try_from(retry_in.as_millis()).ok();
    }

    /// The stream is open again; what was missed is still to come.
    pub fn up(&mut self, now: Millis) {
        if self.state == SourceState::Down {
            self.enter(SourceState::CatchingUp, now);
        }
    }

    /// The state is exact at the stream's position, which may be `behind` by more than samples tell.
    pub fn followed(&mut self, now: Millis, behind: bool) {
        if !behind && self.lag_ms <= CATCHING_UP_MS {
            self.enter(SourceState::Live, now);
        } else {
            self.enter(SourceState::CatchingUp, now);
        }
    }

    /// A sample came; a position that stays behind shows here, though no batch comes.
    pub fn heard(&mut self, now: Millis) {
        if self.state == SourceState::Live && self.lag_ms > CATCHING_UP_MS {
            self.enter(SourceState::CatchingUp, now);
        }
    }

    pub fn add_set_aside(&mut self, events: u64) {
        self.set_aside_events += events;
    }

    /// Gives the engine the figures that boards may name.
    pub fn tell(&mut self, engine: &mut Engine, now: Millis) {
        self.own.tell(engine, now);
        let tenths = |ms: f64| Value::Double((ms / 100.0).round() / 10.0);
        // Nobody knows what MongoDB has written while it does not answer.
        let lag = match self.state {
            SourceState::Down => Value::None(NoData::Unavailable),
            SourceState::Starting | SourceState::Live | SourceState::CatchingUp | SourceState::Resyncing => {
                tenths(self.lag_ms as f64)
            }
        };
        engine.set_system(SystemFigure::StreamLagS, lag);
        engine.set_system(SystemFigure::ClockOffsetS, tenths(self.clock_offset_ms as f64));
        engine.set_system(SystemFigure::SourceState, Value::Text(source_word(self.state).to_owned()));
        engine.set_system(SystemFigure::RedisState, Value::Text(redis_word(self.redis).to_owned()));
        engine.set_system(SystemFigure::Clients, Value::Int(i64::try_from(self.clients).unwrap_or(i64::MAX)));
        let set_aside = self.set_aside_rows.saturating_add(self.set_aside_events);
        engine.set_system(
            SystemFigure::DocumentsSetAside,
            Value::Int(i64::try_from(set_aside).unwrap_or(i64::MAX)),
        );
    }

    /// The status for clients, when it differs from the last one said or that is old.
    pub fn status_if_changed(&mut self, now: Millis) -> Option<SourceStatus> {
        let lag_s = self.lag_ms / 1_000;
        if let Some((state, lag, at)) = self.said
            && state == self.state
            && lag == lag_s
            && now.saturating_sub(at) < REPEAT_MS
        {
            return None;
        }
        self.said = Some((self.state, lag_s, now));
        Some(SourceStatus {
            state: self.state,
            since: self.since,
            lag_ms: self.lag_ms,
            retry_in_ms: self.retry_in_ms,
            clock_offset_ms: self.clock_offset_ms,
        })
    }

    fn enter(&mut self, state: SourceState, now: Millis) {
        if self.state == state {
            return;
        }
        tracing::info!(from = source_word(self.state), to = source_word(state), "source state");
        self.state = state;
        self.since = now;
        self.retry_in_ms = None;
        self.health.send_replace(state);
    }
}

/// A source state as boards and people spell it.
pub fn source_word(state: SourceState) -> &'static str {
    match state {
        SourceState::Starting => "starting",
        SourceState::Live => "live",
        SourceState::CatchingUp => "catching_up",
        SourceState::Resyncing => "resyncing",
        SourceState::Down => "down",
    }
}

fn redis_word(state: RedisState) -> &'static str {
    match state {
        RedisState::Off => "off",
        RedisState::Live => "live",
        RedisState::Degraded => "degraded",
    }
}
