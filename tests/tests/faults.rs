//! What goes wrong is said clearly, with the next step, and never with a panic.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bson::{Document, doc};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use vigil_tests::harness::{
    Client, Mongod, MongodOptions, PATIENCE, RedisServer, Sidecar, SidecarConfig, hospital_board, open,
    run_once,
};
use vigil_wire::RedisState;

/// Runs `check`, which must fail, and returns all that it said.
async fn failing_check(config: &SidecarConfig) -> String {
    let ran = run_once(config, &["check"]).await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(!ran.status.success(), "check passed:\n{said}");
    assert!(!said.contains("panicked"), "{said}");
    println!("{said}");
    said
}

fn says(said: &str, words: &[&str]) {
    let lower = said.to_lowercase();
    for word in words {
        assert!(lower.contains(&word.to_lowercase()), "no word of {word:?} in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standalone_server_is_refused_with_the_way_out() {
    let mongod =
        Mongod::start_with(MongodOptions { replica_set: false, ..Default::default() }).await.unwrap();
    says(&failing_check(&SidecarConfig::hospital(mongod.uri())).await, &["replica set", "replSet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn least_rights_are_enough_and_a_wrong_password_is_said() {
    let mongod = Mongod::start_with(MongodOptions { auth: true, ..Default::default() }).await.unwrap();
    mongod.add_watcher("watcher", "right-secret", "hospital").await.unwrap();
    let database = mongod.database("hospital").await.unwrap();
    database
        .collection::<Document>("rooms")
        .insert_one(doc! { "_id": "K1", "status": "in_use" })
        .await
        .unwrap();

    let said = failing_check(&SidecarConfig::hospital(mongod.uri_as("watcher", "wrong-secret"))).await;
    says(&said, &["password"]);
    assert!(!said.contains("wrong-secret"), "a password is in:\n{said}");

    let config = SidecarConfig::hospital(mongod.uri_as("watcher", "right-secret"));
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("faults").await.unwrap()).await.unwrap();
    client.until("a room", PATIENCE, |client| client.count("rooms_in_use").ok() == Some(1)).await.unwrap();
    assert!(!sidecar.log().contains("right-secret"), "a password is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_board_gets_all_its_errors_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let board = folder.path().join("broken.toml");
    let text = std::fs::read_to_string(hospital_board()).unwrap();
    let broken = text.replacen("tier = \"critical\"", "tier = \"urgent\"", 1).replacen(
        "aggregate = \"sum\"",
        "aggregat = \"sum\"",
        1,
    );
    assert_ne!(broken, text);
    std::fs::write(&board, broken).unwrap();
    let mut config = SidecarConfig::hospital("mongodb://127.0.0.1:1/".to_owned());
    config.board = board;
    let said = failing_check(&config).await;
    says(&said, &["broken.toml:", "urgent", "aggregat"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_good_token() {
    let mongod = Mongod::start().await.unwrap();
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let other = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let foreign = other.token("faults").await.unwrap();
    let good = sidecar.token("faults").await.unwrap();
    let cut_short = good[..good.len() - 3].to_owned();
    for token in ["", "nonsense", "a.b.c", &foreign, &cut_short] {
        let refused = Client::connect(&sidecar.url(), token).await.err().map(|failure| failure.0);
        let refused = refused.unwrap_or_else(|| panic!("{token:?} was let in"));
        assert!(refused.contains("4401"), "{refused}");
    }
    let ran = sidecar.command(&["token", "--sub", "nurse", "--role", "nurse"]).await.unwrap();
    let nurse = String::from_utf8(ran.stdout).unwrap().trim().to_owned();
    let refused = Client::connect(&sidecar.url(), &nurse).await.err().map(|failure| failure.0).unwrap();
    assert!(refused.contains("4403"), "{refused}");
    for token in [&foreign, &cut_short, &good] {
        assert!(!sidecar.log().contains(token.as_str()), "a token is in the log");
    }
    Client::connect(&sidecar.url(), &good).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_answered_and_harms_nobody_else() {
    let mongod = Mongod::start().await.unwrap();
    let database = mongod.database("hospital").await.unwrap();
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let token = sidecar.token("faults").await.unwrap();
    let mut good = Client::connect(&sidecar.url(), &token).await.unwrap();

    let auth = format!(r#"{{"type":"auth","token":"{token}"}}"#);
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let garbage = [
        Message::text("{"),
        Message::text("null"),
        Message::text(r#"{"type":"subscribe","board":"no-such-board"}"#),
        Message::text(r#"{"type":"resume","board":"hospital","epoch":"x","seq":-1}"#),
        Message::text(r#"{"type":"subscribe","board":"hospital","max_rate_hz":1e999}"#),
        Message::text(deep),
        Message::binary(Bytes::from(vec![0xff; 100_000])),
        Message::text("x".repeat(20_000_000)),
    ];
    for signed_in in [false, true] {
        for bad in &garbage {
            let mut socket = open(&sidecar.url()).await.unwrap();
            if signed_in {
                socket.send(Message::text(auth.clone())).await.unwrap();
            }
            // It may be cut off in the middle of what it sends.
            for _ in 0..50 {
                if socket.send(bad.clone()).await.is_err() {
                    break;
                }
            }
            let mut answered = false;
            let talk = async {
                while let Some(Ok(message)) = socket.next().await {
                    answered |=
                        message.is_close() || message.to_text().is_ok_and(|text| text.contains("\"error\""));
                    if message.is_close() {
                        break;
                    }
                }
            };
            tokio::time::timeout(PATIENCE, talk).await.expect("repeated garbage is closed");
            let short = bad.len() < 1_000;
            assert!(answered || !short, "no word about {bad:?}");
        }
    }
    let mut raw = tokio::net::TcpStream::connect(sidecar.address()).await.unwrap();
    raw.write_all(&[0; 4_096]).await.unwrap();
    let mut answer = Vec::new();
    let _closed = tokio::time::timeout(PATIENCE, raw.read_to_end(&mut answer)).await.expect("closed");

    database
        .collection::<Document>("rooms")
        .insert_one(doc! { "_id": "K1", "status": "in_use" })
        .await
        .unwrap();
    good.until("a room", PATIENCE, |client| client.count("rooms_in_use").ok() == Some(1)).await.unwrap();
    assert_eq!(sidecar.errors(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_it_goes_on_and_says_so_and_heals() {
    let (mongod, mut redis) = (Mongod::start().await.unwrap(), RedisServer::start().await.unwrap());
    let rooms = mongod.database("hospital").await.unwrap().collection::<Document>("rooms");
    let config = SidecarConfig::hospital(mongod.uri()).with_redis(redis.url());
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("faults").await.unwrap()).await.unwrap();
    let state = |client: &Client| client.session().replica().status().map(|status| status.redis);
    client.until("a live Redis", PATIENCE, |client| state(client) == Some(RedisState::Live)).await.unwrap();

    redis.kill().await;
    rooms.insert_one(doc! { "_id": "K1", "status": "in_use" }).await.unwrap();
    client.until("a room", PATIENCE, |client| client.count("rooms_in_use").ok() == Some(1)).await.unwrap();
    client.until("degraded", PATIENCE, |client| state(client) == Some(RedisState::Degraded)).await.unwrap();

    redis.restart().await.unwrap();
    client.until("a live Redis", PATIENCE, |client| state(client) == Some(RedisState::Live)).await.unwrap();
    rooms.insert_one(doc! { "_id": "K2", "status": "in_use" }).await.unwrap();
    client.until("two rooms", PATIENCE, |client| client.count("rooms_in_use").ok() == Some(2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_crashes_is_said_and_gone_on_from() {
    let mut mongod = Mongod::start().await.unwrap();
    let rooms = mongod.database("hospital").await.unwrap().collection::<Document>("rooms");
    rooms.insert_one(doc! { "_id": "K1", "status": "in_use" }).await.unwrap();
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("faults").await.unwrap()).await.unwrap();
    let one = |client: &Client| client.count("rooms_in_use").ok() == Some(1);
    client.until("a room", PATIENCE, one).await.unwrap();

    mongod.kill().await;
    let live = |client: &Client| {
        let status = client.session().replica().status();
        status.is_some_and(|status| status.source.state == vigil_wire::SourceState::Live)
    };
    client.until("a word about the crash", PATIENCE, |client| !live(client)).await.unwrap();
    assert!(one(&client), "the last known number stays");
    mongod.restart().await.unwrap();
    rooms.insert_one(doc! { "_id": "K2", "status": "in_use" }).await.unwrap();
    let two = |client: &Client| client.count("rooms_in_use").ok() == Some(2);
    client.until("two rooms", Duration::from_secs(120), two).await.unwrap();
    sidecar.verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_dropped_while_verify_asks_is_no_drift() {
    let mongod = Mongod::start().await.unwrap();
    let database = mongod.database("hospital").await.unwrap();
    let alerts = database.collection::<Document>("emergency_alerts");
    alerts.insert_one(doc! { "_id": 0 }).await.unwrap();
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("faults").await.unwrap()).await.unwrap();

    // A drop between the copy of our values and MongoDB's answer is a matter of milliseconds: until it is met.
    for round in 0..200 {
        let open: Vec<Document> = (0..50).map(|id| doc! { "_id": id, "resolved_at": null }).collect();
        drop(alerts.insert_many(open).ordered(false).await);
        let has_all = |client: &Client| client.count("alerts_open").ok() == Some(50);
        client.until("all alerts", PATIENCE, has_all).await.unwrap();
        let dropped = async {
            tokio::time::sleep(Duration::from_millis(round % 40)).await;
            alerts.drop().await.unwrap();
        };
        let (verified, ()) = tokio::join!(sidecar.command(&["verify"]), dropped);
        let verified = verified.unwrap();
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_ne!(verified.status.code(), Some(1), "{said}");
        if said.contains("dropped or replaced") {
            return;
        }
    }
    panic!("no drop fell between the copy and the answer");
}
