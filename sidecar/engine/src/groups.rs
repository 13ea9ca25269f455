//! The groups of one breakdown: an aggregate per key, and what of it was last drained.

use bson::RawBsonRef;
use hashbrown::HashTable;
use vigil_wire::{GroupPatch, MetricPatch, MetricState, NoData, Value};

use crate::operators::{Accumulator, Needs};
use crate::row::table::hash;
use crate::tally::Answer;
use crate::value::json;

/// Stands for all groups of a breakdown that has too many; no Extended JSON text is like it.
pub const ALL_GROUPS: &str = "*";

#[derive(Debug)]
pub(crate) struct Groups {
    /// This breakdown's index in its metric.
    by: u8,
    needs: Needs,
    answers: Vec<Answer>,
    index: HashTable<u32>,
    groups: Vec<Group>,
    free: Vec<u32>,
    /// Groups that exist: with rows, or named by another collection.
    live: usize,
    limit: usize,
    over: bool,
    drained_over: bool,
    dirty: Vec<u32>,
}

#[derive(Debug)]
struct Group {
    key: Box<[u8]>,
    text: Box<str>,
    rows: u32,
    named: bool,
    dirty: bool,
    accumulator: Accumulator,
    /// Of each answer; none at all when the group is not there for clients.
    drained: Box<[Value]>,
}

impl Group {
    fn is_live(&self) -> bool {
        self.rows > 0 || self.named
    }
}

impl Groups {
    pub(crate) fn new(by: u8, needs: Needs, answers: Vec<Answer>, limit: usize) -> Self {
        Groups {
            by,
            needs,
            answers,
            index: HashTable::new(),
            groups: Vec::new(),
            free: Vec::new(),
            live: 0,
            limit,
            over: false,
            drained_over: false,
            dirty: Vec::new(),
        }
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        self.index.find(hash(key), |&group| *self.groups[group as usize].key == *key).copied()
    }

    fn find_or_add(&mut self, key: &[u8], value: Option<RawBsonRef<'_>>) -> u32 {
        if let Some(group) = self.find(key) {
            return group;
        }
        let new = Group {
            key: key.into(),
            text: json::text(value).into(),
            rows: 0,
            named: false,
            dirty: false,
            accumulator: Accumulator::new(self.needs),
            drained: Box::default(),
        };
        let group = match self.free.pop() {
            Some(group) => {
                self.groups[group as usize] = new;
                group
            }
            None => {
                self.groups.push(new);
                (self.groups.len() - 1) as u32
            }
        };
        let groups = &self.groups;
        self.index.insert_unique(hash(key), group, |&group| hash(&groups[group as usize].key));
        group
    }

    /// Changes a group, keeping count of those that exist and of those to be drained.
    fn change(&mut self, group: u32, with: impl FnOnce(&mut Group)) {
        let state = &mut self.groups[group as usize];
        let was_live = state.is_live();
        with(state);
        match (was_live, state.is_live()) {
            (false, true) => self.live += 1,
            (true, false) => self.live -= 1,
            _ => {}
        }
        if !state.dirty {
            state.dirty = true;
            self.dirty.push(group);
        }
    }

    pub(crate) fn add(&mut self, key: &[u8], group: Option<RawBsonRef<'_>>, value: Option<RawBsonRef<'_>>) {
        let group = self.find_or_add(key, group);
        self.change(group, |group| {
            group.rows += 1;
            group.accumulator.add(value);
        });
    }

    pub(crate) fn remove(&mut self, key: &[u8], value: Option<RawBsonRef<'_>>) {
        if let Some(group) = self.find(key) {
            self.change(group, |group| {
                group.rows -= 1;
                group.accumulator.remove(value);
            });
        }
    }

    /// Another collection has an `_id` of that key, or has it no more.
    pub(crate) fn name(&mut self, key: &[u8], id: RawBsonRef<'_>, named: bool) {
        if !named && self.find(key).is_none() {
            return;
        }
        let group = self.find_or_add(key, Some(id));
        self.change(group, |group| group.named = named);
    }

    pub(crate) fn forget_names(&mut self) {
        for group in 0..self.groups.len() as u32 {
            if self.groups[group as usize].named {
                self.change(group, |group| group.named = false);
            }
        }
    }

    pub(crate) fn forget_rows(&mut self) {
        let needs = self.needs;
        for group in 0..self.groups.len() as u32 {
            if self.groups[group as usize].rows > 0 {
                self.change(group, |group| {
                    group.rows = 0;
                    group.accumulator = Accumulator::new(needs);
                });
            }
        }
    }

    /// After each whole change: too many groups are none, until they are back below 90 %.
    pub(crate) fn settle(&mut self) {
        self.over = is_over(self.live, self.limit, self.over);
    }

    /// Adds to each answer's patch what differs from the last drain.
    pub(crate) fn drain(&mut self, patches: &mut [MetricPatch]) {
        let flipped = self.over != self.drained_over;
        let dirty = std::mem::take(&mut self.dirty);
        if flipped {
            self.drained_over = self.over;
            for patch in &mut *patches {
                let all = ALL_GROUPS.to_owned();
                if self.over {
                    patch.g.push(GroupPatch(self.by, all, Value::None(NoData::TooManyGroups)));
                } else {
                    patch.gone.push((self.by, all));
                }
            }
            (0..self.groups.len() as u32).for_each(|group| self.drain_group(group, patches));
        } else {
            dirty.iter().for_each(|&group| self.drain_group(group, patches));
        }
        dirty.iter().for_each(|&group| self.release_if_dead(group));
    }

    fn drain_group(&mut self, group: u32, patches: &mut [MetricPatch]) {
        let group = &mut self.groups[group as usize];
        let drained = std::mem::take(&mut group.drained);
        if !group.is_live() || self.over {
            for (patch, _) in patches.iter_mut().zip(drained) {
                patch.gone.push((self.by, group.text.to_string()));
            }
            return;
        }
        let values: Box<[Value]> = self.answers.iter().map(|a| a.value(&group.accumulator)).collect();
        for (i, (patch, value)) in patches.iter_mut().zip(&values).enumerate() {
            if drained.get(i).is_none_or(|drained| !is_same(drained, value)) {
                patch.g.push(GroupPatch(self.by, group.text.to_string(), value.clone()));
            }
        }
        group.drained = values;
    }

    fn release_if_dead(&mut self, group: u32) {
        let state = &mut self.groups[group as usize];
        state.dirty = false;
        if state.is_live() {
            return;
        }
        if let Ok(entry) = self.index.find_entry(hash(&state.key), |&other| other == group) {
            entry.remove();
            self.free.push(group);
        }
    }

    /// Adds the groups of one answer as they are now.
    pub(crate) fn state(&self, answer: usize, into: &mut MetricState) {
        let Some(answer) = self.answers.get(answer) else { return };
        if self.over {
            into.groups.insert((self.by, ALL_GROUPS.to_owned()), Value::None(NoData::TooManyGroups));
            return;
        }
        for group in self.groups.iter().filter(|group| group.is_live()) {
            into.groups.insert((self.by, group.text.to_string()), answer.value(&group.accumulator));
        }
    }
}

/// Whether a breakdown with so many groups shows none: over its limit, or not yet back below 90 % of it.
pub(crate) fn is_over(groups: usize, limit: usize, was_over: bool) -> bool {
    groups > limit || (was_over && groups * 10 >= limit * 9)
}

/// Equal to the bit; NaN is NaN.
pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}
