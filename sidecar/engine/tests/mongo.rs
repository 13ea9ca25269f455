//! The engine against a real mongod: filters, sums, extremes, groups and windows by the audit's own
//! pipelines.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::{Collection, Database};
use vigil_board::{Aggregate, Board, Breakdown, Day, Filter, Measure, Rows, Source, Test, Tier, Window};
use vigil_engine::{Engine, audit};
use vigil_wire::ClusterTime;

#[path = "support/mongod.rs"]
mod mongod;
#[path = "support/random.rs"]
mod random;

use mongod::{Mongod, ask};
use random::{Dice, ZONES};

/// Fills a collection with random documents whose `_id`s are of many types.
async fn fill(dice: &mut Dice, collection: &Collection<Document>, now: i64, count: usize) -> Vec<Document> {
    let mut documents = Vec::new();
    for n in 0..count {
        let id = match n % 4 {
            0 => Bson::Int32(n as i32),
            1 => Bson::String(format!("r{n}")),
            2 => Bson::Document(doc! {"b": n as f64, "x": ["y"]}),
            _ => Bson::Double(n as f64 + 0.5),
        };
        let mut document = doc! {"_id": id};
        document.extend(random::document(dice, now));
        documents.push(document);
    }
    collection.insert_many(&documents).await.unwrap();
    documents
}

/// The scan, with the server's own projection.
async fn scan(engine: &mut Engine, board: &Board, database: &Database) {
    for name in board.watched().keys() {
        engine.begin_scan(name, ClusterTime::new(1, 1));
        let mut projection = doc! {"_id": 1};
        projection.extend(random::tracked(board, name).into_iter().map(|path| (path, Bson::Int32(1))));
        let cursor =
            database.collection::<Document>(name).find(doc! {}).projection(projection).await.unwrap();
        let documents: Vec<Document> = cursor.try_collect().await.unwrap();
        documents.iter().for_each(|document| engine.load(name, &random::raw(document)));
    }
}

/// Asks MongoDB about every metric and compares.
async fn check(engine: &Engine, board: &Board, database: &Database, seed: u64) -> usize {
    let mut asked = 0;
    for (index, state) in engine.states().iter().enumerate() {
        let Some(query) = audit::query(board, index, engine.now()) else { continue };
        let collection = database.collection::<Document>(&query.collection);
        let total = ask(&collection, &query.total).await;
        let (mut by, mut keys) = (Vec::new(), Vec::new());
        for (pipeline, named) in query.by.iter().zip(&query.keys) {
            by.push(ask(&collection, pipeline).await);
            keys.push(match named {
                Some(named) => ask(&database.collection(&named.collection), &named.pipeline).await,
                None => Vec::new(),
            });
        }
        let answer = audit::state_from(&query, &total, &by, &keys);
        let differences = audit::compare(state, &answer);
        assert!(
            differences.is_empty(),
            "seed {seed}, zone {}, now {}:\n{:#?}\n{differences:#?}\n{:?}",
            board.timezone_name,
            engine.now(),
            board.metrics[index].source,
            query.total
        );
        asked += 1;
    }
    asked
}

#[tokio::test]
async fn metrics_are_what_mongodb_says() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    for seed in 0..25 {
        let mut dice = Dice(seed);
        let (zone, middle) = ZONES[seed as usize % ZONES.len()];
        let database = client.database(&format!("metrics{seed}"));
        let start = middle + (dice.below(72) as i64 - 36) * random::HOUR;
        fill(&mut dice, &database.collection("rows"), start, 150).await;
        let keys = random::forms::key_documents(&mut dice);
        database.collection::<Document>("keys").insert_many(keys).await.unwrap();
        let max_groups = *dice.pick(&[12, 1000]);
        let board = Arc::new(random::random_board(&mut dice, zone, max_groups));
        let mut engine = Engine::new(board.clone(), start);
        scan(&mut engine, &board, &database).await;
        // At the start, and at instants on and beside those at which something changes.
        for step in 0..4 {
            assert!(check(&engine, &board, &database, seed).await > 0);
            let next = engine.next_change_at().unwrap_or(engine.now() + 1);
            engine.advance(match step {
                0 => next,
                1 => next - 1,
                _ => engine.now() + dice.below(30) as i64 * random::HOUR / 2,
            });
        }
        database.drop().await.unwrap();
    }
}

/// Counts by `_id`: which documents a filter matches, one by one.
#[tokio::test]
async fn filters_match_what_find_matches() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    for seed in 1000..1012 {
        let mut dice = Dice(seed);
        let database = client.database(&format!("filters{seed}"));
        fill(&mut dice, &database.collection("rows"), 0, 200).await;
        let by = vec![Breakdown::field("_id")];
        let sources = (0..40).map(|_| {
            let filter = random::filter(&mut dice, 2);
            let rows = Rows {
                from: "rows".into(),
                filter,
                window: None,
                value: None,
                aggregate: Aggregate::Count,
                by: by.clone(),
            };
            (Source::Rows(rows), Tier::Critical)
        });
        let board = Arc::new(random::board(sources.collect(), "UTC", 100_000));
        let mut engine = Engine::new(board.clone(), 0);
        scan(&mut engine, &board, &database).await;
        assert_eq!(check(&engine, &board, &database, seed).await, 40);
        database.drop().await.unwrap();
    }
}

/// A comparison that cannot fail would prove nothing: one row more, and each metric differs.
#[tokio::test]
async fn a_lost_row_is_found() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let database = client.database("lost");
    let collection = database.collection::<Document>("rows");
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
    let row =
        |id: i32, amount: &str, at: i64| doc! {"_id": id, "s": "x", "n": decimal(amount), "d": date(at)};
    collection.insert_many([row(1, "0.10", 1000), row(2, "0.20", 2000)]).await.unwrap();
    let rows = |aggregate: Aggregate, value: Option<&str>| {
        let rows = Rows {
            from: "rows".into(),
            filter: Filter::Field("s".into(), Test::Eq("x".into())),
            window: Some(Window::Day { field: "d".into(), day: Day::Today, until_ms: None }),
            value: value.map(Measure::field),
            aggregate,
            by: vec![Breakdown::field("s")],
        };
        (Source::Rows(rows), Tier::Critical)
    };
    let board = Arc::new(random::board(
        vec![rows(Aggregate::Count, None), rows(Aggregate::Sum, Some("n")), rows(Aggregate::Max, Some("d"))],
        "UTC",
        10,
    ));
    let mut engine = Engine::new(board.clone(), 10_000);
    scan(&mut engine, &board, &database).await;
    assert_eq!(check(&engine, &board, &database, 0).await, 3);
    collection.insert_one(row(3, "0.01", 3000)).await.unwrap();
    for (index, state) in engine.states().iter().enumerate() {
        let query = audit::query(&board, index, 10_000).unwrap();
        let total = ask(&collection, &query.total).await;
        let by = vec![ask(&collection, &query.by[0]).await];
        let differences = audit::compare(state, &audit::state_from(&query, &total, &by, &[vec![]]));
        assert_eq!(differences.len(), 2, "total and group of metric {index}: {differences:?}");
    }
}
