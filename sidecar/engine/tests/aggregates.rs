//! Aggregates and values against a real mongod, over all types of BSON: what the engine says is what
//! the audit's pipelines say.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use bson::{Bson, Document, doc};
use mongodb::Database;
use vigil_board::{Aggregate, Breakdown, Filter, Measure, Quantity, Rows, Source, Tier};
use vigil_engine::{Engine, audit};
use vigil_wire::{ClusterTime, NoData, Value};

#[path = "support/mongod.rs"]
mod mongod;
#[path = "support/random.rs"]
mod random;

use mongod::{Mongod, ask};
use random::Dice;

const NOW: i64 = 1_790_000_000_000;

fn rows(aggregate: Aggregate, value: Option<Measure>, by: &[&str]) -> Rows {
    let by = by.iter().map(|field| Breakdown::field(*field)).collect();
    Rows { from: "rows".into(), filter: Filter::everything(), window: None, value, aggregate, by }
}

/// An engine over these metrics that holds these documents.
fn engine(metrics: &[Rows], documents: &[Document]) -> (Arc<vigil_board::Board>, Engine) {
    let sources = metrics.iter().map(|rows| (Source::Rows(rows.clone()), Tier::Critical)).collect();
    let board = Arc::new(random::board(sources, "UTC", 100_000));
    let mut engine = Engine::new(board.clone(), NOW);
    engine.begin_scan("rows", ClusterTime::new(1, 1));
    let paths = random::tracked(&board, "rows");
    for document in documents {
        engine.load("rows", &random::raw(&random::project(document, &paths)));
    }
    (board, engine)
}

/// What MongoDB says otherwise about a metric.
async fn differences(
    board: &vigil_board::Board,
    engine: &Engine,
    metric: usize,
    database: &Database,
) -> Vec<audit::Difference> {
    let query = audit::query(board, metric, engine.now()).unwrap();
    let collection = database.collection::<Document>("rows");
    let total = ask(&collection, &query.total).await;
    let mut by = Vec::new();
    for pipeline in &query.by {
        by.push(ask(&collection, pipeline).await);
    }
    let answer = audit::state_from(&query, &total, &by, &vec![Vec::new(); by.len()]);
    audit::compare(&engine.metric_state(metric).unwrap(), &answer)
}

fn name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Distinct => "distinct",
        Aggregate::Percentile(_) => "percentile",
    }
}

/// A random value's type, as far as aggregates can tell it from others.
fn kind(value: Option<&Bson>) -> &'static str {
    match value {
        None => "missing",
        Some(Bson::Double(x)) if x.is_nan() => "NaN",
        Some(Bson::Double(x)) if x.is_infinite() => "infinite",
        Some(Bson::Double(x)) if *x == 0.0 && x.is_sign_negative() => "minus zero",
        Some(Bson::Double(_)) => "double",
        Some(Bson::String(_)) => "string",
        Some(Bson::Array(_)) => "array",
        Some(Bson::Document(_)) => "document",
        Some(Bson::Boolean(_)) => "bool",
        Some(Bson::Null) => "null",
        Some(Bson::RegularExpression(_)) => "regex",
        Some(Bson::JavaScriptCode(_)) => "code",
        Some(Bson::JavaScriptCodeWithScope(_)) => "code with scope",
        Some(Bson::Int32(_)) => "int",
        Some(Bson::Int64(_)) => "long",
        Some(Bson::Timestamp(_)) => "timestamp",
        Some(Bson::Binary(_)) => "binary",
        Some(Bson::ObjectId(_)) => "object id",
        Some(Bson::DateTime(_)) => "date",
        Some(Bson::Symbol(_)) => "symbol",
        Some(Bson::Decimal128(d)) => match d.to_string().as_str() {
            "NaN" => "decimal NaN",
            "Infinity" | "-Infinity" => "decimal infinite",
            text if text.contains("E+6") => "huge decimal",
            _ => "decimal",
        },
        Some(Bson::Undefined) => "undefined",
        Some(Bson::MaxKey) => "max key",
        Some(Bson::MinKey) => "min key",
        Some(Bson::DbPointer(_)) => "pointer",
    }
}

/// The documents of a seed: values of every type, or of numbers alone.
fn documents(dice: &mut Dice, seed: u64) -> Vec<Document> {
    let count = if seed.is_multiple_of(5) { dice.below(4) } else { 120 };
    let document = |n: usize, dice: &mut Dice| {
        let mut document = doc! {"_id": n as i32};
        document.extend(random::document(dice, NOW));
        match seed % 3 {
            0 => drop(document.insert("n", random::number(dice))),
            1 if !dice.one_in(5) => drop(document.insert("n", random::value(dice, 2))),
            1 => drop(document.remove("n")),
            // Nothing but amounts with cents.
            _ => {
                let cents: bson::Decimal128 = format!("{}E-2", dice.below(100_000)).parse().unwrap();
                document.insert("n", cents);
            }
        }
        document
    };
    (0..count).map(|n| document(n, dice)).collect()
}

#[tokio::test]
async fn aggregates_are_what_mongodb_says() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let (mut aggregates, mut kinds, mut forms) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let database = client.database(&format!("aggregates{seed}"));
        let documents = documents(&mut dice, seed);
        if !documents.is_empty() {
            database.collection::<Document>("rows").insert_many(&documents).await.unwrap();
        }
        let metrics: Vec<Rows> = (0..24)
            .map(|_| {
                let aggregate = random::measures::aggregate(&mut dice);
                let by: Vec<&str> = ["s", "n", "a", "o.b"].into_iter().filter(|_| dice.one_in(3)).collect();
                rows(aggregate, random::measures::measure(&mut dice, aggregate), &by)
            })
            .collect();
        let (board, engine) = engine(&metrics, &documents);
        for (index, rows) in metrics.iter().enumerate() {
            let found = differences(&board, &engine, index, &database).await;
            let query = audit::query(&board, index, NOW).unwrap();
            assert!(found.is_empty(), "seed {seed}:\n{rows:#?}\n{found:#?}\n{:?}", query.total);
            *aggregates.entry(name(rows.aggregate)).or_insert(0) += 1;
            let Some(value) = &rows.value else { continue };
            let bounded = value.above.is_some() || value.below.is_some();
            let between = matches!(value.of, Quantity::Between { .. });
            *forms.entry((between, bounded)).or_insert(0) += 1;
            if matches!(&value.of, Quantity::Field(path) if path == "n") {
                let each = documents.iter().map(|document| kind(document.get("n")));
                each.for_each(|kind| *kinds.entry((name(rows.aggregate), kind)).or_insert(0) += 1);
            }
        }
        database.drop().await.unwrap();
    }
    println!("{aggregates:?}\n{forms:?}\n{kinds:?}");
    assert_eq!((aggregates.len(), forms.len()), (7, 4), "{aggregates:?} {forms:?}");
    for aggregate in ["sum", "avg", "min", "max", "distinct", "percentile"] {
        let met = kinds.keys().filter(|(of, _)| *of == aggregate).count();
        assert_eq!(met, 27, "{aggregate} met {:?}", kinds.keys().collect::<Vec<_>>());
    }
}

/// A comparison that cannot fail would prove nothing: each metric differs when a row is missing.
#[tokio::test]
async fn a_row_too_few_is_found_by_every_aggregate() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let database = client.database("missing");
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
    let row = |id: i32, amount: &str, ms: i64| {
        doc! {"_id": id, "s": "x", "n": decimal(amount), "d": date(NOW), "e": date(NOW + ms)}
    };
    let documents = [row(1, "0.10", 1_500), row(2, "0.30", 60_000), row(3, "0.20", 61_000)];
    let collection = database.collection::<Document>("rows");
    collection.insert_many(&documents).await.unwrap();
    // Each of these changes every aggregate.
    let lost = [row(4, "-0.01", 100), row(5, "0.31", 86_400_000), row(6, "0.32", 86_400_001)];
    let aggregates = [
        Aggregate::Sum,
        Aggregate::Avg,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Distinct,
        Aggregate::Percentile(90),
    ];
    let between = Quantity::Between { from: "d".into(), to: "e".into(), unit_ms: 60_000 };
    let values = [
        Measure::field("n"),
        Measure { above: Some(-1.0), below: Some(1.0), ..Measure::field("n") },
        Measure { of: between, above: Some(0.0), below: None },
    ];
    let each = values
        .iter()
        .flat_map(|value| aggregates.iter().map(|aggregate| rows(*aggregate, Some(value.clone()), &["s"])));
    let metrics: Vec<Rows> = each.collect();
    let (board, engine) = engine(&metrics, &documents);
    for (index, metric) in metrics.iter().enumerate() {
        assert_eq!(differences(&board, &engine, index, &database).await, [], "{metric:?}");
    }
    collection.insert_many(&lost).await.unwrap();
    for (index, metric) in metrics.iter().enumerate() {
        let found = differences(&board, &engine, index, &database).await;
        assert_eq!(found.len(), 2, "total and group of {metric:?}: {found:?}");
    }
}

/// What is published, to the digit: types, scale and reasons are promises, too.
#[test]
fn values_are_published_as_they_are() {
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
    let total = |rows: Rows, documents: &[Document]| {
        let (_, engine) = engine(&[rows], documents);
        (engine.metric_state(0).unwrap().total, engine.set_aside_of(0))
    };
    let numbers = |aggregate, values: &[Bson]| {
        let documents: Vec<Document> =
            values.iter().enumerate().map(|(id, n)| doc! {"_id": id as i32, "n": n}).collect();
        total(rows(aggregate, Some(Measure::field("n")), &[]), &documents)
    };
    let avg = |values: &[Bson]| numbers(Aggregate::Avg, values);
    let text = |text: &str| Value::Decimal(text.into());
    assert_eq!(avg(&[]), (Value::None(NoData::Empty), 0));
    assert_eq!(avg(&["x".into(), Bson::Null]), (Value::None(NoData::Empty), 1));
    assert_eq!(avg(&[1.into(), 2.into(), 3.into()]).0, Value::Int(2));
    assert_eq!(avg(&[1.into(), 2.into()]).0, text("1.5"));
    assert_eq!(avg(&[1.into(), 1.into(), 2.into()]).0, text("1.333333333333333333333333333333333"));
    assert_eq!(avg(&[decimal("1.00"), decimal("2.00")]).0, text("1.50"));
    assert_eq!(avg(&[1.into(), Bson::Double(0.5)]).0, Value::Double(0.75));
    assert_eq!(avg(&[Bson::Double(f64::MAX), Bson::Double(f64::MAX)]).0, Value::Double(f64::MAX));
    let distinct = [1.into(), Bson::Double(1.0), decimal("1.00"), Bson::Null, Bson::Array(vec![1.into()])];
    assert_eq!(numbers(Aggregate::Distinct, &distinct), (Value::Int(2), 0));
    let ten: Vec<Bson> = (1..=10).map(Bson::Int32).collect();
    for (percent, expected) in [(1, 1), (10, 1), (11, 2), (50, 5), (51, 6), (99, 10)] {
        assert_eq!(numbers(Aggregate::Percentile(percent), &ten).0, Value::Int(expected), "p{percent}");
    }
    assert_eq!(numbers(Aggregate::Percentile(50), &["x".into()]), (Value::None(NoData::Empty), 1));

    let between = |aggregate, above| {
        let of = Quantity::Between { from: "d".into(), to: "e".into(), unit_ms: 60_000 };
        let rows = rows(aggregate, Some(Measure { of, above, below: None }), &[]);
        let documents = [
            doc! {"_id": 1, "d": date(0), "e": date(90_000)},
            doc! {"_id": 2, "d": date(60_000), "e": date(0)},
            doc! {"_id": 3, "d": date(0), "e": date(60_000)},
            doc! {"_id": 4, "d": date(0), "e": Bson::Null},
            doc! {"_id": 5, "d": date(0)},
            doc! {"_id": 6, "d": "yesterday", "e": date(0)},
            doc! {"_id": 7, "d": [date(0)], "e": Bson::Null},
        ];
        total(rows, &documents)
    };
    assert_eq!(between(Aggregate::Sum, None), (Value::Double(1.5), 2));
    assert_eq!(between(Aggregate::Avg, None).0, Value::Double(0.5));
    assert_eq!(between(Aggregate::Avg, Some(0.0)).0, Value::Double(1.25));
    assert_eq!(between(Aggregate::Percentile(90), Some(1.0)), (Value::Double(1.5), 2));
    assert_eq!(between(Aggregate::Min, None).0, Value::Double(-1.0));
    assert_eq!(between(Aggregate::Distinct, Some(-2.0)).0, Value::Int(3));
    assert_eq!(between(Aggregate::Max, Some(2.0)), (Value::None(NoData::Empty), 2));

    let bounded = |value: Bson| {
        let value_of = Measure { above: Some(0.0), below: Some(2.0), ..Measure::field("n") };
        let document = doc! {"_id": 1, "n": value};
        total(rows(Aggregate::Distinct, Some(value_of), &[]), &[document])
    };
    for (value, counts, set_aside) in [
        (Bson::Double(f64::NAN), 0, 0),
        (0.into(), 0, 0),
        (decimal("1.999"), 1, 0),
        (2.into(), 0, 0),
        (Bson::Null, 0, 0),
        ("1".into(), 0, 1),
    ] {
        assert_eq!(bounded(value.clone()), (Value::Int(counts), set_aside), "{value:?}");
    }
}
