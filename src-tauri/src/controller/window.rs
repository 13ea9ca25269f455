//! What the window is shown, and when.

use tokio::time::Instant;
use vigil_session::Replica;
use vigil_wire::{Connection, GroupPatch, MetricPatch, MetricState, ViewBatch};

use super::Controller;
use crate::shell::Shell;
use crate::view::{Flow, Pending};

impl<S: Shell> Controller<S> {
    /// A window came, or came back after a reload: it knows nothing.
    pub(super) fn attach(&mut self, screen: S::Screen) {
        self.screen = Some(screen);
        self.flow = Flow::default();
        self.tell_everything();
    }

    pub(super) fn painted(&mut self, seq: u64) {
        self.flow.painted(seq);
        let outputs = self.session.painted(seq);
        self.carry_out(outputs);
    }

    pub(super) fn flush_due(&self) -> Option<Instant> {
        (self.screen.is_some() && !self.pending.is_empty()).then(|| self.flow.due().unwrap_or(self.started))
    }

    pub(super) fn flush(&mut self) {
        let Some(screen) = &self.screen else { return };
        let batch = self.pending.take();
        self.flow.sent(Instant::now(), batch.seq);
        if !self.shell.show(screen, batch) {
            tracing::info!("the window is gone");
            self.screen = None;
        }
    }

    pub(super) fn show_connection(&mut self, connection: Connection) {
        if self.connection.as_ref() != Some(&connection) {
            tracing::info!(?connection, "connection");
            self.connection = Some(connection.clone());
            self.tell(ViewBatch { connection: Some(connection), ..ViewBatch::default() });
        }
    }

    pub(super) fn tell(&mut self, news: ViewBatch) {
        // Without a window nothing waits: the next one is told everything anyway.
        if self.screen.is_some() {
            self.pending.merge(news);
        }
    }

    pub(super) fn tell_everything(&mut self) {
        if self.screen.is_some() {
            self.pending = Pending::default();
            self.pending.merge(self.everything());
        }
    }

    /// The whole state, as of now.
    fn everything(&self) -> ViewBatch {
        let replica = self.session.replica();
        ViewBatch {
            reset: true,
            connection: self.connection.clone(),
            clock_offset_ms: self.session.clock_offset_ms(),
            schema: replica.schema().cloned(),
            status: replica.status().cloned(),
            metrics: whole_metrics(replica),
            ..times(replica)
        }
    }

    /// These keys changed; the replica has them already.
    pub(super) fn tell_patched(&mut self, metrics: Vec<MetricPatch>) {
        let news = ViewBatch { metrics, ..times(self.session.replica()) };
        self.tell(news);
    }
}

/// Name and times of the replica's state.
fn times(replica: &Replica) -> ViewBatch {
    ViewBatch {
        seq: replica.name().map(|(_, seq)| seq),
        as_of: replica.as_of().clone(),
        confirmed: replica.confirmed().clone(),
        ..ViewBatch::default()
    }
}

/// Every value of a state; none before the first state came, so that nothing is shown as known.
fn whole_metrics(replica: &Replica) -> Vec<MetricPatch> {
    if replica.name().is_none() {
        return Vec::new();
    }
    (0u32..).zip(replica.metrics()).map(|(i, state)| whole_metric(i, state)).collect()
}

fn whole_metric(i: u32, state: &MetricState) -> MetricPatch {
    let groups = state.groups.iter();
    MetricPatch {
        i,
        v: Some(state.total.clone()),
        g: groups.map(|((by, key), value)| GroupPatch(*by, key.clone(), value.clone())).collect(),
        gone: Vec::new(),
    }
}
