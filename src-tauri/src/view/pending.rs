use std::collections::BTreeMap;

use vigil_wire::{GroupPatch, MetricPatch, Value, ViewBatch};

/// The latest of everything that changed since the last batch.
#[derive(Debug, Default)]
pub struct Pending {
    /// All but the metrics, which are kept by key.
    batch: ViewBatch,
    metrics: BTreeMap<u32, PendingMetric>,
}

#[derive(Debug, Default)]
struct PendingMetric {
    total: Option<Value>,
    /// `None`: the group is gone.
    groups: BTreeMap<(u8, String), Option<Value>>,
}

impl Pending {
    /// Adds news. With `reset` they are the whole state, and whatever waited is old.
    pub fn merge(&mut self, news: ViewBatch) {
        if news.reset {
            *self = Pending::default();
        }
        let ViewBatch { reset, connection, schema, status, clock_offset_ms, seq, as_of, confirmed, metrics } =
            news;
        let waiting = &mut self.batch;
        waiting.reset |= reset;
        waiting.connection = connection.or(waiting.connection.take());
        waiting.schema = schema.or(waiting.schema.take());
        waiting.status = status.or(waiting.status.take());
        waiting.clock_offset_ms = clock_offset_ms.or(waiting.clock_offset_ms);
        waiting.seq = seq.or(waiting.seq);
        waiting.as_of.extend(as_of);
        waiting.confirmed.extend(confirmed);
        for patch in metrics {
            self.metrics.entry(patch.i).or_default().merge(patch);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.batch == ViewBatch::default()
    }

    /// How many keys wait.
    pub fn keys(&self) -> usize {
        self.metrics.values().map(|metric| usize::from(metric.total.is_some()) + metric.groups.len()).sum()
    }

    /// Everything that waits, once.
    pub fn take(&mut self) -> ViewBatch {
        let mut batch = std::mem::take(&mut self.batch);
        // After a reset the window knows no group, so none can be gone from it.
        let keep_gone = !batch.reset;
        batch.metrics = std::mem::take(&mut self.metrics)
            .into_iter()
            .map(|(i, metric)| metric.into_patch(i, keep_gone))
            .collect();
        batch
    }
}

impl PendingMetric {
    /// As a replica does it: what is gone first, then what is there.
    fn merge(&mut self, patch: MetricPatch) {
        if patch.v.is_some() {
            self.total = patch.v;
        }
        for group in patch.gone {
            self.groups.insert(group, None);
        }
        for GroupPatch(breakdown, key, value) in patch.g {
            self.groups.insert((breakdown, key), Some(value));
        }
    }

    fn into_patch(self, i: u32, keep_gone: bool) -> MetricPatch {
        let mut patch = MetricPatch { i, v: self.total, g: Vec::new(), gone: Vec::new() };
        for ((breakdown, key), value) in self.groups {
            match value {
                Some(value) => patch.g.push(GroupPatch(breakdown, key, value)),
                None if keep_gone => patch.gone.push((breakdown, key)),
                None => {}
            }
        }
        patch
    }
}
