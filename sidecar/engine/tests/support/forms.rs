//! Random questions in every form that a board has: windows, breakdowns of all kinds, groups that
//! another collection names.

use bson::{Bson, Document, doc};
use vigil_board::*;

use super::{Dice, HOUR, filter, measures, value};

const MINUTE: i64 = 60_000;

fn dated(dice: &mut Dice) -> String {
    (*dice.pick(&["d", "d", "d", "d", "e", "e", "o.c.d", "l.x"])).to_owned()
}

fn span(dice: &mut Dice) -> i64 {
    *dice.pick(&[1, 90_000, HOUR, 7 * HOUR, 24 * HOUR])
}

/// A window of any form.
pub fn window(dice: &mut Dice) -> Window {
    window_below(dice, 2)
}

fn window_below(dice: &mut Dice, depth: usize) -> Window {
    let parts = |dice: &mut Dice| (0..=dice.below(2)).map(|_| window_below(dice, depth - 1)).collect();
    match dice.below(if depth == 0 { 9 } else { 13 }) {
        0..3 => Window::Day {
            field: dated(dice),
            day: *dice.pick(&[Day::Today, Day::Yesterday]),
            until_ms: dice.one_in(3).then(|| (1 + dice.below(95) as i64) * 15 * MINUTE),
        },
        3..6 => Window::Last {
            field: dated(dice),
            span_ms: *dice.pick(&[HOUR, 24 * HOUR, 90_000]),
            bucket_ms: *dice.pick(&[None, Some(HOUR), Some(7 * MINUTE)]),
        },
        6 => Window::Next { field: dated(dice), span_ms: span(dice) },
        7 => Window::OlderThan { field: dated(dice), span_ms: if dice.one_in(4) { 0 } else { span(dice) } },
        8 => Window::Covers { from: dated(dice), to: (0..1 + dice.below(2)).map(|_| dated(dice)).collect() },
        9 | 10 => Window::Any(parts(dice)),
        _ => Window::All(parts(dice)),
    }
}

fn own_field(dice: &mut Dice) -> String {
    (*dice.pick(&["s", "n", "o.b", "l.x", "a", "missing"])).to_owned()
}

/// Through another collection, one that is not there, or the rows' own.
fn via(dice: &mut Dice) -> GroupKey {
    let from = (*dice.pick(&["keys", "keys", "keys", "rows", "gone"])).to_owned();
    let show = *dice.pick(if from == "rows" { &["s", "n", "_id"] } else { &["kind", "kind", "_id"] });
    let field = if dice.one_in(2) { "n".to_owned() } else { own_field(dice) };
    GroupKey::Via { field, from, show: show.to_owned() }
}

fn names(dice: &mut Dice) -> Keys {
    if dice.one_in(4) {
        return Keys { from: "rows".into(), filter: filter(dice, 1) };
    }
    let filter = match dice.below(3) {
        0 => Filter::everything(),
        1 => Filter::Field("open".into(), Test::Eq(true.into())),
        _ => Filter::Field("kind".into(), Test::Ne(Bson::Null)),
    };
    Keys { from: "keys".into(), filter }
}

/// By a field, a part of a date, or what another collection shows. Formulas may share its name.
pub fn breakdown(dice: &mut Dice) -> Breakdown {
    let key = match dice.below(6) {
        0..3 => GroupKey::Field(own_field(dice)),
        3 => GroupKey::Time {
            field: dated(dice),
            unit: *dice.pick(&[TimeUnit::Hour, TimeUnit::Day, TimeUnit::Weekday]),
        },
        _ => via(dice),
    };
    let is_time = matches!(key, GroupKey::Time { .. });
    let name = match &key {
        GroupKey::Field(field) => field.clone(),
        _ => (*dice.pick(&["s", "n", "o.b", "other"])).to_owned(),
    };
    let keys = (!is_time && dice.one_in(3)).then(|| names(dice));
    Breakdown { name, key, keys, names: None }
}

pub fn rows(dice: &mut Dice) -> Rows {
    if dice.one_in(8) {
        return about_keys(dice);
    }
    let aggregate = measures::aggregate(dice);
    let value = measures::measure(dice, aggregate);
    Rows {
        from: "rows".into(),
        filter: if dice.one_in(2) { Filter::And(vec![]) } else { filter(dice, 2) },
        window: (!dice.one_in(3)).then(|| window(dice)),
        value,
        aggregate,
        by: (0..dice.below(3)).map(|_| breakdown(dice)).collect(),
    }
}

/// As the names of groups are asked for.
fn about_keys(dice: &mut Dice) -> Rows {
    Rows {
        from: "keys".into(),
        filter: Filter::everything(),
        window: None,
        value: Some(Measure::field("kind")),
        aggregate: *dice.pick(&[Aggregate::Max, Aggregate::Distinct]),
        by: vec![Breakdown::field(*dice.pick(&["_id", "open"]))],
    }
}

/// More fields than a set of 64 bits holds, all of them before the others' in a row.
pub fn many_fields() -> Rows {
    let one = |n: usize| Filter::Field(format!("A{n:02}"), Test::Exists(true));
    Rows {
        from: "rows".into(),
        filter: Filter::Nor((0..62).map(one).collect()),
        window: None,
        value: None,
        aggregate: Aggregate::Count,
        by: vec![],
    }
}

/// What a document of `keys` has beside its `_id`.
pub fn key_document(dice: &mut Dice) -> Document {
    let mut document = Document::new();
    for name in ["kind", "open", "hidden"] {
        if !dice.one_in(5) {
            document.insert(name, key_field(dice, name));
        }
    }
    document
}

pub fn key_field(dice: &mut Dice, name: &str) -> Bson {
    match name {
        _ if dice.one_in(5) => value(dice, 1),
        "kind" => Bson::String((*dice.pick(&["k", "l", "m"])).into()),
        _ => dice.one_in(2).into(),
    }
}

/// Documents of `keys` for whole collections: `_id`s that rows hold, in other forms too.
pub fn key_documents(dice: &mut Dice) -> Vec<Document> {
    let ids: [Bson; 7] =
        ["x".into(), "q".into(), 1.into(), 2.0.into(), Bson::Null, true.into(), f64::NAN.into()];
    let of = |id: Bson| {
        let mut document = doc! {"_id": id};
        document.extend(key_document(dice));
        document
    };
    ids.into_iter().map(of).collect()
}
