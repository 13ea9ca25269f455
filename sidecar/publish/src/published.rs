mod cells;
mod window;

use std::collections::BTreeMap;

use vigil_wire::{
    AsOf, Confirmed, Diff, EpochChange, MetricPatch, MetricState, Millis, ServerFrame, Snapshot, Tier,
};

use crate::{Epoch, Subscription};
use cells::Cells;
pub use cells::full_patch;
use window::Window;
pub use window::{REPLAY_MS, REPLAY_SEQS};

/// One step to the next state, made by [`Published::difference`] and not yet published: it is written
/// to the log first.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The state that it leads to.
    pub seq: u64,
    /// Only what differs, ascending by metric.
    pub patches: Vec<MetricPatch>,
}

/// The state that a client has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub epoch: String,
    pub seq: u64,
    /// The last [`Published::stamp`] that was said to it; 0 when none was.
    pub stamp: u64,
}

/// What a client is told next. Equal plans of one state and subscription are the same frame, so this
/// is what frames are cached by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plan {
    Snapshot,
    /// The client's epoch has become this one, up to that state.
    Rename {
        parent: String,
        shared: u64,
    },
    Diff {
        from: u64,
        seq: u64,
    },
    Confirm {
        from: u64,
        seq: u64,
    },
}

/// The published state of one board: what snapshots and diffs are both made of.
#[derive(Debug, Clone)]
pub struct Published {
    board: String,
    epoch: Epoch,
    seq: u64,
    metrics: Vec<Cells>,
    window: Window,
    as_of: BTreeMap<Tier, AsOf>,
    confirmed: BTreeMap<Tier, Millis>,
    stamp: u64,
}

impl Published {
    /// A board of `metrics` metrics of which nothing is known yet, at state 0.
    pub fn new(board: impl Into<String>, metrics: usize, epoch: Epoch) -> Self {
        Published {
            board: board.into(),
            epoch,
            seq: 0,
            metrics: vec![Cells::new(0); metrics],
            window: Window::new(0),
            as_of: BTreeMap::new(),
            confirmed: BTreeMap::new(),
            stamp: 1,
        }
    }

    /// A shorter replay window than [`REPLAY_SEQS`] states.
    #[must_use]
    pub fn with_replay_seqs(mut self, max: usize) -> Self {
        self.window.limit(max.clamp(1, REPLAY_SEQS));
        self
    }

    pub fn board(&self) -> &str {
        &self.board
    }

    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Counts states and confirmations: a client with an equal stamp has been told everything.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    pub fn as_of(&self) -> &BTreeMap<Tier, AsOf> {
        &self.as_of
    }

    pub fn confirmed(&self) -> &BTreeMap<Tier, Millis> {
        &self.confirmed
    }

    /// The step that `patches` make, without what is so already; `None` when nothing is new. Patches
    /// of one metric are taken in order; metrics that the board does not have are left out.
    pub fn difference(&self, patches: &[MetricPatch]) -> Option<Change> {
        let mut merged: BTreeMap<u32, MetricPatch> = BTreeMap::new();
        for patch in patches {
            merged.entry(patch.i).and_modify(|first| merge(first, patch)).or_insert_with(|| patch.clone());
        }
        let news = merged.values().filter_map(|patch| self.cells(patch.i)?.news(patch));
        self.change(news.collect())
    }

    /// The step to `states` (all metrics, in the board's order): groups that are not in it are gone.
    pub fn difference_to(&self, states: &[MetricState]) -> Option<Change> {
        let news = (0..).zip(&self.metrics).zip(states);
        self.change(news.filter_map(|((i, cells), state)| cells.difference(i, state)).collect())
    }

    fn change(&self, patches: Vec<MetricPatch>) -> Option<Change> {
        (!patches.is_empty()).then(|| Change { seq: self.seq + 1, patches })
    }

    /// Publishes a step. `at` is for the replay window only.
    pub fn commit(&mut self, change: Change, at: Millis) {
        let metrics = change.patches.iter().map(|patch| patch.i).collect();
        self.seq = change.seq;
        self.stamp += 1;
        for patch in change.patches {
            if let Some(cells) = self.cells_mut(patch.i) {
                cells.apply(patch, change.seq);
            }
        }
        self.window.push(change.seq, at, metrics);
        self.expire(at);
    }

    /// [`Published::difference`] and [`Published::commit`] at once; the new state's seq.
    pub fn apply(&mut self, patches: &[MetricPatch], at: Millis) -> Option<u64> {
        let change = self.difference(patches)?;
        self.commit(change, at);
        Some(self.seq)
    }

    /// [`Published::difference_to`] and [`Published::commit`] at once; the new state's seq.
    pub fn replace(&mut self, states: &[MetricState], at: Millis) -> Option<u64> {
        let change = self.difference_to(states)?;
        self.commit(change, at);
        Some(self.seq)
    }

    /// Forgets what is older than the replay window.
    pub fn expire(&mut self, now: Millis) {
        let touched = self.window.prune(now);
        let floor = self.window.floor();
        for metric in touched {
            if let Some(cells) = self.cells_mut(metric) {
                cells.forget(floor);
            }
        }
    }

    /// Takes what the values are as of, and until when they are known to be true. Confirmations never go back.
    pub fn confirm(&mut self, as_of: &[(Tier, AsOf)], confirmed: &[(Tier, Millis)]) {
        let mut moved = false;
        for (tier, at) in as_of {
            moved |= self.as_of.insert(*tier, *at) != Some(*at);
        }
        for (tier, at) in confirmed {
            let known = self.confirmed.entry(*tier).or_insert(Millis::MIN);
            moved |= *known < *at;
            *known = (*known).max(*at);
        }
        self.stamp += u64::from(moved);
    }

    /// Goes on under a new name: that others know this epoch's states after `shared` as we do cannot be
    /// proved.
    pub fn fork(&mut self, random: [u8; 12], number: u64, shared: u64) {
        self.epoch = self.epoch.fork(random, number, shared.min(self.seq));
        self.stamp += 1;
    }

    /// What a client at `position` (`None`: it has nothing) is told next; `None` when it has everything.
    pub fn plan(&self, subscription: &Subscription, position: Option<&Position>) -> Option<Plan> {
        let Some(Position { epoch, seq, stamp }) = position else {
            return Some(Plan::Snapshot);
        };
        if epoch != self.epoch.id() {
            return Some(match self.epoch.shared_with(epoch) {
                Some(shared) if *seq <= shared => Plan::Rename { parent: epoch.clone(), shared },
                _ => Plan::Snapshot,
            });
        }
        if *seq > self.seq || *seq < self.window.floor() {
            return Some(Plan::Snapshot);
        }
        let last = self.window.last_change(subscription, self.seq);
        if last > *seq {
            return Some(Plan::Diff { from: self.window.last_change(subscription, *seq), seq: last });
        }
        (*stamp < self.stamp).then_some(Plan::Confirm { from: last, seq: self.seq })
    }

    /// Where a client is that was told `plan`. `Rename` says nothing of values, so more follows.
    pub fn position_after(&self, plan: &Plan, before: Option<&Position>) -> Position {
        let epoch = self.epoch.id().to_owned();
        match plan {
            Plan::Snapshot => Position { epoch, seq: self.seq, stamp: self.stamp },
            Plan::Rename { .. } => Position { epoch, seq: before.map_or(0, |at| at.seq), stamp: 0 },
            Plan::Diff { seq, .. } | Plan::Confirm { seq, .. } => {
                Position { epoch, seq: *seq, stamp: self.stamp }
            }
        }
    }

    /// The frame of a plan that [`Published::plan`] just made.
    pub fn frame(&self, subscription: &Subscription, plan: &Plan) -> ServerFrame {
        match plan {
            Plan::Snapshot => ServerFrame::Snapshot(self.snapshot(subscription)),
            Plan::Diff { from, seq } => ServerFrame::Diff(self.diff(subscription, *from, *seq)),
            Plan::Confirm { from, seq } => ServerFrame::Confirmed(Confirmed {
                board: self.board.clone(),
                epoch: self.epoch.id().to_owned(),
                from: *from,
                seq: *seq,
                confirmed: self.confirmed.clone(),
            }),
            Plan::Rename { parent, shared } => ServerFrame::Epoch(EpochChange {
                board: self.board.clone(),
                epoch: self.epoch.id().to_owned(),
                parent_epoch: parent.clone(),
                parent_seq: *shared,
            }),
        }
    }

    /// The whole state over a subscription.
    pub fn snapshot(&self, subscription: &Subscription) -> Snapshot {
        Snapshot {
            board: self.board.clone(),
            epoch: self.epoch.id().to_owned(),
            seq: self.seq,
            as_of: self.as_of.clone(),
            confirmed: self.confirmed.clone(),
            metrics: self.wanted(subscription).map(|(i, cells)| cells.whole(i)).collect(),
        }
    }

    /// What takes a state of this epoch to now; `None` when nothing is new, or it cannot be gone on from.
    pub fn diff_since(&self, subscription: &Subscription, seq: u64) -> Option<Diff> {
        let position = Position { epoch: self.epoch.id().to_owned(), seq, stamp: self.stamp };
        match self.plan(subscription, Some(&position))? {
            Plan::Diff { from, seq } => Some(self.diff(subscription, from, seq)),
            Plan::Snapshot | Plan::Rename { .. } | Plan::Confirm { .. } => None,
        }
    }

    fn diff(&self, subscription: &Subscription, from: u64, seq: u64) -> Diff {
        Diff {
            board: self.board.clone(),
            epoch: self.epoch.id().to_owned(),
            from,
            seq,
            as_of: self.as_of.clone(),
            confirmed: self.confirmed.clone(),
            metrics: self.wanted(subscription).filter_map(|(i, cells)| cells.since(i, from)).collect(),
        }
    }

    /// The state at which a metric last changed.
    pub fn changed(&self, metric: u32) -> Option<u64> {
        self.cells(metric).map(Cells::changed)
    }

    /// One metric's whole state.
    pub fn metric(&self, metric: u32) -> Option<MetricPatch> {
        self.cells(metric).map(|cells| cells.whole(metric))
    }

    fn wanted<'a>(&'a self, subscription: &'a Subscription) -> impl Iterator<Item = (u32, &'a Cells)> {
        (0..).zip(&self.metrics).filter(|(i, _)| subscription.contains(*i))
    }

    fn cells(&self, metric: u32) -> Option<&Cells> {
        self.metrics.get(usize::try_from(metric).ok()?)
    }

    fn cells_mut(&mut self, metric: u32) -> Option<&mut Cells> {
        self.metrics.get_mut(usize::try_from(metric).ok()?)
    }
}

/// Puts `later` after `first`: the latest word on each key holds.
fn merge(first: &mut MetricPatch, later: &MetricPatch) {
    if later.v.is_some() {
        first.v.clone_from(&later.v);
    }
    let named = |by: u8, key: &str| {
        later.gone.iter().any(|gone| gone.0 == by && gone.1 == key)
            || later.g.iter().any(|group| group.0 == by && group.1 == key)
    };
    first.g.retain(|group| !named(group.0, &group.1));
    first.gone.retain(|gone| !named(gone.0, &gone.1));
    first.g.extend(later.g.iter().cloned());
    first.gone.extend(later.gone.iter().cloned());
}
