//! What MongoDB's answers say.

use std::collections::BTreeMap;

use bson::{Bson, Document, RawBson, RawBsonRef};
use vigil_board::Aggregate;
use vigil_wire::{MetricState, NoData, Value};

use super::AuditQuery;
use crate::groups::{ALL_GROUPS, is_over};
use crate::operators::{in_unit, value_of, value_of_sum};
use crate::value::json;

/// MongoDB's answer as a state, and how far sums may be from ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// With every group, also over the board's `max_groups`; [`compare`] allows for that.
    pub state: MetricState,
    /// Over `max_groups` or not yet below 90 % of it: breakdowns that may show no groups.
    pub(crate) may_be_over: Vec<u8>,
    pub(crate) total_weight: Weight,
    pub(crate) weights: BTreeMap<(u8, String), Weight>,
}

/// How much went into a sum: MongoDB's own rounding errors are within a share of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Weight {
    /// Σ|x| of what is finite.
    pub(crate) magnitude: f64,
    pub(crate) rows: f64,
    /// Whether doubles were among them.
    pub(crate) doubles: bool,
    /// Whether finite doubles may add up to more than a double can be.
    pub(crate) overflow: bool,
}

/// What MongoDB's answers say. `by` has the documents of each breakdown's pipeline, `keys` those of
/// its [`super::KeysQuery`] (empty where there is none).
pub fn state_from(
    query: &AuditQuery,
    total: &[Document],
    by: &[Vec<Document>],
    keys: &[Vec<Document>],
) -> Answer {
    let mut answer = Answer {
        state: MetricState { total: nothing(query.aggregate), groups: BTreeMap::new() },
        may_be_over: Vec::new(),
        total_weight: Weight::default(),
        weights: BTreeMap::new(),
    };
    if let Some(document) = total.first() {
        answer.state.total = value(query, document);
        answer.total_weight = weight(query, document);
    }
    for (index, documents) in (0_u8..).zip(by) {
        let ids = usize::from(index);
        if query.keys.get(ids).is_some_and(Option::is_some) {
            for document in keys.get(ids).into_iter().flatten() {
                let key = (index, key_text(document));
                answer.state.groups.insert(key, nothing(query.aggregate));
            }
        }
        for document in documents {
            let key = (index, key_text(document));
            answer.state.groups.insert(key.clone(), value(query, document));
            answer.weights.insert(key, weight(query, document));
        }
        let groups = answer.state.groups.keys().filter(|key| key.0 == index).count();
        if is_over(groups, query.max_groups, true) {
            answer.may_be_over.push(index);
        }
        if is_over(groups, query.max_groups, false) {
            answer.state.groups.retain(|key, _| key.0 != index);
            let all = (index, ALL_GROUPS.to_owned());
            answer.state.groups.insert(all, Value::None(NoData::TooManyGroups));
        }
    }
    answer
}

/// The aggregate over no rows.
fn nothing(aggregate: Aggregate) -> Value {
    match aggregate {
        aggregate if aggregate.is_additive() => Value::Int(0),
        _ => Value::None(NoData::Empty),
    }
}

fn value(query: &AuditQuery, document: &Document) -> Value {
    let Some(Ok(raw)) = document.get("v").map(|value| RawBson::try_from(value.clone())) else {
        return Value::None(NoData::Unavailable);
    };
    let raw = raw.as_raw_bson_ref();
    match (query.aggregate, query.unit_ms) {
        (Aggregate::Sum | Aggregate::Avg, unit) => value_of_sum(query.aggregate, raw, count(document), unit),
        (Aggregate::Count | Aggregate::Distinct, _) | (_, None) => value_of(raw),
        (_, Some(unit)) => match value_of(raw) {
            Value::Int(ms) => Value::Double(in_unit(ms.into(), unit)),
            other => other,
        },
    }
}

/// How many numbers an average is over.
fn count(document: &Document) -> u64 {
    number(document, "c") as u64
}

fn key_text(document: &Document) -> String {
    let raw = RawBson::try_from(document.get("_id").cloned().unwrap_or(Bson::Null));
    json::text(raw.as_ref().ok().map(RawBson::as_raw_bson_ref))
}

fn weight(query: &AuditQuery, document: &Document) -> Weight {
    let number = |name| number(document, name);
    let weight = Weight {
        magnitude: number("m"),
        rows: number("n"),
        doubles: number("d") > 0.0,
        overflow: number("o").is_infinite(),
    };
    match (query.aggregate, count(document)) {
        // The quotient is rounded once more.
        (Aggregate::Avg, count @ 1..) => {
            Weight { magnitude: weight.magnitude / count as f64, rows: weight.rows + 1.0, ..weight }
        }
        _ => weight,
    }
}

fn number(document: &Document, name: &str) -> f64 {
    match document.get(name).map(|value| RawBson::try_from(value.clone())) {
        Some(Ok(raw)) => match raw.as_raw_bson_ref() {
            RawBsonRef::Decimal128(d) => d.to_string().parse().unwrap_or(f64::NAN),
            RawBsonRef::Double(x) => x,
            RawBsonRef::Int32(n) => n.into(),
            RawBsonRef::Int64(n) => n as f64,
            _ => 0.0,
        },
        _ => 0.0,
    }
}
