//! Reading collections whole, at a known time.

use std::collections::BTreeSet;
use std::time::Duration;

use bson::{Bson, RawBsonRef, RawDocument, doc};
use futures_util::StreamExt;
use mongodb::options::Hint;
use mongodb::raw_batch_cursor::RawBatch;
use vigil_capture::{Failure, Progress};
use vigil_wire::ClusterTime;

use super::SourceEvent;
use super::failure::patiently;
use super::follow::{Following, Stop};

/// Documents per reply: small ones fill a reply of a few hundred KB, and four may wait in the channel.
const BATCH: u32 = 5_000;
/// Documents per snapshot, where one would not last for all.
const PART: u32 = 100_000;
/// A reply of a scan is due well before that.
const REPLY_LIMIT: Duration = Duration::from_secs(60);

/// How often a scan is begun again because the collection was replaced meanwhile, and how soon: until
/// then the replacement is known to a majority.
const REPLACED_MAX: u32 = 10;
const REPLACED_PAUSE: Duration = Duration::from_millis(200);

/// Documents of one reply, as they came: tracked fields and `_id`.
#[derive(Debug)]
pub struct Documents {
    reply: RawBatch,
    skip: usize,
}

impl<'a> IntoIterator for &'a Documents {
    type Item = &'a RawDocument;
    type IntoIter = Box<dyn Iterator<Item = &'a RawDocument> + Send + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        let documents = self.reply.doc_slices().ok().into_iter().flatten();
        Box::new(documents.filter_map(|document| document.ok()?.as_document()).skip(self.skip))
    }
}

impl Documents {
    pub(super) fn whole(reply: RawBatch) -> Self {
        Documents { reply, skip: 0 }
    }

    fn last_id(&self) -> Option<Bson> {
        let last = self.into_iter().last()?;
        Bson::try_from(last.get("_id").ok()??).ok()
    }
}

impl Following {
    /// Reads every collection, all at one time where one snapshot lasts. Its rows are as of the time
    /// returned or later; `Synced` is sent.
    pub(super) async fn scan_all(&mut self) -> Result<ClusterTime, Stop> {
        let plan = self.source.plan().clone();
        let (parts, whole): (Vec<&String>, Vec<&String>) =
            plan.collections.keys().partition(|name| self.is_read_in_parts(name));
        let at = self.now().await?;
        for collection in whole.into_iter().chain(parts) {
            self.scan_collection(collection, at).await?;
        }
        self.up().await?;
        if self.synced(at).await? == at {
            // Nothing was written since: that the stream has passed this time need not be waited for.
            self.send(SourceEvent::Batch(Progress { complete: at, ..Progress::default() })).await?;
        }
        Ok(at)
    }

    /// Reads some collections anew, not earlier than `after`. Gives their time; `Synced` is sent.
    ///
    /// A collection that was replaced once more can be read at a later time only; that is no reason to
    /// read the others anew, too.
    pub(super) async fn scan_some(
        &mut self,
        collections: &BTreeSet<String>,
        after: ClusterTime,
    ) -> Result<ClusterTime, Stop> {
        for _ in 0..REPLACED_MAX {
            match self.try_scan_some(collections, after).await {
                Err(Stop::Failed(Failure::Command { code: 246, .. })) => self.pause(REPLACED_PAUSE).await?,
                scanned => return scanned,
            }
        }
        self.try_scan_some(collections, after).await
    }

    async fn try_scan_some(
        &mut self,
        collections: &BTreeSet<String>,
        after: ClusterTime,
    ) -> Result<ClusterTime, Stop> {
        let at = self.now().await?.max(after);
        for collection in collections {
            self.scan_collection(collection, at).await?;
        }
        self.synced(at).await?;
        Ok(at)
    }

    /// Not the time of the read but that of its end: of a collection that was dropped meanwhile the
    /// read came back empty, without an error, though it was there at `at`.
    async fn synced(&mut self, at: ClusterTime) -> Result<ClusterTime, Stop> {
        let at = self.source.last_write().await?.max(at);
        self.send(SourceEvent::Synced { at }).await?;
        Ok(at)
    }

    async fn scan_collection(&mut self, collection: &str, at: ClusterTime) -> Result<(), Stop> {
        if self.is_read_in_parts(collection) {
            return self.scan_in_parts(collection, at).await;
        }
        let scanned = self.scan_whole(collection, at).await;
        if let Err(Stop::Failed(Failure::Command { code: 239, .. })) = scanned {
            // SnapshotTooOld: the next scan takes it in parts.
            self.outlives_snapshot.insert(collection.to_owned());
        }
        scanned
    }

    fn is_read_in_parts(&self, collection: &str) -> bool {
        self.source.config.scan_in_parts_of.is_some() || self.outlives_snapshot.contains(collection)
    }

    async fn scan_whole(&mut self, name: &str, at: ClusterTime) -> Result<(), Stop> {
        let mut session = self.source.snapshot(at).await?;
        let collection = self.source.collection(name);
        let find =
            collection.find(doc! {}).projection(self.source.plan().scan_projection(name)).batch_size(BATCH);
        let mut cursor = patiently(&self.heartbeat, REPLY_LIMIT, find.session(&mut session).batch()).await?;
        self.up().await?;
        self.send(SourceEvent::ScanBegin { collection: name.to_owned(), at }).await?;
        let mut replies = cursor.stream(&mut session);
        while let Some(reply) = patiently(&self.heartbeat, REPLY_LIMIT, next(&mut replies)).await? {
            self.send_documents(name, Documents { reply, skip: 0 }).await?;
        }
        self.send(SourceEvent::ScanEnd { collection: name.to_owned() }).await
    }

    /// In the order of `_id`, each part from a snapshot of its own. `min` pages over all types of
    /// `_id`, `$gt` over one. Rows are of different times: they are exact together once every change
    /// up to the last part's time has been applied.
    async fn scan_in_parts(&mut self, name: &str, at: ClusterTime) -> Result<(), Stop> {
        let mut last: Option<Bson> = None;
        let mut begun = false;
        loop {
            let part_at = self.now().await?.max(at);
            if !begun {
                self.up().await?;
                self.send(SourceEvent::ScanBegin { collection: name.to_owned(), at }).await?;
                begun = true;
            }
            let (end, complete) = self.scan_part(name, part_at, last).await?;
            if complete {
                break;
            }
            last = end;
        }
        self.send(SourceEvent::ScanEnd { collection: name.to_owned() }).await
    }

    /// Reads the part that begins with the `_id` that the last one ended with. Gives the `_id` that
    /// it ends with, and whether it is the last part.
    async fn scan_part(
        &mut self,
        name: &str,
        at: ClusterTime,
        mut begin: Option<Bson>,
    ) -> Result<(Option<Bson>, bool), Stop> {
        let size = self.source.config.scan_in_parts_of.unwrap_or(PART).max(2);
        let collection = self.source.collection(name);
        let mut session = self.source.snapshot(at).await?;
        let mut find = collection
            .find(doc! {})
            .projection(self.source.plan().scan_projection(name))
            .sort(doc! { "_id": 1 })
            .hint(Hint::Keys(doc! { "_id": 1 }))
            .limit(i64::from(size))
            .batch_size(BATCH);
        if let Some(id) = &begin {
            find = find.min(doc! { "_id": id });
        }
        let mut cursor = patiently(&self.heartbeat, REPLY_LIMIT, find.session(&mut session).batch()).await?;
        let mut replies = cursor.stream(&mut session);
        let (mut read, mut end) = (0, None);
        while let Some(reply) = patiently(&self.heartbeat, REPLY_LIMIT, next(&mut replies)).await? {
            let mut documents = Documents { reply, skip: 0 };
            read += documents.into_iter().count();
            end = documents.last_id().or(end);
            if let Some(id) = begin.take() {
                // Already read, unless it was deleted meanwhile.
                documents.skip = usize::from(begins_with(&documents, &id));
            }
            self.send_documents(name, documents).await?;
        }
        Ok((end, read < usize::try_from(size).unwrap_or(usize::MAX)))
    }

    async fn send_documents(&self, name: &str, documents: Documents) -> Result<(), Stop> {
        if documents.into_iter().next().is_none() {
            return Ok(());
        }
        self.send(SourceEvent::ScanBatch { collection: name.to_owned(), documents }).await
    }
}

fn begins_with(documents: &Documents, id: &Bson) -> bool {
    let first = documents.into_iter().next().and_then(|document| document.get("_id").ok().flatten());
    first.is_some_and(|first: RawBsonRef<'_>| Bson::try_from(first).is_ok_and(|first| first == *id))
}

/// The next reply of a cursor; `None` at its end.
async fn next<S>(replies: &mut S) -> mongodb::error::Result<Option<RawBatch>>
where
    S: futures_util::Stream<Item = mongodb::error::Result<RawBatch>> + Unpin,
{
    replies.next().await.transpose()
}
