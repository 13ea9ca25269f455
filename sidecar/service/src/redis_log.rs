//! The published log in Redis: persist first, within a bound, or go on without.
//!
//! An answer that does not come in time is never waited for: the connection is dropped, and a task of
//! its own finds Redis again. Every new lease has a new nonce, so that what the dropped connection may
//! still carry out late is fenced.

mod client;
mod healing;

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc;
use tokio::time::timeout;
use vigil_publish::{Appended, Entry, Keys, Lease, LogId, LogShape, Published, ScriptCall, UnknownAnswer};
use vigil_wire::{BoardSchema, RedisState};

use crate::config::Redis;
use healing::Healer;

pub use client::client;

/// No frame waits longer than this for Redis.
pub const PERSIST_BOUND: Duration = Duration::from_millis(50);
/// For giving the lease back at the end.
const RELEASE_BOUND: Duration = Duration::from_millis(500);

/// Why a step is not in the log. The sidecar goes on in an epoch of its own.
#[derive(Debug, thiserror::Error)]
pub enum LogFailure {
    #[error("Redis did not answer within {} ms", PERSIST_BOUND.as_millis())]
    Late,
    #[error("the lease is not ours any more (it ran out, was flushed, or another sidecar leads)")]
    Fenced,
    #[error("the log does not end where this sidecar left it")]
    Diverged,
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    #[error(transparent)]
    Answer(#[from] UnknownAnswer),
}

/// A connection with a fresh lease, found by the healing task.
pub struct Found {
    connection: MultiplexedConnection,
    lease: Lease,
    /// Where the log ends.
    last: Option<LogId>,
}

impl Found {
    pub fn last(&self) -> Option<LogId> {
        self.last
    }
}

struct Live {
    connection: MultiplexedConnection,
    lease: Lease,
    last: Option<LogId>,
}

/// The log of one board, as this sidecar writes it.
pub struct RedisLog {
    live: Option<Live>,
    healer: Option<Healer>,
    found: Option<mpsc::Receiver<Found>>,
}

impl RedisLog {
    /// No Redis is configured.
    pub fn off() -> Self {
        RedisLog { live: None, healer: None, found: None }
    }

    /// Starts to look for Redis; until it is found the state is degraded.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn connect(redis: &Redis, schema: &BoardSchema, shape: LogShape) -> Result<Self, redis::RedisError> {
        let client = client(redis)?;
        let lease = Lease {
            keys: Keys::of(&schema.id),
            nonce: String::new(),
            earlier: None,
            board_hash: schema.hash.clone(),
            shape,
        };
        let healer = Healer::new(client, lease);
        let found = healer.start(None);
        Ok(RedisLog { live: None, healer: Some(healer), found: Some(found) })
    }

    pub fn state(&self) -> RedisState {
        match (&self.healer, &self.live) {
            (None, _) => RedisState::Off,
            (Some(_), Some(_)) => RedisState::Live,
            (Some(_), None) => RedisState::Degraded,
        }
    }

    /// Where the log ends, while it is written.
    pub fn last(&self) -> Option<LogId> {
        self.live.as_ref()?.last
    }

    /// How often the lease is to be renewed.
    pub fn renew_every(&self) -> Duration {
        let lease_ms = self.healer.as_ref().map_or(5_000, Healer::lease_ms);
        Duration::from_millis((lease_ms / 3).max(1))
    }

    /// Waits until Redis was found again; for ever when it is not being looked for. Cancel-safe.
    pub async fn found(&mut self) -> Found {
        let found = match &mut self.found {
            Some(receiver) => receiver.recv().await,
            None => None,
        };
        match found {
            Some(found) => {
                self.found = None;
                found
            }
            None => std::future::pending().await,
        }
    }

    /// Begins to write the log with the whole state, under the state's own name.
    ///
    /// # Errors
    /// When it is not there in time; then Redis is looked for again.
    pub async fn open(
        &mut self,
        found: Found,
        published: &Published,
        schema: &BoardSchema,
    ) -> Result<(), LogFailure> {
        let Found { connection, lease, last } = found;
        self.live = Some(Live { connection, lease, last });
        let metrics = 0..u32::try_from(schema.metrics.len()).unwrap_or(u32::MAX);
        let fields = published.snapshot_fields(schema, metrics);
        let entry = Entry::opening(published, &schema.hash);
        self.write(Some((name(published), entry)), fields).await
    }

    /// Appends the step that `published` just made. Does nothing while there is no log.
    ///
    /// # Errors
    /// When it is not there in time; then Redis is looked for again.
    pub async fn append(
        &mut self,
        published: &Published,
        schema: &BoardSchema,
        change: &vigil_publish::Change,
    ) -> Result<(), LogFailure> {
        if self.live.is_none() {
            return Ok(());
        }
        let fields = published.snapshot_fields(schema, change.patches.iter().map(|patch| patch.i));
        let entry = Entry::step(published, &schema.hash, change);
        self.write(Some((name(published), entry)), fields).await
    }

    /// Renews the lease and says how fresh the state is. Does nothing while there is no log.
    ///
    /// # Errors
    /// When Redis does not take it in time; then Redis is looked for again.
    pub async fn renew(&mut self, published: &Published, schema: &BoardSchema) -> Result<(), LogFailure> {
        match self.live {
            Some(_) => self.write(None, vec![published.board_field(schema)]).await,
            None => Ok(()),
        }
    }

    /// Gives the lease back, so that whoever comes next need not wait for its end.
    pub async fn release(&mut self) {
        self.found = None;
        if let Some(mut live) = self.live.take() {
            let call = live.lease.release();
            // The lease ends by itself where this fails.
            drop(timeout(RELEASE_BOUND, invoke::<i64>(&mut live.connection, &call)).await);
        }
    }

    async fn write(
        &mut self,
        entry: Option<(LogId, Entry)>,
        fields: Vec<(String, String)>,
    ) -> Result<(), LogFailure> {
        let Some(live) = &mut self.live else { return Ok(()) };
        let id = entry.as_ref().map(|(id, _)| *id);
        let call = live.lease.append(live.last, entry.as_ref().map(|(id, entry)| (*id, entry)), fields);
        let outcome = match timeout(PERSIST_BOUND, invoke::<String>(&mut live.connection, &call)).await {
            Err(_) => Err(LogFailure::Late),
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(answer)) => match Appended::parse(&answer) {
                Ok(Appended::Ok) => Ok(()),
                Ok(Appended::Fenced) => Err(LogFailure::Fenced),
                Ok(Appended::Diverged) => Err(LogFailure::Diverged),
                Err(unknown) => Err(unknown.into()),
            },
        };
        match &outcome {
            Ok(()) => live.last = id.or(live.last),
            Err(_) => self.lose(),
        }
        outcome
    }

    fn lose(&mut self) {
        let earlier = self.live.take().map(|live| live.lease.nonce);
        self.found = self.healer.as_ref().map(|healer| healer.start(earlier));
    }
}

fn name(published: &Published) -> LogId {
    LogId { number: published.epoch().number(), seq: published.seq() }
}

async fn invoke<T: redis::FromRedisValue>(
    connection: &mut MultiplexedConnection,
    call: &ScriptCall,
) -> redis::RedisResult<T> {
    let script = redis::Script::new(call.script.text());
    let mut invocation = script.prepare_invoke();
    for key in &call.keys {
        invocation.key(key);
    }
    for arg in &call.args {
        invocation.arg(arg);
    }
    invocation.invoke_async(connection).await
}
