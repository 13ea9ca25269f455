//! The run loop: events of a scripted source in, frames of a real server out.
#![allow(clippy::unwrap_used)]

// Parts of it are for other tests.
#[allow(dead_code)]
#[path = "capture/mongod.rs"]
mod mongod;
#[path = "operation/rig.rs"]
mod rig;

use std::time::{Duration, Instant};

use bson::doc;
use vigil_sidecar::mongo::SourceEvent;
use vigil_wire::{Millis, SourceState, Tier, Value};

use rig::{Rig, clear, delete, put, t, withheld};

/// MongoDB's clock when a test begins: an hour behind that of any machine that runs it.
fn noon() -> Millis {
    let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Millis::try_from(unix.as_millis()).unwrap() - 3_600_000
}

const OPEN: (&str, &str) = ("open", "from = \"jobs\"\ntier = \"critical\"");
const SLOW: (&str, &str) = ("slow", "from = \"jobs\"\ntier = \"standard\"");
const SUM: (&str, &str) = ("sum", "from = \"jobs\"\nvalue = \"n\"\naggregate = \"sum\"\ntier = \"critical\"");
const RECENT: (&str, &str) =
    ("recent", "from = \"jobs\"\ntier = \"critical\"\nwindow = { field = \"at\", last = \"10s\" }");

fn int(n: i64) -> Option<Value> {
    Some(Value::Int(n))
}

#[tokio::test]
async fn nothing_is_published_before_the_stream_has_passed_the_scan() {
    let mut rig = Rig::start(&[OPEN]).await;
    rig.hello(10, noon()).await;
    rig.scan(10, 12).await;
    rig.batch(11, vec![put(11, doc! { "_id": 1 })]).await;
    rig.settle().await;
    assert_eq!((rig.value("open"), rig.view.source), (None, Some(SourceState::Starting)));
    assert!(rig.view.as_of.is_empty() && rig.view.confirmed.is_empty(), "{:?}", rig.view);
    assert!(rig.freeze().await.is_err());

    rig.batch(12, vec![put(12, doc! { "_id": 2 })]).await;
    rig.until("exact", |told| told.value("open").is_some()).await;
    assert_eq!(rig.value("open").cloned(), int(2), "never one row alone");
    assert_eq!(rig.view.as_of[&Tier::Critical].t, t(12));
    assert_eq!(rig.view.source, Some(SourceState::Live));
    assert_eq!(rig.freeze().await.unwrap().at, t(12));
}

#[tokio::test]
async fn what_a_new_read_found_is_published_as_a_difference_and_at_its_end_only() {
    let mut rig = Rig::start(&[OPEN]).await;
    rig.hello(10, noon()).await;
    rig.scan(10, 10).await;
    rig.batch(11, vec![put(11, doc! { "_id": 1 }), put(11, doc! { "_id": 2 })]).await;
    rig.until("two rows", |told| told.value("open").cloned() == int(2)).await;
    let before = (rig.view.snapshots, rig.view.diffs);

    rig.tell([SourceEvent::Resync { reason: "history lost".into() }]).await;
    rig.scan(20, 22).await;
    rig.batch(21, vec![put(21, doc! { "_id": 3 })]).await;
    rig.settle().await;
    assert_eq!((rig.value("open").cloned(), rig.view.source), (int(2), Some(SourceState::Resyncing)));
    assert_eq!((rig.view.snapshots, rig.view.diffs), before);

    rig.batch(22, vec![]).await;
    rig.until("one row", |told| told.value("open").cloned() == int(1)).await;
    assert_eq!((rig.view.snapshots, rig.view.diffs), (before.0, before.1 + 1));
    assert_eq!(rig.view.as_of[&Tier::Critical].t, t(22));
}

#[tokio::test]
async fn a_tier_is_confirmed_when_its_changes_are_said_and_the_sampled_write_is_passed() {
    let noon = noon();
    let mut rig = Rig::start(&[OPEN, SLOW]).await;
    rig.hello(10, noon).await;
    rig.scan(10, 10).await;
    rig.batch(11, vec![]).await;
    rig.hello(12, noon + 50).await;
    rig.settle().await;
    assert_eq!(rig.view.confirmed.get(&Tier::Critical), None, "the write at 12 is not there yet");

    // The slow tier has just been said; what is new now waits, and so does its confirmation.
    rig.batch(12, vec![put(12, doc! { "_id": 1 })]).await;
    rig.until("confirmed", |told| told.view.confirmed.contains_key(&Tier::Critical)).await;
    assert_eq!(rig.view.confirmed[&Tier::Critical], noon + 50);
    assert_eq!((rig.value("open").cloned(), rig.value("slow").cloned()), (int(1), int(0)));
    assert_eq!(rig.view.confirmed.get(&Tier::Standard), None);

    rig.until("its turn", |told| told.value("slow").cloned() == int(1)).await;
    assert_eq!(rig.view.confirmed[&Tier::Standard], noon + 50);
}

#[tokio::test]
async fn an_unknown_row_stops_everything_until_it_is_known() {
    let noon = noon();
    let mut rig = Rig::start(&[SUM]).await;
    rig.hello(10, noon).await;
    rig.scan(10, 10).await;
    rig.batch(11, vec![put(11, doc! { "_id": 1, "n": 5 }), put(11, doc! { "_id": 2, "n": 7 })]).await;
    rig.until("exact", |told| told.value("sum").cloned() == int(12)).await;

    rig.batch(13, vec![withheld(12, 1, "n"), put(13, doc! { "_id": 2, "n": 8 })]).await;
    rig.hello(13, noon + 100).await;
    rig.settle().await;
    assert_eq!(rig.value("sum").cloned(), int(12));
    assert!(rig.view.confirmed.is_empty() && rig.freeze().await.is_err());

    // A later put says what it is, though it could still not be read again.
    rig.batch(14, vec![put(14, doc! { "_id": 1, "n": 6 })]).await;
    rig.until("known", |told| told.value("sum").cloned() == int(14)).await;
    assert_eq!(rig.view.confirmed[&Tier::Critical], noon + 100);
    assert_eq!(rig.view.as_of[&Tier::Critical].t, t(14));

    // So does the end of the collection, and a new read of it.
    rig.batch(15, vec![withheld(15, 1, "n"), clear(15)]).await;
    rig.until("cleared", |told| told.value("sum").cloned() == int(0)).await;
    rig.batch(16, vec![withheld(16, 1, "n")]).await;
    rig.scan(17, 17).await;
    rig.batch(17, vec![]).await;
    assert!(rig.freeze().await.is_ok());
}

#[tokio::test]
async fn rows_that_cannot_be_read_again_hold_the_loop_up_once_and_not_each() {
    let mut rig = Rig::start(&[SUM]).await;
    rig.hello(10, noon()).await;
    rig.scan(10, 10).await;
    rig.batch(11, (0..20).map(|id| put(11, doc! { "_id": id, "n": 1 })).collect()).await;
    let begun = Instant::now();
    rig.batch(12, (0..20).map(|id| withheld(12, id, "n")).collect()).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    rig.batch(13, (0..20).map(|id| delete(13, id)).collect()).await;
    rig.until("gone", |told| told.value("sum").cloned() == int(0)).await;
}

#[tokio::test]
async fn a_row_that_is_not_there_is_gone_only_when_its_collection_was_not_dropped_meanwhile() {
    let mongod = mongod::Mongod::replica_set().await;
    let database = mongod.database("yard").await;
    let jobs = database.collection::<bson::Document>("jobs");
    jobs.insert_one(doc! { "_id": 1, "n": 5 }).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let later = database.run_command(doc! { "insert": "other", "documents": [{}] }).await.unwrap();
    let now = later.get_timestamp("operationTime").unwrap().time;
    jobs.drop().await.unwrap();

    let mut rig = Rig::with(&[SUM], &mongod.uri(), |_| ()).await;
    rig.hello(now - 5, noon()).await;
    rig.scan(now - 5, now - 5).await;
    rig.batch(now - 1, vec![put(now - 1, doc! { "_id": 1, "n": 5 })]).await;
    rig.until("exact", |told| told.value("sum").cloned() == int(5)).await;
    // At `now` it is there, but a read at `now` finds nothing any more.
    rig.batch(now, vec![withheld(now, 1, "n")]).await;
    rig.settle().await;
    assert_eq!(rig.value("sum").cloned(), int(5));
    assert!(rig.freeze().await.is_err());
    // The drop comes; and where none had come by then, the row itself would be gone.
    for changes in [vec![clear(now + 50)], vec![]] {
        rig.batch(now + 60, changes).await;
        rig.until("gone", |told| told.value("sum").cloned() == int(0)).await;
        assert!(rig.freeze().await.is_ok());
        rig.scan(now - 5, now - 5).await;
        rig.batch(now, vec![put(now - 1, doc! { "_id": 1, "n": 5 }), withheld(now, 1, "n")]).await;
        assert!(rig.freeze().await.is_err());
    }
}

#[tokio::test]
async fn after_a_loss_it_is_live_only_when_a_new_sample_has_been_passed() {
    let noon = noon();
    let mut rig = Rig::start(&[OPEN, RECENT]).await;
    rig.hello(10, noon).await;
    rig.scan(10, 10).await;
    let job = doc! { "_id": 1, "at": bson::DateTime::from_millis(noon) };
    rig.batch(11, vec![put(11, job)]).await;
    rig.until("live", |told| told.view.source == Some(SourceState::Live)).await;
    rig.until("counted", |told| told.value("recent").cloned() == int(1)).await;
    // It wrote on at 12; then nothing is heard of it for an hour.
    rig.hello(12, noon + 10).await;
    rig.down().await;
    rig.tell([SourceEvent::Up]).await;
    let hour = 3_600_000;
    rig.batch(11, vec![]).await;
    rig.hello(4_000, noon + hour).await;
    rig.batch(12, vec![]).await;
    rig.settle().await;
    // All that is known is an hour old: neither live nor confirmed, and windows stand still.
    assert_eq!(rig.view.source, Some(SourceState::CatchingUp));
    assert!(rig.view.confirmed.values().all(|at| *at < noon + hour), "{:?}", rig.view.confirmed);
    assert_eq!(rig.value("recent").cloned(), int(1));

    rig.batch(4_000, vec![]).await;
    rig.until("live", |told| told.view.source == Some(SourceState::Live)).await;
    rig.until("moved", |told| told.value("recent").cloned() == int(0)).await;
    rig.until("confirmed", |told| told.view.confirmed[&Tier::Critical] == noon + hour).await;
}

#[tokio::test]
async fn while_it_catches_up_windows_are_as_of_what_is_confirmed() {
    let noon = noon();
    let mut rig = Rig::start(&[OPEN, RECENT]).await;
    rig.hello(10, noon).await;
    rig.scan(10, 10).await;
    let job = doc! { "_id": 1, "at": bson::DateTime::from_millis(noon) };
    rig.batch(11, vec![put(11, job)]).await;
    rig.until("counted", |told| told.value("recent").cloned() == int(1)).await;
    // Writes come faster than they are applied.
    for (majority, elapsed) in [(20, 4_000), (80, 80_000), (90, 90_000), (100, 100_000)] {
        rig.hello(majority, noon + elapsed).await;
    }
    rig.batch(80, vec![]).await;
    rig.until("confirmed", |told| told.view.confirmed.contains_key(&Tier::Critical)).await;
    assert_eq!(rig.view.source, Some(SourceState::CatchingUp));
    assert_eq!(rig.view.confirmed[&Tier::Critical], noon + 80_000);
    assert_eq!(rig.value("recent").cloned(), int(0), "out of its window at the time that is confirmed");
    assert_eq!(rig.view.as_of[&Tier::Critical].now, noon + 80_000);
}

#[tokio::test]
async fn windows_go_by_mongodbs_clock_though_the_machines_own_is_ahead() {
    let noon = noon();
    let mut rig = Rig::start(&[OPEN, RECENT]).await;
    rig.hello(10, noon).await;
    rig.scan(10, 10).await;
    let job = doc! { "_id": 1, "at": bson::DateTime::from_millis(noon) };
    rig.batch(11, vec![put(11, job)]).await;
    rig.until("exact", |told| told.value("open").is_some()).await;
    assert_eq!(rig.value("recent").cloned(), int(1));
    let now = rig.view.as_of[&Tier::Critical].now;
    assert!((noon..noon + 60_000).contains(&now), "{}", now - noon);
}
