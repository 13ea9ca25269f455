//! Random documents of many BSON types, random boards over them, and deltas as MongoDB writes them.
//! A run is a seed.
#![allow(dead_code)]

use std::collections::BTreeMap;

use bson::oid::ObjectId;
use bson::{Binary, Bson, Document, RawDocumentBuf, Regex, Timestamp, doc};
use jiff::tz::TimeZone;
use vigil_board::*;

#[path = "forms.rs"]
pub mod forms;
#[path = "measures.rs"]
pub mod measures;
#[path = "projection.rs"]
mod projection;

#[allow(unused_imports)]
pub use forms::{rows, window};
#[allow(unused_imports)]
pub use projection::{project, tracked};

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

pub const HOUR: i64 = 3_600_000;
/// Around these instants days are not 24 hours long, or midnight is skipped or doubled.
pub const ZONES: [(&str, i64); 6] = [
    ("Europe/Berlin", 1_774_742_400_000),
    ("Europe/Berlin", 1_792_886_400_000),
    ("America/Sao_Paulo", 1_541_300_400_000),
    ("America/Havana", 1_762_056_000_000),
    ("America/St_Johns", 1_289_097_000_000),
    ("Asia/Kathmandu", 1_780_000_000_000),
];

pub fn number(dice: &mut Dice) -> Bson {
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    match dice.below(14) {
        0..4 => Bson::Int32(dice.below(5) as i32 - 2),
        4 => Bson::Int64(dice.below(4) as i64),
        5 => Bson::Int64(*dice.pick(&[i64::MAX, i64::MIN, 9_007_199_254_740_993])),
        6 => Bson::Double(dice.below(3) as f64),
        7 => Bson::Double(*dice.pick(&[0.1, 0.5, -0.0, -2.5, 1e16, 1e-3])),
        8 => Bson::Double(*dice.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 1.7e308, 5e-324])),
        9 => decimal(dice.pick::<&str>(&[
            "NaN",
            "Infinity",
            "-Infinity",
            "1E+20",
            "-0",
            "1E-30",
            "9.9E+6000",
            "-1E+400",
        ])),
        _ => decimal(dice.pick::<&str>(&["0.10", "0.1", "1.00", "2", "-12.34", "0.5", "100.00"])),
    }
}

pub fn rare(dice: &mut Dice) -> Bson {
    match dice.below(11) {
        0 => Bson::MinKey,
        1 => Bson::MaxKey,
        2 => Bson::Undefined,
        3 => Bson::Symbol("x".into()),
        4 => Bson::Timestamp(Timestamp { time: dice.below(3) as u32, increment: 1 }),
        5 => Bson::RegularExpression(Regex {
            pattern: "^x".try_into().unwrap(),
            options: dice.pick(&["", "i"]).to_owned().try_into().unwrap(),
        }),
        6 => Bson::JavaScriptCode("f()".into()),
        7 => Bson::ObjectId(ObjectId::from_bytes([dice.below(2) as u8; 12])),
        8 => Bson::JavaScriptCodeWithScope(bson::JavaScriptCodeWithScope {
            code: "f()".into(),
            scope: doc! {"a": 1},
        }),
        _ => Bson::Binary(Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: vec![1; dice.below(3)],
        }),
    }
}

pub fn value(dice: &mut Dice, depth: usize) -> Bson {
    match dice.below(if depth == 0 { 9 } else { 14 }) {
        0..3 => number(dice),
        3 | 4 => Bson::String((*dice.pick(&["x", "y", "z", ""])).into()),
        5 => Bson::Null,
        6 => Bson::Boolean(dice.one_in(2)),
        7 => Bson::DateTime(bson::DateTime::from_millis(dice.below(3) as i64)),
        8 => rare(dice),
        9..12 => {
            let length = dice.below(4);
            Bson::Array((0..length).map(|_| value(dice, depth - 1)).collect())
        }
        _ => Bson::Document(small(dice, depth - 1)),
    }
}

fn small(dice: &mut Dice, depth: usize) -> Document {
    let mut document = Document::new();
    for _ in 0..dice.below(3) {
        let name = *dice.pick(&["b", "x", "0", "c", "z"]);
        document.insert(name, value(dice, depth));
    }
    document
}

pub fn date(dice: &mut Dice, now: i64) -> Bson {
    match dice.below(12) {
        0 => Bson::Null,
        1 => value(dice, 1),
        2 => Bson::Array(vec![Bson::DateTime(bson::DateTime::from_millis(now))]),
        _ => {
            let steps = [1, 7, 60_000, HOUR / 2, HOUR, HOUR * 7];
            let offset = dice.pick(&steps) * (dice.below(15) as i64 - 9);
            Bson::DateTime(bson::DateTime::from_millis(now + offset))
        }
    }
}

pub fn document(dice: &mut Dice, now: i64) -> Document {
    let mut document = Document::new();
    let names = ["s", "n", "d", "e", "a", "o", "l", "hidden"];
    let start = dice.below(names.len());
    for i in 0..names.len() {
        let name = names[(start + i) % names.len()];
        if !dice.one_in(6) {
            document.insert(name, field(dice, name, now));
        }
    }
    document
}

/// A value of the kind that the field mostly has.
pub fn field(dice: &mut Dice, name: &str, now: i64) -> Bson {
    if dice.one_in(8) {
        return value(dice, 3);
    }
    match name {
        "s" => Bson::String((*dice.pick(&["x", "y", "z"])).into()),
        "n" => number(dice),
        "d" | "e" => date(dice, now),
        "a" => Bson::Array((0..dice.below(4)).map(|_| value(dice, 1)).collect()),
        "o" => {
            let mut o = doc! {"b": value(dice, 1), "z": 1};
            if dice.one_in(2) {
                let d = if dice.one_in(2) { date(dice, now) } else { value(dice, 1) };
                o.insert("c", doc! {"d": d, "e": 2});
            }
            if dice.one_in(4) {
                o.remove("b");
            }
            o.into()
        }
        "l" => Bson::Array((0..dice.below(4)).map(|_| doc! {"x": value(dice, 1), "y": 1}.into()).collect()),
        _ => value(dice, 2),
    }
}

pub const PATHS: [&str; 12] =
    ["s", "n", "d", "a", "o.b", "o.c.d", "l.x", "a.0", "a.0.1", "l.1.x", "_id", "missing"];

pub fn literal(dice: &mut Dice) -> Bson {
    loop {
        let value = value(dice, 2);
        // MongoDB refuses undefined, and takes a regex in `$in` for a pattern.
        if !matches!(value, Bson::Undefined | Bson::RegularExpression(_)) {
            return value;
        }
    }
}

pub fn filter(dice: &mut Dice, depth: usize) -> Filter {
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0..6 => {
            let path = (*dice.pick(&PATHS)).to_owned();
            let test = match dice.below(7) {
                0..2 => Test::Eq(literal(dice)),
                2 => Test::Eq(Bson::Null),
                3 => Test::Ne(if dice.one_in(2) { Bson::Null } else { literal(dice) }),
                4 | 5 => Test::In((0..dice.below(4)).map(|_| literal(dice)).collect()),
                _ => Test::Exists(dice.one_in(2)),
            };
            Filter::Field(path, test)
        }
        6 | 7 => Filter::And((0..dice.below(3)).map(|_| filter(dice, depth - 1)).collect()),
        _ => Filter::Or((0..=dice.below(2)).map(|_| filter(dice, depth - 1)).collect()),
    }
}

pub fn metric(id: usize, source: Source, tier: Tier) -> Metric {
    Metric {
        id: format!("m{id}"),
        title: Text::new(),
        short: None,
        help: None,
        unit: None,
        format: Format::Number { decimals: 0 },
        tier,
        class: Class::Internal,
        good: Good::None,
        hidden: false,
        of: None,
        second: None,
        statistic: None,
        usual_ms: None,
        counts_people: false,
        alerts: vec![],
        source,
    }
}

pub fn board(sources: Vec<(Source, Tier)>, zone: &str, max_groups: usize) -> Board {
    let times = TierTimes { interval_ms: 100, confirm_ms: 5000 };
    Board {
        id: "test".into(),
        hash: String::new(),
        title: Text::new(),
        database: "test".into(),
        timezone_name: zone.into(),
        timezone: TimeZone::get(zone).unwrap(),
        headline: None,
        max_groups,
        tiers: Tiers { critical: times, standard: times, historical: times, report: times },
        labels: BTreeMap::new(),
        groups: vec![],
        panels: vec![],
        feeds: vec![],
        metrics: sources.into_iter().enumerate().map(|(i, (s, tier))| metric(i, s, tier)).collect(),
    }
}

/// A board with metrics over rows, a figure of the sidecar's own, and formulas over those.
pub fn random_board(dice: &mut Dice, zone: &str, max_groups: usize) -> Board {
    let tier = |dice: &mut Dice| *dice.pick(&[Tier::Critical, Tier::Standard]);
    let mut sources: Vec<(Source, Tier)> = Vec::new();
    for _ in 0..4 + dice.below(4) {
        let (first, tier) = (rows(dice), tier(dice));
        let others = measures::others(dice, first.aggregate);
        let each = std::iter::once(first.aggregate).chain(others);
        sources.extend(each.map(|aggregate| (Source::Rows(Rows { aggregate, ..first.clone() }), tier)));
    }
    if dice.one_in(5) {
        sources.push((Source::Rows(forms::many_fields()), tier(dice)));
    }
    sources.push((Source::System(SystemFigure::Clients), tier(dice)));
    for _ in 0..2 {
        let n = sources.len();
        let root = expr(dice, n, 3);
        let by = ["s", "n", "o.b"].iter().take(dice.below(4)).map(|s| (*s).to_owned()).collect();
        sources.push((Source::Formula(Formula { text: String::new(), root, by }), tier(dice)));
    }
    board(sources, zone, max_groups)
}

fn expr(dice: &mut Dice, metrics: usize, depth: usize) -> Expr {
    let part = |dice: &mut Dice| Box::new(expr(dice, metrics, depth.saturating_sub(1)));
    match dice.below(if depth == 0 { 3 } else { 9 }) {
        0 => Expr::Number(dice.below(3) as f64),
        1 | 2 => Expr::Metric(dice.below(metrics)),
        3 => Expr::Negate(part(dice)),
        4 | 5 => {
            let operators = [Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide];
            Expr::Binary(*dice.pick(&operators), part(dice), part(dice))
        }
        6 => Expr::Max(vec![*part(dice), *part(dice)]),
        7 => Expr::Hours(Box::new(Expr::Metric(dice.below(metrics)))),
        _ => Expr::Else(part(dice), part(dice)),
    }
}

pub fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}
