//! What `follow` promises about order and wholeness.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bson::{Bson, Document, doc, oid::ObjectId};
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use vigil_engine::ChangeKind;
use vigil_sidecar::mongo::{MongoConfig, SourceEvent};

use crate::feed::{Feed, id, plan};
use crate::mongod::{Mongod, projected};

#[tokio::test]
async fn all_collections_are_read_at_one_time_and_the_stream_goes_on_from_there() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("reading").await;
    let a = database.collection::<Document>("a");
    a.insert_many((0..12_000).map(|i| doc! { "_id": i, "status": "x", "junk": 1 })).await.unwrap();
    database.collection::<Document>("b").insert_one(doc! { "_id": 1, "junk": 1 }).await.unwrap();
    let plan = plan("reading", &[("a", &["status"]), ("b", &[]), ("missing", &["status"])]);
    let mut feed = Feed::new(MongoConfig::new(mongod.uri(), plan.clone())).await;
    let read = feed.read().await;
    let names: Vec<&str> = read.begun.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "missing"]);
    let start = read.begun[0].1;
    assert!(read.begun.iter().all(|(_, at)| *at == start) && start <= read.synced);
    assert_eq!(read.documents["a"].len(), 12_000);
    assert_eq!(read.documents["a"], projected(&database, "a", plan.scan_projection("a")).await);
    assert_eq!(read.documents["b"], [doc! { "_id": 1 }]);
    assert!(read.documents["missing"].is_empty());
    let first = feed.batch().await;
    assert!(first.complete >= start && first.changes.is_empty());
    // Without any write the position passes what the scan ended with.
    while feed.batch().await.complete < read.synced {}
    a.delete_one(doc! { "_id": 5 }).await.unwrap();
    a.insert_one(doc! { "_id": "end" }).await.unwrap();
    let changes = feed.changes_until("end").await;
    assert!(matches!(&changes[0].kind, ChangeKind::Delete { id } if *id == Bson::Int32(5)));
    assert_eq!(changes.len(), 2);
    // The position passes what a `hello` says was the last write.
    let sample = feed.hello().await;
    while feed.batch().await.complete < sample.majority {}
}

#[tokio::test]
async fn a_read_in_parts_has_every_document_once_whatever_the_type_of_its_id() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("parts").await;
    let ids: Vec<Bson> = (0..7)
        .map(Bson::Int32)
        .chain(["a", "b", "c", "d"].map(Bson::from))
        .chain((0..6).map(|_| ObjectId::new().into()))
        .chain([Bson::Null, doc! { "x": 1 }.into(), Bson::Boolean(true), Bson::Double(2.5)])
        .collect();
    let t = database.collection::<Document>("t");
    t.insert_many(ids.iter().map(|id| doc! { "_id": id, "n": 1 })).await.unwrap();
    let mut config = MongoConfig::new(mongod.uri(), plan("parts", &[("t", &["n"])]));
    config.scan_in_parts_of = Some(4);
    let mut feed = Feed::new(config).await;
    let read = feed.read().await;
    assert_eq!(read.documents["t"], projected(&database, "t", doc! {}).await);
    assert_eq!(read.documents["t"].len(), ids.len());
    t.insert_one(doc! { "_id": "end" }).await.unwrap();
    assert_eq!(feed.changes_until("end").await.len(), 1);
}

#[tokio::test]
async fn a_transaction_comes_whole_though_its_events_come_in_many_replies() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("whole").await;
    let t = database.collection::<Document>("t");
    t.insert_one(doc! { "_id": "first" }).await.unwrap();
    let mut config = MongoConfig::new(mongod.uri(), plan("whole", &[("t", &["n"])]));
    config.batch_size = 2;
    let mut feed = Feed::new(config).await;
    feed.read().await;
    for round in 0..5 {
        let mut session = database.client().start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        for n in 0..7 {
            t.insert_one(doc! { "_id": format!("{round}/{n}"), "n": n }).session(&mut session).await.unwrap();
        }
        session.commit_transaction().await.unwrap();
        t.insert_one(doc! { "_id": format!("after {round}") }).await.unwrap();
    }
    let mut seen = 0;
    while seen < 40 {
        let progress = feed.batch().await;
        let of_round = |round: u8| {
            progress.changes.iter().filter(move |change| {
                id(change).and_then(Bson::as_str).is_some_and(|id| id.starts_with(&format!("{round}/")))
            })
        };
        for round in 0..5 {
            let count = of_round(round).count();
            assert!(count == 0 || count == 7, "{count} of 7");
            assert!(of_round(round).map(|change| change.at).collect::<BTreeSet<_>>().len() <= 1);
        }
        assert!(progress.changes.iter().all(|change| change.at <= progress.complete));
        seen += progress.changes.len();
    }
    assert_eq!(seen, 40);
}

#[tokio::test]
async fn a_collection_renamed_onto_a_watched_name_is_read_before_its_batch() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("renamed").await;
    let (t, x) = (database.collection::<Document>("t"), database.collection::<Document>("x"));
    t.insert_one(doc! { "_id": "old", "n": 1 }).await.unwrap();
    let mut feed =
        Feed::new(MongoConfig::new(mongod.uri(), plan("renamed", &[("keys", &[]), ("t", &["n"])]))).await;
    feed.read().await;
    x.insert_many([doc! { "_id": "new", "n": 2, "junk": 1 }, doc! { "_id": "newer", "n": 3 }]).await.unwrap();
    t.insert_one(doc! { "_id": "lost" }).await.unwrap();
    let rename = doc! { "renameCollection": "renamed.x", "to": "renamed.t", "dropTarget": true };
    database.client().database("admin").run_command(rename).await.unwrap();
    // `$out` does the same under another name.
    t.aggregate([doc! { "$set": { "n": 9 } }, doc! { "$out": "t" }]).await.unwrap();
    t.insert_one(doc! { "_id": "end" }).await.unwrap();

    let mut rows: Vec<Document> = Vec::new();
    let mut after_scan = None;
    let mut scans = 0;
    loop {
        match feed.next().await {
            SourceEvent::ScanBegin { collection, .. } => {
                assert_eq!(collection, "t", "only that one");
                rows.clear();
                scans += 1;
            }
            SourceEvent::ScanBatch { documents, .. } => {
                rows.extend(documents.into_iter().map(|raw| Document::try_from(raw).unwrap()));
            }
            SourceEvent::ScanEnd { .. } => {}
            SourceEvent::Synced { at } => after_scan = Some(at),
            SourceEvent::Batch(progress) => {
                assert!(progress.rescan.is_empty() || after_scan.is_some(), "the scan comes first");
                for change in &progress.changes {
                    match &change.kind {
                        ChangeKind::Put { document, .. } => {
                            rows.push(Document::try_from(document.as_ref()).unwrap())
                        }
                        ChangeKind::Clear => rows.clear(),
                        other => panic!("{other:?}"),
                    }
                }
                if scans > 0
                    && after_scan.is_some_and(|at| progress.complete >= at)
                    && rows.iter().any(|row| row == &doc! { "_id": "end" })
                {
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    rows.sort_by_key(ToString::to_string);
    assert_eq!(rows, [doc! { "_id": "end" }, doc! { "_id": "new", "n": 9 }, doc! { "_id": "newer", "n": 9 }]);
}

#[tokio::test]
async fn a_dropped_database_is_cleared_and_followed_further() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("dropped").await;
    let t = database.collection::<Document>("t");
    t.insert_one(doc! { "_id": 1 }).await.unwrap();
    let mut feed =
        Feed::new(MongoConfig::new(mongod.uri(), plan("dropped", &[("t", &["n"]), ("keys", &[])]))).await;
    feed.read().await;
    database.drop().await.unwrap();
    t.insert_one(doc! { "_id": "end" }).await.unwrap();
    let changes = feed.changes_until("end").await;
    let cleared: BTreeSet<&str> = changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Clear)
        .map(|change| change.collection.as_str())
        .collect();
    assert_eq!(cleared, BTreeSet::from(["keys", "t"]));
    assert!(matches!(changes.last().unwrap().kind, ChangeKind::Put { .. }));
}

#[tokio::test]
async fn a_change_costs_nothing_but_get_more_and_hello() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("commands").await;
    let t = database.collection::<Document>("t");
    let names: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut config = MongoConfig::new(mongod.uri(), plan("commands", &[("t", &["n"])]));
    let heard = Arc::clone(&names);
    config.on_command = Some(EventHandler::callback(move |event| {
        if let CommandEvent::Started(started) = event {
            heard.lock().unwrap().push(started.command_name);
        }
    }));
    let mut feed = Feed::new(config).await;
    feed.read().await;
    feed.batch().await;
    assert!(names.lock().unwrap().iter().any(|name| name == "find"), "the tap works");
    names.lock().unwrap().clear();
    for n in 0..300 {
        t.update_one(doc! { "_id": 1 }, doc! { "$set": { "n": n, "items.0": n } })
            .upsert(true)
            .await
            .unwrap();
    }
    t.insert_one(doc! { "_id": "end" }).await.unwrap();
    assert_eq!(feed.changes_until("end").await.len(), 301);
    let used: BTreeSet<String> = names.lock().unwrap().drain(..).collect();
    assert!(used.iter().all(|name| name == "getMore" || name == "hello"), "{used:?}");
    // Reading again is one look-up for many, and only when asked for.
    let at = feed.batch().await.complete;
    let read = feed.source.reread("t", &[1.into(), "nobody".into()], at).await.unwrap();
    let found: Vec<Document> =
        read.found.iter().map(|raw| Document::try_from(raw.as_ref()).unwrap()).collect();
    assert_eq!(found, [doc! { "_id": 1, "n": 299 }]);
    assert!(read.told_by >= at);
    let finds = || names.lock().unwrap().drain(..).filter(|name| name == "find").count();
    assert_eq!(finds(), 1);
    let ids: Vec<Bson> = (0..1_200).map(Bson::from).collect();
    feed.source.reread("t", &ids, at).await.unwrap();
    assert_eq!(finds(), 3, "not one for each");
    t.update_one(doc! { "_id": 1 }, doc! { "$set": { "n": -1 } }).await.unwrap();
    let sum = vec![doc! { "$group": { "_id": Bson::Null, "n": { "$sum": "$n" } } }];
    let then = feed.source.aggregate_at("t", sum, at).await.unwrap();
    assert_eq!(then[0].get("n"), Some(&Bson::Int32(299)), "as it was at that time");
    assert_eq!(finds(), 0);
}
