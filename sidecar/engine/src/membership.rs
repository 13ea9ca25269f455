//! Which rows count in a metric now: filter and window, and when that changes with no write.

use std::collections::BTreeSet;

use vigil_board::{Rows, Window};
use vigil_wire::Millis;

use crate::filter::Filter;
use crate::metric::Clock;
use crate::path::{Rest, evaluate};
use crate::row::table::Table;
use crate::row::{Layout, View, offsets};
use crate::window::{Dated, Stay, dated, stay};

#[derive(Debug)]
pub(crate) struct Membership {
    filter: Filter,
    window: Option<(Window, (usize, Rest))>,
    /// When a row's stay begins or ends next, for rows that have such a time.
    timers: BTreeSet<(Millis, u32)>,
    set_aside: u64,
}

/// How a row stands to the metric.
enum Place {
    Outside,
    SetAside,
    Always,
    During(Stay),
}

/// A row that begins or ceases to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    In,
    Out,
}

impl Membership {
    pub(crate) fn new(rows: &Rows, layout: &Layout) -> Self {
        let window = rows.window.clone().map(|window| {
            let field = layout.resolve(window.fields().first().copied().unwrap_or_default());
            (window, field)
        });
        Membership {
            filter: Filter::compile(&rows.filter, layout),
            window,
            timers: BTreeSet::new(),
            set_aside: 0,
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        self.filter.slots(with);
        self.window.iter().for_each(|(_, (slot, _))| with(*slot));
    }

    /// Rows whose window's field is neither a date nor null.
    pub(crate) fn set_aside(&self) -> u64 {
        self.set_aside
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

    /// A row came. Whether it counts now.
    pub(crate) fn enter(&mut self, row: u32, view: View<'_>, clock: &Clock) -> bool {
        match self.place(view, clock) {
            Place::Outside => false,
            Place::SetAside => {
                self.set_aside += 1;
                false
            }
            Place::Always => true,
            Place::During(stay) => {
                self.timers.extend(stay.next_after(clock.now).map(|t| (t, row)));
                stay.covers(clock.now)
            }
        }
    }

    /// A row goes. Whether it counted until now.
    pub(crate) fn leave(&mut self, row: u32, view: View<'_>, clock: &Clock) -> bool {
        match self.place(view, clock) {
            Place::Outside => false,
            Place::SetAside => {
                self.set_aside -= 1;
                false
            }
            Place::Always => true,
            Place::During(stay) => {
                if let Some(t) = stay.next_after(clock.now) {
                    self.timers.remove(&(t, row));
                }
                stay.covers(clock.now)
            }
        }
    }

    /// The next instant at which a stay begins or ends.
    pub(crate) fn next_change_at(&self) -> Option<Millis> {
        self.timers.first().map(|(t, _)| *t)
    }

    /// What is due up to `now`, in the order of time; `None` after the last of one instant. `clock`
    /// still stands before it.
    pub(crate) fn advance(
        &mut self,
        now: Millis,
        clock: &Clock,
        (table, layout): (&Table, &Layout),
        turn: &mut dyn FnMut(Option<(Turn, u32, View<'_>)>),
    ) {
        let mut places = Vec::new();
        while let Some(&(t, row)) = self.timers.first().filter(|(t, _)| *t <= now) {
            self.timers.pop_first();
            let packed = table.row(row);
            offsets(packed, layout.slots.len(), &mut places);
            let view = View::new(packed, &places);
            if let Place::During(stay) = self.place(view, clock) {
                turn(Some((if t == stay.enter { Turn::In } else { Turn::Out }, row, view)));
                self.timers.extend(stay.next_after(t).map(|t| (t, row)));
            }
            if self.timers.first().is_none_or(|(next, _)| *next > t) {
                turn(None);
            }
        }
    }

    /// All rows are gone.
    pub(crate) fn forget_rows(&mut self) {
        self.timers.clear();
        self.set_aside = 0;
    }
}
