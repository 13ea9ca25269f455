use std::collections::BTreeMap;

use vigil_wire::{GroupPatch, MetricPatch, MetricState, NoData, Value};

type Key = (u8, String);

#[derive(Debug, Clone)]
struct Cell {
    value: Value,
    /// The state at which it came to be.
    seq: u64,
}

/// One metric's published values, each with the state at which it last changed.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    total: Cell,
    groups: BTreeMap<Key, Cell>,
    /// Groups that are no more, while somebody may still have them.
    tombstones: BTreeMap<Key, u64>,
    changed: u64,
}

impl Cells {
    pub fn new(seq: u64) -> Self {
        let total = Cell { value: Value::None(NoData::Unavailable), seq };
        Cells { total, groups: BTreeMap::new(), tombstones: BTreeMap::new(), changed: seq }
    }

    /// The last state at which anything of this metric changed.
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// The part of `patch` that is not so already.
    pub fn news(&self, patch: &MetricPatch) -> Option<MetricPatch> {
        let mut gone: Vec<Key> =
            patch.gone.iter().filter(|key| self.groups.contains_key(*key)).cloned().collect();
        gone.sort_unstable();
        gone.dedup();
        // A key said twice has its last value; a key that is both set and gone is set.
        let latest: BTreeMap<Key, &Value> =
            patch.g.iter().map(|GroupPatch(by, key, value)| ((*by, key.clone()), value)).collect();
        gone.retain(|key| !latest.contains_key(key));
        let g = latest
            .into_iter()
            .filter(|(key, value)| self.groups.get(key).is_none_or(|cell| !same(&cell.value, value)))
            .map(|((by, key), value)| GroupPatch(by, key, value.clone()))
            .collect();
        let v = patch.v.as_ref().filter(|value| !same(&self.total.value, value)).cloned();
        Some(MetricPatch { i: patch.i, v, g, gone }).filter(is_some)
    }

    /// What takes this metric to `state`.
    pub fn difference(&self, i: u32, state: &MetricState) -> Option<MetricPatch> {
        let mut patch = full_patch(i, state);
        patch.gone = self.groups.keys().filter(|key| !state.groups.contains_key(*key)).cloned().collect();
        self.news(&patch)
    }

    pub fn apply(&mut self, patch: MetricPatch, seq: u64) {
        self.changed = seq;
        if let Some(value) = patch.v {
            self.total = Cell { value, seq };
        }
        for key in patch.gone {
            self.groups.remove(&key);
            self.tombstones.insert(key, seq);
        }
        for GroupPatch(by, key, value) in patch.g {
            let key = (by, key);
            self.tombstones.remove(&key);
            self.groups.insert(key, Cell { value, seq });
        }
    }

    /// Drops the memory of groups that went at or before `floor`.
    pub fn forget(&mut self, floor: u64) {
        self.tombstones.retain(|_, seq| *seq > floor);
    }

    /// What takes any state from `from` on to now.
    pub fn since(&self, i: u32, from: u64) -> Option<MetricPatch> {
        if self.changed <= from {
            return None;
        }
        let patch = MetricPatch {
            i,
            v: (self.total.seq > from).then(|| self.total.value.clone()),
            g: self.patches(|cell| cell.seq > from),
            gone: self
                .tombstones
                .iter()
                .filter(|(_, seq)| **seq > from)
                .map(|(key, _)| key.clone())
                .collect(),
        };
        Some(patch).filter(is_some)
    }

    /// Everything.
    pub fn whole(&self, i: u32) -> MetricPatch {
        let g = self.patches(|_| true);
        MetricPatch { i, v: Some(self.total.value.clone()), g, gone: Vec::new() }
    }

    fn patches(&self, wanted: impl Fn(&Cell) -> bool) -> Vec<GroupPatch> {
        let cells = self.groups.iter().filter(|(_, cell)| wanted(cell));
        cells.map(|((by, key), cell)| GroupPatch(*by, key.clone(), cell.value.clone())).collect()
    }
}

/// A whole state in the words of a patch.
pub fn full_patch(i: u32, state: &MetricState) -> MetricPatch {
    let groups = state.groups.iter();
    MetricPatch {
        i,
        v: Some(state.total.clone()),
        g: groups.map(|((by, key), value)| GroupPatch(*by, key.clone(), value.clone())).collect(),
        gone: Vec::new(),
    }
}

fn is_some(patch: &MetricPatch) -> bool {
    patch.v.is_some() || !patch.g.is_empty() || !patch.gone.is_empty()
}

/// Whether two values are written alike: NaN is itself here, and 0.0 is not −0.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
        _ => a == b,
    }
}
