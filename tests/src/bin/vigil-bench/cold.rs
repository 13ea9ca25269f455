//! Cold start: a bare scan against the whole sidecar, from its start to its first snapshot.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};
use futures_util::StreamExt;
use mongodb::Database;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vigil_capture::WatchPlan;
use vigil_tests::harness::{Mongod, Sidecar, SidecarConfig, hospital_board};

use crate::Failed;
use crate::report::Report;

/// Rarely enough to cost nothing, often enough to err by little.
const LOOK_EVERY: Duration = Duration::from_millis(10);
const COLLECTION: &str = "appointments";

pub async fn measure(documents: usize, rounds: usize, report: &mut Report) -> Result<(), Failed> {
    let mongod = Mongod::start().await?;
    let database = mongod.database("hospital").await?;
    let config = SidecarConfig::hospital(mongod.uri());
    let nothing = cold_start(&config).await?;
    fill(&database, documents).await?;
    let path = hospital_board();
    let board = vigil_board::parse(&path.display().to_string(), &std::fs::read_to_string(&path)?)
        .map_err(|problems| format!("the board has {} problems", problems.len()))?;
    let projection = WatchPlan::of(&board).scan_projection(COLLECTION);
    let (mut bare, mut vigil, mut scanning) = (Vec::new(), Vec::new(), Vec::new());
    let mut resident = 0;
    for _ in 0..rounds {
        let begun = Instant::now();
        let scanned = scan(&database, &projection).await?;
        bare.push(begun.elapsed().as_secs_f64() * 1e3);
        if scanned != documents {
            return Err(format!("{scanned} of {documents} documents read").into());
        }
        let started = cold_start(&config).await?;
        vigil.push(started.ms);
        scanning.push(started.ms - nothing.ms);
        resident = started.resident_kib;
    }
    let what = format!("cold start, {documents} documents, spawn to exact state");
    report.time(&what, &bare, &vigil);
    report.time("the same, less the cold start with no document", &bare, &scanning);
    let grown = resident.saturating_sub(nothing.resident_kib);
    report.alone(
        &format!("resident memory, growth for {documents} documents"),
        format!("{} MiB, {} bytes a document", grown / 1_024, grown * 1_024 / documents),
    );
    Ok(())
}

struct Started {
    ms: f64,
    resident_kib: usize,
}

/// Runs a sidecar until its first exact state.
async fn cold_start(config: &SidecarConfig) -> Result<Started, Failed> {
    let begun = Instant::now();
    let mut sidecar = Sidecar::start(config).await?;
    while !is_ready(sidecar.address()).await? {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    Ok(Started { ms, resident_kib: resident_kib(sidecar.process().id().ok_or("the sidecar ended")?)? })
}

/// Appointments with all the fields that the board reads, and an `_id` of 36 characters.
async fn fill(database: &Database, documents: usize) -> Result<(), Failed> {
    let collection = database.collection::<Document>(COLLECTION);
    let now = DateTime::now().timestamp_millis();
    for chunk in (0..documents).collect::<Vec<_>>().chunks(10_000) {
        let documents = chunk.iter().map(|i| {
            let starts_at = now - i64::try_from(*i).unwrap_or(0) * 60_000;
            let after = |minutes: i64| DateTime::from_millis(starts_at + minutes * 60_000);
            let mut appointment = doc! {
                "_id": format!("a0000000-0000-4000-8000-{i:012}"),
                "department": format!("department-{}", i % 24),
                "status": (["booked", "checked_in", "in_progress", "completed", "no_show"][i % 5]),
                "starts_at": after(0),
                "notes": "not named by the board, ".repeat(8),
            };
            for (field, from, minutes) in
                [("checked_in_at", 1, -12), ("started_at", 2, 8), ("ended_at", 3, 30)]
            {
                if (from..4).contains(&(i % 5)) {
                    appointment.insert(field, after(minutes));
                }
            }
            appointment
        });
        collection.insert_many(documents).ordered(false).await?;
    }
    Ok(())
}

async fn scan(database: &Database, projection: &Document) -> Result<usize, Failed> {
    let mut count = 0;
    let collection = database.collection::<Document>(COLLECTION);
    let mut replies = collection.find(doc! {}).projection(projection.clone()).batch().await?;
    while let Some(reply) = replies.next().await {
        count += reply?.doc_slices()?.into_iter().count();
    }
    Ok(count)
}

/// `/readyz` says 200 once an exact state is published and the source is live.
async fn is_ready(address: SocketAddr) -> Result<bool, Failed> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

fn resident_kib(process: u32) -> Result<usize, Failed> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}
