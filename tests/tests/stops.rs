//! What no waiting mends: `run` says what `check` says, once, and stops.
#![allow(clippy::unwrap_used)]

use std::process::Output;

use bson::{Document, doc};
use vigil_tests::harness::{Mongod, SidecarConfig, run_once};

fn said(ran: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

/// Runs it as a person does, with text instead of JSON, until it stops by itself.
async fn run(config: &SidecarConfig) -> String {
    let mut config = config.clone();
    config.environment.push(("VIGIL_LOG_FORMAT".to_owned(), "text".to_owned()));
    let ran = run_once(&config, &["run"]).await.unwrap();
    assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
    said(&ran)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capped_collection_and_a_view_stop_run_with_the_sentence_of_check() {
    let mongod = Mongod::start().await.unwrap();
    let database = mongod.database("hospital").await.unwrap();
    for (number, (options, sentence)) in [
        (doc! { "capped": true, "size": 100_000 }, "rooms cannot be read as of a known time"),
        (doc! { "viewOn": "others", "pipeline": [] }, "rooms is a view"),
    ]
    .into_iter()
    .enumerate()
    {
        database.collection::<Document>("rooms").drop().await.unwrap();
        let mut create = doc! { "create": "rooms" };
        create.extend(options);
        database.run_command(create).await.unwrap();
        if number == 0 {
            database.collection::<Document>("rooms").insert_one(doc! { "_id": "K1" }).await.unwrap();
        }
        let config = SidecarConfig::hospital(mongod.uri());
        let checked = said(&run_once(&config, &["check"]).await.unwrap());
        let said = run(&config).await;
        for text in [&checked, &said] {
            assert!(text.contains(sentence), "{text}");
        }
        assert_eq!(said.matches(sentence).count(), 1, "said more than once:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_at_once_says_why_once() {
    let mut config = SidecarConfig::hospital("mongodb://127.0.0.1:1/?replicaSet=rs0".to_owned());
    config.redis_url = Some("no-url".to_owned());
    let said = run(&config).await;
    assert_eq!(said.matches("redis.url cannot be used").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_is_away_is_named_with_its_port() {
    let config =
        SidecarConfig::hospital("mongodb://a-user:a-password@127.0.0.1:1/?replicaSet=rs0".to_owned());
    for arguments in [["check"].as_slice(), &["verify", "--fresh"]] {
        let ran = run_once(&config, arguments).await.unwrap();
        assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
        assert!(said(&ran).contains("127.0.0.1:1"), "{}", said(&ran));
        assert!(!said(&ran).contains("a-password"), "{}", said(&ran));
    }
}
