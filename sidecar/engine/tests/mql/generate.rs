//! Random documents over all BSON types, and random filters over those.

use std::collections::BTreeMap;

use bson::oid::ObjectId;
use bson::{Bson, Decimal128, Document, doc};

use crate::random::{self, Dice};

pub const OPERATORS: [&str; 21] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$type",
    "$not",
    "$all",
    "$elemMatch",
    "$size",
    "$mod",
    "$regex",
    "$options",
    "$and",
    "$or",
    "$nor",
    "$comment",
];
pub const TYPES: [&str; 21] = [
    "double",
    "string",
    "object",
    "array",
    "binData",
    "undefined",
    "objectId",
    "bool",
    "date",
    "null",
    "regex",
    "dbPointer",
    "javascript",
    "symbol",
    "javascriptWithScope",
    "int",
    "timestamp",
    "long",
    "decimal",
    "minKey",
    "maxKey",
];
const PATHS: [&str; 16] = [
    "a",
    "a",
    "b",
    "c",
    "a.b",
    "a.x",
    "b.x.b",
    "a.0",
    "a.0.b",
    "a.1.x",
    "b.0.0",
    "a.b.0",
    "c.0.x",
    "a.00",
    "missing",
    "missing.b",
];
const BELOW: [&str; 6] = ["b", "x", "c", "b.x", "b.0", "x.0.b"];
const NAMES: [&str; 5] = ["b", "x", "0", "c", "z"];
const DECIMALS: [&str; 9] = [
    "9223372036854775807",
    "9223372036854775808",
    "9999999999999999999999999999999999",
    "1E+6144",
    "-1E-6176",
    "7.9",
    "-7.9",
    "0E+3",
    "NaN",
];

/// Relaxed Extended JSON; the order of names is kept, which serde_json does not.
pub fn json(value: &Bson) -> String {
    match value {
        Bson::Document(document) => {
            let one =
                |(name, value): (&String, &Bson)| format!("{}:{}", serde_json::json!(name), json(value));
            format!("{{{}}}", document.iter().map(one).collect::<Vec<_>>().join(","))
        }
        Bson::Array(array) => format!("[{}]", array.iter().map(json).collect::<Vec<_>>().join(",")),
        value => value.clone().into_relaxed_extjson().to_string(),
    }
}

/// The name that `$type` has for a value's type.
fn type_name(value: &Bson) -> &'static str {
    let code = i32::from(value.element_type() as u8);
    match code {
        0xff => "minKey",
        0x7f => "maxKey",
        code => TYPES[code as usize - 1],
    }
}

/// Of values at any depth.
pub fn count_types(document: &Document, into: &mut BTreeMap<&'static str, usize>) {
    document.values().for_each(|value| count_type(value, into));
}

fn count_type(value: &Bson, into: &mut BTreeMap<&'static str, usize>) {
    *into.entry(type_name(value)).or_default() += 1;
    match value {
        Bson::Document(document) => count_types(document, into),
        Bson::Array(array) => array.iter().for_each(|value| count_type(value, into)),
        _ => {}
    }
}

pub fn count_operators(document: &Document, into: &mut BTreeMap<String, usize>) {
    for (name, value) in document {
        if name.starts_with('$') {
            *into.entry(name.clone()).or_default() += 1;
        }
        let inside = match value {
            Bson::Array(array) => array.clone(),
            value => vec![value.clone()],
        };
        inside.iter().filter_map(Bson::as_document).for_each(|inside| count_operators(inside, into));
    }
}

#[expect(clippy::match_overlapping_arm, reason = "what is left of the rare ones is common")]
pub fn value(dice: &mut Dice, depth: usize) -> Bson {
    match dice.below(if depth == 0 { 16 } else { 24 }) {
        0 => Bson::Decimal128(dice.pick::<&str>(&DECIMALS).parse::<Decimal128>().unwrap()),
        1 => Bson::String((*dice.pick(&["x", "Xy", "xy\n", "é", "2026", "", "x.y"])).into()),
        2 => random::rare(dice),
        4 if dice.one_in(3) => Bson::ObjectId(ObjectId::from_bytes([dice.below(2) as u8; 12])),
        4 if dice.one_in(3) => dice.pick(&[Bson::MinKey, Bson::MaxKey]).clone(),
        5 if dice.one_in(4) => Bson::JavaScriptCode("f()".into()),
        5 if dice.one_in(4) => Bson::Timestamp(bson::Timestamp { time: 1, increment: dice.below(2) as u32 }),
        3 => Bson::Symbol((*dice.pick(&["x", "Xy", "z"])).into()),
        4 if dice.one_in(3) => {
            let json = serde_json::json!({"$dbPointer": {"$ref": "r", "$id": {"$oid": "0".repeat(24)}}});
            Bson::try_from(json).unwrap()
        }
        5 if dice.one_in(2) => Bson::Undefined,
        6 | 7 => random::number(dice),
        0..16 => random::value(dice, 0),
        16..21 => Bson::Array((0..dice.below(4)).map(|_| value(dice, depth - 1)).collect()),
        _ => {
            let length = dice.below(3);
            Bson::Document(
                (0..length).map(|_| (dice.pick(&NAMES).to_string(), value(dice, depth - 1))).collect(),
            )
        }
    }
}

pub fn document(dice: &mut Dice, id: i32) -> Document {
    let mut document = doc! {"_id": id};
    for name in ["a", "b", "c"] {
        if !dice.one_in(6) {
            document.insert(name, value(dice, 3));
        }
    }
    document
}

/// Whether MongoDB and the board both take it for a value to compare with.
fn is_literal(value: &Bson) -> bool {
    match value {
        Bson::Undefined
        | Bson::DbPointer(_)
        | Bson::JavaScriptCodeWithScope(_)
        | Bson::RegularExpression(_) => false,
        Bson::Array(array) => array.iter().all(is_literal),
        Bson::Document(document) => document.values().all(is_literal),
        _ => true,
    }
}

fn literal(dice: &mut Dice) -> Bson {
    loop {
        let value = value(dice, 2);
        if is_literal(&value) {
            return value;
        }
    }
}

fn pattern(dice: &mut Dice) -> (String, String) {
    let pattern = *dice.pick(&["^x", "x", "Y$", "", ".y", "^\\W$", "[a-x]", "^z|^f\\(", "\\d+"]);
    (pattern.to_owned(), (*dice.pick(&["", "i", "s", "im"])).to_owned())
}

fn regex(dice: &mut Dice) -> Bson {
    let (pattern, options) = pattern(dice);
    let (pattern, options) = (pattern.try_into().unwrap(), options.try_into().unwrap());
    Bson::RegularExpression(bson::Regex { pattern, options })
}

fn values(dice: &mut Dice) -> Bson {
    let length = 1 + dice.below(3);
    Bson::Array((0..length).map(|_| if dice.one_in(6) { regex(dice) } else { literal(dice) }).collect())
}

pub fn filter(dice: &mut Dice, depth: usize) -> Document {
    filter_over(dice, depth, &PATHS)
}

fn filter_over(dice: &mut Dice, depth: usize, paths: &[&str]) -> Document {
    let several = |dice: &mut Dice| -> Vec<Document> {
        (0..=dice.below(2)).map(|_| filter_over(dice, depth - 1, paths)).collect()
    };
    match dice.below(if depth == 0 { 8 } else { 11 }) {
        0..8 => {
            let mut filter = Document::new();
            for _ in 0..=usize::from(dice.one_in(5)) {
                filter.insert(*dice.pick(paths), condition(dice, depth));
            }
            if dice.one_in(20) {
                filter.insert("$comment", "why");
            }
            filter
        }
        8 => doc! {"$and": several(dice)},
        9 => doc! {"$or": several(dice)},
        _ => doc! {"$nor": several(dice)},
    }
}

fn condition(dice: &mut Dice, depth: usize) -> Bson {
    match dice.below(10) {
        0 => regex(dice),
        1 => loop {
            let literal = literal(dice);
            // The board refuses that: mostly a dotted path was meant.
            if !matches!(literal, Bson::Document(_)) {
                return literal;
            }
        },
        _ => Bson::Document(operators(dice, depth)),
    }
}

fn operators(dice: &mut Dice, depth: usize) -> Document {
    let mut all = Document::new();
    for _ in 0..=usize::from(dice.one_in(4)) {
        operator(dice, depth, &mut all);
    }
    all
}

fn operator(dice: &mut Dice, depth: usize, all: &mut Document) {
    let (name, value) = match dice.below(if depth == 0 { 17 } else { 22 }) {
        0 => ("$eq", literal(dice)),
        1 => ("$ne", literal(dice)),
        2 => ("$gt", literal(dice)),
        3 => ("$gte", literal(dice)),
        4 => ("$lt", literal(dice)),
        5 => ("$lte", literal(dice)),
        6 => (*dice.pick(&["$gte", "$lte", "$eq", "$ne"]), Bson::Null),
        7 => ("$in", values(dice)),
        8 => ("$nin", values(dice)),
        9 => ("$exists", Bson::Boolean(dice.one_in(2))),
        10 | 11 => ("$type", types(dice)),
        12 => ("$size", Bson::Int32(dice.below(4) as i32)),
        13 => {
            let divisor = *dice.pick(&[1_i64, -1, 2, 3, -4, 10, i64::MIN]);
            ("$mod", Bson::Array(vec![divisor.into(), (dice.below(5) as i64 - 2).into()]))
        }
        14 => ("$all", values(dice)),
        15 | 16 => {
            let (pattern, options) = pattern(dice);
            if dice.one_in(3) {
                ("$regex", regex(dice))
            } else {
                all.remove("$regex");
                all.insert("$regex", pattern);
                all.insert("$options", options);
                return;
            }
        }
        17 => ("$not", if dice.one_in(4) { regex(dice) } else { operators(dice, depth - 1).into() }),
        18 => {
            let each = (0..=dice.below(2)).map(|_| doc! {"$elemMatch": element(dice, depth - 1)}.into());
            ("$all", Bson::Array(each.collect()))
        }
        _ => ("$elemMatch", element(dice, depth - 1).into()),
    };
    if name == "$regex" {
        all.remove("$options");
    }
    all.insert(name, value);
}

fn element(dice: &mut Dice, depth: usize) -> Document {
    match dice.below(8) {
        0 => Document::new(),
        1..4 => operators(dice, depth),
        _ => filter_over(dice, depth, &BELOW),
    }
}

fn types(dice: &mut Dice) -> Bson {
    let one = |dice: &mut Dice| -> Bson {
        match dice.below(4) {
            0 => "number".into(),
            1 => (*dice.pick(&[-1, 1, 2, 3, 4, 8, 10, 16, 19, 127])).into(),
            _ => (*dice.pick(&TYPES)).into(),
        }
    };
    if dice.one_in(2) { one(dice) } else { Bson::Array((0..=dice.below(2)).map(|_| one(dice)).collect()) }
}
