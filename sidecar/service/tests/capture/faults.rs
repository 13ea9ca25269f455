//! MongoDB goes away and comes back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use vigil_sidecar::mongo::{MongoConfig, SourceEvent};

use crate::feed::{Feed, id, plan};
use crate::mongod::Mongod;

/// Follows until every one of `count` numbered documents has come once, through `Down` and `Up`.
async fn collect(feed: &mut Feed, seen: &mut BTreeMap<i32, u32>, count: i32) -> Vec<&'static str> {
    let mut states = Vec::new();
    while seen.len() < usize::try_from(count).unwrap() {
        match feed.next().await {
            SourceEvent::Batch(progress) => {
                for change in &progress.changes {
                    *seen.entry(id(change).unwrap().as_i32().unwrap()).or_default() += 1;
                }
            }
            SourceEvent::Down { .. } => states.push("down"),
            SourceEvent::Up => states.push("up"),
            other => panic!("{other:?}"),
        }
    }
    states.dedup();
    states
}

#[tokio::test]
async fn a_killed_mongod_that_comes_back_costs_nothing() {
    let mut mongod = Mongod::replica_set().await;
    let database = mongod.database("killed").await;
    let t = database.collection::<Document>("t");
    t.insert_one(doc! { "_id": -1 }).await.unwrap();
    let mut feed = Feed::new(MongoConfig::new(mongod.uri(), plan("killed", &[("t", &["n"])]))).await;
    feed.read().await;
    let insert = async |from: i32| {
        for n in from..from + 50 {
            t.insert_one(doc! { "_id": n }).await.unwrap();
        }
    };
    insert(0).await;
    let mut seen = BTreeMap::new();
    assert!(collect(&mut feed, &mut seen, 20).await.is_empty());
    mongod.kill();
    while !matches!(feed.next().await, SourceEvent::Down { .. }) {}
    mongod.restart();
    // Finds the new primary, on a connection of its own.
    let again = mongod.client().await;
    again.database("admin").run_command(doc! { "ping": 1 }).await.unwrap();
    let t = again.database("killed").collection::<Document>("t");
    for n in 50..100 {
        t.insert_one(doc! { "_id": n }).await.unwrap();
    }
    let mut seen_now = seen;
    let states = collect(&mut feed, &mut seen_now, 100).await;
    assert_eq!(states.last(), Some(&"up"), "{states:?}");
    assert!(seen_now.values().all(|times| *times == 1), "each once: {seen_now:?}");
}

#[tokio::test]
async fn a_mongod_that_is_stopped_is_noticed_within_15_s() {
    let mongod = Mongod::replica_set().await;
    let database = mongod.database("stopped").await;
    let t = database.collection::<Document>("t");
    t.insert_one(doc! { "_id": -1 }).await.unwrap();
    let mut feed = Feed::new(MongoConfig::new(mongod.uri(), plan("stopped", &[("t", &["n"])]))).await;
    feed.read().await;
    feed.batch().await;
    mongod.signal("-STOP");
    let stopped = Instant::now();
    while !matches!(feed.next().await, SourceEvent::Down { .. }) {}
    assert!(stopped.elapsed() < Duration::from_secs(15), "{:?}", stopped.elapsed());
    mongod.signal("-CONT");
    while !matches!(feed.next().await, SourceEvent::Up) {}
    let database = mongod.client().await.database("stopped");
    database.collection::<Document>("t").insert_one(doc! { "_id": 0 }).await.unwrap();
    let mut seen = BTreeMap::new();
    collect(&mut feed, &mut seen, 1).await;
}

#[tokio::test]
async fn a_history_that_is_lost_is_read_anew() {
    let mongod = Mongod::start(&["--replSet", "rs0", "--oplogSize", "1", "--syncdelay", "1"], None);
    mongod.initiate().await;
    let database = mongod.database("lost").await;
    let t = database.collection::<Document>("t");
    t.insert_one(doc! { "_id": 1, "n": 0 }).await.unwrap();
    let mut feed = Feed::new(MongoConfig::new(mongod.uri(), plan("lost", &[("t", &["n"])]))).await;
    feed.read().await;
    // Nobody receives: the cursor stands still while the oplog goes on, and over.
    let oplog = database.client().database("local").collection::<Document>("oplog.rs");
    let end = async |direction: i32| {
        let entry = oplog.find_one(doc! {}).sort(doc! { "$natural": direction }).await.unwrap().unwrap();
        entry.get_timestamp("ts").unwrap().time
    };
    let mut full_at = None;
    let mut n = 0;
    loop {
        n += 1;
        let update = doc! { "$set": { "n": n, "scan": format!("{n}{}", "x".repeat(1 << 19)) } };
        t.update_one(doc! { "_id": 1 }, update).await.unwrap();
        if full_at.is_none() && feed.is_full() {
            full_at = Some(end(-1).await);
        }
        if let Some(full_at) = full_at
            && end(1).await > full_at + 3
        {
            break;
        }
    }
    while !matches!(feed.next().await, SourceEvent::Resync { .. }) {}
    assert_eq!(feed.read().await.documents["t"], [doc! { "_id": 1, "n": Bson::Int32(n) }]);
    t.insert_one(doc! { "_id": "end" }).await.unwrap();
    feed.changes_until("end").await;
}
