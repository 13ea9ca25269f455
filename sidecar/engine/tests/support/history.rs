//! Updates of documents, and the deltas that MongoDB would send for them.

use std::collections::BTreeSet;

use bson::{Bson, Document};
use vigil_engine::{Assigned, Assignment, Delta};

use super::random::{Dice, field, project, value};

/// Changes the document in some way and says so as a change stream with capture's projection does.
pub fn update(dice: &mut Dice, document: &mut Document, paths: &BTreeSet<String>, now: i64) -> Delta {
    let mut delta = Delta::default();
    let name = *dice.pick(&["s", "n", "d", "e", "a", "o", "l", "hidden"]);
    match dice.below(8) {
        0..3 => set_top(dice, document, name, paths, now, &mut delta),
        3 => {
            if document.remove(name).is_some() && is_near(name, paths) {
                delta.removed.push(name.to_owned());
            }
        }
        4 | 5 => set_below(dice, document, paths, &mut delta),
        6 => truncate(dice, document, paths, &mut delta),
        _ => remove_below(dice, document, paths, &mut delta),
    }
    delta
}

/// Whether a path is tracked, above or below one that is.
fn is_near(path: &str, paths: &BTreeSet<String>) -> bool {
    let path = without_positions(path);
    paths
        .iter()
        .any(|p| *p == path || p.starts_with(&format!("{path}.")) || path.starts_with(&format!("{p}.")))
}

fn is_at_or_below(path: &str, paths: &BTreeSet<String>) -> bool {
    let path = without_positions(path);
    paths.iter().any(|p| *p == path || path.starts_with(&format!("{p}.")))
}

fn without_positions(path: &str) -> String {
    path.split('.').filter(|n| n.parse::<u32>().is_err()).collect::<Vec<_>>().join(".")
}

fn set_top(
    dice: &mut Dice,
    document: &mut Document,
    name: &str,
    paths: &BTreeSet<String>,
    now: i64,
    delta: &mut Delta,
) {
    document.insert(name, field(dice, name, now));
    if is_near(name, paths) {
        let projected = project(document, paths).get(name).cloned();
        delta.set.push(Assignment { path: name.to_owned(), value: Assigned::Projected(projected) });
    }
}

fn assign(path: String, value: Bson, paths: &BTreeSet<String>, delta: &mut Delta) {
    if is_at_or_below(&path, paths) {
        delta.set.push(Assignment { path, value: Assigned::Value(value) });
    } else if is_near(&path, paths) {
        delta.set.push(Assignment { path, value: Assigned::Withheld });
    }
}

fn set_below(dice: &mut Dice, document: &mut Document, paths: &BTreeSet<String>, delta: &mut Delta) {
    let name = *dice.pick(&["a", "o", "l"]);
    let new = value(dice, 2);
    match document.get_mut(name) {
        Some(Bson::Array(array)) => {
            let at = dice.below(array.len() + 3);
            if let Some(Bson::Document(inner)) = array.get_mut(at) {
                if inner.get("x") == Some(&new) {
                    return;
                }
                inner.insert("x", new.clone());
                return assign(format!("{name}.{at}.x"), new, paths, delta);
            }
            if at >= array.len() {
                array.resize(at, Bson::Null);
                array.push(new.clone());
            } else {
                array[at] = new.clone();
            }
            assign(format!("{name}.{at}"), new, paths, delta);
        }
        Some(Bson::Document(outer)) => {
            let below = *dice.pick(&["b", "c", "z", "new"]);
            if let (Some(Bson::Document(inner)), true) = (outer.get_mut(below), dice.one_in(2)) {
                if inner.get("d") != Some(&new) {
                    inner.insert("d", new.clone());
                    assign(format!("{name}.{below}.d"), new, paths, delta);
                }
                return;
            }
            if outer.get(below) != Some(&new) {
                outer.insert(below, new.clone());
                assign(format!("{name}.{below}"), new, paths, delta);
            }
        }
        _ => {}
    }
}

fn remove_below(dice: &mut Dice, document: &mut Document, paths: &BTreeSet<String>, delta: &mut Delta) {
    let name = *dice.pick(&["a", "o", "l"]);
    let path = match document.get_mut(name) {
        Some(Bson::Document(outer)) => {
            let below = *dice.pick(&["b", "c", "z"]);
            outer.remove(below).map(|_| format!("{name}.{below}"))
        }
        Some(Bson::Array(array)) if !array.is_empty() => {
            let at = dice.below(array.len());
            match &mut array[at] {
                Bson::Document(inner) => inner.remove("x").map(|_| format!("{name}.{at}.x")),
                _ => None,
            }
        }
        _ => None,
    };
    delta.removed.extend(path.filter(|path| is_near(path, paths)));
}

fn truncate(dice: &mut Dice, document: &mut Document, paths: &BTreeSet<String>, delta: &mut Delta) {
    let name = *dice.pick(&["a", "l"]);
    if let Some(Bson::Array(array)) = document.get_mut(name)
        && !array.is_empty()
    {
        let length = dice.below(array.len());
        array.truncate(length);
        if is_near(name, paths) {
            delta.truncated.push((name.to_owned(), length as u32));
        }
    }
}
