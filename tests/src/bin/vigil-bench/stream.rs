//! Events a second, catching up and while writing: a bare cursor against capture and engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Document, RawDocument, Timestamp, doc};
use futures_util::StreamExt;
use mongodb::Database;
use mongodb::raw_batch_cursor::RawBatchCursor;
use tokio::sync::mpsc;
use vigil_board::Board;
use vigil_capture::{Follower, WatchPlan};
use vigil_engine::{Change, ChangeKind, Engine};
use vigil_tests::harness::{Mongod, MongodOptions, hospital_board};
use vigil_wire::ClusterTime;

use crate::report::Report;

type Failed = Box<dyn std::error::Error>;

const COLLECTION: &str = "appointments";
const DOCUMENTS: usize = 2_000;
const BATCH: u32 = 1_000;
const BATCHES_AHEAD: usize = 4;

/// Which side reads the stream.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// Everything of the collection, whole events.
    Bare,
    /// Vigil's filter and projection, and nothing done with what comes.
    Pipeline,
    /// Capture and engine, as the sidecar couples them.
    Vigil,
}

const SIDES: [Side; 3] = [Side::Bare, Side::Pipeline, Side::Vigil];

pub async fn measure(updates: usize, rounds: usize, report: &mut Report) -> Result<(), Failed> {
    let mongod =
        Mongod::start_with(MongodOptions { oplog_mb: Some(4_096), ..MongodOptions::default() }).await?;
    let bench = Bench::new(&mongod).await?;
    for (what, tracked) in [("updates of tracked fields", true), ("updates of untracked fields", false)] {
        let mut catching_up: [Vec<f64>; 3] = Default::default();
        let mut writing: [Vec<f64>; 3] = Default::default();
        for round in 0..rounds {
            let start = bench.operation_time().await?;
            bench.write(updates, tracked, round).await?;
            // Whoever reads first warms the server's cache for the others: take turns.
            for turn in 0..SIDES.len() {
                let side = (turn + round) % SIDES.len();
                let seconds = bench.read(start, SIDES[side]).await?.as_secs_f64();
                catching_up[side].push(updates as f64 / seconds);
            }
            for turn in 0..SIDES.len() {
                let side = (turn + round) % SIDES.len();
                let seconds =
                    bench.read_while_writing(updates / 4, tracked, SIDES[side]).await?.as_secs_f64();
                writing[side].push((updates / 4) as f64 / seconds);
            }
        }
        for (when, [bare, pipeline, vigil]) in [("catching up", catching_up), ("while writing", writing)] {
            report.rate(&format!("events, {when}, {what}"), &bare, &vigil);
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
        let documents = (0..DOCUMENTS as i32).map(|id| {
            doc! { "_id": id, "department": format!("d{}", id % 12), "status": "booked",
            "starts_at": bson::DateTime::now(), "notes": "n".repeat(200) }
        });
        database.collection::<Document>(COLLECTION).insert_many(documents).await?;
        Ok(Bench { database, board: Arc::new(board), plan })
    }

    async fn operation_time(&self) -> Result<Timestamp, Failed> {
        let reply = self.database.run_command(doc! { "ping": 1 }).await?;
        Ok(reply.get_timestamp("operationTime")?)
    }

    /// Updates, then a document that marks their end.
    async fn write(&self, updates: usize, tracked: bool, round: usize) -> Result<(), Failed> {
        for chunk in (0..updates).collect::<Vec<_>>().chunks(2_000) {
            let updates: Vec<Document> = chunk.iter().map(|i| update(*i, tracked, round)).collect();
            let command = doc! { "update": COLLECTION, "updates": updates, "ordered": false };
            self.database.run_command(command).await?;
        }
        let end = doc! { "status": "end", "written": now_nanos() };
        let collection = self.database.collection::<Document>(COLLECTION);
        collection.replace_one(doc! { "_id": "end" }, end).upsert(true).await?;
        Ok(())
    }

    /// Reads from `start` to the end marker.
    async fn read(&self, start: Timestamp, side: Side) -> Result<Duration, Failed> {
        let begun = Instant::now();
        match side {
            Side::Bare => self.read_bare(start, vec![doc! { "$match": { "ns.coll": COLLECTION } }]).await?,
            Side::Pipeline => self.read_bare(start, self.plan.stream_pipeline()).await?,
            Side::Vigil => self.read_vigil(start).await?,
        }
        Ok(begun.elapsed())
    }

    async fn read_while_writing(
        &self,
        updates: usize,
        tracked: bool,
        side: Side,
    ) -> Result<Duration, Failed> {
        let start = self.operation_time().await?;
        let begun = Instant::now();
        let (wrote, read) = tokio::join!(self.write(updates, tracked, updates), self.read(start, side));
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

    /// Capture in a task of its own, some batches ahead of the engine: as in the sidecar.
    async fn read_vigil(&self, start: Timestamp) -> Result<(), Failed> {
        let at = ClusterTime::new(start.time, start.increment);
        let mut follower = Follower::new(self.plan.clone(), BATCH, at);
        let mut engine = self.engine(at).await?;
        let mut replies = self.open(start, self.plan.stream_pipeline()).await?;
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        let capture = tokio::spawn(async move {
            while let Some(Ok(reply)) = replies.next().await {
                let Ok(progress) = follower.on_reply(reply.as_raw_document()) else { return };
                if sender.send(progress).await.is_err() {
                    return;
                }
            }
        });
        loop {
            let progress = batches.recv().await.ok_or("the stream ended")?;
            let mut end = false;
            for change in progress.changes {
                end |= is_end_change(&change);
                engine.apply(change);
            }
            for tier in [vigil_board::Tier::Critical, vigil_board::Tier::Standard] {
                std::hint::black_box(engine.drain(tier));
            }
            if end {
                capture.abort();
                return Ok(());
            }
        }
    }

    /// An engine whose rows are as of `at`. Loading them is part of neither side's time worth naming:
    /// it is two thousand documents.
    async fn engine(&self, at: ClusterTime) -> Result<Engine, Failed> {
        let now = bson::DateTime::now().timestamp_millis();
        let mut engine = Engine::new(self.board.clone(), now);
        engine.begin_scan(COLLECTION, at);
        let projection = self.plan.scan_projection(COLLECTION);
        let mut replies = self
            .database
            .collection::<Document>(COLLECTION)
            .find(doc! {})
            .projection(projection)
            .batch()
            .await?;
        while let Some(reply) = replies.next().await {
            for document in reply?.doc_slices()? {
                engine.load(COLLECTION, document?.as_document().ok_or("a document")?);
            }
        }
        Ok(engine)
    }
}

/// The first time later than `time`: what is at `time` has been read.
fn after(time: Timestamp) -> Timestamp {
    Timestamp { time: time.time, increment: time.increment + 1 }
}

fn update(i: usize, tracked: bool, round: usize) -> Document {
    let set = if tracked {
        let status = ["booked", "checked_in", "in_progress"][(i / DOCUMENTS + round) % 3];
        doc! { "status": status, "touched": now_nanos() }
    } else {
        doc! { "notes": format!("{}{}", now_nanos(), "m".repeat(100)) }
    };
    doc! { "q": { "_id": (i % DOCUMENTS) as i32 }, "u": { "$set": set } }
}

fn is_end(event: &RawDocument) -> bool {
    event.get_document("documentKey").and_then(|key| key.get_str("_id")).is_ok_and(|id| id == "end")
}

fn is_end_change(change: &Change) -> bool {
    matches!(&change.kind, ChangeKind::Put { id: bson::Bson::String(id), .. } if id == "end")
}

fn now_nanos() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
