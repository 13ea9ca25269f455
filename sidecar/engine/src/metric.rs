//! One metric over a collection's rows: filter, window, aggregate, breakdowns.

use std::collections::BTreeSet;

use vigil_board::{Aggregate, Rows, Window};
use vigil_wire::{MetricPatch, MetricState, Millis, Value};

use crate::filter::Filter;
use crate::groups::{Groups, is_same};
use crate::operators::Accumulator;
use crate::path::{Rest, evaluate};
use crate::row::table::Table;
use crate::row::{Layout, View, offsets};
use crate::value::key::write_key;
use crate::window::{Dated, Days, Stay, dated, stay};

/// Time as the engine knows it.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) now: Millis,
    pub(crate) days: Days,
}

type Field = (usize, Rest);

#[derive(Debug)]
pub(crate) struct RowsMetric {
    filter: Filter,
    window: Option<(Window, Field)>,
    aggregate: Aggregate,
    value: Option<Field>,
    by: Vec<(Field, Groups)>,
    /// Slots it reads, one bit each; the last bit stands for all from 63 on.
    reads: u64,
    total: Accumulator,
    /// When a row's stay begins or ends next, for rows that have such a time.
    timers: BTreeSet<(Millis, u32)>,
    set_aside: u64,
    /// Counts changes, so that formulas know.
    pub(crate) version: u64,
    dirty: bool,
    drained: Option<Value>,
    key: Vec<u8>,
}

/// How a row stands to the metric.
enum Place {
    Outside,
    SetAside,
    Always,
    During(Stay),
}

pub(crate) fn slot_bit(slot: usize) -> u64 {
    1 << slot.min(63)
}

impl RowsMetric {
    pub(crate) fn new(rows: &Rows, layout: &Layout, max_groups: usize) -> Self {
        let value = match &rows.aggregate {
            Aggregate::Count => None,
            Aggregate::Sum(path) | Aggregate::Min(path) | Aggregate::Max(path) => Some(layout.resolve(path)),
        };
        let filter = Filter::compile(&rows.filter, layout);
        let window = rows.window.clone().map(|window| {
            let field = layout.resolve(window.field());
            (window, field)
        });
        let by: Vec<(Field, Groups)> = (0_u8..)
            .zip(&rows.by)
            .map(|(i, by)| (layout.resolve(&by.field), Groups::new(i, &rows.aggregate, max_groups)))
            .collect();
        let mut reads = 0;
        filter.slots(&mut |slot| reads |= slot_bit(slot));
        let fields =
            value.iter().chain(window.iter().map(|(_, field)| field)).chain(by.iter().map(|(f, _)| f));
        fields.for_each(|(slot, _)| reads |= slot_bit(*slot));
        RowsMetric {
            filter,
            window,
            total: Accumulator::new(&rows.aggregate),
            aggregate: rows.aggregate.clone(),
            value,
            by,
            reads,
            timers: BTreeSet::new(),
            set_aside: 0,
            version: 0,
            dirty: true,
            drained: None,
            key: Vec::new(),
        }
    }

    /// Whether a change of those slots can matter.
    pub(crate) fn reads(&self, changed: u64) -> bool {
        self.reads & changed != 0
    }

    pub(crate) fn set_aside(&self) -> u64 {
        self.set_aside
    }

    /// A row came, went, or changed.
    pub(crate) fn change(&mut self, row: u32, old: Option<View<'_>>, new: Option<View<'_>>, clock: &Clock) {
        if let Some(old) = old {
            self.leave(row, old, clock);
        }
        if let Some(new) = new {
            self.enter(row, new, clock);
        }
        self.settle();
    }

    fn place(&self, row: View<'_>, clock: &Clock) -> Place {
        if !self.filter.matches(row) {
            return Place::Outside;
        }
        let Some((window, (slot, rest))) = &self.window else { return Place::Always };
        match dated(evaluate(row.get(*slot), rest).get()) {
            Dated::At(date) => Place::During(stay(window, date, &clock.days)),
            Dated::Undated => Place::Outside,
            Dated::Unusable => Place::SetAside,
        }
    }

    fn enter(&mut self, row: u32, view: View<'_>, clock: &Clock) {
        match self.place(view, clock) {
            Place::Outside => {}
            Place::SetAside => self.set_aside += 1,
            Place::Always => self.add(view),
            Place::During(stay) => {
                if stay.covers(clock.now) {
                    self.add(view);
                }
                self.timers.extend(stay.next_after(clock.now).map(|t| (t, row)));
            }
        }
    }

    fn leave(&mut self, row: u32, view: View<'_>, clock: &Clock) {
        match self.place(view, clock) {
            Place::Outside => {}
            Place::SetAside => self.set_aside -= 1,
            Place::Always => self.remove(view),
            Place::During(stay) => {
                if stay.covers(clock.now) {
                    self.remove(view);
                }
                if let Some(t) = stay.next_after(clock.now) {
                    self.timers.remove(&(t, row));
                }
            }
        }
    }

    fn add(&mut self, row: View<'_>) {
        self.touch();
        let value = self.value.as_ref().map(|(slot, rest)| evaluate(row.get(*slot), rest));
        let value = value.as_ref().and_then(|value| value.get());
        self.total.add(value);
        for ((slot, rest), groups) in &mut self.by {
            let group = evaluate(row.get(*slot), rest);
            self.key.clear();
            write_key(group.get(), &mut self.key);
            groups.add(&self.key, group.get(), value);
        }
    }

    fn remove(&mut self, row: View<'_>) {
        self.touch();
        let value = self.value.as_ref().map(|(slot, rest)| evaluate(row.get(*slot), rest));
        let value = value.as_ref().and_then(|value| value.get());
        self.total.remove(value);
        for ((slot, rest), groups) in &mut self.by {
            let group = evaluate(row.get(*slot), rest);
            self.key.clear();
            write_key(group.get(), &mut self.key);
            groups.remove(&self.key, value);
        }
    }

    fn touch(&mut self) {
        self.dirty = true;
        self.version += 1;
    }

    fn settle(&mut self) {
        self.by.iter_mut().for_each(|(_, groups)| groups.settle());
    }

    /// The next instant at which a stay begins or ends.
    pub(crate) fn next_change_at(&self) -> Option<Millis> {
        self.timers.first().map(|(t, _)| *t)
    }

    /// Carries out what is due up to `now`. `clock` still stands before it.
    pub(crate) fn advance(&mut self, now: Millis, clock: &Clock, table: &Table, layout: &Layout) {
        let mut places = Vec::new();
        while let Some(&(t, row)) = self.timers.first().filter(|(t, _)| *t <= now) {
            self.timers.pop_first();
            let packed = table.row(row);
            offsets(packed, layout.slots.len(), &mut places);
            let view = View::new(packed, &places);
            if let Place::During(stay) = self.place(view, clock) {
                if t == stay.enter {
                    self.add(view);
                } else {
                    self.remove(view);
                }
                self.timers.extend(stay.next_after(t).map(|t| (t, row)));
            }
            if self.timers.first().is_none_or(|(next, _)| *next > t) {
                self.settle();
            }
        }
    }

    /// The groups of a breakdown whose keys another collection names.
    pub(crate) fn named_groups(&mut self, by: usize) -> Option<&mut Groups> {
        self.touch();
        self.by.get_mut(by).map(|(_, groups)| groups)
    }

    /// All rows are gone.
    pub(crate) fn forget_rows(&mut self) {
        self.touch();
        self.total = Accumulator::new(&self.aggregate);
        self.timers.clear();
        self.set_aside = 0;
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
