//! What the rows that count come to: a total, and a value per group.

use std::sync::Arc;

use bson::RawBsonRef;
use vigil_board::{Aggregate, Quantity, Rows};
use vigil_wire::{MetricPatch, MetricState, Value};

use crate::group_key::KeyOf;
use crate::groups::{Groups, is_same};
use crate::operators::Accumulator;
use crate::path::{Evaluated, Rest, evaluate};
use crate::row::{Layout, View};
use crate::zone::Zone;

#[derive(Debug)]
pub(crate) struct Tally {
    aggregate: Aggregate,
    value: Option<(usize, Rest)>,
    by: Vec<(KeyOf, Groups)>,
    total: Accumulator,
    /// Counts changes, so that formulas know.
    pub(crate) version: u64,
    dirty: bool,
    drained: Option<Value>,
    key: Vec<u8>,
}

impl Tally {
    pub(crate) fn new(rows: &Rows, layout: &Layout, max_groups: usize, zone: &Arc<Zone>) -> Self {
        let value = rows.value.as_ref().map(|value| match &value.of {
            Quantity::Field(path) => layout.resolve(path),
            Quantity::Between { from, .. } => layout.resolve(from),
        });
        let by = (0_u8..)
            .zip(&rows.by)
            .map(|(i, by)| (KeyOf::new(&by.key, layout, zone), Groups::new(i, rows.aggregate, max_groups)))
            .collect();
        Tally {
            total: Accumulator::new(rows.aggregate),
            aggregate: rows.aggregate,
            value,
            by,
            version: 0,
            dirty: true,
            drained: None,
            key: Vec::new(),
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        self.value.iter().for_each(|(slot, _)| with(*slot));
        self.by.iter().for_each(|(key, _)| key.slots(with));
    }

    pub(crate) fn add(&mut self, row: u32, view: View<'_>) {
        self.touch();
        let value = self.value_of(view);
        let value = value.as_ref().and_then(Evaluated::get);
        self.total.add(value);
        for (key, groups) in &mut self.by {
            let group = key.enter(row, view, &mut self.key);
            groups.add(&self.key, group.get(), value);
        }
    }

    pub(crate) fn remove(&mut self, row: u32, view: View<'_>) {
        self.touch();
        let value = self.value_of(view);
        let value = value.as_ref().and_then(Evaluated::get);
        self.total.remove(value);
        for (key, groups) in &mut self.by {
            key.leave(row, view, &mut self.key);
            groups.remove(&self.key, value);
        }
    }

    fn value_of<'a>(&self, row: View<'a>) -> Option<Evaluated<'a>> {
        self.value.as_ref().map(|(slot, rest)| evaluate(row.get(*slot), rest))
    }

    fn touch(&mut self) {
        self.dirty = true;
        self.version += 1;
    }

    /// After each whole change.
    pub(crate) fn settle(&mut self) {
        self.by.iter_mut().for_each(|(_, groups)| groups.settle());
    }

    /// Another collection has an `_id` that names a group of that breakdown, or has it no more.
    pub(crate) fn name(&mut self, by: usize, key: &[u8], id: RawBsonRef<'_>, named: bool) {
        self.touch();
        if let Some((_, groups)) = self.by.get_mut(by) {
            groups.name(key, id, named);
            groups.settle();
        }
    }

    pub(crate) fn forget_names(&mut self, by: usize) {
        self.touch();
        if let Some((_, groups)) = self.by.get_mut(by) {
            groups.forget_names();
            groups.settle();
        }
    }

    /// All rows are gone.
    pub(crate) fn forget_rows(&mut self) {
        self.touch();
        self.total = Accumulator::new(self.aggregate);
        self.by.iter_mut().for_each(|(_, groups)| groups.forget_rows());
        self.settle();
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// What differs from the last drain.
    pub(crate) fn drain(&mut self, patch: &mut MetricPatch) {
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let total = self.total.value();
        if self.drained.as_ref().is_none_or(|drained| !is_same(drained, &total)) {
            patch.v = Some(total.clone());
            self.drained = Some(total);
        }
        self.by.iter_mut().for_each(|(_, groups)| groups.drain(patch));
    }

    pub(crate) fn state(&self) -> MetricState {
        let mut state = MetricState { total: self.total.value(), groups: Default::default() };
        self.by.iter().for_each(|(_, groups)| groups.state(&mut state));
        state
    }
}
