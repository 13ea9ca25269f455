//! All rows of one collection: packed rows, and an index of 4 bytes a row over their keys.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::id_of;

#[derive(Debug, Default)]
pub(crate) struct Table {
    index: HashTable<u32>,
    /// An empty row is a free place.
    rows: Vec<Box<[u8]>>,
    free: Vec<u32>,
}

pub(crate) fn hash(key: &[u8]) -> u64 {
    FixedState::with_seed(0x5617_6967).hash_one(key)
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The row of that key.
    pub(crate) fn find(&self, key: &[u8]) -> Option<u32> {
        self.index.find(hash(key), |&row| id_of(&self.rows[row as usize]) == key).copied()
    }

    pub(crate) fn row(&self, row: u32) -> &[u8] {
        &self.rows[row as usize]
    }

    /// Adds a packed row whose key is not there yet.
    pub(crate) fn insert(&mut self, packed: &[u8]) -> u32 {
        let row = match self.free.pop() {
            Some(row) => row,
            None => {
                self.rows.push(Box::default());
                (self.rows.len() - 1) as u32
            }
        };
        self.rows[row as usize] = packed.into();
        let rows = &self.rows;
        self.index.insert_unique(hash(id_of(packed)), row, |&row| hash(id_of(&rows[row as usize])));
        row
    }

    /// Replaces a row by another one with the same key; gives the old one back.
    pub(crate) fn replace(&mut self, row: u32, packed: &[u8]) -> Box<[u8]> {
        std::mem::replace(&mut self.rows[row as usize], packed.into())
    }

    pub(crate) fn remove(&mut self, row: u32) {
        let hash = hash(id_of(&self.rows[row as usize]));
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == row) {
            entry.remove();
        }
        self.rows[row as usize] = Box::default();
        self.free.push(row);
    }

    pub(crate) fn clear(&mut self) {
        *self = Table::default();
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.rows.iter().enumerate().filter(|(_, row)| !row.is_empty()).map(|(i, row)| (i as u32, &**row))
    }

    /// Bytes held, allocations as asked for.
    pub(crate) fn bytes(&self) -> usize {
        self.index.allocation_size()
            + self.rows.capacity() * size_of::<Box<[u8]>>()
            + self.rows.iter().map(|row| row.len()).sum::<usize>()
            + self.free.capacity() * 4
    }
}
