//! Reading collections whole, at a known time.

use std::time::Duration;

use bson::{Bson, RawBsonRef, RawDocument, doc};
use futures_util::StreamExt;
use mongodb::raw_batch_cursor::RawBatch;
use vigil_capture::Failure;
use vigil_wire::ClusterTime;

use super::SourceEvent;
use super::failure::patiently;
use super::follow::{Following, Stop};
use super::source::cluster_time;

/// Documents per reply: small ones fill a reply of a few hundred KB, and four may wait in the channel.
const BATCH: u32 = 5_000;
/// Documents per snapshot, where one would not last for all.
const PART: u32 = 100_000;
/// A reply of a scan is due well before that.
const REPLY_LIMIT: Duration = Duration::from_secs(60);

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
    fn last_id(&self) -> Option<Bson> {
        let last = self.into_iter().last()?;
        Bson::try_from(last.get("_id").ok()??).ok()
    }
}

/// Times of a scan: its rows are as of `from` or later, and none is later than `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanned {
    pub from: ClusterTime,
    pub to: ClusterTime,
}

impl Following {
    /// Reads every collection, all at one time where one snapshot lasts.
    pub(super) async fn scan_all(&mut self) -> Result<Scanned, Stop> {
        let plan = self.source.plan().clone();
        let (parts, whole): (Vec<&String>, Vec<&String>) =
            plan.collections.keys().partition(|name| self.is_read_in_parts(name));
        let mut all: Option<Scanned> = None;
        let mut add = |one: Scanned| {
            let so_far = *all.get_or_insert(one);
            all = Some(Scanned { from: so_far.from.min(one.from), to: so_far.to.max(one.to) });
        };
        let mut session = self.source.snapshot(None).await?;
        for collection in whole {
            add(self.scan_whole(collection, &mut session).await?);
        }
        for collection in parts {
            add(self.scan_in_parts(collection).await?);
        }
        match all {
            Some(scanned) => Ok(scanned),
            // A board of the sidecar's own figures watches nothing: any time will do.
            None => self.now().await.map(|now| Scanned { from: now, to: now }),
        }
    }

    /// Reads one collection, not earlier than `after`.
    pub(super) async fn scan_one(&mut self, collection: &str, after: ClusterTime) -> Result<Scanned, Stop> {
        let scanned = if self.is_read_in_parts(collection) {
            self.scan_in_parts(collection).await?
        } else {
            let mut session = self.source.snapshot(None).await?;
            self.scan_whole(collection, &mut session).await?
        };
        // A secondary can be behind the stream.
        if scanned.from < after { Err(Failure::Behind.into()) } else { Ok(scanned) }
    }

    fn is_read_in_parts(&self, collection: &str) -> bool {
        self.source.config.scan_in_parts_of.is_some() || self.outlives_snapshot.contains(collection)
    }

    async fn scan_whole(
        &mut self,
        collection: &str,
        session: &mut mongodb::ClientSession,
    ) -> Result<Scanned, Stop> {
        let scanned = self.read_snapshot(collection, session).await;
        if let Err(Stop::Failed(Failure::Command { code: 239, .. })) = scanned {
            // SnapshotTooOld: the next scan takes it in parts.
            self.outlives_snapshot.insert(collection.to_owned());
        }
        scanned
    }

    async fn read_snapshot(
        &mut self,
        name: &str,
        session: &mut mongodb::ClientSession,
    ) -> Result<Scanned, Stop> {
        let collection = self.source.collection(name);
        let find =
            collection.find(doc! {}).projection(self.source.plan().scan_projection(name)).batch_size(BATCH);
        let mut cursor = patiently(&self.heartbeat, REPLY_LIMIT, find.session(&mut *session).batch()).await?;
        let at = session.snapshot_time().map(cluster_time).ok_or(Failure::BadReply)?;
        self.up().await?;
        self.send(SourceEvent::ScanBegin { collection: name.to_owned(), at }).await?;
        let mut replies = cursor.stream(session);
        while let Some(reply) = patiently(&self.heartbeat, REPLY_LIMIT, next(&mut replies)).await? {
            self.send_documents(name, Documents { reply, skip: 0 }).await?;
        }
        self.send(SourceEvent::ScanEnd { collection: name.to_owned() }).await?;
        Ok(Scanned { from: at, to: at })
    }

    /// In the order of `_id`, each part from a snapshot of its own. `min` pages over all types of
    /// `_id`, `$gt` over one. Rows are of different times: they are exact together once every change
    /// up to the last part's time has been applied.
    async fn scan_in_parts(&mut self, name: &str) -> Result<Scanned, Stop> {
        let size = self.source.config.scan_in_parts_of.unwrap_or(PART).max(2);
        let collection = self.source.collection(name);
        let mut times: Option<Scanned> = None;
        let mut last: Option<Bson> = None;
        loop {
            let mut session = self.source.snapshot(None).await?;
            let mut find = collection
                .find(doc! {})
                .projection(self.source.plan().scan_projection(name))
                .sort(doc! { "_id": 1 })
                .hint(mongodb::options::Hint::Keys(doc! { "_id": 1 }))
                .limit(i64::from(size))
                .batch_size(BATCH);
            if let Some(id) = &last {
                find = find.min(doc! { "_id": id });
            }
            let mut cursor =
                patiently(&self.heartbeat, REPLY_LIMIT, find.session(&mut session).batch()).await?;
            let at = session.snapshot_time().map(cluster_time).ok_or(Failure::BadReply)?;
            if times.is_none() {
                self.up().await?;
                self.send(SourceEvent::ScanBegin { collection: name.to_owned(), at }).await?;
            }
            let from = times.map_or(at, |times| times.from);
            times = Some(Scanned { from, to: at });
            let mut replies = cursor.stream(&mut session);
            let (mut read, mut skip_to) = (0, last.take());
            while let Some(reply) = patiently(&self.heartbeat, REPLY_LIMIT, next(&mut replies)).await? {
                let mut documents = Documents { reply, skip: 0 };
                read += documents.into_iter().count();
                last = documents.last_id().or(last);
                if let Some(id) = skip_to.take() {
                    // The part begins with the last one's end, unless that was deleted meanwhile.
                    documents.skip = usize::from(begins_with(&documents, &id));
                }
                self.send_documents(name, documents).await?;
            }
            if read < usize::try_from(size).unwrap_or(usize::MAX) {
                break;
            }
        }
        self.send(SourceEvent::ScanEnd { collection: name.to_owned() }).await?;
        times.ok_or(Stop::Failed(Failure::BadReply))
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
pub(super) async fn next<S>(replies: &mut S) -> mongodb::error::Result<Option<RawBatch>>
where
    S: futures_util::Stream<Item = mongodb::error::Result<RawBatch>> + Unpin,
{
    replies.next().await.transpose()
}
