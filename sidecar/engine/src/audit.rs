//! The same questions asked of MongoDB, and its answers compared with ours.
//!
//! Pure: the text of the question, and what the answer means. Windows are literal instants, so that
//! the server's own (possibly old) time-zone table does not matter.

use std::collections::BTreeMap;

use bson::{Document, doc};
use vigil_board::{Aggregate, Board, Source};
use vigil_wire::{MetricState, Millis, NoData, Value};

use crate::formula;
use crate::measure::unit_ms;

mod answer;
mod compare;
mod group;
mod keys;
mod measure;
mod mql;
mod window;

pub use answer::{Answer, state_from};
pub use compare::{Difference, compare, equal};
pub use keys::KeysQuery;

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
    /// Per breakdown what to ask for groups that have no rows.
    pub keys: Vec<Option<KeysQuery>>,
    aggregate: Aggregate,
    /// Of times, which MongoDB answers in milliseconds.
    unit_ms: Option<u64>,
    max_groups: usize,
}

/// The questions about a metric at `now`; `None` for the sidecar's own figures and for formulas
/// (those are audited through their inputs).
pub fn query(board: &Board, metric: usize, now: Millis) -> Option<AuditQuery> {
    let Source::Rows(rows) = &board.metrics.get(metric)?.source else { return None };
    let mut counted = vec![doc! {"$match": mql::mql(&rows.filter)}];
    counted.extend(rows.window.iter().flat_map(|window| window::stages(board, window, now)));
    counted.extend(rows.value.iter().flat_map(measure::stages));
    let pipeline = |key: keys::Key| {
        let grouped = group::stages(key.expression, rows);
        counted.iter().cloned().chain(key.stages).chain(grouped).collect()
    };
    Some(AuditQuery {
        metric,
        collection: rows.from.clone(),
        total: pipeline(keys::total()),
        by: rows.by.iter().map(|by| pipeline(keys::key(board, rows, by, now))).collect(),
        keys: rows.by.iter().map(|by| by.keys.as_ref().map(keys::named)).collect(),
        aggregate: rows.aggregate,
        unit_ms: unit_ms(rows),
        max_groups: board.max_groups,
    })
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
