mod reply;

use std::collections::BTreeMap;
use std::sync::Arc;

use bson::{RawDocument, RawDocumentBuf};
use vigil_engine::{Change, ChangeKind};
use vigil_wire::ClusterTime;

use crate::WatchPlan;
use crate::event::{Event, Undecodable, joined};
use crate::token::token_time;
use reply::Reply;

/// A reply of this size may have ended for its size: the server stops before 16 MB, at the first
/// document that does not fit. Projected events are far below half of that.
const MAY_BE_FULL_BYTES: usize = 8 << 20;

/// Follows a stream: whole replies in, progress out.
///
/// The position is a cluster time *all* of whose events are out. A transaction's events share one
/// time and a reply can end inside it, so events of the last time are held until a later time comes
/// or a reply was not full.
#[derive(Debug)]
pub struct Follower {
    plan: Arc<WatchPlan>,
    batch_size: usize,
    complete: ClusterTime,
    /// Resuming after it brings exactly what is later than `complete`.
    token: Option<RawDocumentBuf>,
    held: Held,
    /// Parts of an event that the server split, until the last one comes.
    parts: Vec<RawDocumentBuf>,
    /// Collections that were read anew since: their rows hold everything up to that time.
    rescanned: BTreeMap<String, ClusterTime>,
}

/// What one reply brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// In the order of their cluster times; none later than `complete`, none twice.
    pub changes: Vec<Change>,
    /// Every change up to here has been given out, in this progress or an earlier one. Never goes back.
    pub complete: ClusterTime,
    /// Collections that took a watched name with data that no event carried: read them anew.
    pub rescan: Vec<String>,
    /// The cursor is at its end; `complete` of an ending that is not `Invalidated` says less than it could.
    pub ending: Option<Ending>,
    /// Events of this reply that could not be read.
    pub set_aside: u64,
    /// Names of operations in this reply that are not known here; what they did is not in `changes`.
    pub unknown: Vec<String>,
}

/// How a stream's cursor came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The database was dropped; `changes` has it. Open the stream again from [`Follower::reopen`]
    /// (`startAfter`; `resumeAfter` is refused): nothing is lost.
    Invalidated,
    /// No event says why. What happened meanwhile is not known: read everything anew.
    Closed,
}

/// Where a stream is to be opened.
#[derive(Debug, Clone, PartialEq)]
pub enum StartFrom {
    /// `startAtOperationTime`; events of that very time come again and are dropped here.
    Time(ClusterTime),
    /// `startAfter`. Holds an `_id` in plain: never for a log.
    Token(RawDocumentBuf),
}

/// A reply of another shape than that of `aggregate` or `getMore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    #[error("the reply has no cursor")]
    NoCursor,
    #[error("the reply has no batch")]
    NoBatch,
    #[error("the reply's batch holds something other than documents")]
    NotDocuments,
}

/// What the last cluster time has brought so far; more of it may come.
#[derive(Debug, Default)]
struct Held {
    at: ClusterTime,
    changes: Vec<Change>,
    rescan: Vec<String>,
    unknown: Vec<String>,
    set_aside: u64,
    /// Of its last event.
    token: Option<RawDocumentBuf>,
}

impl Follower {
    /// `start`: everything up to it is in the rows already, and the stream is opened there.
    /// `batch_size` must be the one that the server is asked for; at least 1.
    pub fn new(plan: Arc<WatchPlan>, batch_size: u32, start: ClusterTime) -> Self {
        Follower {
            plan,
            batch_size: usize::try_from(batch_size.max(1)).unwrap_or(usize::MAX),
            complete: start,
            token: None,
            held: Held::default(),
            parts: Vec::new(),
            rescanned: BTreeMap::new(),
        }
    }

    /// The complete position.
    pub fn position(&self) -> ClusterTime {
        self.complete
    }

    /// Resuming after this brings everything later than [`Follower::position`], and nothing else that
    /// is not dropped here. Holds an `_id` in plain: never for a log.
    pub fn resume_token(&self) -> Option<&RawDocument> {
        self.token.as_deref()
    }

    /// Where to open the stream (again). What was held of an incomplete cluster time is forgotten: it
    /// comes again, whole.
    pub fn reopen(&mut self) -> StartFrom {
        self.held = Held::default();
        self.parts.clear();
        match &self.token {
            Some(token) => StartFrom::Token(token.clone()),
            None => StartFrom::Time(self.complete),
        }
    }

    /// A collection was read anew at `at`: its changes up to then are not given out any more.
    pub fn rescanned(&mut self, collection: &str, at: ClusterTime) {
        self.rescanned.insert(collection.to_owned(), at);
    }

    /// Takes the whole reply of the `aggregate` that opened the stream, or of a `getMore` of it.
    pub fn on_reply(&mut self, reply: &RawDocument) -> Result<Progress, BadReply> {
        let reply = Reply::read(reply)?;
        // All of them, before any is taken: what a reply that fails halfway had given out would be lost.
        let events: Vec<&RawDocument> = reply
            .events
            .map(|raw| raw.ok().and_then(|event| event.as_document()).ok_or(BadReply::NotDocuments))
            .collect::<Result<_, _>>()?;
        let mut progress = Progress::default();
        let mut last_token = None;
        let mut invalidated = false;
        let count = events.len();
        for raw in events {
            match self.whole(raw) {
                Ok(None) => {}
                Ok(Some(Whole::Sent(event))) => {
                    invalidated |= event.operation == "invalidate";
                    self.take(&event, &mut last_token, &mut progress);
                    last_token = event.token;
                }
                Ok(Some(Whole::Joined(event))) => match Event::read(&event) {
                    // Its token is the last part's, which is still in the reply.
                    Ok(event) => {
                        self.take(&event, &mut last_token, &mut progress);
                        last_token = raw.get_document("_id").ok();
                    }
                    Err(Undecodable) => progress.set_aside += 1,
                },
                Err(Undecodable) => progress.set_aside += 1,
            }
        }
        let may_go_on =
            count >= self.batch_size || reply.bytes >= MAY_BE_FULL_BYTES || !self.parts.is_empty();
        if invalidated {
            self.release(last_token.map(RawDocument::to_owned), &mut progress);
            progress.ending = Some(Ending::Invalidated);
        } else if reply.cursor == 0 {
            progress.ending = Some(Ending::Closed);
        } else if may_go_on {
            self.held.token = last_token.map(RawDocument::to_owned).or(self.held.token.take());
        } else {
            self.release(reply.token.or(last_token).map(RawDocument::to_owned), &mut progress);
            self.complete = self.complete.max(reply.token.and_then(token_time).unwrap_or_default());
        }
        self.rescanned.retain(|_, at| *at > self.complete);
        progress.complete = self.complete;
        Ok(progress)
    }

    /// Puts an event that the server split together; `None` while parts are missing.
    fn whole<'a>(&mut self, raw: &'a RawDocument) -> Result<Option<Whole<'a>>, Undecodable> {
        let event = Event::read(raw)?;
        let Some((part, of)) = event.split else { return Ok(Some(Whole::Sent(event))) };
        self.parts.push(raw.to_owned());
        if part < of {
            return Ok(None);
        }
        Ok(Some(Whole::Joined(joined(&std::mem::take(&mut self.parts))?)))
    }

    /// Takes one event. A later time than that of the events held completes these.
    fn take(&mut self, event: &Event<'_>, last_token: &mut Option<&RawDocument>, progress: &mut Progress) {
        if event.at <= self.complete {
            // It came before: streams are opened at a time, not after it.
            return;
        }
        if event.at > self.held.at {
            if self.held.at > self.complete {
                let token = last_token.take().map(RawDocument::to_owned).or(self.held.token.take());
                self.release(token, progress);
            }
            self.held.at = event.at;
        }
        self.hold(event);
    }

    /// Gives out what was held: its time is complete, and `token` comes right after it.
    fn release(&mut self, token: Option<RawDocumentBuf>, progress: &mut Progress) {
        let mut held = std::mem::take(&mut self.held);
        self.complete = self.complete.max(held.at);
        self.token = token.or(held.token).or(self.token.take());
        progress.changes.append(&mut held.changes);
        progress.rescan.append(&mut held.rescan);
        progress.unknown.append(&mut held.unknown);
        progress.set_aside += held.set_aside;
    }

    fn hold(&mut self, event: &Event<'_>) {
        match event.operation {
            "insert" | "replace" | "update" | "delete" => match event.change() {
                Ok(kind) => self.hold_change(event.collection, event.at, kind),
                Err(Undecodable) => self.held.set_aside += 1,
            },
            "drop" => self.hold_change(event.collection, event.at, ChangeKind::Clear),
            "rename" => {
                self.hold_change(event.collection, event.at, ChangeKind::Clear);
                self.hold_change(event.to, event.at, ChangeKind::Clear);
                if let Some(to) = event.to.filter(|to| self.is_news(to, event.at)) {
                    self.held.rescan.push(to.to_owned());
                }
            }
            "dropDatabase" => {
                let plan = Arc::clone(&self.plan);
                for collection in plan.collections.keys() {
                    self.hold_change(Some(collection), event.at, ChangeKind::Clear);
                }
            }
            operation if WITHOUT_EFFECT.contains(&operation) => {}
            operation => self.held.unknown.push(operation.to_owned()),
        }
    }

    fn hold_change(&mut self, collection: Option<&str>, at: ClusterTime, kind: ChangeKind) {
        if let Some(collection) = collection.filter(|collection| self.is_news(collection, at)) {
            self.held.changes.push(Change { collection: collection.to_owned(), at, kind });
        }
    }

    fn is_news(&self, collection: &str, at: ClusterTime) -> bool {
        self.plan.watches(collection) && self.rescanned.get(collection).is_none_or(|scanned| at > *scanned)
    }
}

/// An event as sent, or put together from its parts.
enum Whole<'a> {
    Sent(Event<'a>),
    Joined(RawDocumentBuf),
}

/// Operations that change no document; `invalidate` is dealt with as the cursor's ending.
const WITHOUT_EFFECT: [&str; 11] = [
    "invalidate",
    "create",
    "modify",
    "createIndexes",
    "dropIndexes",
    "startIndexBuild",
    "commitIndexBuild",
    "abortIndexBuild",
    "shardCollection",
    "refineCollectionShardKey",
    "reshardCollection",
];
