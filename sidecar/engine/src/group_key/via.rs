//! Groups by what another collection's document shows, as it is now.

use std::collections::BTreeSet;

use bson::{RawBson, RawBsonRef};
use hashbrown::HashTable;

use crate::path::{Rest, evaluate};
use crate::row::View;
use crate::row::table::hash;
use crate::value::key::write_key;

/// Rows by the `_id` that their field holds, and what the documents of these `_id`s show.
///
/// When a document shows something else, the rows of its `_id` alone move.
#[derive(Debug)]
pub(crate) struct Via {
    slot: usize,
    rest: Rest,
    index: HashTable<u32>,
    targets: Vec<Target>,
    free: Vec<u32>,
    /// Each row that counts, under its target; 8 bytes a row.
    rows: BTreeSet<(u32, u32)>,
    key: Vec<u8>,
}

/// One `_id`: of a document that is there, or that a row names.
#[derive(Debug)]
struct Target {
    key: Box<[u8]>,
    rows: u32,
    is_there: bool,
    /// The group: what the document shows, null where there is none.
    shown: Shown,
}

#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) value: RawBson,
    /// Canonical bytes of it.
    pub(crate) bytes: Box<[u8]>,
}

impl Shown {
    fn new(value: Option<RawBsonRef<'_>>) -> Shown {
        let value = value.unwrap_or(RawBsonRef::Null);
        let mut bytes = Vec::new();
        write_key(Some(value), &mut bytes);
        Shown { value: value.into(), bytes: bytes.into() }
    }
}

impl Via {
    pub(crate) fn new(slot: usize, rest: Rest) -> Self {
        Via {
            slot,
            rest,
            index: HashTable::new(),
            targets: Vec::new(),
            free: Vec::new(),
            rows: BTreeSet::new(),
            key: Vec::new(),
        }
    }

    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// The group of a row that counts from now on; `None` where its field is missing.
    pub(crate) fn enter(&mut self, row: u32, view: View<'_>) -> Option<&Shown> {
        let key = self.key_of(view)?;
        let target = self.find_or_add(&key);
        self.key = key;
        self.rows.insert((target, row));
        self.targets[target as usize].rows += 1;
        Some(&self.targets[target as usize].shown)
    }

    /// The group of a row that no longer counts, in canonical bytes.
    pub(crate) fn leave(&mut self, row: u32, view: View<'_>, bytes: &mut Vec<u8>) {
        bytes.clear();
        let key = self.key_of(view);
        let Some(target) = key.as_ref().and_then(|key| self.find(key)) else {
            return write_key(None, bytes);
        };
        self.key = key.unwrap_or_default();
        bytes.extend_from_slice(&self.targets[target as usize].shown.bytes);
        self.rows.remove(&(target, row));
        self.targets[target as usize].rows -= 1;
        self.release_if_unused(target);
    }

    /// In the buffer that `self.key` lends.
    fn key_of(&mut self, view: View<'_>) -> Option<Vec<u8>> {
        let value = evaluate(view.get(self.slot), &self.rest);
        let value = value.get()?;
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        write_key(Some(value), &mut key);
        Some(key)
    }

    /// The rows of that `_id`, if they would go to another group when its document shows this.
    pub(crate) fn rows_to_move(&self, key: &[u8], value: Option<RawBsonRef<'_>>) -> Vec<u32> {
        let Some(target) = self.find(key) else { return Vec::new() };
        let own = &self.targets[target as usize];
        if own.rows == 0 || own.shown.bytes == Shown::new(value).bytes {
            return Vec::new();
        }
        self.rows.range((target, 0)..=(target, u32::MAX)).map(|(_, row)| *row).collect()
    }

    /// The document of that `_id` shows this now; `None`: it is gone. Rows that would go to another
    /// group are not there meanwhile.
    pub(crate) fn show(&mut self, key: &[u8], value: Option<RawBsonRef<'_>>) {
        if value.is_none() && self.find(key).is_none() {
            return;
        }
        let target = self.find_or_add(key);
        let own = &mut self.targets[target as usize];
        own.is_there = value.is_some();
        own.shown = Shown::new(value);
        self.release_if_unused(target);
    }

    /// The keys of all documents that are there.
    pub(crate) fn shown_keys(&self) -> Vec<Box<[u8]>> {
        self.index
            .iter()
            .map(|&target| &self.targets[target as usize])
            .filter(|target| target.is_there)
            .map(|target| target.key.clone())
            .collect()
    }

    /// All rows are gone; what documents show stays known.
    pub(crate) fn forget_rows(&mut self) {
        self.rows.clear();
        for target in 0..self.targets.len() as u32 {
            if std::mem::take(&mut self.targets[target as usize].rows) > 0 {
                self.release_if_unused(target);
            }
        }
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        self.index.find(hash(key), |&target| *self.targets[target as usize].key == *key).copied()
    }

    fn find_or_add(&mut self, key: &[u8]) -> u32 {
        if let Some(target) = self.find(key) {
            return target;
        }
        let new = Target { key: key.into(), rows: 0, is_there: false, shown: Shown::new(None) };
        let target = match self.free.pop() {
            Some(target) => {
                self.targets[target as usize] = new;
                target
            }
            None => {
                self.targets.push(new);
                (self.targets.len() - 1) as u32
            }
        };
        let targets = &self.targets;
        self.index.insert_unique(hash(key), target, |&target| hash(&targets[target as usize].key));
        target
    }

    fn release_if_unused(&mut self, target: u32) {
        let own = &self.targets[target as usize];
        if own.rows > 0 || own.is_there {
            return;
        }
        if let Ok(entry) = self.index.find_entry(hash(&own.key), |&other| other == target) {
            entry.remove();
            self.free.push(target);
        }
    }
}
