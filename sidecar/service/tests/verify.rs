//! Rounds of verification against a real MongoDB, without a running sidecar.
#![allow(clippy::unwrap_used)]

// Other suites use the rest of it.
#[allow(dead_code)]
#[path = "capture/mongod.rs"]
mod mongod;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::Database;
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use vigil_board::Board;
use vigil_capture::WatchPlan;
use vigil_engine::{Change, ChangeKind};
use vigil_sidecar::mongo::{MongoConfig, Source, connect};
use vigil_sidecar::operation::Frozen;
use vigil_sidecar::verify::{Drift, Fresh, Outcome, Report, Round};
use vigil_wire::{ClusterTime, Value};

use mongod::Mongod;

/// Rows of two collections, groups, a formula, and a figure of the sidecar's own.
fn board(database: &str) -> Arc<Board> {
    let metric =
        |id: &str, rest: &str| format!("[[metric]]\nid = \"{id}\"\ntitle = \"T\"\nhidden = true\n{rest}\n");
    let head =
        format!("[board]\nid = \"yard\"\ntitle = \"Yard\"\ndatabase = \"{database}\"\ntimezone = \"UTC\"\n");
    let text = [
        head,
        metric("half", "formula = \"jobs / 2\""),
        metric("clients", "from = \"$system\"\nvalue = \"clients\""),
        metric("jobs", "from = \"jobs\"\naggregate = \"count\"\nby = [\"kind\"]\nclass = \"internal\""),
        metric("worked", "from = \"jobs\"\naggregate = \"sum\"\nvalue = \"hours\""),
        metric("tools", "from = \"tools\"\naggregate = \"count\""),
        metric("both", "formula = \"jobs + tools\""),
    ]
    .concat();
    Arc::new(vigil_board::parse("yard.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}")))
}

async fn fill(database: &Database) {
    let jobs = (0..100).map(|id| doc! { "_id": id, "kind": format!("k{}", id % 3), "hours": id });
    database.collection::<Document>("jobs").insert_many(jobs).await.unwrap();
    let tools = (0..7).map(|id| doc! { "_id": id });
    database.collection::<Document>("tools").insert_many(tools).await.unwrap();
}

async fn source(mongod: &Mongod, board: &Board, change: impl FnOnce(&mut MongoConfig)) -> Source {
    let mut config = MongoConfig::new(mongod.uri(), Arc::new(WatchPlan::of(board)));
    change(&mut config);
    connect(config).await.unwrap()
}

async fn to_the_end(round: &mut Round) -> usize {
    let mut steps = 0;
    while round.step().await {
        steps += 1;
    }
    steps
}

fn outcome<'a>(report: &'a Report, id: &str) -> &'a Outcome {
    &report.metrics.iter().find(|metric| metric.id == id).unwrap().outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_read_is_exact_at_its_own_time() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("verify_fresh").await;
    fill(&database).await;
    let board = board("verify_fresh");
    let source = source(&mongod, &board, |_| ()).await;
    let mut read = Vec::new();
    let fresh = Fresh::read(board, source, |reading| {
        if reading.whole {
            read.push((reading.collection.to_owned(), reading.documents));
        }
    });
    let fresh = fresh.await.unwrap();
    assert_eq!(read, [("jobs".to_owned(), 100), ("tools".to_owned(), 7)]);

    // What is written later is not in it, on neither side.
    database.collection::<Document>("jobs").delete_many(doc! { "kind": "k0" }).await.unwrap();
    let mut round = fresh.round();
    assert_eq!(to_the_end(&mut round).await, 6);
    let report = fresh.report(&round).await;
    assert_eq!((report.exact(), report.drifted(), report.not_verified()), (5, 0, 0), "{report:?}");
    assert_eq!(*outcome(&report, "jobs"), Outcome::Exact { total: Value::Int(100), groups: 3 });
    assert_eq!(*outcome(&report, "worked"), Outcome::Exact { total: Value::Int(4_950), groups: 0 });
    assert_eq!(*outcome(&report, "both"), Outcome::Exact { total: Value::Double(107.0), groups: 0 });
    assert_eq!(*outcome(&report, "clients"), Outcome::OwnFigure);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_differs_is_drift_with_both_sides() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("verify_drift").await;
    fill(&database).await;
    let board = board("verify_drift");
    let source = source(&mongod, &board, |_| ()).await;
    let sample = source.moment().await.unwrap();
    let mut engine = vigil_engine::Engine::new(board.clone(), sample.local_time);
    for collection in ["jobs", "tools"] {
        engine.begin_scan(collection, sample.majority);
        let take = |reply: &vigil_sidecar::mongo::Documents| {
            // One document that MongoDB has and the engine does not.
            for document in reply.into_iter().skip(usize::from(collection == "tools")) {
                engine.load(collection, document);
            }
        };
        source.read_at(collection, sample.majority, take).await.unwrap();
    }
    let frozen = Frozen {
        at: sample.majority,
        now: sample.local_time,
        states: engine.states(),
        replaced: 0,
        confirmed: None,
    };
    let mut round = Round::new(board, frozen, &source);
    to_the_end(&mut round).await;
    let report = round.report();
    assert_eq!((report.exact(), report.drifted()), (3, 2), "{report:?}");
    let expected = Drift { group: None, vigil: Some(Value::Int(6)), mongodb: Some(Value::Int(7)) };
    assert_eq!(*outcome(&report, "tools"), Outcome::Drift { differences: 1, listed: vec![expected] });
    assert!(matches!(outcome(&report, "both"), Outcome::Drift { .. }), "a formula over it drifts as well");
}

/// Breakdowns that were too many a moment ago stay hidden a little longer, and so do a formula's over them.
#[tokio::test(flavor = "multi_thread")]
async fn a_formula_over_groups_that_are_still_hidden_is_exact() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("verify_hidden").await;
    fill(&database).await;
    let board = Arc::new(Board { max_groups: 3, ..(*board("verify_hidden")).clone() });
    let source = source(&mongod, &board, |_| ()).await;
    let sample = source.moment().await.unwrap();
    let mut engine = vigil_engine::Engine::new(board.clone(), sample.local_time);
    for collection in ["jobs", "tools"] {
        engine.begin_scan(collection, sample.majority);
        let take = |reply: &vigil_sidecar::mongo::Documents| {
            reply.into_iter().for_each(|document| engine.load(collection, document));
        };
        source.read_at(collection, sample.majority, take).await.unwrap();
    }
    // A fourth kind comes and goes.
    let id = Bson::Int32(1_000);
    let document = RawDocumentBuf::try_from(&doc! { "_id": &id, "kind": "k9" }).unwrap();
    for kind in [ChangeKind::Put { id: id.clone(), document }, ChangeKind::Delete { id }] {
        let at = ClusterTime::new(sample.majority.seconds + 1, 0);
        engine.apply(Change { collection: "jobs".into(), at, kind });
    }
    let half = board.metric("half").unwrap();
    assert_eq!(engine.metric_state(half).unwrap().groups.len(), 1, "hidden");
    let (at, now) = (sample.majority, sample.local_time);
    let frozen = Frozen { at, now, states: engine.states(), replaced: 0, confirmed: None };
    let mut round = Round::new(board, frozen, &source);
    to_the_end(&mut round).await;
    let report = round.report();
    assert_eq!((report.exact(), report.drifted()), (5, 0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_dropped_after_the_read_is_no_drift() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("verify_dropped").await;
    fill(&database).await;
    let board = board("verify_dropped");
    let source = source(&mongod, &board, |_| ()).await;
    let fresh = Fresh::read(board, source, |_| ()).await.unwrap();
    database.collection::<Document>("tools").drop().await.unwrap();
    let mut round = fresh.round();
    to_the_end(&mut round).await;
    assert!(round.report().drifted() > 0, "the drop looks like drift: else this test says nothing");
    let report = fresh.report(&round).await;
    assert_eq!(report.drifted(), 0, "{report:?}");
    match outcome(&report, "tools") {
        Outcome::NotVerified { why } => assert!(why.contains("tools was dropped or replaced"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_metrics_are_asked_about_at_once_and_few() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("verify_at_once").await;
    fill(&database).await;
    let board = board("verify_at_once");
    // Under way now, and the most that ever were.
    let under_way = Arc::new(Mutex::new((0_i32, 0_i32)));
    let counted = under_way.clone();
    let count = move |event: CommandEvent| {
        let mut under_way = counted.lock().unwrap();
        match event {
            CommandEvent::Started(event) if event.command_name == "aggregate" => under_way.0 += 1,
            CommandEvent::Succeeded(event) if event.command_name == "aggregate" => under_way.0 -= 1,
            CommandEvent::Started(_) | CommandEvent::Succeeded(_) | CommandEvent::Failed(_) => {}
            _ => {}
        }
        under_way.1 = under_way.1.max(under_way.0);
    };
    let source =
        source(&mongod, &board, |config| config.on_command = Some(EventHandler::callback(count))).await;
    let fresh = Fresh::read(board, source, |_| ()).await.unwrap();
    let mut most = 0;
    for _ in 0..50 {
        let mut round = fresh.round();
        to_the_end(&mut round).await;
        most = most.max(under_way.lock().unwrap().1);
        if most > 1 {
            break;
        }
    }
    assert!((2..=3).contains(&most), "{most} at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_is_away_is_said_with_what_to_do() {
    let board = board("verify_away");
    let mut config =
        MongoConfig::new("mongodb://127.0.0.1:1/?replicaSet=rs0", Arc::new(WatchPlan::of(&board)));
    config.server_selection_timeout = Duration::from_millis(200);
    let source = connect(config).await.unwrap();
    let problem = Fresh::read(board, source, |_| ()).await.err().unwrap();
    assert!(!problem.what.is_empty() && problem.next_step.contains("host, port"), "{problem:?}");
}
