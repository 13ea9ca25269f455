//! Into which group a row goes.

use std::sync::Arc;

use bson::RawBsonRef;
use vigil_board::GroupKey;

use crate::path::{Evaluated, Rest, evaluate};
use crate::row::{Layout, View};
use crate::value::key::write_key;
use crate::zone::Zone;

pub(crate) mod time;
pub(crate) mod via;

use time::{Part, TimeKey};
use via::Via;

/// A breakdown's key with its paths resolved.
#[derive(Debug)]
pub(crate) enum KeyOf {
    Field { slot: usize, rest: Rest },
    Time { slot: usize, rest: Rest, of: TimeKey },
    Via(Box<Via>),
}

/// The value that names a row's group.
pub(crate) enum Named<'a> {
    Held(Evaluated<'a>),
    Part(Part),
    Shown(Option<RawBsonRef<'a>>),
}

impl Named<'_> {
    pub(crate) fn get(&self) -> Option<RawBsonRef<'_>> {
        match self {
            Named::Held(value) => value.get(),
            Named::Part(part) => part.get(),
            Named::Shown(value) => *value,
        }
    }
}

impl KeyOf {
    pub(crate) fn new(key: &GroupKey, layout: &Layout, zone: &Arc<Zone>) -> Self {
        let (slot, rest) = layout.resolve(key.field());
        match key {
            GroupKey::Time { unit, .. } => KeyOf::Time { slot, rest, of: TimeKey::new(*unit, zone.clone()) },
            GroupKey::Via { .. } => KeyOf::Via(Box::new(Via::new(slot, rest))),
            GroupKey::Field(_) => KeyOf::Field { slot, rest },
        }
    }

    /// Calls `with` for each slot that it reads.
    pub(crate) fn slots(&self, with: &mut dyn FnMut(usize)) {
        match self {
            KeyOf::Field { slot, .. } | KeyOf::Time { slot, .. } => with(*slot),
            KeyOf::Via(via) => with(via.slot()),
        }
    }

    /// The group of a row that counts from now on; `bytes` become the group's canonical ones.
    pub(crate) fn enter<'a>(&'a mut self, row: u32, view: View<'a>, bytes: &mut Vec<u8>) -> Named<'a> {
        let named = match self {
            KeyOf::Field { slot, rest } => Named::Held(evaluate(view.get(*slot), rest)),
            KeyOf::Time { slot, rest, of } => Named::Part(of.part(evaluate(view.get(*slot), rest).get())),
            KeyOf::Via(via) => {
                let shown = via.enter(row, view);
                Named::Shown(shown.map(|shown| shown.value.as_raw_bson_ref()))
            }
        };
        bytes.clear();
        write_key(named.get(), bytes);
        named
    }

    /// The group of a row that no longer counts, in canonical bytes.
    pub(crate) fn leave(&mut self, row: u32, view: View<'_>, bytes: &mut Vec<u8>) {
        match self {
            KeyOf::Via(via) => via.leave(row, view, bytes),
            KeyOf::Field { .. } | KeyOf::Time { .. } => drop(self.enter(row, view, bytes)),
        }
    }

    /// All rows are gone.
    pub(crate) fn forget_rows(&mut self) {
        match self {
            KeyOf::Via(via) => via.forget_rows(),
            KeyOf::Field { .. } | KeyOf::Time { .. } => {}
        }
    }

    pub(crate) fn via(&mut self) -> Option<&mut Via> {
        match self {
            KeyOf::Via(via) => Some(via),
            KeyOf::Field { .. } | KeyOf::Time { .. } => None,
        }
    }
}
