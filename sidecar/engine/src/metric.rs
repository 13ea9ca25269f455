//! One question over a collection's rows: which of them count, and what they come to.

use std::sync::Arc;

use bson::RawBsonRef;
use vigil_board::{Aggregate, Rows};
use vigil_wire::Millis;

use crate::membership::{Membership, Turn};
use crate::row::table::Table;
use crate::row::{Layout, View, offsets};
use crate::tally::Tally;
use crate::window::Days;
use crate::zone::Zone;

/// Time as the engine knows it.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) now: Millis,
    pub(crate) days: Days,
}

#[derive(Debug)]
pub(crate) struct RowsMetric {
    pub(crate) members: Membership,
    pub(crate) tally: Tally,
    /// Slots it reads, one bit each; the last bit stands for all from 63 on.
    reads: u64,
    /// Slots of the value and the group keys.
    tallied: Vec<usize>,
}

pub(crate) fn slot_bit(slot: usize) -> u64 {
    1 << slot.min(63)
}

impl RowsMetric {
    /// `metrics` differ from `rows` in the aggregate alone.
    pub(crate) fn new(
        rows: &Rows,
        metrics: &[(usize, Aggregate)],
        layout: &Layout,
        max_groups: usize,
        zone: &Arc<Zone>,
    ) -> Self {
        let members = Membership::new(rows, layout);
        let tally = Tally::new(rows, metrics, layout, max_groups, zone);
        let (mut reads, mut tallied) = (0, Vec::new());
        members.slots(&mut |slot| reads |= slot_bit(slot));
        tally.slots(&mut |slot| tallied.push(slot));
        tallied.iter().for_each(|slot| reads |= slot_bit(*slot));
        RowsMetric { members, tally, reads, tallied }
    }

    /// Whether a change of those slots can matter.
    pub(crate) fn reads(&self, changed: u64) -> bool {
        self.reads & changed != 0
    }

    /// A row came, went, or changed.
    pub(crate) fn change(&mut self, row: u32, old: Option<View<'_>>, new: Option<View<'_>>, clock: &Clock) {
        let counted = self.members.change(row, old, new, clock);
        if let (Some(old), Some(new), true) = (old, new, counted.before && counted.now)
            && self.tallied.iter().all(|&slot| old.bytes(slot) == new.bytes(slot))
        {
            return;
        }
        if let Some(old) = old.filter(|_| counted.before) {
            self.tally.remove(row, old);
        }
        if let Some(new) = new.filter(|_| counted.now) {
            self.tally.add(row, new);
        }
        self.tally.settle();
    }

    /// Carries out what is due up to `now`. `clock` still stands before it.
    pub(crate) fn advance(&mut self, now: Millis, clock: &Clock, table: &Table, layout: &Layout) {
        let tally = &mut self.tally;
        self.members.advance(now, clock, (table, layout), &mut |turn| match turn {
            Some((Turn::In, row, view)) => tally.add(row, view),
            Some((Turn::Out, row, view)) => tally.remove(row, view),
            None => tally.settle(),
        });
    }

    /// The document of that `_id` shows this now, or is gone: its rows are taken out and put in again.
    pub(crate) fn show(
        &mut self,
        by: usize,
        key: &[u8],
        value: Option<RawBsonRef<'_>>,
        rows: (&Table, &Layout),
    ) {
        let Some(via) = self.tally.via(by) else { return };
        let moved = via.rows_to_move(key, value);
        each(&moved, rows, |row, view| self.tally.remove(row, view));
        if let Some(via) = self.tally.via(by) {
            via.show(key, value);
        }
        each(&moved, rows, |row, view| self.tally.add(row, view));
        self.tally.settle();
    }

    /// No document is there that rows could be grouped by.
    pub(crate) fn show_nothing(&mut self, by: usize, rows: (&Table, &Layout)) {
        let keys = self.tally.via(by).map(|via| via.shown_keys()).unwrap_or_default();
        keys.iter().for_each(|key| self.show(by, key, None, rows));
    }

    /// All rows are gone.
    pub(crate) fn forget_rows(&mut self) {
        self.members.forget_rows();
        self.tally.forget_rows();
    }
}

fn each(rows: &[u32], (table, layout): (&Table, &Layout), mut with: impl FnMut(u32, View<'_>)) {
    let mut places = Vec::new();
    for &row in rows {
        let packed = table.row(row);
        offsets(packed, layout.slots.len(), &mut places);
        with(row, View::new(packed, &places));
    }
}
