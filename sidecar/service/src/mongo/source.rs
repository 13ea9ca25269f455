use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, Document, RawDocumentBuf, Timestamp, doc};
use futures_util::TryStreamExt;
use mongodb::options::{ClientOptions, Collation, SessionOptions};
use mongodb::{Client, ClientSession, Collection, Database};
use vigil_capture::{Failure, WatchPlan};
use vigil_wire::ClusterTime;

use super::hello::{hello, op_time};
use super::{MongoConfig, failure};

/// A look-up of documents by their `_id`s.
const LOOKUP: Duration = Duration::from_secs(10);
/// Documents of one look-up.
const LOOKUP_IDS: usize = 500;
/// One aggregation over a collection; the server stops it then, too.
const AGGREGATION: Duration = Duration::from_secs(60);

/// A connection to the watched database; clones share it.
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) config: Arc<MongoConfig>,
}

/// Documents that were read again.
#[derive(Debug, Clone, PartialEq)]
pub struct Reread {
    /// Tracked fields and `_id` of those that were there.
    pub found: Vec<RawDocumentBuf>,
    /// The others were not there, or their collection has been dropped since: a read at a time before a
    /// drop comes back empty, without an error. A stream that has passed this time without the drop
    /// says that it was the first.
    pub told_by: ClusterTime,
}

/// The connection string or a TLS file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ProbeFailure {
    pub what: String,
    pub next_step: String,
}

/// A read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct SourceError {
    pub failure: Failure,
}

impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        SourceError { failure }
    }
}

/// Prepares the connection; the first command makes it. Nothing is sent yet, but for the DNS query of
/// a `mongodb+srv` address.
///
/// # Errors
/// When the connection string or what it names (a CA file) cannot be used.
pub async fn connect(config: MongoConfig) -> Result<Source, ProbeFailure> {
    let client = client(&config, false).await?;
    let database = client.database(&config.plan.database);
    Ok(Source { client, database, config: Arc::new(config) })
}

/// `direct`: talk to the first host alone, whatever it is.
pub(super) async fn client(config: &MongoConfig, direct: bool) -> Result<Client, ProbeFailure> {
    // The driver's message may repeat the string.
    let unusable = |what: &str| ProbeFailure {
        what: what.to_owned(),
        next_step: Failure::Configuration.next_step().to_owned(),
    };
    let mut options = ClientOptions::parse(config.uri())
        .await
        .map_err(|_| unusable("The MongoDB connection string cannot be used."))?;
    options.app_name = Some("vigil-sidecar".to_owned());
    options.server_selection_timeout = Some(config.server_selection_timeout);
    options.connect_timeout = Some(config.server_selection_timeout);
    options.max_pool_size = Some(8);
    options.cmap_event_handler.clone_from(&config.on_connection);
    options.command_event_handler.clone_from(&config.on_command);
    if direct {
        options.repl_set_name = None;
        options.direct_connection = Some(true);
        options.hosts.truncate(1);
    }
    Client::with_options(options)
        .map_err(|_| unusable("The MongoDB connection string or its TLS files cannot be used."))
}

impl Source {
    pub fn plan(&self) -> &Arc<WatchPlan> {
        &self.config.plan
    }

    pub(super) fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// A session whose reads all see the snapshot of `at`.
    pub(super) async fn snapshot(&self, at: ClusterTime) -> Result<ClientSession, Failure> {
        let mut options = SessionOptions::default();
        options.snapshot = Some(true);
        options.snapshot_time = Some(timestamp(at));
        failure::within(LOOKUP, async { self.client.start_session().with_options(options).await }).await
    }

    /// Documents as they were at `at`, by their `_id`s.
    ///
    /// # Errors
    /// Also when `at` is older than the server's history (300 s), or from before a drop, rename or
    /// re-creation of the collection: the stream then brings what makes the question pointless, or
    /// a later time to ask at.
    pub async fn reread(
        &self,
        collection: &str,
        ids: &[Bson],
        at: ClusterTime,
    ) -> Result<Reread, SourceError> {
        let collection_of_raw = self.database.collection::<RawDocumentBuf>(collection);
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(LOOKUP_IDS) {
            let mut session = self.snapshot(at).await?;
            let documents: Vec<RawDocumentBuf> = failure::within(LOOKUP, async {
                let these = doc! { "_id": { "$in": ids } };
                let projection = self.plan().scan_projection(collection);
                let mut cursor =
                    collection_of_raw.find(these).projection(projection).session(&mut session).await?;
                cursor.stream(&mut session).try_collect().await
            })
            .await?;
            found.extend(documents);
        }
        let told_by = if found.len() < ids.len() { self.last_write().await? } else { at };
        Ok(Reread { found, told_by })
    }

    /// The newest write that the primary has made, known to a majority or not: a drop that a read has
    /// met is not later.
    pub async fn last_write(&self) -> Result<ClusterTime, Failure> {
        let (reply, sample) = hello(&self.client).await?;
        Ok(op_time(&reply, "opTime").unwrap_or_default().max(sample.majority))
    }

    /// An aggregation over the collection as it was at `at`.
    ///
    /// # Errors
    /// As with [`Source::reread`]. A collection that was dropped since answers as if it had been empty.
    pub async fn aggregate_at(
        &self,
        collection: &str,
        pipeline: Vec<Document>,
        at: ClusterTime,
    ) -> Result<Vec<Document>, SourceError> {
        let mut session = self.snapshot(at).await?;
        let collection = self.collection(collection);
        let documents = failure::within(AGGREGATION, async {
            // As the engine compares: byte by byte, whatever collation the collection was made with.
            let simple = Collation::builder().locale("simple").build();
            let aggregate =
                collection.aggregate(pipeline).collation(simple).max_time(AGGREGATION).session(&mut session);
            let mut cursor = aggregate.await?;
            cursor.stream(&mut session).try_collect().await
        });
        Ok(documents.await?)
    }
}

pub(super) fn timestamp(time: ClusterTime) -> Timestamp {
    Timestamp { time: time.seconds, increment: time.ordinal }
}
