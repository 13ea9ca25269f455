//! The published state, shared by all clients, and the frames made of it.
//!
//! A client has no queue here: it has a position, and asks for what takes that to now. So a slow one
//! gets the latest value per key, whatever happened meanwhile. A frame is encoded once per (subscription
//! set, plan) and state, and shared. The lock is a plain one, held for one frame and never across an
//! await.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use vigil_publish::{Change, Plan, Position, Published, Subscription};
use vigil_wire::{
    AsOf, BoardSchema, Millis, RedisState, ServerFrame, SourceState, SourceStatus, Status, Tier,
};

/// One board's state and its readers' bell.
pub struct Hub {
    schema: BoardSchema,
    shared: Mutex<Shared>,
    bell: watch::Sender<u64>,
}

struct Shared {
    published: Published,
    /// When the state, or what is known of it, last changed.
    since: Instant,
    /// Frames of the state with this stamp.
    stamp: u64,
    frames: BTreeMap<(Subscription, Plan), Utf8Bytes>,
    status: Status,
    status_version: u64,
    status_frame: Utf8Bytes,
}

/// The next frame for a client.
#[derive(Debug, Clone)]
pub struct Next {
    pub text: Utf8Bytes,
    /// It only renames the state: what it leads to follows at once.
    pub more: bool,
    /// When the newest of what it says was published.
    pub since: Instant,
}

impl Hub {
    pub fn new(schema: BoardSchema, published: Published, redis: RedisState, now: Millis) -> Hub {
        let source = SourceStatus {
            state: SourceState::Starting,
            since: now,
            lag_ms: 0,
            retry_in_ms: None,
            clock_offset_ms: 0,
        };
        let status = Status { board: schema.id.clone(), source, redis };
        let shared = Shared {
            stamp: published.stamp(),
            published,
            since: Instant::now(),
            frames: BTreeMap::new(),
            status_frame: encode(&ServerFrame::Status(status.clone())),
            status,
            status_version: 1,
        };
        Hub { schema, shared: Mutex::new(shared), bell: watch::Sender::new(0) }
    }

    pub fn schema(&self) -> &BoardSchema {
        &self.schema
    }

    /// Rings whenever a client may lack something.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// What a client at `position` is told next; moves the position there.
    pub fn next(&self, subscription: &Subscription, position: &mut Option<Position>) -> Option<Next> {
        let mut shared = self.shared();
        let plan = shared.published.plan(subscription, position.as_ref())?;
        *position = Some(shared.published.position_after(&plan, position.as_ref()));
        let more = matches!(plan, Plan::Rename { .. });
        Some(Next { text: shared.frame(subscription, plan), more, since: shared.since })
    }

    /// The status frame, when it is a newer one than `seen`.
    pub fn status(&self, seen: &mut u64) -> Option<Utf8Bytes> {
        let shared = self.shared();
        (std::mem::replace(seen, shared.status_version) < shared.status_version)
            .then(|| shared.status_frame.clone())
    }

    /// Shows clients a step that is in the log, and what it is as of.
    pub fn publish(
        &self,
        change: Option<Change>,
        as_of: &[(Tier, AsOf)],
        confirmed: &[(Tier, Millis)],
        now: Millis,
    ) {
        let mut shared = self.shared();
        if let Some(change) = change {
            shared.published.commit(change, now);
        }
        shared.published.confirm(as_of, confirmed);
        shared.since = Instant::now();
        drop(shared);
        self.ring();
    }

    /// Goes on under a new name from state `seq`.
    pub fn fork(&self, random: [u8; 12], number: u64, seq: u64) {
        let mut shared = self.shared();
        shared.published.fork(random, number, seq);
        shared.since = Instant::now();
        drop(shared);
        self.ring();
    }

    pub fn expire(&self, now: Millis) {
        self.shared().published.expire(now);
    }

    pub fn set_source(&self, source: SourceStatus) {
        self.set_status(|status| status.source = source);
    }

    pub fn set_redis(&self, redis: RedisState) {
        self.set_status(|status| status.redis = redis);
    }

    fn set_status(&self, change: impl FnOnce(&mut Status)) {
        let mut shared = self.shared();
        let mut status = shared.status.clone();
        change(&mut status);
        if status == shared.status {
            return;
        }
        shared.status_frame = encode(&ServerFrame::Status(status.clone()));
        shared.status = status;
        shared.status_version += 1;
        drop(shared);
        self.ring();
    }

    fn ring(&self) {
        self.bell.send_modify(|n| *n = n.wrapping_add(1));
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // Steps are made before they are committed, so a panic elsewhere leaves a whole state.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn frame(&mut self, subscription: &Subscription, plan: Plan) -> Utf8Bytes {
        if self.stamp != self.published.stamp() {
            self.stamp = self.published.stamp();
            self.frames.clear();
        }
        let key = (subscription.clone(), plan);
        if let Some(text) = self.frames.get(&key) {
            return text.clone();
        }
        let text = encode(&self.published.frame(&key.0, &key.1));
        self.frames.insert(key, text.clone());
        text
    }
}

/// A frame's text.
pub fn encode(frame: &ServerFrame) -> Utf8Bytes {
    // Maps have string keys and numbers are finite or strings, so encoding cannot fail.
    serde_json::to_string(frame).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
