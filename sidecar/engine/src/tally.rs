//! What the rows that count come to: a total, and a value per group.

use std::sync::Arc;

use bson::RawBsonRef;
use vigil_board::{Aggregate, Rows};
use vigil_wire::{MetricPatch, MetricState, NoData, Value};

use crate::group_key::KeyOf;
use crate::group_key::via::Via;
use crate::groups::{Groups, is_same};
use crate::measure::{Measure, Measured, unit_ms};
use crate::operators::{Accumulator, Needs, is_of_numbers};
use crate::row::{Layout, View};
use crate::zone::Zone;

/// One value that is asked for of the same rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// Index into the board's metrics.
    pub(crate) metric: usize,
    pub(crate) aggregate: Aggregate,
    /// Of times.
    pub(crate) unit_ms: Option<u64>,
}

impl Answer {
    pub(crate) fn value(&self, of: &Accumulator) -> Value {
        of.value(self.aggregate, self.unit_ms)
    }
}

#[derive(Debug)]
pub(crate) struct Tally {
    answers: Vec<Answer>,
    needs: Needs,
    value: Option<Measure>,
    by: Vec<(KeyOf, Groups)>,
    total: Accumulator,
    /// Counts changes, so that formulas know.
    pub(crate) version: u64,
    dirty: bool,
    /// Of each answer.
    drained: Vec<Option<Value>>,
    /// Rows that do not count because of their value, and rows whose value is no number.
    set_aside: u64,
    no_numbers: u64,
    key: Vec<u8>,
}

impl Tally {
    /// `metrics` ask for nothing but different aggregates of these rows.
    pub(crate) fn new(
        rows: &Rows,
        metrics: &[(usize, Aggregate)],
        layout: &Layout,
        max_groups: usize,
        zone: &Arc<Zone>,
    ) -> Self {
        let unit_ms = unit_ms(rows);
        let answers: Vec<Answer> =
            metrics.iter().map(|&(metric, aggregate)| Answer { metric, aggregate, unit_ms }).collect();
        let needs = Needs::of(answers.iter().map(|answer| answer.aggregate));
        let by = (0_u8..)
            .zip(&rows.by)
            .map(|(i, by)| {
                (KeyOf::new(&by.key, layout, zone), Groups::new(i, needs, answers.clone(), max_groups))
            })
            .collect();
        Tally {
            total: Accumulator::new(needs),
            needs,
            value: rows.value.as_ref().map(|value| Measure::new(value, layout)),
            by,
            version: 0,
            dirty: true,
            drained: vec![None; answers.len()],
            answers,
            set_aside: 0,
            no_numbers: 0,
            key: Vec::new(),
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        self.value.iter().for_each(|value| value.slots(with));
        self.by.iter().for_each(|(key, _)| key.slots(with));
    }

    pub(crate) fn add(&mut self, row: u32, view: View<'_>) {
        let measured = self.value.as_ref().map(|value| value.of(view));
        if let Some(measured) = &measured {
            self.no_numbers += u64::from(measured.is_no_number());
            self.set_aside += u64::from(matches!(measured, Measured::SetAside));
            if !measured.counts() {
                return;
            }
        }
        self.touch();
        let value = measured.as_ref().and_then(Measured::get);
        self.total.add(value);
        for (key, groups) in &mut self.by {
            let group = key.enter(row, view, &mut self.key);
            groups.add(&self.key, group.get(), value);
        }
    }

    pub(crate) fn remove(&mut self, row: u32, view: View<'_>) {
        let measured = self.value.as_ref().map(|value| value.of(view));
        if let Some(measured) = &measured {
            self.no_numbers -= u64::from(measured.is_no_number());
            self.set_aside -= u64::from(matches!(measured, Measured::SetAside));
            if !measured.counts() {
                return;
            }
        }
        self.touch();
        let value = measured.as_ref().and_then(Measured::get);
        self.total.remove(value);
        for (key, groups) in &mut self.by {
            key.leave(row, view, &mut self.key);
            groups.remove(&self.key, value);
        }
    }

    /// Rows in the window whose value that aggregate cannot use.
    pub(crate) fn set_aside(&self, aggregate: Aggregate) -> u64 {
        self.set_aside + if is_of_numbers(aggregate) { self.no_numbers } else { 0 }
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

    /// The key of a breakdown that goes through another collection.
    pub(crate) fn via(&mut self, by: usize) -> Option<&mut Via> {
        self.by.get_mut(by)?.0.via()
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
        self.total = Accumulator::new(self.needs);
        (self.set_aside, self.no_numbers) = (0, 0);
        for (key, groups) in &mut self.by {
            key.forget_rows();
            groups.forget_rows();
        }
        self.settle();
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// What differs from the last drain, of each metric.
    pub(crate) fn drain(&mut self) -> Vec<MetricPatch> {
        if !std::mem::take(&mut self.dirty) {
            return Vec::new();
        }
        let patch = |answer: &Answer| MetricPatch {
            i: answer.metric as u32,
            v: None,
            g: Vec::new(),
            gone: Vec::new(),
        };
        let mut patches: Vec<MetricPatch> = self.answers.iter().map(patch).collect();
        for ((answer, drained), patch) in self.answers.iter().zip(&mut self.drained).zip(&mut patches) {
            let total = answer.value(&self.total);
            if drained.as_ref().is_none_or(|drained| !is_same(drained, &total)) {
                patch.v = Some(total.clone());
                *drained = Some(total);
            }
        }
        self.by.iter_mut().for_each(|(_, groups)| groups.drain(&mut patches));
        patches
    }

    /// One of the metrics as it is now.
    pub(crate) fn state(&self, answer: usize) -> MetricState {
        let total = self.answers.get(answer).map(|answer| answer.value(&self.total));
        let total = total.unwrap_or(Value::None(NoData::Unavailable));
        let mut state = MetricState { total, groups: Default::default() };
        self.by.iter().for_each(|(_, groups)| groups.state(answer, &mut state));
        state
    }
}
