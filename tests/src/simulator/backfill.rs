//! The weeks before now: lived through in memory, then written in bulk.

use std::time::Instant;

use bson::Document;
use mongodb::Database;

use super::calendar::DAY;
use super::operation::Operation;
use super::records::Records;
use super::run::{Pace, Settings};
use super::world::Hospital;
use crate::harness::{Failure, Outcome, While};

/// Documents of one command.
const AT_ONCE: usize = 2_000;
/// No day has fewer operations.
const LEAST_A_DAY: i64 = 5_000;
/// Every collection there is. Transactions do not create them.
const COLLECTIONS: [&str; 15] = [
    "ambulances",
    "appointments",
    "bed_cleans",
    "beds",
    "emergency_alerts",
    "encounters",
    "invoices",
    "patients",
    "payments",
    "rooms",
    "shifts",
    "staff",
    "staffing_plan",
    "theatre_cases",
    "wards",
];

/// The hospital as it is at the beginning of what is played, and all that was written until then.
pub(super) fn live_through(settings: &Settings, now_ms: i64) -> (Hospital, Records) {
    let days = settings.backfill_days.max(1);
    match settings.pace {
        Pace::Times(_) => {
            let mut records = Records::default();
            let (mut hospital, past) = begin(settings, now_ms, now_ms - days * DAY);
            past.into_iter().for_each(|operation| records.apply(operation));
            while hospital.peek_ms() <= now_ms {
                records.apply(hospital.next());
            }
            (hospital, records)
        }
        // The last of them is to happen now, so all must be counted first.
        Pace::Count(count) => {
            let count_i64 = i64::try_from(count).unwrap_or(i64::MAX / DAY);
            let start = now_ms - (days + count_i64 / LEAST_A_DAY + 1) * DAY;
            let (mut hospital, _) = begin(settings, now_ms, start);
            let mut until_now: u64 = 0;
            while hospital.peek_ms() <= now_ms {
                hospital.next();
                until_now += 1;
            }
            let mut records = Records::default();
            let (mut hospital, past) = begin(settings, now_ms, start);
            past.into_iter().for_each(|operation| records.apply(operation));
            for _ in 0..until_now.saturating_sub(count) {
                records.apply(hospital.next());
            }
            (hospital, records)
        }
    }
}

fn begin(settings: &Settings, now_ms: i64, start_ms: i64) -> (Hospital, Vec<Operation>) {
    let mut hospital = Hospital::new(settings.seed, start_ms, settings.calendar(now_ms));
    let past = hospital.set_up();
    (hospital, past)
}

/// Several collections at a time, each in bulk and in any order.
pub(super) async fn write(database: &Database, records: Records, say: bool) -> Outcome<()> {
    let began = Instant::now();
    for collection in COLLECTIONS {
        database.create_collection(collection).await.doing("create a collection")?;
    }
    let mut writing = tokio::task::JoinSet::new();
    for (name, documents) in records.into_collections() {
        if say {
            println!("  {name}: {} documents", documents.len());
        }
        let collection = database.collection::<Document>(&name);
        writing.spawn(async move {
            for part in documents.chunks(AT_ONCE) {
                collection.insert_many(part).ordered(false).await?;
            }
            Ok::<usize, mongodb::error::Error>(documents.len())
        });
    }
    let mut written = 0;
    while let Some(done) = writing.join_next().await {
        written +=
            done.map_err(|error| Failure(format!("the back-fill ended: {error}")))?.doing("back-fill")?;
    }
    if say {
        println!("{written} documents written in {:.1} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}
