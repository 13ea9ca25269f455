use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, Document};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vigil_capture::{Progress, WatchPlan};
use vigil_engine::{Change, ChangeKind};
use vigil_sidecar::mongo::{MongoConfig, Source, SourceEvent, connect, follow};
use vigil_wire::ClusterTime;

/// Longer than any event of these tests takes.
const LIMIT: Duration = Duration::from_secs(40);

pub fn plan(database: &str, collections: &[(&str, &[&str])]) -> Arc<WatchPlan> {
    let collections = collections
        .iter()
        .map(|(name, paths)| ((*name).to_owned(), paths.iter().map(|path| (*path).to_owned()).collect()));
    Arc::new(WatchPlan { database: database.to_owned(), collections: collections.collect() })
}

/// What a followed source sends.
pub struct Feed {
    pub source: Source,
    events: mpsc::Receiver<SourceEvent>,
    task: JoinHandle<()>,
}

/// What a whole read brought.
#[derive(Debug, Default)]
pub struct Read {
    pub documents: BTreeMap<String, Vec<Document>>,
    pub begun: Vec<(String, ClusterTime)>,
    pub synced: ClusterTime,
}

impl Feed {
    pub async fn new(config: MongoConfig) -> Self {
        let source = connect(config).await.unwrap();
        let (tx, events) = mpsc::channel(4);
        let task = follow(source.clone(), tx);
        Feed { source, events, task }
    }

    /// The next event that is no `Hello`.
    pub async fn next(&mut self) -> SourceEvent {
        loop {
            let event =
                tokio::time::timeout(LIMIT, self.events.recv()).await.expect("nothing comes").expect("ended");
            if !matches!(event, SourceEvent::Hello(_)) {
                return event;
            }
        }
    }

    pub async fn hello(&mut self) -> vigil_sidecar::mongo::HelloSample {
        loop {
            if let SourceEvent::Hello(sample) =
                tokio::time::timeout(LIMIT, self.events.recv()).await.unwrap().unwrap()
            {
                return sample;
            }
        }
    }

    /// Whether what is sent has to wait for being received.
    pub fn is_full(&self) -> bool {
        self.events.len() == self.events.max_capacity()
    }

    /// A whole read, from the first `ScanBegin` to `Synced`.
    pub async fn read(&mut self) -> Read {
        let mut read = Read::default();
        loop {
            match self.next().await {
                SourceEvent::ScanBegin { collection, at } => {
                    read.documents.insert(collection.clone(), Vec::new());
                    read.begun.push((collection, at));
                }
                SourceEvent::ScanBatch { collection, documents } => {
                    let documents = documents.into_iter().map(|raw| Document::try_from(raw).unwrap());
                    read.documents.get_mut(&collection).expect("begun").extend(documents);
                }
                SourceEvent::ScanEnd { .. } => {}
                SourceEvent::Synced { at } => {
                    read.synced = at;
                    return read;
                }
                other => panic!("not part of a read: {other:?}"),
            }
        }
    }

    pub async fn batch(&mut self) -> Progress {
        match self.next().await {
            SourceEvent::Batch(progress) => progress,
            other => panic!("no batch: {other:?}"),
        }
    }

    /// Changes up to and with that of the document `last`.
    pub async fn changes_until(&mut self, last: &str) -> Vec<Change> {
        let mut changes = Vec::new();
        loop {
            changes.extend(self.batch().await.changes);
            if changes.iter().any(|change| id(change) == Some(&Bson::from(last))) {
                return changes;
            }
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub fn id(change: &Change) -> Option<&Bson> {
    match &change.kind {
        ChangeKind::Put { id, .. } | ChangeKind::Update { id, .. } | ChangeKind::Delete { id } => Some(id),
        ChangeKind::Clear => None,
    }
}
