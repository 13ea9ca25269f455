//! Into which group a row goes.

use vigil_board::GroupKey;

use crate::path::{Evaluated, Rest, evaluate};
use crate::row::{Layout, View};
use crate::value::key::write_key;

/// A breakdown's key with its path resolved.
#[derive(Debug)]
pub(crate) struct KeyOf {
    slot: usize,
    rest: Rest,
}

impl KeyOf {
    pub(crate) fn new(key: &GroupKey, layout: &Layout) -> Self {
        let (slot, rest) = layout.resolve(key.field());
        KeyOf { slot, rest }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        with(self.slot);
    }

    pub(crate) fn of<'a>(&self, row: View<'a>) -> Evaluated<'a> {
        evaluate(row.get(self.slot), &self.rest)
    }

    /// The canonical bytes of a group.
    pub(crate) fn write(&self, group: &Evaluated<'_>, into: &mut Vec<u8>) {
        into.clear();
        write_key(group.get(), into);
    }
}
