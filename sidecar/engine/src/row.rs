//! Rows: a document's tracked fields, packed into bytes.
//!
//! One slot per tracked top-level field. A slot holds the inclusion projection of that field's
//! value: the whole value when the field itself is tracked, else the part that the paths name.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, RawBson, RawBsonRef, RawDocument};
use vigil_board::Board;

use crate::path::{self, Rest, is_position};
use crate::value::is_readable;
use crate::value::key::write_key;

mod packed;
pub(crate) mod table;

pub(crate) use packed::{pack, pack_bson, skip, unpack};

/// What of a field a row holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Held {
    Whole,
    /// These names of it, where it is a document (or an array of documents).
    Part(BTreeMap<String, Held>),
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) held: Held,
}

/// Which fields of a collection's documents are held, and where.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) slots: Vec<Slot>,
}

/// Layouts of every watched collection.
pub(crate) fn layouts(board: &Board) -> BTreeMap<String, Layout> {
    let layout = |paths: BTreeSet<String>| {
        let mut layout = Layout::default();
        paths.iter().for_each(|path| layout.hold(path));
        layout
    };
    board.paths().into_iter().map(|(name, paths)| (name, layout(paths))).collect()
}

impl Layout {
    fn hold(&mut self, path: &str) {
        let mut names = path.split('.').take_while(|name| !is_position(name));
        let top = names.next().unwrap_or(path);
        // MongoDB sends `_id` whole, whatever a projection says.
        let names: Vec<&str> = if top == "_id" { Vec::new() } else { names.collect() };
        let slot = match self.slots.iter().position(|slot| slot.name == top) {
            Some(slot) => slot,
            None => {
                self.slots.push(Slot { name: top.to_owned(), held: Held::Part(BTreeMap::new()) });
                self.slots.len() - 1
            }
        };
        hold(&mut self.slots[slot].held, &names);
    }

    pub(crate) fn slot(&self, name: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.name == name)
    }

    /// The slot of a path that the board names, and the names after it.
    pub(crate) fn resolve(&self, path: &str) -> (usize, Rest) {
        let (top, rest) = path::split(path);
        (self.slot(top).unwrap_or(usize::MAX), rest)
    }

    /// Packs a document's row into `row`: its key, then its slots. `None` when a tracked field cannot
    /// be read.
    pub(crate) fn pack(
        &self,
        key: &[u8],
        id: RawBsonRef<'_>,
        document: &RawDocument,
        row: &mut Vec<u8>,
    ) -> Option<()> {
        let mut values: Vec<Option<RawBsonRef<'_>>> = vec![None; self.slots.len()];
        for element in document.iter_elements() {
            let element = element.ok()?;
            if let Some(slot) = self.slot(element.key().as_str()) {
                values[slot] = Some(element.value().ok().filter(|value| is_readable(*value))?);
            }
        }
        if let Some(slot) = self.slot("_id") {
            values[slot] = Some(id);
        }
        row.clear();
        write_id(key, row);
        for value in values {
            pack(value, row);
        }
        Some(())
    }
}

fn hold(held: &mut Held, names: &[&str]) {
    let Held::Part(parts) = held else { return };
    match names.split_first() {
        None => *held = Held::Whole,
        Some((name, rest)) => {
            hold(parts.entry((*name).to_owned()).or_insert_with(|| Held::Part(BTreeMap::new())), rest);
        }
    }
}

/// The canonical key of an `_id`: 1 and 1.0 are one.
pub(crate) fn key_of(id: RawBsonRef<'_>) -> Vec<u8> {
    let mut key = Vec::with_capacity(16);
    write_key(Some(id), &mut key);
    key
}

/// The canonical key of an `_id` and its raw form; `None` when BSON cannot hold it.
pub(crate) fn key_of_bson(id: &Bson) -> Option<(Vec<u8>, RawBson)> {
    let raw = match id {
        Bson::ObjectId(id) => RawBson::ObjectId(*id),
        other => RawBson::try_from(other.clone()).ok()?,
    };
    Some((key_of(raw.as_raw_bson_ref()), raw))
}

pub(crate) fn write_id(key: &[u8], row: &mut Vec<u8>) {
    crate::value::key::write_length(key.len(), row);
    row.extend_from_slice(key);
}

/// The key that a packed row begins with.
pub(crate) fn id_of(row: &[u8]) -> &[u8] {
    let (length, at) = crate::value::key::read_length(row, 0);
    &row[at..at + length]
}

/// Where each slot of a packed row begins, and where the last ends.
pub(crate) fn offsets(row: &[u8], slots: usize, into: &mut Vec<u32>) {
    let (length, at) = crate::value::key::read_length(row, 0);
    let mut at = at + length;
    into.clear();
    for _ in 0..slots {
        into.push(at as u32);
        at = skip(row, at);
    }
    into.push(at as u32);
}

/// A packed row, looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    row: &'a [u8],
    offsets: &'a [u32],
}

impl<'a> View<'a> {
    pub(crate) fn new(row: &'a [u8], offsets: &'a [u32]) -> Self {
        View { row, offsets }
    }

    pub(crate) fn get(&self, slot: usize) -> Option<RawBsonRef<'a>> {
        let at = *self.offsets.get(slot)?;
        unpack(self.row, at as usize)
    }

    /// The slot's bytes; equal only when the values are the same to the bit.
    pub(crate) fn bytes(&self, slot: usize) -> &'a [u8] {
        &self.row[self.offsets[slot] as usize..self.offsets[slot + 1] as usize]
    }
}
