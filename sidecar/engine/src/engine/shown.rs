//! What documents of one collection are to the groups of another's rows: their names, or where
//! these rows go.

use std::collections::BTreeMap;

use bson::{RawBson, RawBsonRef};
use vigil_board::{GroupKey, Keys, Rows};

use super::{Collection, Engine, Metric};
use crate::filter::Filter;
use crate::path::{Rest, evaluate};
use crate::row::{Layout, View};

/// A breakdown that has a group for each `_id` of the collection's documents that match.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) metric: usize,
    pub(super) by: usize,
    filter: Filter,
}

impl Named {
    fn new(metric: usize, by: usize, keys: &Keys, layout: &Layout) -> Self {
        Named { metric, by, filter: Filter::compile(&keys.filter, layout) }
    }

    pub(super) fn names(&self, document: Option<View<'_>>) -> bool {
        document.is_some_and(|document| self.filter.matches(document))
    }
}

/// A breakdown whose rows are grouped by what the collection's documents show.
#[derive(Debug)]
pub(super) struct Shown {
    metric: usize,
    by: usize,
    /// The collection of these rows.
    rows: usize,
    slot: usize,
    rest: Rest,
}

impl Shown {
    pub(super) fn by(&self, document: View<'_>) -> RawBson {
        let value = evaluate(document.get(self.slot), &self.rest);
        value.get().unwrap_or(RawBsonRef::Null).into()
    }

    pub(super) fn differs(&self, old: View<'_>, new: View<'_>) -> bool {
        self.slot != usize::MAX && old.bytes(self.slot) != new.bytes(self.slot)
    }
}

/// What has become of a document that rows are grouped by; carried out when the change is whole.
#[derive(Debug)]
pub(super) struct Showing {
    /// Index into the collection's [`Shown`]s.
    pub(super) to: usize,
    /// `None`: every document is gone.
    pub(super) key: Option<Box<[u8]>>,
    /// `None`: the document is gone.
    pub(super) value: Option<RawBson>,
}

/// Tells other collections what their documents are to a metric's groups.
pub(super) fn link(
    collections: &mut [Collection],
    by_name: &BTreeMap<String, usize>,
    metric: usize,
    rows: &Rows,
) {
    for (by, breakdown) in rows.by.iter().enumerate() {
        let other = |name: &String| by_name.get(name).copied();
        if let Some((keys, from)) = breakdown.keys.as_ref().and_then(|keys| Some((keys, other(&keys.from)?)))
        {
            let from = &mut collections[from];
            from.names.push(Named::new(metric, by, keys, &from.layout));
        }
        if let GroupKey::Via { from, show, .. } = &breakdown.key
            && let (Some(from), Some(rows)) = (other(from), other(&rows.from))
        {
            let from = &mut collections[from];
            let (slot, rest) = from.layout.resolve(show);
            from.shows.push(Shown { metric, by, rows, slot, rest });
        }
    }
}

impl Engine {
    /// Moves rows to where the documents of that collection say that they belong now.
    pub(super) fn regroup(&mut self, collection: usize) {
        if self.collections[collection].showing.is_empty() {
            return;
        }
        let showing = std::mem::take(&mut self.collections[collection].showing);
        for Showing { to, key, value } in &showing {
            let Shown { metric, by, rows, .. } = self.collections[collection].shows[*to];
            let Metric::Rows(metric) = &mut self.metrics[metric] else { continue };
            let rows = (&self.collections[rows].table, &self.collections[rows].layout);
            match key {
                Some(key) => metric.show(by, key, value.as_ref().map(RawBson::as_raw_bson_ref), rows),
                None => metric.show_nothing(by, rows),
            }
        }
    }
}
