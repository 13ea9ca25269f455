//! An update's delta applied to a row, exactly as MongoDB applied it, or not at all.

use std::collections::BTreeMap;

use bson::{Bson, RawBson};

use crate::change::{Assigned, Delta};
use crate::path::is_position;
use crate::row::{Held, Layout, View, pack_bson};

/// Setting an element this far past an array's end is refused by MongoDB.
const PADDING_MAX: usize = 1_500_000;

/// The delta does not say what the row is now: the document must be read again.
#[derive(Debug, PartialEq)]
pub(crate) struct Inexact;

/// Slots that a delta changed: their new value, `None` when missing.
type Changed = BTreeMap<usize, Option<Bson>>;

/// Appends the row's slots after the delta to `out`, and says whether the delta touched any.
pub(crate) fn apply(
    layout: &Layout,
    row: View<'_>,
    delta: Delta,
    out: &mut Vec<u8>,
) -> Result<bool, Inexact> {
    let mut work = Work { layout, row, changed: Changed::new() };
    for assignment in delta.set {
        work.set(&assignment.path, assignment.value)?;
    }
    for path in &delta.removed {
        work.remove(path)?;
    }
    for (path, length) in &delta.truncated {
        work.truncate(path, *length as usize)?;
    }
    for slot in 0..layout.slots.len() {
        match work.changed.get(&slot) {
            None => out.extend_from_slice(row.bytes(slot)),
            Some(None) => crate::row::pack(None, out),
            Some(Some(value)) => pack_bson(value, out).ok_or(Inexact)?,
        }
    }
    Ok(!work.changed.is_empty())
}

struct Work<'a> {
    layout: &'a Layout,
    row: View<'a>,
    changed: Changed,
}

impl Work<'_> {
    /// The slot's value as it is by now, to be worked on.
    fn value(&mut self, slot: usize) -> Result<&mut Option<Bson>, Inexact> {
        let row = self.row;
        match self.changed.entry(slot) {
            std::collections::btree_map::Entry::Occupied(value) => Ok(value.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                let value = match row.get(slot) {
                    None => None,
                    Some(value) => Some(Bson::try_from(RawBson::from(value)).map_err(|_| Inexact)?),
                };
                Ok(place.insert(value))
            }
        }
    }

    fn set(&mut self, path: &str, assigned: Assigned) -> Result<(), Inexact> {
        let (top, rest) = split(path);
        let Some(slot) = self.layout.slot(top) else { return Ok(()) };
        let held = &self.layout.slots[slot].held;
        let value = match (assigned, rest) {
            (Assigned::Withheld, _) | (Assigned::Projected(_), Some(_)) => return Err(Inexact),
            (Assigned::Projected(value), None) => {
                self.changed.insert(slot, value);
                return Ok(());
            }
            (Assigned::Value(value), None) => {
                // The whole value of a field that is held in part says more than the row may hold.
                if *held != Held::Whole {
                    return Err(Inexact);
                }
                self.changed.insert(slot, Some(value));
                return Ok(());
            }
            (Assigned::Value(value), Some(_)) => value,
        };
        let rest = rest.unwrap_or_default();
        let held = held.clone();
        let target = self.value(slot)?.as_mut().ok_or(Inexact)?;
        set_inside(target, &held, rest, value)
    }

    fn remove(&mut self, path: &str) -> Result<(), Inexact> {
        let (top, rest) = split(path);
        let Some(slot) = self.layout.slot(top) else { return Ok(()) };
        let Some(rest) = rest else {
            self.changed.insert(slot, None);
            return Ok(());
        };
        let held = self.layout.slots[slot].held.clone();
        let target = self.value(slot)?.as_mut().ok_or(Inexact)?;
        remove_inside(target, &held, rest)
    }

    fn truncate(&mut self, path: &str, length: usize) -> Result<(), Inexact> {
        let (top, rest) = split(path);
        let Some(slot) = self.layout.slot(top) else { return Ok(()) };
        let held = self.layout.slots[slot].held.clone();
        let target = self.value(slot)?.as_mut().ok_or(Inexact)?;
        truncate_inside(target, &held, rest, length)
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('.') {
        Some((top, rest)) => (top, Some(rest)),
        None => (path, None),
    }
}

/// Where the next name of a path leads.
enum Step<'a> {
    /// To a value that the row holds.
    Into(&'a mut Bson, &'a Held),
    /// To a name or position that is not there.
    Absent(&'a mut Bson, &'a Held),
    /// To what the row does not hold and the board did not ask for.
    Untracked,
}

fn step<'a>(target: &'a mut Bson, held: &'a Held, name: &str) -> Result<Step<'a>, Inexact> {
    let below = match (held, &*target) {
        (Held::Whole, Bson::Document(_) | Bson::Array(_)) => &Held::Whole,
        (Held::Part(parts), Bson::Document(_)) => match parts.get(name) {
            Some(below) => below,
            None => return Ok(Step::Untracked),
        },
        // An array in part, or a path that does not fit the row.
        _ => return Err(Inexact),
    };
    let there = match target {
        Bson::Document(document) => document.contains_key(name),
        Bson::Array(array) if is_position(name) => {
            array.len() > name.parse::<usize>().map_err(|_| Inexact)?
        }
        _ => return Err(Inexact),
    };
    if !there {
        return Ok(Step::Absent(target, below));
    }
    let value = match target {
        Bson::Document(document) => document.get_mut(name),
        Bson::Array(array) => name.parse::<usize>().ok().and_then(|i| array.get_mut(i)),
        _ => None,
    };
    value.map(|value| Step::Into(value, below)).ok_or(Inexact)
}

fn set_inside(target: &mut Bson, held: &Held, path: &str, value: Bson) -> Result<(), Inexact> {
    let (name, rest) = split(path);
    let in_document = matches!(target, Bson::Document(_));
    match (step(target, held, name)?, rest) {
        (Step::Untracked, _) => Ok(()),
        (Step::Into(target, held), Some(rest)) => set_inside(target, held, rest, value),
        (Step::Into(target, Held::Whole), None) => {
            // MongoDB sends no field that stays as it was: it moved to the document's end.
            if in_document && *target == value {
                return Err(Inexact);
            }
            *target = value;
            Ok(())
        }
        (Step::Absent(Bson::Document(document), Held::Whole), None) => {
            document.insert(name, value);
            Ok(())
        }
        (Step::Absent(Bson::Array(array), Held::Whole), None) => {
            let position = name.parse::<usize>().map_err(|_| Inexact)?;
            if position > array.len() + PADDING_MAX {
                return Err(Inexact);
            }
            array.resize(position, Bson::Null);
            array.push(value);
            Ok(())
        }
        _ => Err(Inexact),
    }
}

fn remove_inside(target: &mut Bson, held: &Held, path: &str) -> Result<(), Inexact> {
    let (name, rest) = split(path);
    let in_part = matches!(held, Held::Part(_));
    if rest.is_none() {
        let reached = step(target, held, name)?;
        match reached {
            Step::Untracked => return Ok(()),
            // What was there projected to nothing.
            Step::Absent(Bson::Document(_), Held::Part(_)) if in_part => return Ok(()),
            Step::Absent(..) => return Err(Inexact),
            Step::Into(..) => {}
        }
        return match target {
            Bson::Document(document) => {
                document.remove(name);
                Ok(())
            }
            // An element is never removed by position: MongoDB would send null.
            _ => Err(Inexact),
        };
    }
    match (step(target, held, name)?, rest) {
        (Step::Untracked, _) => Ok(()),
        (Step::Into(target, held), Some(rest)) => remove_inside(target, held, rest),
        _ => Err(Inexact),
    }
}

fn truncate_inside(target: &mut Bson, held: &Held, path: Option<&str>, length: usize) -> Result<(), Inexact> {
    let Some(path) = path else {
        return match (target, held) {
            (Bson::Array(array), Held::Whole) if array.len() >= length => {
                array.truncate(length);
                Ok(())
            }
            _ => Err(Inexact),
        };
    };
    let (name, rest) = split(path);
    match step(target, held, name)? {
        Step::Untracked => Ok(()),
        Step::Into(target, held) => truncate_inside(target, held, rest, length),
        Step::Absent(..) => Err(Inexact),
    }
}
