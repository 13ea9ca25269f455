//! A window that keeps what it is told, as the real one does.

use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio::time::Instant;
use vigil_app::shell::Shell;
use vigil_wire::{
    AsOf, BoardSchema, Connection, GroupPatch, MetricPatch, Millis, Status, Tier, Value, ViewBatch,
};

use crate::fake_server::soon;

/// Metric index and, for a group, its key.
pub type Key = (u32, Option<(u8, String)>);

/// Applies metric patches: the naive model of a replica.
pub fn apply(values: &mut BTreeMap<Key, Value>, patches: &[MetricPatch]) {
    for patch in patches {
        if let Some(value) = &patch.v {
            values.insert((patch.i, None), value.clone());
        }
        for group in &patch.gone {
            values.remove(&(patch.i, Some(group.clone())));
        }
        for GroupPatch(by, key, value) in &patch.g {
            values.insert((patch.i, Some((*by, key.clone()))), value.clone());
        }
    }
}

#[derive(Debug, Default)]
pub struct Shown {
    pub connection: Option<Connection>,
    pub schema: Option<BoardSchema>,
    pub status: Option<Status>,
    pub clock_offset_ms: Option<i64>,
    pub seq: Option<u64>,
    pub as_of: BTreeMap<Tier, AsOf>,
    pub confirmed: BTreeMap<Tier, Millis>,
    pub values: BTreeMap<Key, Value>,
    pub resets: usize,
}

impl Shown {
    pub fn apply(&mut self, batch: ViewBatch) {
        if batch.reset {
            *self = Shown { resets: self.resets + 1, ..Shown::default() };
        }
        self.connection = batch.connection.or(self.connection.take());
        self.schema = batch.schema.or(self.schema.take());
        self.status = batch.status.or(self.status.take());
        self.clock_offset_ms = batch.clock_offset_ms.or(self.clock_offset_ms);
        self.seq = batch.seq.or(self.seq);
        self.as_of.extend(batch.as_of);
        self.confirmed.extend(batch.confirmed);
        apply(&mut self.values, &batch.metrics);
    }

    pub fn is_online(&self) -> bool {
        matches!(self.connection, Some(Connection::Online { .. }))
    }

    pub fn total(&self, i: u32) -> Option<&Value> {
        self.values.get(&(i, None))
    }
}

pub struct FakeWindow {
    batches: mpsc::UnboundedReceiver<ViewBatch>,
    pub shown: Shown,
    /// When each batch came.
    pub arrivals: Vec<Instant>,
}

pub type Screen = mpsc::UnboundedSender<ViewBatch>;

impl FakeWindow {
    pub fn new() -> (FakeWindow, Screen) {
        let (screen, batches) = mpsc::unbounded_channel();
        (FakeWindow { batches, shown: Shown::default(), arrivals: Vec::new() }, screen)
    }

    /// Takes the next batch.
    pub async fn next(&mut self) -> ViewBatch {
        let batch = soon(self.batches.recv()).await.expect("the app holds the window no more");
        self.arrivals.push(Instant::now());
        self.shown.apply(batch.clone());
        batch
    }

    /// Takes batches until the window shows this.
    pub async fn until(&mut self, shows: impl Fn(&Shown) -> bool) -> &Shown {
        while !shows(&self.shown) {
            self.next().await;
        }
        &self.shown
    }
}

/// A shell whose screens are channels.
pub struct FakeShell;

impl Shell for FakeShell {
    type Screen = Screen;

    fn show(&self, screen: &Screen, batch: ViewBatch) -> bool {
        screen.send(batch).is_ok()
    }
}
