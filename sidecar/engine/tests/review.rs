//! Single cases that reviews asked about, against a real mongod.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bson::{Bson, Document, doc};
use mongodb::Database;
use vigil_board::{Aggregate, Breakdown, Filter, Measure, Quantity, Rows, Source, Tier};
use vigil_engine::Engine;
use vigil_wire::ClusterTime;

#[path = "support/audited.rs"]
mod audited;
#[path = "support/mongod.rs"]
mod mongod;
#[path = "support/random.rs"]
mod random;

use mongod::Mongod;

fn date(ms: i64) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

fn rows(value: Option<Measure>, aggregate: Aggregate) -> Rows {
    Rows {
        from: "rows".into(),
        filter: Filter::everything(),
        window: None,
        value,
        aggregate,
        by: vec![Breakdown::field("s")],
    }
}

/// Fills a collection, reads it, and holds every answer against MongoDB's.
async fn check(database: &Database, documents: &[Document], rows: Vec<Rows>) -> Engine {
    database.collection::<Document>("rows").insert_many(documents).await.unwrap();
    let sources = rows.into_iter().map(|rows| (Source::Rows(rows), Tier::Critical)).collect();
    let board = Arc::new(random::board(sources, "UTC", 100));
    let mut engine = Engine::new(board.clone(), 0);
    audited::scan_one(&mut engine, &board, database, "rows", ClusterTime::new(1, 0)).await;
    audited::check(&engine, &board, database, 0).await;
    engine
}

/// MongoDB cannot subtract dates that far apart, and refuses the whole question: such a row is set
/// aside on both sides.
#[tokio::test]
async fn dates_too_far_apart_are_set_aside() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let far = [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (i64::MIN, 1), (-2, i64::MAX), (0, 5_000)];
    let documents: Vec<Document> = (0_i32..)
        .zip(far)
        .map(|(id, (from, to))| doc! {"_id": id, "s": "x", "d": date(from), "e": date(to)})
        .collect();
    let between = Quantity::Between { from: "d".into(), to: "e".into(), unit_ms: 1_000 };
    let value = Some(Measure { of: between, above: None, below: None });
    let aggregates = [Aggregate::Count, Aggregate::Max, Aggregate::Avg];
    let rows = aggregates.map(|aggregate| rows(value.clone(), aggregate)).to_vec();
    let engine = check(&client.database("far"), &documents, rows).await;
    assert_eq!(engine.set_aside_of(0), 4);
}

/// Whichever of the forms of one value stays, and whatever order they came in, the answers are
/// MongoDB's: extremes, ranks and counts of mixed numbers.
#[tokio::test]
async fn numbers_of_one_value_and_many_types_are_one() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    let two_53 = 9_007_199_254_740_992;
    let numbers = [
        Bson::Int64(two_53 + 1),
        Bson::Double(9_007_199_254_740_992.0),
        decimal("9007199254740993.0"),
        Bson::Int64(two_53),
        Bson::Double(-0.0),
        Bson::Int32(0),
        decimal("-0E+3"),
        Bson::Double(f64::NAN),
        decimal("NaN"),
        Bson::Double(f64::NEG_INFINITY),
    ];
    let documents: Vec<Document> =
        (0_i32..).zip(&numbers).map(|(id, n)| doc! {"_id": id, "s": n.clone(), "n": n.clone()}).collect();
    let value = Some(Measure::field("n"));
    let aggregates = [1, 25, 50, 75, 99].map(Aggregate::Percentile).into_iter();
    let aggregates = aggregates.chain([Aggregate::Min, Aggregate::Max, Aggregate::Distinct]);
    let rows = aggregates.map(|aggregate| rows(value.clone(), aggregate)).collect();
    let engine = check(&client.database("numbers"), &documents, rows).await;
    assert_eq!(engine.metric_state(7).unwrap().total, vigil_wire::Value::Int(5));
}
