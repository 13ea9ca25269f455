//! Every metric against its own aggregation in MongoDB, at one cluster time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vigil_board::{Board, Source as MetricSource};
use vigil_engine::audit;
use vigil_wire::{AsOf, MetricState, Value};

use crate::mongo::Source;
use crate::operation::Frozen;

/// At most so many differing groups of a metric are listed.
const LISTED_DRIFTS: usize = 20;

/// What a round of verification found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub as_of: AsOf,
    pub metrics: Vec<MetricReport>,
}

/// What was found for one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricReport {
    pub id: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Total and all groups are equal.
    Exact { total: Value, groups: usize },
    /// They are not.
    Drift { differences: usize, listed: Vec<Drift> },
    /// The question could not be asked; this is no drift.
    NotVerified { why: String },
    /// The sidecar's own figure: MongoDB does not know it.
    OwnFigure,
}

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// `None` for the total.
    pub group: Option<String>,
    /// `None` where Vigil has no such group.
    pub vigil: Option<Value>,
    /// `None` where MongoDB has no such group.
    pub mongodb: Option<Value>,
}

impl Report {
    pub fn exact(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Exact { .. }))
    }

    pub fn drifted(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Drift { .. }))
    }

    pub fn not_verified(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::NotVerified { .. }))
    }

    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.metrics.iter().filter(|metric| which(&metric.outcome)).count()
    }
}

/// One round over all metrics of a board, a metric a step; inputs before the formulas over them.
pub struct Round {
    board: Arc<Board>,
    frozen: Frozen,
    order: std::vec::IntoIter<usize>,
    /// MongoDB's answers, or why there is none.
    answers: Vec<Option<Result<MetricState, String>>>,
}

impl Round {
    pub fn new(board: Arc<Board>, frozen: Frozen) -> Self {
        let is_formula = |i: &usize| matches!(board.metrics[*i].source, MetricSource::Formula(_));
        let rows = (0..board.metrics.len()).filter(|i| !is_formula(i));
        let order: Vec<usize> = rows.chain(board.formula_order()).collect();
        let answers = vec![None; board.metrics.len()];
        Round { order: order.into_iter(), answers, board, frozen }
    }

    /// Number of metrics.
    pub fn len(&self) -> usize {
        self.board.metrics.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks MongoDB for the next metric; false when there is none left.
    pub async fn step(&mut self, source: &Source) -> bool {
        let Some(metric) = self.order.next() else { return false };
        let answer = match &self.board.metrics[metric].source {
            MetricSource::System(_) => None,
            MetricSource::Formula(_) => Some(self.formula(metric)),
            MetricSource::Rows(_) => Some(self.ask(metric, source).await),
        };
        self.answers[metric] = answer;
        true
    }

    /// What was found; call it after the last step.
    pub fn report(&self) -> Report {
        let metrics = self.board.metrics.iter().enumerate().map(|(i, metric)| MetricReport {
            id: metric.id.clone(),
            outcome: match &self.answers[i] {
                None => Outcome::OwnFigure,
                Some(Err(why)) => Outcome::NotVerified { why: why.clone() },
                Some(Ok(theirs)) => compare(&self.frozen.states[i], theirs),
            },
        });
        Report {
            metrics: metrics.collect(),
            as_of: AsOf { t: self.frozen.at, now: self.frozen.now },
        }
    }

    async fn ask(&self, metric: usize, source: &Source) -> Result<MetricState, String> {
        let query = audit::query(&self.board, metric, self.frozen.now).ok_or("nothing to ask")?;
        let mut replies = Vec::new();
        for (collection, pipeline) in query.pipelines() {
            let reply = source.aggregate_at(collection, pipeline, self.frozen.at).await;
            replies.push(reply.map_err(|failure| failure.to_string())?);
        }
        Ok(query.state_from(&replies))
    }

    /// A formula over MongoDB's own answers for its inputs.
    fn formula(&self, metric: usize) -> Result<MetricState, String> {
        let inputs: Vec<Option<MetricState>> = self
            .answers
            .iter()
            .zip(&self.frozen.states)
            .map(|(answer, ours)| match answer {
                Some(Ok(theirs)) => Some(theirs.clone()),
                Some(Err(_)) => None,
                // The sidecar's own figures are what they are.
                None => Some(ours.clone()),
            })
            .collect();
        audit::formula_state(&self.board, metric, &inputs, self.frozen.now)
            .ok_or_else(|| "an input could not be verified".to_owned())
    }
}

fn compare(ours: &MetricState, theirs: &MetricState) -> Outcome {
    let mut drifts = Vec::new();
    if !audit::equal(&ours.total, &theirs.total) {
        drifts.push(Drift {
            group: None,
            vigil: Some(ours.total.clone()),
            mongodb: Some(theirs.total.clone()),
        });
    }
    let mut keys: Vec<_> = ours.groups.keys().chain(theirs.groups.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (vigil, mongodb) = (ours.groups.get(key), theirs.groups.get(key));
        let same = matches!((vigil, mongodb), (Some(a), Some(b)) if audit::equal(a, b));
        if !same {
            drifts.push(Drift {
                group: Some(key.1.clone()),
                vigil: vigil.cloned(),
                mongodb: mongodb.cloned(),
            });
        }
    }
    if drifts.is_empty() {
        return Outcome::Exact { total: ours.total.clone(), groups: ours.groups.len() };
    }
    let differences = drifts.len();
    drifts.truncate(LISTED_DRIFTS);
    Outcome::Drift { differences, listed: drifts }
}
