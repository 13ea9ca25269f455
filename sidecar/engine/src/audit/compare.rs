use std::cmp::Ordering;
use std::collections::BTreeSet;

use bson::Decimal128;
use num_bigint::BigInt;
use vigil_wire::{MetricState, Value};

use super::answer::{Answer, Weight};
use crate::groups::ALL_GROUPS;
use crate::value::decimal::{Decimal, decode};
use crate::value::number::{self, Number};

/// Share of Σ|x| by which a sum with doubles may differ: MongoDB's own answer depends on order.
const DOUBLE_SHARE: f64 = 1.0 / (1_u64 << 50) as f64;
/// Share of Σ|x|, per row, by which a sum of decimals over 34 digits may differ: MongoDB rounds at each step.
const DECIMAL_SHARE: f64 = 1e-34;

/// A value that is not what MongoDB says.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `None` for the total.
    pub group: Option<(u8, String)>,
    pub ours: Option<Value>,
    pub theirs: Option<Value>,
}

/// Every difference between a metric's state and MongoDB's answer, by promise 1: counts, groups,
/// extremes, percentiles, sums and means of integers and of decimals up to 34 digits by value; sums
/// and means with doubles within 2^−50 · Σ|x| (of the mean, ÷ n). Between 90 % and 100 % of `max_groups` both showing the groups and not is right.
pub fn compare(ours: &MetricState, theirs: &Answer) -> Vec<Difference> {
    let mut differences = Vec::new();
    if !within(&ours.total, &theirs.state.total, theirs.total_weight) {
        differences.push(Difference {
            group: None,
            ours: Some(ours.total.clone()),
            theirs: Some(theirs.state.total.clone()),
        });
    }
    let keys: BTreeSet<_> = ours.groups.keys().chain(theirs.state.groups.keys()).collect();
    for key in keys {
        let all = (key.0, ALL_GROUPS.to_owned());
        if theirs.may_be_over.contains(&key.0) && ours.groups.contains_key(&all) {
            continue;
        }
        let (own, other) = (ours.groups.get(key), theirs.state.groups.get(key));
        let weight = theirs.weights.get(key).copied().unwrap_or_default();
        if !own.zip(other).is_some_and(|(own, other)| within(own, other, weight)) {
            let group = Some(key.clone());
            differences.push(Difference { group, ours: own.cloned(), theirs: other.cloned() });
        }
    }
    differences
}

/// Equal by value: 1 = 1.0 = Decimal 1, NaN = NaN. A double may be 2^−50 of its size off.
pub fn equal(ours: &Value, theirs: &Value) -> bool {
    let magnitude = as_double(ours).zip(as_double(theirs)).map_or(0.0, |(a, b)| a.abs().max(b.abs()));
    let magnitude = if magnitude.is_finite() { magnitude } else { 0.0 };
    within(ours, theirs, Weight { magnitude, ..Weight::default() })
}

fn within(ours: &Value, theirs: &Value, weight: Weight) -> bool {
    let (Some(a), Some(b)) = (number_of(ours), number_of(theirs)) else { return ours == theirs };
    if number::compare(a, b) == Ordering::Equal {
        return true;
    }
    let (Some(x), Some(y)) = (as_double(ours), as_double(theirs)) else { return false };
    // MongoDB's running sum left the doubles' range and could not come back; ours did not leave it.
    if weight.overflow && !is_finite(theirs) {
        return !x.is_nan();
    }
    if !is_finite(ours) || !is_finite(theirs) {
        return false;
    }
    let rounded = weight.doubles || matches!(ours, Value::Double(_)) || matches!(theirs, Value::Double(_));
    if !x.is_finite() && !y.is_finite() {
        return is_near(a, b, weight.rows);
    }
    if rounded {
        return (x - y).abs() <= DOUBLE_SHARE * weight.magnitude;
    }
    exact_distance(a, b).is_some_and(|distance| distance <= DECIMAL_SHARE * weight.rows * weight.magnitude)
}

/// Decimals beyond the doubles' range: within one unit of the 33rd digit a row.
fn is_near(a: Number, b: Number, rows: f64) -> bool {
    let (Some((a, ten_a)), Some((b, ten_b))) = (scaled(a), scaled(b)) else { return false };
    let least = ten_a.min(ten_b);
    let at_least = |n: BigInt, ten: i32| n * BigInt::from(10).pow((ten - least).unsigned_abs());
    let (a, b) = (at_least(a, ten_a), at_least(b, ten_b));
    let distance = BigInt::from((&a - &b).magnitude().clone()) * BigInt::from(10).pow(33);
    distance <= BigInt::from(a.magnitude().clone()) * BigInt::from(rows.max(1.0) as u64)
}

fn is_finite(value: &Value) -> bool {
    match value {
        Value::Int(_) => true,
        Value::Double(x) => x.is_finite(),
        Value::Decimal(text) => text.ends_with(|c: char| c.is_ascii_digit()),
        Value::None(_) | Value::Date(_) | Value::Text(_) => false,
    }
}

/// How far two numbers, no doubles, are apart; subtracted before it is rounded.
fn exact_distance(a: Number, b: Number) -> Option<f64> {
    let (a, ten_a) = scaled(a)?;
    let (b, ten_b) = scaled(b)?;
    let least = ten_a.min(ten_b);
    let at_least = |n: BigInt, ten: i32| n * BigInt::from(10).pow((ten - least).unsigned_abs());
    let distance = at_least(a, ten_a) - at_least(b, ten_b);
    format!("{}E{least}", distance.magnitude()).parse().ok()
}

fn scaled(number: Number) -> Option<(BigInt, i32)> {
    match number {
        Number::Int(n) => Some((BigInt::from(n), 0)),
        Number::Double(_) => None,
        Number::Decimal(d) => match decode(d) {
            Decimal::Finite { negative, coefficient, exponent } => {
                let magnitude = BigInt::from(coefficient);
                Some((if negative { -magnitude } else { magnitude }, exponent))
            }
            Decimal::Nan | Decimal::Infinite { .. } => None,
        },
    }
}

fn number_of(value: &Value) -> Option<Number> {
    match value {
        Value::Int(n) => Some(Number::Int(*n)),
        Value::Double(x) => Some(Number::Double(*x)),
        Value::Decimal(text) => text.parse::<Decimal128>().ok().map(Number::Decimal),
        Value::None(_) | Value::Date(_) | Value::Text(_) => None,
    }
}

fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Double(x) => Some(*x),
        Value::Decimal(text) => text.parse().ok(),
        Value::None(_) | Value::Date(_) | Value::Text(_) => None,
    }
}
