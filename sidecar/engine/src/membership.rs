//! Which rows count in a metric now: filter and window, and when that changes with no write.

use vigil_board::Rows;
use vigil_wire::Millis;

use crate::filter::Filter;
use crate::metric::Clock;
use crate::row::table::Table;
use crate::row::{Layout, View, offsets};
use crate::window::{Schedule, Timers, Unusable};

#[derive(Debug)]
pub(crate) struct Membership {
    filter: Filter,
    schedule: Option<Schedule>,
    /// When a row begins or ceases to count next, for rows that ever will. Rows whose time is over
    /// have none.
    timers: Timers,
    set_aside: u64,
}

/// How a row stands to the metric.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    counts: bool,
    is_set_aside: bool,
    turns_at: Option<Millis>,
}

/// A row that begins or ceases to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    In,
    Out,
}

/// Whether a row that changed counted before, and counts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) before: bool,
    pub(crate) now: bool,
}

/// A row's turn; `None` after the last of one instant.
type Turned<'a> = Option<(Turn, u32, View<'a>)>;

impl Membership {
    pub(crate) fn new(rows: &Rows, layout: &Layout) -> Self {
        Membership {
            filter: Filter::compile(&rows.filter, layout),
            schedule: rows.window.as_ref().map(|window| Schedule::new(window, layout)),
            timers: Timers::default(),
            set_aside: 0,
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        self.filter.slots(with);
        self.schedule.iter().for_each(|schedule| schedule.slots(with));
    }

    /// Rows of which a field of the window is neither a date nor null.
    pub(crate) fn set_aside(&self) -> u64 {
        self.set_aside
    }

    /// Bytes that the timers take.
    pub(crate) fn timer_bytes(&self) -> usize {
        self.timers.bytes()
    }

    fn place(&self, row: Option<View<'_>>, clock: &Clock) -> Place {
        let Some(row) = row.filter(|row| self.filter.matches(*row)) else { return Place::default() };
        let Some(schedule) = &self.schedule else { return Place { counts: true, ..Place::default() } };
        match schedule.stays(row, &clock.days) {
            Ok(stays) => Place {
                counts: stays.cover(clock.now),
                is_set_aside: false,
                turns_at: stays.next_after(clock.now),
            },
            Err(Unusable) => Place { is_set_aside: true, ..Place::default() },
        }
    }

    /// A row came, went, or changed.
    pub(crate) fn change(
        &mut self,
        row: u32,
        old: Option<View<'_>>,
        new: Option<View<'_>>,
        clock: &Clock,
    ) -> Counted {
        let (before, now) = (self.place(old, clock), self.place(new, clock));
        self.set_aside += u64::from(now.is_set_aside);
        self.set_aside -= u64::from(before.is_set_aside);
        if before.turns_at != now.turns_at {
            before.turns_at.into_iter().for_each(|t| self.timers.remove(t, row));
            now.turns_at.into_iter().for_each(|t| self.timers.add(t, row));
        }
        Counted { before: before.counts, now: now.counts }
    }

    /// The next instant at which a row begins or ceases to count.
    pub(crate) fn next_change_at(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// What is due up to `now`, in the order of time; `None` after the last of one instant. `clock`
    /// still stands before it.
    pub(crate) fn advance(
        &mut self,
        now: Millis,
        clock: &Clock,
        (table, layout): (&Table, &Layout),
        turn: &mut dyn FnMut(Turned<'_>),
    ) {
        let Some(schedule) = &self.schedule else { return };
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        while let Some(t) = self.timers.take_due(now, &mut rows) {
            for &row in &rows {
                let packed = table.row(row);
                offsets(packed, layout.slots.len(), &mut places);
                let view = View::new(packed, &places);
                // A row that has a timer matches the filter, and its window is usable.
                if let Ok(stays) = schedule.stays(view, &clock.days) {
                    turn(Some((if stays.cover(t) { Turn::In } else { Turn::Out }, row, view)));
                    stays.next_after(t).into_iter().for_each(|t| self.timers.add(t, row));
                }
            }
            turn(None);
        }
    }

    /// All rows are gone.
    pub(crate) fn forget_rows(&mut self) {
        self.timers.clear();
        self.set_aside = 0;
    }
}
