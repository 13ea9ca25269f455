use std::collections::BTreeMap;
use std::sync::Arc;

use bson::{Document, doc};
use vigil_board::Board;
use vigil_capture::{Failure, WatchPlan};
use vigil_engine::Engine;
use vigil_wire::{ClusterTime, Millis};

use super::{Report, Round};
use crate::mongo::{Source, SourceError};
use crate::operation::Frozen;

/// An engine of its own, filled from MongoDB at one cluster time; no running sidecar is needed.
pub struct Fresh {
    board: Arc<Board>,
    source: Source,
    at: ClusterTime,
    now: Millis,
    engine: Engine,
    /// Documents read per collection.
    read: BTreeMap<String, usize>,
}

/// Why nothing can be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FreshProblem {
    pub what: String,
    pub next_step: String,
}

/// How far the read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'a> {
    pub collection: &'a str,
    pub documents: usize,
    /// All of the collection.
    pub whole: bool,
}

impl From<SourceError> for FreshProblem {
    fn from(error: SourceError) -> Self {
        let failure = &error.failure;
        let next_step = match failure {
            // SnapshotTooOld.
            Failure::Command { code: 239, .. } => {
                "Reading took longer than MongoDB keeps its history; enlarge \
                 minSnapshotHistoryWindowInSeconds, or verify a running sidecar."
            }
            _ => failure.next_step(),
        };
        FreshProblem { what: failure.to_string(), next_step: next_step.to_owned() }
    }
}

impl Fresh {
    /// Reads every collection that the board names, as of MongoDB's last write; `progress` is told.
    ///
    /// # Errors
    /// When MongoDB cannot be reached or read.
    pub async fn read(
        board: Arc<Board>,
        source: Source,
        mut progress: impl FnMut(Reading<'_>) + Send,
    ) -> Result<Fresh, FreshProblem> {
        let sample = source.moment().await?;
        let (at, now) = (sample.majority, sample.local_time);
        let mut engine = Engine::new(board.clone(), now);
        let mut read = BTreeMap::new();
        for collection in WatchPlan::of(&board).collections.keys() {
            engine.begin_scan(collection, at);
            let mut documents = 0;
            let take = |reply: &crate::mongo::Documents| {
                for document in reply {
                    documents += 1;
                    engine.load(collection, document);
                }
                progress(Reading { collection, documents, whole: false });
            };
            source.read_at(collection, at, take).await?;
            progress(Reading { collection, documents, whole: true });
            read.insert(collection.clone(), documents);
        }
        Ok(Fresh { board, source, at, now, engine, read })
    }

    /// The engine's own answers to every metric, to be compared.
    pub fn round(&self) -> Round {
        let frozen = Frozen {
            at: self.at,
            now: self.now,
            states: self.engine.states(),
            replaced: 0,
            confirmed: Some(self.now),
        };
        Round::new(self.board.clone(), frozen, &self.source)
    }

    /// The round's report; drift that a dropped collection may look like is none.
    pub async fn report(&self, round: &Round) -> Report {
        let mut report = round.report();
        if report.drifted() > 0
            && let Some(collection) = self.replaced().await
        {
            report.discard_drift(&format!("{collection} was dropped or replaced meanwhile; ask again"));
        }
        report
    }

    /// A collection that is not at the same time what it was: a read at a time before a drop comes back
    /// empty, without an error.
    async fn replaced(&self) -> Option<&str> {
        for (collection, documents) in &self.read {
            let count = vec![doc! { "$count": "n" }];
            match self.source.aggregate_at(collection, count, self.at).await {
                Ok(answer) if counted(&answer) == *documents => {}
                Ok(_) | Err(_) => return Some(collection),
            }
        }
        None
    }
}

/// No document at all: none were counted.
fn counted(answer: &[Document]) -> usize {
    let n = answer.first().and_then(|document| document.get("n")).and_then(|n| match n {
        bson::Bson::Int32(n) => Some(i64::from(*n)),
        bson::Bson::Int64(n) => Some(*n),
        _ => None,
    });
    n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}
