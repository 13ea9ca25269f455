//! The run loop: one task that owns the engine.
//!
//! `next` waits for one thing to happen, `apply` carries it out; nothing is half-done across a wait
//! that can be abandoned. Whatever is published is the engine at a complete cluster time.

mod exactness;
mod figures;
mod frozen;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, RawDocument};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tracing::{error, info, warn};
use vigil_board::{Board, Tier};
use vigil_capture::Progress;
use vigil_engine::{Applied, ChangeKind, Engine};
use vigil_publish::Cadence;
use vigil_wire::{AsOf, ClusterTime, Millis, RedisState, SourceState};

use crate::clock::MongoClock;
use crate::mongo::{HelloSample, Source, SourceEvent};
use crate::own::Own;
use crate::publisher::{Publication, Publisher};
use crate::schema;

use exactness::Exactness;
use figures::Figures;
pub use frozen::{Frozen, NotExact};

const TIERS: [Tier; 4] = [Tier::Critical, Tier::Standard, Tier::Historical, Tier::Report];

/// What other tasks ask of the run loop.
#[derive(Debug)]
pub enum Request {
    /// A copy of every metric at one complete cluster time.
    Freeze(oneshot::Sender<Result<Frozen, NotExact>>),
}

/// Everything the run loop is made of.
pub struct Parts {
    pub board: Arc<Board>,
    pub source: Source,
    pub events: mpsc::Receiver<SourceEvent>,
    pub requests: mpsc::Receiver<Request>,
    pub publisher: Publisher,
    pub clock: MongoClock,
    /// Told on every change, for `/readyz`.
    pub health: watch::Sender<SourceState>,
    pub own: Own,
}

/// Why the run loop ended.
#[derive(Debug)]
pub enum Ended {
    /// The source cannot be followed, and trying again would not help.
    Fatal { what: String, next_step: String },
    /// The source's task is gone.
    SourceGone,
}

/// A row whose delta could not be applied.
struct UnknownRow {
    collection: String,
    id: Bson,
    /// Read again it was not there. It was gone indeed, if the stream does not bring the end of its
    /// collection up to this time.
    absent: Option<ClusterTime>,
}

/// What can happen next.
enum Action {
    Source(SourceEvent),
    SourceGone,
    Request(Request),
    /// A window moves or a tier is due.
    Deadline,
    /// Redis or the number of clients changed.
    Surroundings,
}

/// Owner of the engine; see the module.
pub struct Operation {
    board: Arc<Board>,
    engine: Engine,
    source: Source,
    events: mpsc::Receiver<SourceEvent>,
    requests: mpsc::Receiver<Request>,
    publisher: Publisher,
    redis: watch::Receiver<RedisState>,
    clients: watch::Receiver<usize>,
    clock: MongoClock,
    cadence: Cadence,
    exactness: Exactness,
    figures: Figures,
    /// Nothing is exact before they are known.
    unknown: Vec<UnknownRow>,
    /// The instant that windows were last evaluated at.
    windows_at: Millis,
    /// The engine began with MongoDB's time, or it is too late for that.
    clock_set: bool,
    /// How often a collection was dropped or begun to be read anew.
    replaced: u64,
    /// Documents of the scan under way.
    scanned: u64,
    started: Instant,
}

impl Operation {
    pub fn new(parts: Parts) -> Operation {
        let now = parts.clock.now();
        let mut figures = Figures::new(parts.health, parts.own.teller(&parts.board), now);
        figures.redis = *parts.publisher.redis_state().borrow();
        Operation {
            engine: Engine::new(parts.board.clone(), now),
            cadence: Cadence::new(cadence_times(&parts.board)),
            figures,
            exactness: Exactness::default(),
            unknown: Vec::new(),
            redis: parts.publisher.redis_state(),
            clients: parts.publisher.clients(),
            board: parts.board,
            source: parts.source,
            events: parts.events,
            requests: parts.requests,
            publisher: parts.publisher,
            clock: parts.clock,
            windows_at: now,
            clock_set: false,
            replaced: 0,
            scanned: 0,
            started: Instant::now(),
        }
    }

    /// Runs until the source ends for good.
    pub async fn run(mut self) -> Ended {
        loop {
            let action = self.next().await;
            if let Err(ended) = self.apply(action).await {
                return ended;
            }
            self.publish_due().await;
        }
    }

    async fn next(&mut self) -> Action {
        let deadline = self.deadline();
        tokio::select! {
            biased;
            Some(request) = self.requests.recv() => Action::Request(request),
            event = self.events.recv() => event.map_or(Action::SourceGone, Action::Source),
            Ok(()) = self.redis.changed() => Action::Surroundings,
            Ok(()) = self.clients.changed() => Action::Surroundings,
            () = tokio::time::sleep_until(deadline) => Action::Deadline,
        }
    }

    async fn apply(&mut self, action: Action) -> Result<(), Ended> {
        match action {
            Action::Source(event) => return self.on_source(event).await,
            Action::SourceGone => return Err(Ended::SourceGone),
            Action::Request(Request::Freeze(reply)) => {
                // An asker that has gone needs no answer.
                drop(reply.send(self.freeze()));
            }
            Action::Deadline => {}
            Action::Surroundings => {
                self.figures.redis = *self.redis.borrow_and_update();
                self.figures.clients = *self.clients.borrow_and_update();
            }
        }
        Ok(())
    }

    async fn on_source(&mut self, event: SourceEvent) -> Result<(), Ended> {
        match event {
            SourceEvent::ScanBegin { collection, at } => {
                self.clock_set = true;
                self.exactness.scan_begins();
                self.figures.scanning(self.clock.now());
                self.scanned = 0;
                self.replaced += 1;
                self.engine.begin_scan(&collection, at);
            }
            SourceEvent::ScanBatch { collection, documents } => {
                for document in &documents {
                    self.scanned += 1;
                    self.engine.load(&collection, document);
                }
            }
            SourceEvent::ScanEnd { collection } => {
                let documents = std::mem::take(&mut self.scanned);
                info!(collection, documents, "collection read");
            }
            SourceEvent::Synced { at } => self.exactness.synced(at),
            SourceEvent::Batch(progress) => self.on_batch(progress).await,
            SourceEvent::Hello(sample) => self.on_hello(sample),
            SourceEvent::Down { message, retry_in } => {
                warn!(message, retry_in_ms = retry_in.as_millis(), "MongoDB does not answer");
                let now = self.clock.now();
                self.figures.down(now, retry_in, self.exactness.unconfirmed_ms(now));
            }
            SourceEvent::Resync { reason } => {
                warn!(reason, "reading everything again; if this repeats, `vigil-sidecar check` says why");
                self.figures.resync(self.clock.now());
            }
            SourceEvent::Up => {
                self.exactness.reopened();
                self.figures.up(self.clock.now());
            }
            SourceEvent::Fatal { what, next_step } => return Err(Ended::Fatal { what, next_step }),
        }
        Ok(())
    }

    async fn on_batch(&mut self, progress: Progress) {
        for change in progress.changes {
            self.replaced += u64::from(change.kind == ChangeKind::Clear);
            if let Applied::Unknown { collection, id } = self.engine.apply(change) {
                self.unknown.push(UnknownRow { collection, id, absent: None });
            }
        }
        self.figures.add_set_aside(progress.set_aside);
        if !self.unknown.is_empty() {
            self.reread(progress.complete).await;
        }
        self.exactness.complete(progress.complete, self.unknown.is_empty());
        self.figures.lag_ms = self.exactness.lag_ms(self.clock.now());
        if self.exactness.is_exact() {
            self.figures.followed(self.clock.now(), self.exactness.is_behind());
        }
    }

    /// Makes the rows of `unknown` known as they are at `at`, which is where all other rows are.
    async fn reread(&mut self, at: ClusterTime) {
        self.settle(at);
        let mut asked: BTreeMap<String, Vec<UnknownRow>> = BTreeMap::new();
        for row in self.unknown.extract_if(.., |row| row.absent.is_none()) {
            asked.entry(row.collection.clone()).or_default().push(row);
        }
        while let Some((collection, rows)) = asked.pop_first() {
            let ids: Vec<Bson> = rows.iter().map(|row| row.id.clone()).collect();
            match self.source.reread(&collection, &ids, at).await {
                Ok(read) => {
                    for document in &read.found {
                        if let Some(id) = id_of(document) {
                            self.engine.reread(&collection, &id, Some(document), at);
                        }
                    }
                    let absent = Some(read.told_by);
                    self.unknown.extend(rows.into_iter().map(|row| UnknownRow { absent, ..row }));
                }
                Err(failure) => {
                    // The next batch brings a later time to try at; until then nothing is exact. What
                    // ails this read ails the others: the loop is not to wait for each of them.
                    warn!(collection, error = %failure, "documents could not be read again yet");
                    self.unknown.extend(rows);
                    self.unknown.extend(std::mem::take(&mut asked).into_values().flatten());
                }
            }
        }
        self.settle(at);
    }

    /// Forgets rows that a put, a delete, the end of the collection, a scan or a read has made known,
    /// and takes those for gone of which nothing else is to be told any more.
    fn settle(&mut self, at: ClusterTime) {
        let engine = &mut self.engine;
        self.unknown.retain(|UnknownRow { collection, id, absent }| {
            if engine.awaits(collection, id) && absent.is_some_and(|told_by| told_by <= at) {
                engine.reread(collection, id, None, at);
            }
            engine.awaits(collection, id)
        });
    }

    fn on_hello(&mut self, sample: HelloSample) {
        self.clock.sample(sample.local_time, sample.round_trip, sample.taken);
        let now = self.clock.now();
        if !std::mem::replace(&mut self.clock_set, true) {
            // Time never goes back in an engine; what it began with may be ahead of MongoDB's. It has no
            // rows before the first sample.
            self.windows_at = now;
            self.engine = Engine::new(self.board.clone(), now);
        }
        self.figures.lag_ms = self.exactness.lag_ms(now);
        self.figures.clock_offset_ms = self.clock.offset_ms();
        self.figures.heard(now);
        self.exactness.hello(sample.majority, sample.local_time);
    }

    fn freeze(&mut self) -> Result<Frozen, NotExact> {
        if !self.exactness.is_exact() {
            return Err(NotExact { state: self.figures.state() });
        }
        let now = self.move_windows();
        Ok(Frozen {
            at: self.exactness.position(),
            now,
            states: self.engine.states(),
            replaced: self.replaced,
            confirmed: self.exactness.passed(),
        })
    }

    /// Windows move only while the source is followed: values that nobody can confirm stand still, and
    /// those that are behind move up to where they are known to have been true.
    fn move_windows(&mut self) -> Millis {
        let now = match self.figures.state() {
            SourceState::Live => Some(self.clock.now()),
            SourceState::CatchingUp => self.exactness.known_until(),
            SourceState::Starting | SourceState::Resyncing | SourceState::Down => None,
        };
        self.windows_at = now.map_or(self.windows_at, |now| self.windows_at.max(now));
        self.engine.advance(self.windows_at);
        self.windows_at
    }

    async fn publish_due(&mut self) {
        let windows_at = self.move_windows();
        self.figures.set_aside_rows = self.engine.set_aside();
        self.figures.tell(&mut self.engine, self.clock.now());
        let status = self.figures.status_if_changed(self.clock.now());
        let mut publication = Publication { status, ..Publication::default() };
        if self.exactness.is_exact() {
            self.fill(&mut publication, windows_at);
        }
        if !publication.is_empty() {
            self.publisher.publish(publication).await;
        }
    }

    fn fill(&mut self, publication: &mut Publication, windows_at: Millis) {
        let as_of = AsOf { t: self.exactness.position(), now: windows_at };
        let elapsed_ms = self.elapsed_ms();
        if self.exactness.take_whole() {
            for tier in TIERS {
                // The whole state says it all; draining marks it as said.
                drop(self.engine.drain(tier));
                self.cadence.pushed(schema::tier(tier), elapsed_ms);
            }
            publication.whole = Some(self.engine.states());
            publication.as_of = TIERS.map(|tier| (schema::tier(tier), as_of)).to_vec();
        } else {
            for tier in TIERS {
                let name = schema::tier(tier);
                if self.engine.is_dirty(tier) && self.cadence.is_due(name, elapsed_ms) {
                    publication.patches.extend(self.engine.drain(tier));
                    publication.as_of.push((name, as_of));
                    self.cadence.pushed(name, elapsed_ms);
                }
            }
        }
        for tier in TIERS {
            if !self.engine.is_dirty(tier)
                && let Some(at) = self.exactness.confirm(schema::tier(tier), windows_at)
            {
                publication.confirmed.push((schema::tier(tier), at));
            }
        }
    }

    /// When there will be something to do though nothing happens.
    fn deadline(&self) -> Instant {
        let now = self.clock.now();
        let window = match self.figures.state() {
            SourceState::Live => self.engine.next_change_at().map(|at| at.saturating_sub(now).max(0)),
            SourceState::Starting | SourceState::CatchingUp | SourceState::Resyncing | SourceState::Down => {
                None
            }
        };
        let elapsed_ms = self.elapsed_ms();
        let tier = TIERS
            .into_iter()
            .filter(|tier| self.exactness.is_exact() && self.engine.is_dirty(*tier))
            .map(|tier| self.cadence.due_in(schema::tier(tier), elapsed_ms))
            .min();
        let wait_ms = [window.and_then(|ms| u64::try_from(ms).ok()), tier].into_iter().flatten().min();
        // A minute at most: clocks are set, machines sleep.
        Instant::now() + Duration::from_millis(wait_ms.unwrap_or(60_000).clamp(1, 60_000))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn id_of(document: &RawDocument) -> Option<Bson> {
    Bson::try_from(document.get("_id").ok()??).ok()
}

fn cadence_times(board: &Board) -> [u64; 4] {
    let tiers = board.tiers;
    [tiers.critical, tiers.standard, tiers.historical, tiers.report].map(|tier| tier.interval_ms)
}

impl Drop for Operation {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!(board = self.board.id, "the run loop ended by a panic");
        }
    }
}
