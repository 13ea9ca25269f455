//! The rows of one collection, and which changes are already in them.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, RawBson, RawBsonRef, RawDocument};
use vigil_wire::ClusterTime;

use super::shown::{Named, Showing, Shown};
use super::{Metric, Metrics};
use crate::change::{Applied, Change, ChangeKind, Delta};
use crate::delta::{self, Inexact};
use crate::metric::slot_bit;
use crate::row::table::Table;
use crate::row::{Layout, View, id_of, key_of, key_of_bson, offsets, write_id};

type Key = Box<[u8]>;

#[derive(Debug)]
pub(super) struct Collection {
    name: String,
    pub(super) layout: Layout,
    pub(super) table: Table,
    /// Metrics over these rows.
    pub(super) metrics: Vec<usize>,
    /// Breakdowns to whose groups these rows' `_id`s belong.
    pub(super) names: Vec<Named>,
    /// Breakdowns whose rows are grouped by what these rows show.
    pub(super) shows: Vec<Shown>,
    /// What of that has changed and is not carried out yet.
    pub(super) showing: Vec<Showing>,
    /// The time of every row that was not read again since.
    scanned_at: ClusterTime,
    /// Rows, there or gone, that were read again, and as of when.
    reread_at: BTreeMap<Key, ClusterTime>,
    reread_limit: usize,
    /// Rows that are not known, and the latest update noted.
    awaited: BTreeMap<Key, ClusterTime>,
    last_change: ClusterTime,
    /// Documents that cannot be read, and how many of them have no readable `_id`.
    set_aside: BTreeSet<Key>,
    nameless: u64,
    work: Work,
}

/// Kept between changes, to save allocations.
#[derive(Debug, Default)]
struct Work {
    packed: Vec<u8>,
    old_places: Vec<u32>,
    new_places: Vec<u32>,
}

impl Collection {
    pub(super) fn new(name: String, layout: Layout) -> Self {
        Collection {
            name,
            layout,
            table: Table::default(),
            metrics: Vec::new(),
            names: Vec::new(),
            shows: Vec::new(),
            showing: Vec::new(),
            scanned_at: ClusterTime::ZERO,
            reread_at: BTreeMap::new(),
            reread_limit: 1024,
            awaited: BTreeMap::new(),
            last_change: ClusterTime::ZERO,
            set_aside: BTreeSet::new(),
            nameless: 0,
            work: Work::default(),
        }
    }

    pub(super) fn awaiting(&self) -> usize {
        self.awaited.len()
    }

    pub(super) fn awaits(&self, id: &Bson) -> bool {
        !self.awaited.is_empty() && key_of_bson(id).is_some_and(|(key, _)| self.awaited.contains_key(&*key))
    }

    pub(super) fn set_aside(&self) -> u64 {
        self.set_aside.len() as u64 + self.nameless
    }

    pub(super) fn begin_scan(&mut self, at: ClusterTime, metrics: &mut Metrics<'_>) {
        self.scanned_at = at;
        self.last_change = at;
        self.reread_at.clear();
        self.forget_all(metrics);
    }

    fn forget_all(&mut self, metrics: &mut Metrics<'_>) {
        self.table.clear();
        self.awaited.clear();
        self.set_aside.clear();
        self.nameless = 0;
        for &metric in &self.metrics {
            if let Metric::Rows(metric) = &mut metrics.metrics[metric] {
                metric.forget_rows();
            }
        }
        for named in &self.names {
            if let Metric::Rows(metric) = &mut metrics.metrics[named.metric] {
                metric.tally.forget_names(named.by);
            }
        }
        let nothing = (0..self.shows.len()).map(|to| Showing { to, key: None, value: None });
        self.showing.extend(nothing);
    }

    pub(super) fn load(&mut self, document: &RawDocument, metrics: &mut Metrics<'_>) {
        match document.get("_id").ok().flatten() {
            Some(id) => self.put(&key_of(id), id, document, metrics),
            None => self.nameless += 1,
        }
    }

    /// The row becomes this document, whatever it was.
    fn put(&mut self, key: &[u8], id: RawBsonRef<'_>, document: &RawDocument, metrics: &mut Metrics<'_>) {
        self.known(key);
        let mut packed = std::mem::take(&mut self.work.packed);
        match self.layout.pack(key, id, document, &mut packed) {
            Some(()) => self.store(key, id, packed, u64::MAX, metrics),
            None => {
                self.work.packed = packed;
                self.delete(key, metrics);
                self.set_aside.insert(key.into());
            }
        }
    }

    /// The row is no longer awaited or set aside.
    fn known(&mut self, key: &[u8]) {
        if !self.awaited.is_empty() {
            self.awaited.remove(key);
        }
        if !self.set_aside.is_empty() {
            self.set_aside.remove(key);
        }
    }

    /// Stores a packed row and carries the change to the metrics that read any of `changed`.
    fn store(
        &mut self,
        key: &[u8],
        id: RawBsonRef<'_>,
        packed: Vec<u8>,
        changed: u64,
        metrics: &mut Metrics<'_>,
    ) {
        let slots = self.layout.slots.len();
        let old = self.table.find(key).map(|row| (row, self.table.replace(row, &packed)));
        let (row, old) = match old {
            Some((row, old)) => (row, Some(old)),
            None => (self.table.insert(&packed), None),
        };
        let new = {
            offsets(&packed, slots, &mut self.work.new_places);
            View::new(&packed, &self.work.new_places)
        };
        let old_view = old.as_deref().map(|old| {
            offsets(old, slots, &mut self.work.old_places);
            View::new(old, &self.work.old_places)
        });
        // A put over a row may change nothing that a metric reads.
        let changed = match old_view {
            Some(old) => changed & changed_slots(old, new, slots),
            None => changed,
        };
        for &metric in &self.metrics {
            if let Metric::Rows(metric) = &mut metrics.metrics[metric]
                && (old_view.is_none() || metric.reads(changed))
            {
                metric.change(row, old_view, Some(new), metrics.clock);
            }
        }
        tell_names(&self.names, (key, id), (old_view, Some(new)), metrics);
        for (to, shown) in self.shows.iter().enumerate() {
            if old_view.is_none_or(|old| shown.differs(old, new)) {
                self.showing.push(Showing { to, key: Some(key.into()), value: Some(shown.by(new)) });
            }
        }
        self.work.packed = packed;
    }

    fn delete(&mut self, key: &[u8], metrics: &mut Metrics<'_>) {
        self.known(key);
        let Some(row) = self.table.find(key) else { return };
        let packed = self.table.row(row);
        offsets(packed, self.layout.slots.len(), &mut self.work.old_places);
        let old = View::new(packed, &self.work.old_places);
        for &metric in &self.metrics {
            if let Metric::Rows(metric) = &mut metrics.metrics[metric] {
                metric.change(row, Some(old), None, metrics.clock);
            }
        }
        tell_names(&self.names, (key, RawBsonRef::Null), (Some(old), None), metrics);
        let gone = |to| Showing { to, key: Some(key.into()), value: None };
        self.showing.extend((0..self.shows.len()).map(gone));
        self.table.remove(row);
    }

    pub(super) fn apply(&mut self, change: Change, metrics: &mut Metrics<'_>) -> Applied {
        let at = change.at;
        if at <= self.scanned_at {
            return Applied::Old;
        }
        let id = match &change.kind {
            ChangeKind::Put { id, .. } | ChangeKind::Update { id, .. } | ChangeKind::Delete { id } => id,
            ChangeKind::Clear => {
                self.clear(at, metrics);
                return Applied::Done;
            }
        };
        let Some((key, raw)) = key_of_bson(id) else {
            self.nameless += 1;
            return Applied::Done;
        };
        if !self.reread_at.is_empty() && self.reread_at.get(&*key).is_some_and(|read| at <= *read) {
            return Applied::Old;
        }
        self.last_change = self.last_change.max(at);
        match change.kind {
            ChangeKind::Put { document, .. } => self.put(&key, raw.as_raw_bson_ref(), &document, metrics),
            ChangeKind::Delete { .. } => self.delete(&key, metrics),
            ChangeKind::Update { id, delta } => return self.update((key, raw), id, delta, at, metrics),
            ChangeKind::Clear => {}
        }
        Applied::Done
    }

    fn update(
        &mut self,
        (key, raw): (Vec<u8>, RawBson),
        id: Bson,
        delta: Delta,
        at: ClusterTime,
        metrics: &mut Metrics<'_>,
    ) -> Applied {
        if !self.awaited.is_empty()
            && let Some(noted) = self.awaited.get_mut(&*key)
        {
            *noted = at.max(*noted);
            return Applied::Done;
        }
        match self.packed_after(&key, delta) {
            Ok(None) => Applied::Done,
            Ok(Some((packed, changed))) => {
                self.store(&key, raw.as_raw_bson_ref(), packed, changed, metrics);
                Applied::Done
            }
            Err(Inexact) => {
                self.awaited.insert(key.into(), at);
                Applied::Unknown { collection: self.name.clone(), id }
            }
        }
    }

    /// The row after the delta, and which slots differ; `None` when it stays as it is.
    fn packed_after(&mut self, key: &[u8], delta: Delta) -> Result<Option<(Vec<u8>, u64)>, Inexact> {
        let row = self.table.find(key).ok_or(Inexact)?;
        let slots = self.layout.slots.len();
        let old = self.table.row(row);
        offsets(old, slots, &mut self.work.old_places);
        let view = View::new(old, &self.work.old_places);
        let mut packed = std::mem::take(&mut self.work.packed);
        packed.clear();
        write_id(id_of(old), &mut packed);
        let touched = delta::apply(&self.layout, view, delta, &mut packed)?;
        if !touched || packed == old {
            self.work.packed = packed;
            return Ok(None);
        }
        offsets(&packed, slots, &mut self.work.new_places);
        let changed = changed_slots(view, View::new(&packed, &self.work.new_places), slots);
        Ok(Some((packed, changed)))
    }

    /// Drop, rename away: every row is gone, but those that were read again later.
    fn clear(&mut self, at: ClusterTime, metrics: &mut Metrics<'_>) {
        self.last_change = self.last_change.max(at);
        let later: BTreeSet<Key> =
            self.reread_at.iter().filter(|(_, read)| **read >= at).map(|(key, _)| key.clone()).collect();
        if later.is_empty() {
            self.reread_at.clear();
            self.forget_all(metrics);
            return;
        }
        let gone: Vec<Key> = self
            .table
            .rows()
            .map(|(_, row)| Key::from(id_of(row)))
            .filter(|key| !later.contains(key))
            .collect();
        gone.iter().for_each(|key| self.delete(key, metrics));
        self.awaited.retain(|key, _| later.contains(key));
        self.set_aside.retain(|key| later.contains(key));
    }

    pub(super) fn reread(
        &mut self,
        id: &Bson,
        document: Option<&RawDocument>,
        at: ClusterTime,
        metrics: &mut Metrics<'_>,
    ) -> Applied {
        let Some((key, raw)) = key_of_bson(id) else { return Applied::Done };
        // What is known is known up to the last change; what is awaited, up to before the first noted one.
        match self.awaited.get(&*key) {
            Some(noted) if at < *noted => {
                return Applied::Unknown { collection: self.name.clone(), id: id.clone() };
            }
            None if at < self.last_change => return Applied::Old,
            _ => {}
        }
        let id = raw.as_raw_bson_ref();
        match document {
            Some(document) => self.put(&key, id, document, metrics),
            None => self.delete(&key, metrics),
        }
        self.reread_at.insert(key.into(), at);
        self.prune();
        Applied::Done
    }

    /// Changes come in the order of time: a re-read from before the last one decides nothing any more.
    fn prune(&mut self) {
        if self.reread_at.len() > self.reread_limit {
            let last = self.last_change;
            self.reread_at.retain(|_, read| *read >= last);
            self.reread_limit = 1024.max(self.reread_at.len() * 2);
        }
    }
}

/// Carries to other metrics' groups that the document begins or ceases to name one.
fn tell_names(
    names: &[Named],
    (key, id): (&[u8], RawBsonRef<'_>),
    (old, new): (Option<View<'_>>, Option<View<'_>>),
    metrics: &mut Metrics<'_>,
) {
    for one in names {
        let (before, named) = (one.names(old), one.names(new));
        if before != named
            && let Metric::Rows(metric) = &mut metrics.metrics[one.metric]
        {
            metric.tally.name(one.by, key, id, named);
        }
    }
}

fn changed_slots(old: View<'_>, new: View<'_>, slots: usize) -> u64 {
    (0..slots).filter(|&slot| old.bytes(slot) != new.bytes(slot)).fold(0, |mask, slot| mask | slot_bit(slot))
}
