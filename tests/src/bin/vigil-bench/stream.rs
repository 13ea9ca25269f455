//! Events a second, catching up and while writing: a bare cursor against capture and engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Document, RawDocument, Timestamp, doc};
use futures_util::StreamExt;
use mongodb::Database;
use mongodb::raw_batch_cursor::RawBatchCursor;
use tokio::sync::mpsc;
use vigil_board::{Board, Tier};
use vigil_capture::{Follower, Progress, WatchPlan};
use vigil_engine::{Change, ChangeKind, Engine};
use vigil_tests::harness::{Mongod, MongodOptions, hospital_board};
use vigil_wire::ClusterTime;

use crate::Failed;
use crate::report::Report;
use crate::workload::{COLLECTION, DOCUMENTS, Workload, appointment, clean};

/// As the sidecar has them.
const BATCH: u32 = 2_000;
const REPLIES_AHEAD: usize = 2;
const BATCHES_AHEAD: usize = 4;

/// Which side reads the stream.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// Everything of the watched collections, whole events.
    Bare,
    /// Vigil's filter and projection, and nothing done with what comes.
    Pipeline,
    /// Capture and engine, as the sidecar couples them.
    Vigil,
}

const SIDES: [Side; 3] = [Side::Bare, Side::Pipeline, Side::Vigil];

pub async fn measure(events: usize, rounds: usize, report: &mut Report) -> Result<(), Failed> {
    let mongod =
        Mongod::start_with(MongodOptions { oplog_mb: Some(8_192), ..MongodOptions::default() }).await?;
    let bench = Bench::new(&mongod).await?;
    for workload in Workload::ALL {
        let mut catching_up: [Vec<f64>; 3] = Default::default();
        let mut writing: [Vec<f64>; 3] = Default::default();
        for round in 0..rounds {
            let start = bench.operation_time().await?;
            workload.write(&bench.database, events, round * 4).await?;
            // Whoever reads first warms the server's cache for the others: take turns.
            for turn in 0..SIDES.len() {
                let side = (turn + round) % SIDES.len();
                let seconds = bench.read(start, SIDES[side]).await?.as_secs_f64();
                catching_up[side].push(events as f64 / seconds);
            }
            for turn in 0..SIDES.len() {
                let side = (turn + round) % SIDES.len();
                let name = round * 4 + 1 + turn;
                let seconds = bench.read_while_writing(events / 4, workload, name, SIDES[side]).await?;
                writing[side].push((events / 4) as f64 / seconds.as_secs_f64());
            }
            clean(&bench.database).await?;
        }
        let what = workload.name();
        for (when, [bare, pipeline, vigil]) in [("catching up", catching_up), ("while writing", writing)] {
            report.rate(&format!("{what}, {when}"), &bare, &vigil);
            report.rate("the same, against a cursor with Vigil's pipeline", &pipeline, &vigil);
        }
    }
    Ok(())
}

struct Bench {
    database: Database,
    board: Arc<Board>,
    plan: Arc<WatchPlan>,
}

impl Bench {
    async fn new(mongod: &Mongod) -> Result<Self, Failed> {
        let path = hospital_board();
        let text = std::fs::read_to_string(&path)?;
        let board = vigil_board::parse(&path.display().to_string(), &text)
            .map_err(|problems| format!("the board has {} problems", problems.len()))?;
        let plan = Arc::new(WatchPlan::of(&board));
        let database = mongod.database(&board.database).await?;
        let documents = (0..DOCUMENTS as i64).map(appointment);
        database.collection::<Document>(COLLECTION).insert_many(documents).await?;
        Ok(Bench { database, board: Arc::new(board), plan })
    }

    async fn operation_time(&self) -> Result<Timestamp, Failed> {
        let reply = self.database.run_command(doc! { "ping": 1 }).await?;
        Ok(reply.get_timestamp("operationTime")?)
    }

    /// Reads from `start` to the end marker.
    async fn read(&self, start: Timestamp, side: Side) -> Result<Duration, Failed> {
        // Neither side's: Vigil would have its rows already.
        let at = ClusterTime::new(start.time, start.increment);
        let engine = if side == Side::Vigil { Some(self.engine(at).await?) } else { None };
        let begun = Instant::now();
        match engine {
            Some(engine) => self.read_vigil(start, at, engine).await?,
            None if side == Side::Pipeline => self.read_bare(start, self.plan.stream_pipeline()).await?,
            None => {
                let names: Vec<&String> = self.plan.collections.keys().collect();
                self.read_bare(start, vec![doc! { "$match": { "ns.coll": { "$in": names } } }]).await?;
            }
        }
        Ok(begun.elapsed())
    }

    async fn read_while_writing(
        &self,
        events: usize,
        workload: Workload,
        turn: usize,
        side: Side,
    ) -> Result<Duration, Failed> {
        let start = self.operation_time().await?;
        let begun = Instant::now();
        let (wrote, read) =
            tokio::join!(workload.write(&self.database, events, turn), self.read(start, side));
        wrote?;
        read?;
        Ok(begun.elapsed())
    }

    async fn open(&self, start: Timestamp, stages: Vec<Document>) -> Result<RawBatchCursor, Failed> {
        let mut pipeline = vec![
            doc! { "$changeStream": { "startAtOperationTime": after(start), "showExpandedEvents": true } },
        ];
        pipeline.extend(stages);
        Ok(self.database.aggregate(pipeline).batch_size(BATCH).batch().await?)
    }

    async fn read_bare(&self, start: Timestamp, stages: Vec<Document>) -> Result<(), Failed> {
        let mut replies = self.open(start, stages).await?;
        loop {
            let reply = replies.next().await.ok_or("the stream ended")??;
            for event in reply.doc_slices()? {
                let event = event?.as_document().ok_or("an event is a document")?;
                if is_end(event) {
                    return Ok(());
                }
            }
        }
    }

    /// Three tasks, each some replies ahead of the next: reading, capture, engine. As in the sidecar.
    async fn read_vigil(&self, start: Timestamp, at: ClusterTime, mut engine: Engine) -> Result<(), Failed> {
        let cursor = self.open(start, self.plan.stream_pipeline()).await?;
        let follower = Follower::new(self.plan.clone(), BATCH, at);
        let (mut batches, tasks) = couple(cursor, follower);
        loop {
            let progress = batches.recv().await.ok_or("the stream ended")?;
            let mut end = false;
            for change in progress.changes {
                end |= is_end_change(&change);
                engine.apply(change);
            }
            for tier in [Tier::Critical, Tier::Standard] {
                std::hint::black_box(engine.drain(tier));
            }
            if end {
                drop(tasks);
                return Ok(());
            }
        }
    }

    /// An engine with the rows of before the stream.
    async fn engine(&self, at: ClusterTime) -> Result<Engine, Failed> {
        let now = bson::DateTime::now().timestamp_millis();
        let mut engine = Engine::new(self.board.clone(), now);
        engine.begin_scan(COLLECTION, at);
        let collection = self.database.collection::<Document>(COLLECTION);
        let before = doc! { "_id": { "$lt": DOCUMENTS as i64 } };
        let projection = self.plan.scan_projection(COLLECTION);
        let mut replies = collection.find(before).projection(projection).batch().await?;
        while let Some(reply) = replies.next().await {
            for document in reply?.doc_slices()? {
                engine.load(COLLECTION, document?.as_document().ok_or("a document")?);
            }
        }
        Ok(engine)
    }
}

fn couple(
    mut cursor: RawBatchCursor,
    mut follower: Follower,
) -> (mpsc::Receiver<Progress>, tokio::task::JoinSet<()>) {
    let (replies, mut ahead) = mpsc::channel(REPLIES_AHEAD);
    let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        while let Some(Ok(reply)) = cursor.next().await {
            if replies.send(reply).await.is_err() {
                return;
            }
        }
    });
    tasks.spawn(async move {
        while let Some(reply) = ahead.recv().await {
            let Ok(progress) = follower.on_reply(reply.as_raw_document()) else { return };
            if sender.send(progress).await.is_err() {
                return;
            }
        }
    });
    (batches, tasks)
}

/// The first time later than `time`: what is at `time` has been read.
fn after(time: Timestamp) -> Timestamp {
    Timestamp { time: time.time, increment: time.increment + 1 }
}

fn is_end(event: &RawDocument) -> bool {
    event.get_document("documentKey").and_then(|key| key.get_str("_id")).is_ok_and(|id| id == "end")
}

fn is_end_change(change: &Change) -> bool {
    matches!(&change.kind, ChangeKind::Put { id: bson::Bson::String(id), .. } if id == "end")
}
