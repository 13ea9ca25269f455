//! The engine against a real mongod, by the audit's own pipelines.

use std::collections::BTreeMap;
use std::sync::Arc;

use bson::{Document, doc};
use mongodb::{Collection, Database};
use vigil_board::Board;
use vigil_engine::{Change, ChangeKind, Engine, audit};
use vigil_wire::ClusterTime;

use crate::mongod::{Mongod, ask};
use crate::random::{self, Dice};
use crate::{cases, model};

/// The audit's answer about each metric equals the engine's state; and so do the rows set aside.
/// Returns how many rows counted.
async fn check(engine: &Engine, board: &Board, collection: &Collection<Document>, what: &str) -> usize {
    let mut counted = 0;
    for (metric, state) in engine.states().iter().enumerate() {
        let query = audit::query(board, metric, engine.now()).unwrap();
        let total = ask(collection, &query.total).await;
        let by = vec![ask(collection, &query.by[0]).await];
        counted += by[0].len();
        let differences = audit::compare(state, &audit::state_from(&query, &total, &by, &[vec![]]));
        let window = cases::window_of(board, metric);
        let now = engine.now();
        assert!(
            differences.is_empty(),
            "{what}, zone {}, now {now}: {window:?}\n{differences:#?}\n{:?}",
            board.timezone_name,
            query.total
        );
        let unusable: Vec<Document> = window
            .fields()
            .into_iter()
            .map(|field| {
                let kind = doc! {"$type": format!("${field}")};
                doc! {"$not": [{"$in": [kind, ["date", "null", "missing"]]}]}
            })
            .collect();
        let aside = doc! {"s": "x", "$expr": {"$or": unusable}};
        let aside = collection.count_documents(aside).await.unwrap();
        assert_eq!(engine.set_aside_of(metric), aside, "{what}: set aside by {window:?}");
    }
    counted
}

async fn write(database: &Database, row: &Document) {
    let id = doc! {"_id": row.get("_id").unwrap().clone()};
    database.collection::<Document>("rows").replace_one(id, row).upsert(true).await.unwrap();
}

#[tokio::test]
async fn windows_are_what_mongodb_says_at_literal_instants() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let mut counted = 0;
    for seed in 0..30 {
        let mut dice = Dice(seed);
        let (zone, middle) = cases::zone(&mut dice);
        let now = middle + (dice.below(72) as i64 - 40) * random::HOUR;
        let windows: Vec<_> = (0..8).map(|_| cases::window(&mut dice, 2)).collect();
        let board = Arc::new(cases::board(windows, zone.clone()));
        let database = client.database(&format!("windows{seed}"));
        let collection = database.collection::<Document>("rows");
        let rows: Vec<Document> = (0..120).map(|id| cases::row(&mut dice, id, now, &zone)).collect();
        collection.insert_many(&rows).await.unwrap();
        let tracked = random::tracked(&board, "rows");
        let raw = |row: &Document| random::raw(&random::project(row, &tracked));
        let mut engine = Engine::new(board.clone(), now);
        engine.begin_scan("rows", ClusterTime::new(1, 0));
        rows.iter().for_each(|row| engine.load("rows", &raw(row)));
        for step in 0..6_u32 {
            counted += check(&engine, &board, &collection, &format!("seed {seed} step {step}")).await;
            for _ in 0..5 {
                let id = dice.below(120) as i32;
                let row = cases::row(&mut dice, id, engine.now(), &zone);
                write(&database, &row).await;
                let kind = ChangeKind::Put { id: id.into(), document: raw(&row) };
                engine.apply(Change { collection: "rows".into(), at: ClusterTime::new(2 + step, 0), kind });
            }
            let to = cases::later(&mut dice, engine.now(), engine.next_change_at());
            engine.advance(to);
        }
        database.drop().await.unwrap();
    }
    assert!(counted > 5_000, "only {counted} rows counted: the windows hold too little to compare");
}

/// A comparison that cannot fail would prove nothing: one instant off, and MongoDB's answer differs.
#[tokio::test]
async fn an_instant_off_is_found() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let (mut found, mut turns) = (0, BTreeMap::new());
    for seed in 500..508 {
        let mut dice = Dice(seed);
        let (zone, now) = cases::zone(&mut dice);
        let windows: Vec<_> = (0..4).map(|_| cases::window(&mut dice, 1)).collect();
        let board = Arc::new(cases::board(windows, zone.clone()));
        let collection = client.database(&format!("off{seed}")).collection::<Document>("rows");
        let rows: Vec<Document> = (0..60).map(|id| cases::row(&mut dice, id, now, &zone)).collect();
        collection.insert_many(&rows).await.unwrap();
        let tracked = random::tracked(&board, "rows");
        let mut engine = Engine::new(board.clone(), now);
        rows.iter().for_each(|row| engine.load("rows", &random::raw(&random::project(row, &tracked))));
        let Some(next) = engine.next_change_at() else { continue };
        turns.insert(seed, next);
        for metric in 0..board.metrics.len() {
            let window = cases::window_of(&board, metric);
            let at = |t| rows.iter().map(|row| model::verdict(window, row, t, &zone)).collect::<Vec<_>>();
            let query = audit::query(&board, metric, next).unwrap();
            let total = ask(&collection, &query.total).await;
            let by = vec![ask(&collection, &query.by[0]).await];
            let state = engine.metric_state(metric).unwrap();
            let differences = audit::compare(&state, &audit::state_from(&query, &total, &by, &[vec![]]));
            let matching = |t| {
                let x = |(row, _): &(&Document, model::Verdict)| row.get_str("s").unwrap() == "x";
                rows.iter().zip(at(t)).filter(x).map(|(_, verdict)| verdict).collect::<Vec<_>>()
            };
            assert_eq!(differences.is_empty(), matching(now) == matching(next), "{window:?}");
            found += usize::from(!differences.is_empty());
        }
    }
    assert!(found > 0 && found >= turns.len(), "{found} of {turns:?}");
}
