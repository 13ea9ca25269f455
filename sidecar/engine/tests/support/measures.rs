//! Random aggregates and what they are of.

use vigil_board::{Aggregate, Measure, Quantity};

use super::Dice;

pub fn aggregate(dice: &mut Dice) -> Aggregate {
    match dice.below(10) {
        0 => Aggregate::Count,
        1 | 2 => Aggregate::Sum,
        3 | 4 => Aggregate::Avg,
        5 => Aggregate::Min,
        6 => Aggregate::Max,
        7 => Aggregate::Distinct,
        _ => Aggregate::Percentile(*dice.pick(&[1, 10, 50, 90, 99])),
    }
}

/// Other aggregates of the same values, for metrics that share a question.
pub fn others(dice: &mut Dice, of: Aggregate) -> Vec<Aggregate> {
    let count = if of == Aggregate::Count || dice.one_in(2) { 0 } else { 1 + dice.below(3) };
    let mut others: Vec<Aggregate> = (0..count).map(|_| aggregate(dice)).collect();
    others.retain(|other| *other != Aggregate::Count);
    others
}

pub fn measure(dice: &mut Dice, aggregate: Aggregate) -> Option<Measure> {
    if aggregate == Aggregate::Count {
        return None;
    }
    let of = match dice.below(4) {
        0 => Quantity::Between {
            from: (*dice.pick(&["d", "d", "e", "l.x", "o.c.d"])).into(),
            to: (*dice.pick(&["e", "e", "d", "missing"])).into(),
            unit_ms: *dice.pick(&[1_000, 60_000, 3_600_000, 86_400_000]),
        },
        _ => Quantity::Field((*dice.pick(&["n", "n", "n", "d", "s", "o.b", "l.x", "a"])).into()),
    };
    let bounds: &[f64] = match of {
        Quantity::Between { .. } => &[0.0, -0.5, 0.1, 7.0],
        Quantity::Field(_) => &[0.0, 0.1, -2.0, 2.0, f64::MAX],
    };
    let bound = |dice: &mut Dice| dice.one_in(4).then(|| *dice.pick(bounds));
    Some(Measure { of, above: bound(dice), below: bound(dice) })
}
