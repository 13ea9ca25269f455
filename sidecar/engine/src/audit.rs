//! The same questions asked of MongoDB, and its answers compared with ours.
//!
//! Pure: the text of the question, and what the answer means. Windows are literal instants, so that
//! the server's own (possibly old) time-zone table does not matter.

use std::collections::BTreeMap;

use bson::{Bson, Document, RawBson, RawBsonRef, doc};
use vigil_board::{Aggregate, Board, Filter, Quantity, Rows, Source, Test};
use vigil_wire::{MetricState, Millis, NoData, Value};

use crate::formula;
use crate::groups::{ALL_GROUPS, is_over};
use crate::operators::value_of;
use crate::value::json;
use crate::window::{Days, bounds};

mod compare;

pub use compare::{Difference, compare, equal};

/// What to ask MongoDB about one metric, all of it at one cluster time.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditQuery {
    /// Index into the board's metrics.
    pub metric: usize,
    /// The collection that `total` and `by` are asked of.
    pub collection: String,
    pub total: Vec<Document>,
    /// One pipeline per breakdown.
    pub by: Vec<Vec<Document>>,
    /// Per breakdown the collection whose `_id`s are groups too; ask it [`keys_pipeline`].
    pub keys: Vec<Option<String>>,
    aggregate: Aggregate,
    max_groups: usize,
}

/// All `_id`s of a collection.
pub fn keys_pipeline() -> Vec<Document> {
    vec![doc! {"$project": {"_id": 1}}]
}

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
    /// Σ|x|.
    pub(crate) magnitude: f64,
    pub(crate) rows: f64,
    /// Whether doubles were among them.
    pub(crate) doubles: bool,
}

/// The questions about a metric at `now`; `None` for the sidecar's own figures and for formulas
/// (those are audited through their inputs).
pub fn query(board: &Board, metric: usize, now: Millis) -> Option<AuditQuery> {
    let Source::Rows(rows) = &board.metrics.get(metric)?.source else { return None };
    let pipeline = |key: Bson| {
        let mut stages = matches(board, rows, now);
        stages.push(group(key, rows));
        stages
    };
    Some(AuditQuery {
        metric,
        collection: rows.from.clone(),
        total: pipeline(Bson::Null),
        by: rows.by.iter().map(|by| pipeline(Bson::String(format!("${}", by.key.field())))).collect(),
        keys: rows.by.iter().map(|by| by.keys.as_ref().map(|keys| keys.from.clone())).collect(),
        aggregate: rows.aggregate,
        max_groups: board.max_groups,
    })
}

fn matches(board: &Board, rows: &Rows, now: Millis) -> Vec<Document> {
    let filter = mql(&rows.filter);
    let Some(window) = &rows.window else { return vec![doc! {"$match": filter}] };
    let (from, until) = bounds(window, now, &Days::new(board.timezone.clone(), now));
    let field = window.fields().first().copied().unwrap_or_default();
    let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
    let mut range = Document::new();
    range.insert(field, doc! {"$gte": date(from), "$lt": date(until)});
    // The range matches inside arrays too; a row counts only when the field itself is a date.
    let is_date = doc! {"$eq": [{"$type": format!("${field}")}, "date"]};
    vec![doc! {"$match": {"$and": [filter, range]}}, doc! {"$match": {"$expr": is_date}}]
}

/// The filter in MongoDB's query language.
fn mql(filter: &Filter) -> Document {
    match filter {
        Filter::And(parts) if parts.is_empty() => doc! {},
        Filter::And(parts) => doc! {"$and": parts.iter().map(mql).collect::<Vec<_>>()},
        Filter::Or(parts) => doc! {"$or": parts.iter().map(mql).collect::<Vec<_>>()},
        Filter::Nor(parts) => doc! {"$nor": parts.iter().map(mql).collect::<Vec<_>>()},
        Filter::Field(path, test) => {
            let test = match test {
                Test::Eq(value) => doc! {"$eq": value},
                Test::Ne(value) => doc! {"$ne": value},
                Test::In(values) => doc! {"$in": values},
                Test::Exists(exists) => doc! {"$exists": exists},
                _ => doc! {"$in": []},
            };
            let mut document = Document::new();
            document.insert(path, test);
            document
        }
    }
}

fn group(key: Bson, rows: &Rows) -> Document {
    let path = match rows.value.as_ref().map(|value| &value.of) {
        Some(Quantity::Field(path) | Quantity::Between { from: path, .. }) => path.as_str(),
        None => "",
    };
    let stage = match rows.aggregate {
        Aggregate::Count | Aggregate::Avg | Aggregate::Distinct | Aggregate::Percentile(_) => {
            doc! {"_id": key, "v": {"$sum": 1}}
        }
        Aggregate::Min => doc! {"_id": key, "v": {"$min": format!("${path}")}},
        Aggregate::Max => doc! {"_id": key, "v": {"$max": format!("${path}")}},
        Aggregate::Sum => {
            let value = format!("${path}");
            // The least long has no absolute value of its own type.
            let magnitude = doc! {"$switch": {
                "branches": [
                    {"case": {"$in": [{"$type": &value}, ["int", "long"]]},
                     "then": {"$abs": {"$toDouble": &value}}},
                    {"case": {"$in": [{"$type": &value}, ["double", "decimal"]]}, "then": {"$abs": &value}},
                ],
                "default": 0,
            }};
            let doubles = doc! {"$cond": [{"$eq": [{"$type": &value}, "double"]}, 1, 0]};
            doc! {"_id": key, "v": {"$sum": value}, "m": {"$sum": magnitude}, "n": {"$sum": 1}, "d": {"$sum": doubles}}
        }
    };
    doc! {"$group": stage}
}

/// What MongoDB's answers say. `by` has the documents of each breakdown's pipeline, `keys` those of
/// [`keys_pipeline`] per breakdown (empty where the query names no collection).
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
        answer.state.total = value(document);
        answer.total_weight = weight(document);
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
            answer.state.groups.insert(key.clone(), value(document));
            answer.weights.insert(key, weight(document));
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

fn value(document: &Document) -> Value {
    match document.get("v").map(|value| RawBson::try_from(value.clone())) {
        Some(Ok(raw)) => value_of(raw.as_raw_bson_ref()),
        _ => Value::None(NoData::Unavailable),
    }
}

fn key_text(document: &Document) -> String {
    let raw = RawBson::try_from(document.get("_id").cloned().unwrap_or(Bson::Null));
    json::text(raw.as_ref().ok().map(RawBson::as_raw_bson_ref))
}

fn weight(document: &Document) -> Weight {
    let number = |name: &str| match document.get(name).map(|value| RawBson::try_from(value.clone())) {
        Some(Ok(raw)) => match raw.as_raw_bson_ref() {
            RawBsonRef::Decimal128(d) => d.to_string().parse().unwrap_or(f64::NAN),
            RawBsonRef::Double(x) => x,
            RawBsonRef::Int32(n) => n.into(),
            RawBsonRef::Int64(n) => n as f64,
            _ => 0.0,
        },
        _ => 0.0,
    };
    Weight { magnitude: number("m"), rows: number("n"), doubles: number("d") > 0.0 }
}

/// A formula's state from its inputs' states (indexed as the board's metrics); the engine's own
/// function. `None` inputs are no data. A metric that is no formula has no value.
pub fn formula_state(
    board: &Board,
    metric: usize,
    inputs: &[Option<MetricState>],
    now: Millis,
) -> MetricState {
    match board.metrics.get(metric).map(|metric| &metric.source) {
        Some(Source::Formula(formula)) => formula::state(board, formula, inputs, now),
        _ => MetricState { total: Value::None(NoData::Unavailable), groups: BTreeMap::new() },
    }
}
