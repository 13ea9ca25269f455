use std::sync::{Arc, OnceLock};

use bson::Document;
use vigil_board::Board;
use vigil_capture::Failure;
use vigil_engine::audit;
use vigil_wire::{ClusterTime, MetricState, Millis};

use crate::mongo::Source;

/// What MongoDB says about a metric.
#[derive(Debug, Clone)]
pub(super) enum Answered {
    /// Itself, with how far sums may be apart.
    Asked(audit::Answer),
    /// By a formula over what it said about the inputs.
    Computed(MetricState),
}

impl Answered {
    pub fn state(&self) -> &MetricState {
        match self {
            Answered::Asked(answer) => &answer.state,
            Answered::Computed(state) => state,
        }
    }
}

/// Asks MongoDB about metrics, all at one cluster time; clones share what they learn.
#[derive(Clone)]
pub(super) struct Asker {
    board: Arc<Board>,
    source: Source,
    at: ClusterTime,
    now: Millis,
    /// Why MongoDB cannot be asked any more: the other metrics need not wait for the same.
    gone: Arc<OnceLock<String>>,
}

impl Asker {
    pub fn new(board: Arc<Board>, source: Source, at: ClusterTime, now: Millis) -> Self {
        Asker { board, source, at, now, gone: Arc::default() }
    }

    pub async fn ask(&self, metric: usize) -> Result<Answered, String> {
        let query = audit::query(&self.board, metric, self.now).ok_or("there is nothing to ask")?;
        let total = self.aggregate(&query.collection, query.total.clone()).await?;
        let mut by = Vec::with_capacity(query.by.len());
        for pipeline in &query.by {
            by.push(self.aggregate(&query.collection, pipeline.clone()).await?);
        }
        let mut keys = Vec::with_capacity(query.keys.len());
        for named in &query.keys {
            keys.push(match named {
                Some(named) => self.aggregate(&named.collection, named.pipeline.clone()).await?,
                None => Vec::new(),
            });
        }
        Ok(Answered::Asked(audit::state_from(&query, &total, &by, &keys)))
    }

    async fn aggregate(&self, collection: &str, pipeline: Vec<Document>) -> Result<Vec<Document>, String> {
        if let Some(why) = self.gone.get() {
            return Err(why.clone());
        }
        let answer = self.source.aggregate_at(collection, pipeline, self.at).await;
        answer.map_err(|error| {
            let why = error.to_string();
            if matches!(error.failure, Failure::Network | Failure::TimedOut | Failure::NoServer) {
                // Two that fail at once say the same.
                drop(self.gone.set(why.clone()));
            }
            why
        })
    }
}
