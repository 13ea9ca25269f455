//! Which rows turn when.

use std::collections::BTreeMap;

use vigil_wire::Millis;

/// Rows by the instant at which they next begin or cease to count.
///
/// Exact: a row is here once or not at all. An instant of one row is an entry of 12 bytes in a tree;
/// one that several rows share (midnight, the end of a bucket, the start of a shift) is a list with
/// 4 bytes a row.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<Millis, Due>,
    lists: Vec<List>,
    /// Places in `lists` that are free.
    free: Vec<u32>,
}

/// Set in a [`Due`] that is a list's index, and in a list's entry that takes a row out again.
const MARK: u32 = 1 << 31;
/// What the standard library's tree takes for an entry of 8 + 4 bytes when its nodes are half full.
const ENTRY_BYTES: usize = 31;

/// A row, or with [`MARK`] the index of a list.
#[derive(Debug, Clone, Copy)]
struct Due(u32);

/// Rows in the order they came. One that leaves is noted, and both entries are dropped together later.
#[derive(Debug, Default)]
struct List {
    entries: Vec<u32>,
    /// How many entries are notes.
    gone: u32,
}

impl List {
    fn live(&self) -> usize {
        self.entries.len() - 2 * self.gone as usize
    }

    fn push(&mut self, entry: u32) {
        // Doubling would leave half of a long list unused.
        if self.entries.len() == self.entries.capacity() {
            self.entries.reserve_exact((self.entries.len() / 8).max(2));
        }
        self.entries.push(entry);
    }

    fn remove(&mut self, row: u32) {
        if self.entries.last() == Some(&row) {
            self.entries.pop();
            return;
        }
        self.push(row | MARK);
        self.gone += 1;
        // At most a third is garbage, and dropping it costs each removal a constant share.
        if 6 * self.gone as usize > self.entries.len() + 16 {
            self.drop_gone();
        }
    }

    fn drop_gone(&mut self) {
        if self.gone == 0 {
            return;
        }
        self.entries.sort_unstable_by_key(|entry| entry & !MARK);
        let mut kept = 0;
        let mut at = 0;
        while let Some(&entry) = self.entries.get(at) {
            let row = entry & !MARK;
            let mut live = 0_i32;
            while let Some(same) = self.entries.get(at).filter(|other| *other & !MARK == row) {
                live += if same & MARK == 0 { 1 } else { -1 };
                at += 1;
            }
            if live > 0 {
                self.entries[kept] = row;
                kept += 1;
            }
        }
        self.entries.truncate(kept);
        self.gone = 0;
        if self.entries.capacity() > 2 * kept + 16 {
            self.entries.shrink_to(kept + kept / 8);
        }
    }
}

impl Timers {
    /// `row` turns at `t`.
    pub(crate) fn add(&mut self, t: Millis, row: u32) {
        debug_assert_eq!(row & MARK, 0, "fewer than 2³¹ rows");
        let due = match self.due.get_mut(&t) {
            None => {
                self.due.insert(t, Due(row));
                return;
            }
            Some(due) => due,
        };
        if due.0 & MARK == 0 {
            let index = self.free.pop().unwrap_or_else(|| {
                self.lists.push(List::default());
                (self.lists.len() - 1) as u32
            });
            self.lists[index as usize].push(due.0);
            due.0 = index | MARK;
        }
        self.lists[(due.0 & !MARK) as usize].push(row);
    }

    /// `row` no longer turns at `t`.
    pub(crate) fn remove(&mut self, t: Millis, row: u32) {
        let Some(&Due(due)) = self.due.get(&t) else { return };
        if due & MARK == 0 {
            debug_assert_eq!(due, row, "the row that turns at {t}");
            self.due.remove(&t);
            return;
        }
        let list = &mut self.lists[(due & !MARK) as usize];
        list.remove(row);
        if list.live() == 0 {
            *list = List::default();
            self.free.push(due & !MARK);
            self.due.remove(&t);
        }
    }

    /// The next instant at which a row turns.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.due.first_key_value().map(|(t, _)| *t)
    }

    /// Takes the rows of the next instant up to `now`, into `rows`.
    pub(crate) fn take_due(&mut self, now: Millis, rows: &mut Vec<u32>) -> Option<Millis> {
        rows.clear();
        let first = self.due.first_entry().filter(|first| *first.key() <= now)?;
        let (t, Due(due)) = first.remove_entry();
        if due & MARK == 0 {
            rows.push(due);
        } else {
            let mut list = std::mem::take(&mut self.lists[(due & !MARK) as usize]);
            list.drop_gone();
            *rows = list.entries;
            self.free.push(due & !MARK);
        }
        Some(t)
    }

    pub(crate) fn clear(&mut self) {
        *self = Timers::default();
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.due.len() * ENTRY_BYTES
            + self.lists.capacity() * size_of::<List>()
            + self.lists.iter().map(|list| list.entries.capacity() * 4).sum::<usize>()
            + self.free.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain set of pairs.
        #[test]
        fn rows_come_once_at_their_instant(
            steps in prop::collection::vec((0..3_u8, 0..4_i64, 0..12_u32), 1..400)
        ) {
            let mut timers = Timers::default();
            let mut model: BTreeSet<(Millis, u32)> = BTreeSet::new();
            let mut rows = Vec::new();
            for (what, t, row) in steps {
                match what {
                    0 if model.insert((t, row)) => timers.add(t, row),
                    1 if model.remove(&(t, row)) => timers.remove(t, row),
                    2 if row == 0 => {
                        let first = model.first().map(|(t, _)| *t).filter(|first| *first <= t);
                        prop_assert_eq!(timers.take_due(t, &mut rows), first);
                        rows.sort_unstable();
                        let due: Vec<u32> =
                            model.iter().filter(|(t, _)| Some(*t) == first).map(|(_, row)| *row).collect();
                        prop_assert_eq!(&rows, &due);
                        model.retain(|(t, _)| Some(*t) != first);
                    }
                    _ => {}
                }
                prop_assert_eq!(timers.next(), model.first().map(|(t, _)| *t));
            }
        }
    }

    #[test]
    fn a_row_that_comes_and_goes_leaves_no_garbage() {
        let mut timers = Timers::default();
        (0..100).for_each(|row| timers.add(7, row));
        for round in 0..100_000 {
            timers.remove(7, round % 100);
            timers.add(7, round % 100);
        }
        assert!(timers.bytes() < 2_000, "{} bytes for 100 rows", timers.bytes());
    }
}
