//! Every metric against its own aggregation in MongoDB, at one cluster time.

mod asking;
mod differences;
mod fresh;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use vigil_board::{Board, Source as MetricSource};
use vigil_engine::audit;
use vigil_wire::{AsOf, MetricState, Value};

use crate::mongo::Source;
use crate::operation::Frozen;

use asking::{Answered, Asker};

pub use fresh::{Fresh, FreshProblem, Reading};

/// Metrics that are asked about at the same time: MongoDB has other work to do.
const AT_ONCE: usize = 3;

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

/// One round over all metrics of a board: rows first, then the formulas over them.
pub struct Round {
    board: Arc<Board>,
    frozen: Arc<Frozen>,
    asker: Asker,
    rows: std::vec::IntoIter<usize>,
    /// Dropped, and with it aborted, when the round is.
    asking: JoinSet<(usize, Result<Answered, String>)>,
    /// What needs no asking, in an order in which inputs come first.
    computed: std::vec::IntoIter<usize>,
    /// MongoDB's answers, or why there is none.
    answers: Vec<Option<Result<Answered, String>>>,
}

impl Round {
    pub fn new(board: Arc<Board>, frozen: Frozen, source: &Source) -> Self {
        let of = |wanted: fn(&MetricSource) -> bool| {
            let metrics = board.metrics.iter().enumerate();
            metrics.filter(move |(_, metric)| wanted(&metric.source)).map(|(i, _)| i)
        };
        let rows: Vec<usize> = of(|source| matches!(source, MetricSource::Rows(_))).collect();
        let own = of(|source| matches!(source, MetricSource::System(_)));
        let computed: Vec<usize> = own.chain(board.formula_order()).collect();
        let frozen = Arc::new(frozen);
        Round {
            asker: Asker::new(board.clone(), source.clone(), frozen.at, frozen.now),
            rows: rows.into_iter(),
            asking: JoinSet::new(),
            computed: computed.into_iter(),
            answers: board.metrics.iter().map(|_| None).collect(),
            frozen,
            board,
        }
    }

    /// Number of metrics.
    pub fn len(&self) -> usize {
        self.board.metrics.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until one more metric is done; false when there is none left.
    pub async fn step(&mut self) -> bool {
        while self.asking.len() < AT_ONCE
            && let Some(metric) = self.rows.next()
        {
            let asker = self.asker.clone();
            self.asking.spawn(async move { (metric, asker.ask(metric).await) });
        }
        match self.asking.join_next().await {
            Some(Ok((metric, answer))) => self.answers[metric] = Some(answer),
            // A panic was reported where it happened; that metric has no answer.
            Some(Err(_)) => {}
            None => match self.computed.next() {
                Some(metric) => self.answers[metric] = self.compute(metric),
                None => return false,
            },
        }
        true
    }

    /// What was found; call it after the last step.
    pub fn report(&self) -> Report {
        let metrics = self.board.metrics.iter().enumerate().map(|(i, metric)| MetricReport {
            id: metric.id.clone(),
            outcome: match (&self.answers[i], &metric.source) {
                (None, MetricSource::System(_)) => Outcome::OwnFigure,
                (None, _) => Outcome::NotVerified { why: "it was not asked about".to_owned() },
                (Some(Err(why)), _) => Outcome::NotVerified { why: why.clone() },
                (Some(Ok(theirs)), _) => differences::compare(&self.frozen.states[i], theirs),
            },
        });
        Report { metrics: metrics.collect(), as_of: AsOf { t: self.frozen.at, now: self.frozen.now } }
    }

    /// A formula over inputs that MongoDB has confirmed; over its own answers for those that it has not.
    fn compute(&self, metric: usize) -> Option<Result<Answered, String>> {
        let MetricSource::Formula(formula) = &self.board.metrics[metric].source else { return None };
        let used = formula.inputs();
        let mut inputs = Vec::with_capacity(self.answers.len());
        for (i, answer) in self.answers.iter().enumerate() {
            let is_own = matches!(self.board.metrics[i].source, MetricSource::System(_));
            inputs.push(match answer {
                Some(Ok(theirs)) => Some(self.agreed(i, theirs)),
                // The sidecar's own figures are what they are.
                None if is_own => Some(self.frozen.states[i].clone()),
                Some(Err(_)) | None if used.contains(&i) => {
                    return Some(Err(format!("its input {} is not verified", self.board.metrics[i].id)));
                }
                Some(Err(_)) | None => None,
            });
        }
        let state = audit::formula_state(&self.board, metric, &inputs, self.frozen.now);
        Some(Ok(Answered::Computed(state)))
    }

    /// Our own state where MongoDB's answer is the same: what may differ within that (the last digits of
    /// doubles, groups that were too many a moment ago) a formula could make larger.
    fn agreed(&self, metric: usize, theirs: &Answered) -> MetricState {
        let ours = &self.frozen.states[metric];
        match differences::compare(ours, theirs) {
            Outcome::Exact { .. } => ours.clone(),
            Outcome::Drift { .. } | Outcome::NotVerified { .. } | Outcome::OwnFigure => {
                theirs.state().clone()
            }
        }
    }
}
