//! Into which group a row goes.

use std::sync::Arc;

use bson::RawBsonRef;
use vigil_board::GroupKey;

use crate::path::{Evaluated, Rest, evaluate};
use crate::row::{Layout, View};
use crate::value::key::write_key;
use crate::zone::Zone;

pub(crate) mod time;

use time::{Part, TimeKey};

/// A breakdown's key with its paths resolved.
#[derive(Debug)]
pub(crate) enum KeyOf {
    Field { slot: usize, rest: Rest },
    Time { slot: usize, rest: Rest, of: TimeKey },
}

/// The value that names a row's group.
pub(crate) enum Named<'a> {
    Held(Evaluated<'a>),
    Part(Part),
}

impl Named<'_> {
    pub(crate) fn get(&self) -> Option<RawBsonRef<'_>> {
        match self {
            Named::Held(value) => value.get(),
            Named::Part(part) => part.get(),
        }
    }
}

impl KeyOf {
    pub(crate) fn new(key: &GroupKey, layout: &Layout, zone: &Arc<Zone>) -> Self {
        let (slot, rest) = layout.resolve(key.field());
        match key {
            GroupKey::Time { unit, .. } => KeyOf::Time { slot, rest, of: TimeKey::new(*unit, zone.clone()) },
            GroupKey::Field(_) | GroupKey::Via { .. } => KeyOf::Field { slot, rest },
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        match self {
            KeyOf::Field { slot, .. } | KeyOf::Time { slot, .. } => with(*slot),
        }
    }

    /// The group of a row that counts from now on; `bytes` become the group's canonical ones.
    pub(crate) fn enter<'a>(&'a mut self, _row: u32, view: View<'a>, bytes: &mut Vec<u8>) -> Named<'a> {
        self.of(view, bytes)
    }

    /// The group of a row that no longer counts, in canonical bytes.
    pub(crate) fn leave(&mut self, _row: u32, view: View<'_>, bytes: &mut Vec<u8>) {
        self.of(view, bytes);
    }

    fn of<'a>(&self, view: View<'a>, bytes: &mut Vec<u8>) -> Named<'a> {
        let named = match self {
            KeyOf::Field { slot, rest } => Named::Held(evaluate(view.get(*slot), rest)),
            KeyOf::Time { slot, rest, of } => Named::Part(of.part(evaluate(view.get(*slot), rest).get())),
        };
        bytes.clear();
        write_key(named.get(), bytes);
        named
    }
}
