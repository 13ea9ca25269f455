use std::collections::BTreeMap;

use vigil_wire::{
    AsOf, BoardSchema, Confirmed, Diff, EpochChange, GroupPatch, MetricPatch, MetricState, Millis, NoData,
    Snapshot, Status, Tier, Value,
};

/// A client's copy of a board.
#[derive(Debug, Clone, Default)]
pub struct Replica {
    schema: Option<BoardSchema>,
    /// The state's name; `None`: there is none, whatever the values say.
    name: Option<(String, u64)>,
    metrics: Vec<MetricState>,
    as_of: BTreeMap<Tier, AsOf>,
    confirmed: BTreeMap<Tier, Millis>,
    status: Option<Status>,
}

/// How a frame fits the replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Applied.
    News,
    /// Known already; nothing changed.
    Old,
    /// Something is missing between the replica and this frame: resume.
    Gap,
}

impl Replica {
    pub fn schema(&self) -> Option<&BoardSchema> {
        self.schema.as_ref()
    }

    /// `(epoch, seq)` of the state that this is.
    pub fn name(&self) -> Option<(&str, u64)> {
        self.name.as_ref().map(|(epoch, seq)| (epoch.as_str(), *seq))
    }

    /// One per metric of the schema, in its order.
    pub fn metrics(&self) -> &[MetricState] {
        &self.metrics
    }

    pub fn as_of(&self) -> &BTreeMap<Tier, AsOf> {
        &self.as_of
    }

    pub fn confirmed(&self) -> &BTreeMap<Tier, Millis> {
        &self.confirmed
    }

    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// Takes a board's schema; true when it is another one and every value is forgotten.
    pub(super) fn take_schema(&mut self, schema: BoardSchema) -> bool {
        let same =
            self.schema.as_ref().is_some_and(|known| known.id == schema.id && known.hash == schema.hash);
        if !same {
            let nothing = MetricState { total: Value::None(NoData::Unavailable), groups: BTreeMap::new() };
            *self = Replica { metrics: vec![nothing; schema.metrics.len()], ..Replica::default() };
        }
        // Words may differ with the server's version though the board is the same.
        self.schema = Some(schema);
        !same
    }

    pub(super) fn take_status(&mut self, status: Status) -> bool {
        let news = self.status.as_ref() != Some(&status);
        self.status = Some(status);
        news
    }

    pub(super) fn take_snapshot(&mut self, snapshot: &Snapshot) -> Fit {
        // One that a newer frame overtook; only a transport that reorders brings it.
        if self.name().is_some_and(|(epoch, seq)| epoch == snapshot.epoch && seq > snapshot.seq) {
            return Fit::Old;
        }
        for state in &mut self.metrics {
            *state = MetricState { total: Value::None(NoData::Unavailable), groups: BTreeMap::new() };
        }
        self.patch(&snapshot.metrics);
        self.name = Some((snapshot.epoch.clone(), snapshot.seq));
        self.as_of.clone_from(&snapshot.as_of);
        self.confirmed.clone_from(&snapshot.confirmed);
        Fit::News
    }

    pub(super) fn take_diff(&mut self, diff: &Diff) -> Fit {
        match self.name() {
            Some((epoch, seq)) if epoch == diff.epoch && seq >= diff.seq => return Fit::Old,
            Some((epoch, seq)) if epoch == diff.epoch && seq >= diff.from => {}
            _ => return Fit::Gap,
        }
        self.patch(&diff.metrics);
        self.name = Some((diff.epoch.clone(), diff.seq));
        self.as_of.extend(&diff.as_of);
        self.confirm(&diff.confirmed);
        Fit::News
    }

    pub(super) fn take_confirmed(&mut self, frame: &Confirmed) -> Fit {
        match self.name() {
            Some((epoch, seq)) if epoch == frame.epoch && seq > frame.seq => Fit::Old,
            Some((epoch, seq)) if epoch == frame.epoch && seq >= frame.from => {
                self.name = Some((frame.epoch.clone(), frame.seq));
                self.confirm(&frame.confirmed);
                Fit::News
            }
            _ => Fit::Gap,
        }
    }

    pub(super) fn take_epoch(&mut self, change: &EpochChange) -> Fit {
        match self.name() {
            Some((epoch, seq)) if epoch == change.parent_epoch && seq <= change.parent_seq => {
                self.name = Some((change.epoch.clone(), seq));
                Fit::News
            }
            Some((epoch, _)) if epoch == change.epoch => Fit::Old,
            _ => Fit::Gap,
        }
    }

    fn confirm(&mut self, confirmed: &BTreeMap<Tier, Millis>) {
        for (tier, at) in confirmed {
            let known = self.confirmed.entry(*tier).or_insert(*at);
            *known = (*known).max(*at);
        }
    }

    /// Metrics that the schema does not have are left out: a frame cannot make the replica grow.
    fn patch(&mut self, patches: &[MetricPatch]) {
        for patch in patches {
            let state = usize::try_from(patch.i).ok().and_then(|i| self.metrics.get_mut(i));
            let Some(state) = state else { continue };
            if let Some(total) = &patch.v {
                state.total.clone_from(total);
            }
            for key in &patch.gone {
                state.groups.remove(key);
            }
            for GroupPatch(by, key, value) in &patch.g {
                state.groups.insert((*by, key.clone()), value.clone());
            }
        }
    }
}
