//! Every metric against its own aggregation in MongoDB, at one cluster time.

use std::collections::BTreeSet;
use std::sync::Arc;

use bson::Document;
use serde::{Deserialize, Serialize};
use vigil_board::{Board, Source as MetricSource};
use vigil_capture::Failure;
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

    /// Takes drift for what it is when MongoDB's answers cannot be relied on: not verified.
    pub fn discard_drift(&mut self, why: &str) {
        for metric in &mut self.metrics {
            if matches!(metric.outcome, Outcome::Drift { .. }) {
                metric.outcome = Outcome::NotVerified { why: why.to_owned() };
            }
        }
    }

    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.metrics.iter().filter(|metric| which(&metric.outcome)).count()
    }
}

/// What MongoDB says about a metric.
#[derive(Debug, Clone)]
enum Answered {
    /// Itself, with how far sums may be apart.
    Asked(audit::Answer),
    /// By a formula over what it said about the inputs.
    Computed(MetricState),
}

impl Answered {
    fn state(&self) -> &MetricState {
        match self {
            Answered::Asked(answer) => &answer.state,
            Answered::Computed(state) => state,
        }
    }
}

/// One round over all metrics of a board, a metric a step; inputs before the formulas over them.
pub struct Round {
    board: Arc<Board>,
    frozen: Frozen,
    order: std::vec::IntoIter<usize>,
    /// MongoDB's answers, or why there is none.
    answers: Vec<Option<Result<Answered, String>>>,
    /// Why MongoDB cannot be asked any more: the other metrics need not wait for the same.
    gone: Option<String>,
}

impl Round {
    pub fn new(board: Arc<Board>, frozen: Frozen) -> Self {
        let is_formula = |i: &usize| matches!(board.metrics[*i].source, MetricSource::Formula(_));
        let rows = (0..board.metrics.len()).filter(|i| !is_formula(i));
        let order: Vec<usize> = rows.chain(board.formula_order()).collect();
        let answers = board.metrics.iter().map(|_| None).collect();
        Round { order: order.into_iter(), answers, gone: None, board, frozen }
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
        Report { metrics: metrics.collect(), as_of: AsOf { t: self.frozen.at, now: self.frozen.now } }
    }

    async fn ask(&mut self, metric: usize, source: &Source) -> Result<Answered, String> {
        let now = self.frozen.now;
        let query = audit::query(&self.board, metric, now).ok_or("there is nothing to ask")?;
        let total = self.aggregate(source, &query.collection, query.total.clone()).await?;
        let mut by = Vec::with_capacity(query.by.len());
        for pipeline in &query.by {
            by.push(self.aggregate(source, &query.collection, pipeline.clone()).await?);
        }
        let mut keys = Vec::with_capacity(query.keys.len());
        for collection in &query.keys {
            keys.push(match collection {
                Some(collection) => self.aggregate(source, collection, audit::keys_pipeline()).await?,
                None => Vec::new(),
            });
        }
        Ok(Answered::Asked(audit::state_from(&query, &total, &by, &keys)))
    }

    async fn aggregate(
        &mut self,
        source: &Source,
        collection: &str,
        pipeline: Vec<Document>,
    ) -> Result<Vec<Document>, String> {
        if let Some(why) = &self.gone {
            return Err(why.clone());
        }
        let answer = source.aggregate_at(collection, pipeline, self.frozen.at).await;
        answer.map_err(|error| {
            let why = error.to_string();
            if matches!(error.failure, Failure::Network | Failure::TimedOut | Failure::NoServer) {
                self.gone = Some(why.clone());
            }
            why
        })
    }

    /// A formula over MongoDB's own answers for its inputs.
    fn formula(&self, metric: usize) -> Result<Answered, String> {
        let mut inputs = Vec::with_capacity(self.answers.len());
        for (i, answer) in self.answers.iter().enumerate() {
            inputs.push(match answer {
                Some(Ok(theirs)) => Some(theirs.state().clone()),
                Some(Err(_)) if self.is_input(metric, i) => {
                    return Err(format!("its input {} is not verified", self.board.metrics[i].id));
                }
                Some(Err(_)) => None,
                // The sidecar's own figures are what they are; a later formula is no input of this one.
                None => Some(self.frozen.states[i].clone()),
            });
        }
        Ok(Answered::Computed(audit::formula_state(&self.board, metric, &inputs, self.frozen.now)))
    }

    fn is_input(&self, formula: usize, metric: usize) -> bool {
        match &self.board.metrics[formula].source {
            MetricSource::Formula(formula) => formula.inputs().contains(&metric),
            MetricSource::Rows(_) | MetricSource::System(_) => false,
        }
    }
}

fn compare(ours: &MetricState, theirs: &Answered) -> Outcome {
    let mut listed: Vec<Drift> = match theirs {
        Answered::Asked(answer) => audit::compare(ours, answer).into_iter().map(Drift::from).collect(),
        Answered::Computed(state) => differences(ours, state),
    };
    if listed.is_empty() {
        return Outcome::Exact { total: ours.total.clone(), groups: ours.groups.len() };
    }
    let differences = listed.len();
    listed.truncate(LISTED_DRIFTS);
    Outcome::Drift { differences, listed }
}

fn differences(ours: &MetricState, theirs: &MetricState) -> Vec<Drift> {
    let keys: BTreeSet<_> = ours.groups.keys().chain(theirs.groups.keys()).collect();
    let groups =
        keys.into_iter().map(|key| (Some(key.1.clone()), ours.groups.get(key), theirs.groups.get(key)));
    let total = (None, Some(&ours.total), Some(&theirs.total));
    std::iter::once(total)
        .chain(groups)
        .filter(|(_, ours, theirs)| {
            !ours.zip(*theirs).is_some_and(|(ours, theirs)| audit::equal(ours, theirs))
        })
        .map(|(group, ours, theirs)| Drift { group, vigil: ours.cloned(), mongodb: theirs.cloned() })
        .collect()
}

impl From<audit::Difference> for Drift {
    fn from(difference: audit::Difference) -> Self {
        Drift {
            group: difference.group.map(|(_, key)| key),
            vigil: difference.ours,
            mongodb: difference.theirs,
        }
    }
}
