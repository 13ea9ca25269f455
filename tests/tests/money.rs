//! A million dimes are 100000.00, on the wire and in Redis, as text.
#![allow(clippy::unwrap_used)]

use bson::{Bson, Document, doc};
use vigil_tests::harness::{Client, Mongod, PATIENCE, RedisServer, Sidecar, SidecarConfig};
use vigil_wire::Value;

const BOARD: &str = r#"
[board]
id = "dimes"
title = "Dimes"
database = "dimes"
timezone = "UTC"

[[group]]
id = "all"
title = "All"
tiles = ["total"]

[[metric]]
id = "total"
title = "Total"
from = "payments"
value = "amount"
aggregate = "sum"
format = { kind = "money", currency = "USD" }
tier = "critical"
"#;

/// 1,000,000 documents of Decimal128 0.10, made by the server itself.
async fn a_million_dimes(mongod: &Mongod) -> mongodb::Database {
    let database = mongod.database("dimes").await.unwrap();
    let dime = Bson::Decimal128("0.10".parse().unwrap());
    let thousand = doc! { "$range": [0, 1000] };
    let pipeline = [
        doc! { "$documents": [{ "a": &thousand }] },
        doc! { "$unwind": "$a" },
        doc! { "$project": { "b": &thousand } },
        doc! { "$unwind": "$b" },
        doc! { "$project": { "amount": { "$literal": dime } } },
        doc! { "$out": "payments" },
    ];
    database.aggregate(pipeline).await.unwrap();
    database
}

async fn shows(client: &mut Client, text: &str) {
    let expected = Value::Decimal(text.to_owned());
    client.until(text, PATIENCE, |client| client.value("total") == Some(&expected)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_dimes_are_exactly_a_hundred_thousand() {
    let (mongod, redis) = (Mongod::start().await.unwrap(), RedisServer::start().await.unwrap());
    let database = a_million_dimes(&mongod).await;
    let payments = database.collection::<Document>("payments");
    assert_eq!(payments.estimated_document_count().await.unwrap(), 1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let board = folder.path().join("dimes.toml");
    std::fs::write(&board, BOARD).unwrap();
    let config = SidecarConfig::over(board, mongod.uri()).with_redis(redis.url());
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("money").await.unwrap()).await.unwrap();
    shows(&mut client, "100000.00").await;

    // Ten go and come back one by one: no trace is left.
    let dime = || doc! { "amount": Bson::Decimal128("0.10".parse().unwrap()) };
    for _ in 0..10 {
        payments.delete_one(doc! {}).await.unwrap();
    }
    shows(&mut client, "99999.00").await;
    payments.insert_many((0..10).map(|_| dime())).await.unwrap();
    shows(&mut client, "100000.00").await;

    // The wire and Redis have it as a text: no reader can make a double of it unasked.
    assert_eq!(serde_json::to_value(client.value("total").unwrap()).unwrap(), serde_json::json!("100000.00"));
    let connection = redis::Client::open(redis.url()).unwrap();
    let mut connection = connection.get_multiplexed_async_connection().await.unwrap();
    let kept: String = redis::cmd("HGET")
        .arg("vigil:{dimes}:snapshot")
        .arg("total")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!(kept.contains(r#""100000.00""#), "{kept}");
    let verified = sidecar.verify().await.unwrap();
    assert!(verified.contains("exact"), "{verified}");
}
