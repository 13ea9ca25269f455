use std::collections::BTreeSet;
use std::time::Duration;

use bson::doc;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{debug, warn};
use vigil_capture::{Ending, Failure, Follower, Progress, Verdict, backoff, classify};
use vigil_wire::ClusterTime;

use super::failure::{patiently, within};
use super::hello::{beat, deployment, hello};
use super::replies::Replies;
use super::{Source, SourceEvent, stream};

/// A stream's reply is due then, while the server lives; doubled each time that it was not.
const PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE_DOUBLINGS: u32 = 5;

/// Follows the source and tells `tx`, in the order that the module's documentation promises. The
/// task supervises itself: it ends when nobody listens any more or after [`SourceEvent::Fatal`].
/// Aborting it closes its cursors.
pub fn follow(source: Source, tx: mpsc::Sender<SourceEvent>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let (beating, heartbeat) = watch::channel(Instant::now());
        // Dropped, and with it aborted, when this task ends.
        let mut tasks = JoinSet::new();
        tasks.spawn(beat(source.client.clone(), tx.clone(), beating));
        Following::new(source, tx, heartbeat).run().await;
    })
}

/// Why an attempt ended.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(Failure),
    /// Nobody listens any more.
    Gone,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(failure)
    }
}

/// The state that outlives attempts.
pub(super) struct Following {
    pub source: Source,
    /// When the server last answered a `hello`.
    pub heartbeat: watch::Receiver<Instant>,
    /// Collections whose scan took longer than the server keeps a snapshot.
    pub outlives_snapshot: BTreeSet<String>,
    tx: mpsc::Sender<SourceEvent>,
    /// `None`: a whole read is due.
    follower: Option<Follower>,
    /// Waits for its `rescan` to be done.
    pending: Option<Progress>,
    down: bool,
    /// Attempts since the stream last moved.
    attempts: u32,
    /// Times that the stream was silent for too long, since it last moved.
    silences: u32,
}

impl Following {
    fn new(source: Source, tx: mpsc::Sender<SourceEvent>, heartbeat: watch::Receiver<Instant>) -> Self {
        Following {
            source,
            heartbeat,
            outlives_snapshot: BTreeSet::new(),
            tx,
            follower: None,
            pending: None,
            down: false,
            attempts: 0,
            silences: 0,
        }
    }

    async fn run(mut self) {
        loop {
            let ended = match self.attempt().await {
                Ok(()) => Ok(()),
                Err(Stop::Failed(failure)) => self.recover(&failure).await,
                Err(Stop::Gone) => Err(Stop::Gone),
            };
            if ended.is_err() {
                return;
            }
        }
    }

    /// One connection's worth of following. `Ok`: the database was dropped, go on with a new cursor.
    async fn attempt(&mut self) -> Result<(), Stop> {
        let (reply, sample) = hello(&self.source.client).await?;
        deployment(&reply)?;
        if self.follower.is_none() {
            // Rows have windows, and windows need MongoDB's clock.
            self.send(SourceEvent::Hello(sample)).await?;
        }
        let split = self.can_split().await?;
        let start = match &mut self.follower {
            Some(follower) => follower.reopen(),
            None => {
                let mut follower = self.read_everything().await?;
                let start = follower.reopen();
                self.follower = Some(follower);
                start
            }
        };
        self.finish_rescan().await?;
        let opening = stream::open(&self.source, &start, split);
        let cursor =
            patiently(&self.heartbeat, self.patience(), opening).await.inspect_err(|_| self.silences += 1)?;
        let mut replies = Replies::read_ahead(cursor);
        let mut opened = false;
        loop {
            let progress = self.next_progress(&mut replies).await?;
            self.up().await?;
            if opened {
                // Not at the first reply: a stream that opens and then fails must not be tried without pause.
                (self.attempts, self.silences) = (0, 0);
            }
            opened = true;
            if self.deliver(progress).await? {
                return Ok(());
            }
        }
    }

    async fn next_progress(&mut self, replies: &mut Replies) -> Result<Progress, Stop> {
        let reply =
            patiently(&self.heartbeat, self.patience(), replies.next()).await.inspect_err(|failure| {
                self.silences += u32::from(*failure == Failure::TimedOut);
            })?;
        let (Some(reply), Some(follower)) = (reply, &mut self.follower) else {
            return Err(Failure::CursorClosed.into());
        };
        Ok(follower.on_reply(reply.as_raw_document()).map_err(|_| Failure::BadReply)?)
    }

    /// Gives a reply's progress out, after the scans that it asks for. True: go on with a new cursor.
    async fn deliver(&mut self, progress: Progress) -> Result<bool, Stop> {
        if progress.set_aside > 0 || !progress.unknown.is_empty() {
            warn!(set_aside = progress.set_aside, unknown = ?progress.unknown, "events that could not be used");
        }
        let ending = progress.ending;
        if ending == Some(Ending::Closed) {
            // What it brought may be half of a cluster time; all is read anew.
            return Err(Failure::CursorClosed.into());
        }
        self.pending = Some(progress);
        self.finish_rescan().await?;
        Ok(ending == Some(Ending::Invalidated))
    }

    /// Does what is left of the scans that the pending progress asks for, then gives it out.
    async fn finish_rescan(&mut self) -> Result<(), Stop> {
        let Some(progress) = &self.pending else { return Ok(()) };
        let (after, due) = (progress.complete, progress.rescan.clone());
        let due: BTreeSet<String> = due.into_iter().collect();
        if !due.is_empty() {
            let at = self.scan_some(&due, after).await?;
            for collection in &due {
                if let Some(follower) = &mut self.follower {
                    follower.rescanned(collection, at);
                }
            }
        }
        let Some(mut progress) = self.pending.take() else { return Ok(()) };
        // The scan is later than all of it.
        progress.changes.retain(|change| !due.contains(&change.collection));
        self.send(SourceEvent::Batch(progress)).await
    }

    async fn read_everything(&mut self) -> Result<Follower, Stop> {
        self.pending = None;
        let start = self.scan_all().await?;
        Ok(Follower::new(self.source.plan().clone(), self.source.config.batch_size, start))
    }

    /// Tells what happened and waits; `Err` when there is no going on.
    async fn recover(&mut self, failure: &Failure) -> Result<(), Stop> {
        let random = getrandom::u32().unwrap_or(u32::MAX / 2);
        let retry_in = backoff(self.attempts, random);
        let again = self.attempts > 0;
        self.attempts = self.attempts.saturating_add(1);
        match classify(failure) {
            Verdict::Retry => {
                self.down = true;
                self.send(SourceEvent::Down { message: failure.to_string(), retry_in }).await?;
                self.pause(retry_in).await
            }
            Verdict::Resync => {
                self.follower = None;
                self.send(SourceEvent::Resync { reason: failure.to_string() }).await?;
                if again { self.pause(retry_in).await } else { Ok(()) }
            }
            Verdict::Fatal { what, next_step } => {
                self.send(SourceEvent::Fatal { what, next_step }).await?;
                Err(Stop::Gone)
            }
        }
    }

    pub(super) async fn pause(&self, span: Duration) -> Result<(), Stop> {
        tokio::select! {
            () = tokio::time::sleep(span) => Ok(()),
            () = self.tx.closed() => Err(Stop::Gone),
        }
    }

    /// MongoDB gave data: it is not down (any more).
    pub(super) async fn up(&mut self) -> Result<(), Stop> {
        if std::mem::take(&mut self.down) { self.send(SourceEvent::Up).await } else { Ok(()) }
    }

    pub(super) async fn send(&self, event: SourceEvent) -> Result<(), Stop> {
        self.tx.send(event).await.map_err(|_| Stop::Gone)
    }

    pub(super) async fn now(&self) -> Result<ClusterTime, Stop> {
        Ok(hello(&self.source.client).await?.1.majority)
    }

    fn patience(&self) -> Duration {
        PATIENCE * (1 << self.silences.min(PATIENCE_DOUBLINGS))
    }

    async fn can_split(&self) -> Result<bool, Stop> {
        let ask = async { self.source.client.database("admin").run_command(doc! { "buildInfo": 1 }).await };
        let info = within(Duration::from_secs(5), ask).await?;
        let version = info.get_str("version").unwrap_or_default();
        debug!(version, "MongoDB answers");
        Ok(stream::can_split(version))
    }
}
