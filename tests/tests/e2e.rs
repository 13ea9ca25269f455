//! From a write in a real MongoDB to a number at a client: real servers, the real binary, real sockets.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use bson::{Document, doc};
use mongodb::Database;
use vigil_board::{Board, Source};
use vigil_session::ClientEvent;
use vigil_tests::harness::{
    Client, CountingProxy, Mongod, PATIENCE, RedisServer, Sidecar, SidecarConfig, hospital_board,
};
use vigil_tests::simulator::{CANARY, Pace, Settings, run, violations};
use vigil_wire::SourceState;

const ROOMS: &str = "rooms";

/// Ten rooms, none in use.
async fn ten_rooms(mongod: &Mongod) -> Database {
    let database = mongod.database("hospital").await.unwrap();
    let rooms =
        (0..10).map(|number| doc! { "_id": format!("K{number:02}"), "kind": "clinic", "status": "free" });
    database.collection::<Document>(ROOMS).insert_many(rooms).await.unwrap();
    database
}

async fn set_status(database: &Database, room: &str, status: &str) {
    let rooms = database.collection::<Document>(ROOMS);
    rooms.update_one(doc! { "_id": room }, doc! { "$set": { "status": status } }).await.unwrap();
}

async fn in_use(client: &mut Client, count: i64) {
    let what = format!("{count} rooms in use");
    client.until(&what, PATIENCE, |client| client.count("rooms_in_use").ok() == Some(count)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_reaches_a_client() {
    let (mongod, redis) = (Mongod::start().await.unwrap(), RedisServer::start().await.unwrap());
    let database = ten_rooms(&mongod).await;
    let config = SidecarConfig::hospital(mongod.uri()).with_redis(redis.url());
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("e2e").await.unwrap()).await.unwrap();
    in_use(&mut client, 0).await;

    set_status(&database, "K03", "in_use").await;
    in_use(&mut client, 1).await;
    database
        .collection::<Document>(ROOMS)
        .insert_one(doc! { "_id": "T01", "status": "in_use" })
        .await
        .unwrap();
    in_use(&mut client, 2).await;
    database.collection::<Document>(ROOMS).delete_one(doc! { "_id": "K03" }).await.unwrap();
    in_use(&mut client, 1).await;

    // Two writes that no reader of MongoDB sees apart are not seen apart here either.
    let mut session = database.client().start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    for (room, status) in [("K04", "in_use"), ("T01", "free")] {
        let rooms = database.collection::<Document>(ROOMS);
        let update = doc! { "$set": { "status": status } };
        rooms.update_one(doc! { "_id": room }, update).session(&mut session).await.unwrap();
    }
    client.forget_events();
    session.commit_transaction().await.unwrap();
    set_status(&database, "K05", "in_use").await;
    in_use(&mut client, 2).await;

    // Others read the same number from Redis.
    let connection = redis::Client::open(redis.url()).unwrap();
    let mut connection = connection.get_multiplexed_async_connection().await.unwrap();
    let snapshot: BTreeMap<String, String> =
        redis::cmd("HGETALL").arg("vigil:{hospital}:snapshot").query_async(&mut connection).await.unwrap();
    assert!(snapshot.contains_key("rooms_in_use"), "{snapshot:?}");
    assert_eq!(sidecar.errors(), Vec::<String>::new());
}

fn hospital() -> Board {
    let text = std::fs::read_to_string(hospital_board()).unwrap();
    vigil_board::parse("hospital.toml", &text).unwrap()
}

/// The sidecar's own figures go on moving between two clients' frames, and what is made of them.
fn moves_by_itself(board: &Board, id: &str) -> bool {
    match &board.metrics[board.metric(id).unwrap()].source {
        Source::System(_) => true,
        Source::Formula(formula) => {
            let own = board.metrics.iter().filter(|metric| matches!(metric.source, Source::System(_)));
            own.map(|metric| metric.id.as_str()).any(|own| formula.text.contains(own))
        }
        Source::Rows(_) => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_gets_what_it_missed() {
    let mongod = Mongod::start().await.unwrap();
    let database = ten_rooms(&mongod).await;
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let token = sidecar.token("e2e").await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &token).await.unwrap();
    let mut other = Client::connect(&sidecar.url(), &token).await.unwrap();
    in_use(&mut client, 0).await;
    let (epoch, seq) = client.state().unwrap();

    // The first does not read while the second sees the change: it misses it, whether or not its socket was cut.
    set_status(&database, "K01", "in_use").await;
    in_use(&mut other, 1).await;
    client.forget_events();
    client.reconnect().await.unwrap();
    in_use(&mut client, 1).await;
    let (now_epoch, now_seq) = client.state().unwrap();
    assert_eq!(now_epoch, epoch);
    assert!(now_seq > seq);
    // Gone on from where it was, not begun anew.
    loop {
        match client.event(PATIENCE).await.unwrap() {
            ClientEvent::Replaced => panic!("a snapshot, where a diff would have done"),
            ClientEvent::Patched(patches) if !patches.is_empty() => break,
            _ => {}
        }
    }
    let board = hospital();
    let (ours, theirs) = (client.session().replica(), other.session().replica());
    let schema = &ours.schema().unwrap().metrics;
    for ((metric, ours), theirs) in schema.iter().zip(ours.metrics()).zip(theirs.metrics()) {
        if !moves_by_itself(&board, &metric.id) {
            assert_eq!(ours, theirs, "{}", metric.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_is_exact_after_simulated_operations_with_restarts_in_between() {
    let operations =
        std::env::var("VIGIL_SOAK_OPS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let (mongod, redis) = (Mongod::start().await.unwrap(), RedisServer::start().await.unwrap());
    let database = mongod.database("hospital").await.unwrap();
    let settings = Settings {
        seed: 11,
        pace: Pace::Count(operations),
        backfill_days: if operations > 20_000 { 35 } else { 2 },
        // Late on a busy day, so that the windows that end now are full when it ends.
        as_if: "Wed 20:00".parse().ok(),
        ..Settings::default()
    };
    let played = {
        let database = database.clone();
        tokio::spawn(async move { run(&database, &settings).await })
    };
    // What no board names must not leave MongoDB, nor be anywhere behind the sidecar.
    let traffic = CountingProxy::start_looking_for(mongod.address(), CANARY).await.unwrap();
    let config = SidecarConfig::hospital(mongod.uri_through(traffic.address())).with_redis(redis.url());
    let mut sidecar = Sidecar::start(&config).await.unwrap();
    let token = sidecar.token("e2e").await.unwrap();
    let (mut restarts, mut verified) = (0, 0);
    while !played.is_finished() {
        match restarts % 2 {
            0 => sidecar.crash_and_restart().await.unwrap(),
            _ => sidecar.restart().await.unwrap(),
        }
        restarts += 1;
        let mut client = Client::connect(&sidecar.url(), &token).await.unwrap();
        let live = |client: &Client| {
            let status = client.session().replica().status();
            status.is_some_and(|status| status.source.state == SourceState::Live)
        };
        client.until("a live source", Duration::from_secs(120), live).await.unwrap();
        // While everything moves, and at one cluster time.
        let (_, asked) = sidecar.verify_if_possible().await.unwrap();
        verified += u32::from(asked);
    }
    assert_eq!(played.await.unwrap().unwrap(), operations);
    assert!(restarts >= 2, "the operations were over before the sidecar was restarted twice");
    assert!(verified >= 1, "not verified once while everything moved");
    println!(
        "{operations} operations, {restarts} restarts, {verified} times exact meanwhile:\n{}",
        sidecar.verify().await.unwrap()
    );
    assert_eq!(violations(&database).await.unwrap(), Vec::<String>::new());
    assert!(!sidecar.log().contains(CANARY), "what no board names is in the log");
    assert!(traffic.from_server() > 1_000_000, "the traffic did not go through the proxy");
    assert_eq!(traffic.sightings(), 0, "what no board names left MongoDB");
    let held = everything_in(&redis).await;
    assert!(held.contains("ed_present"), "the snapshot is not in Redis: {held:.200}");
    assert!(!held.contains(CANARY), "what no board names is in Redis");
    assert_eq!(sidecar.errors(), Vec::<String>::new());
}

/// All hashes and streams, as text.
async fn everything_in(redis: &RedisServer) -> String {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    let mut held = keys.join("\n");
    for key in keys {
        let kind: String = redis::cmd("TYPE").arg(&key).query_async(&mut connection).await.unwrap();
        let read = match kind.as_str() {
            "hash" => redis::cmd("HGETALL").arg(&key).to_owned(),
            "stream" => redis::cmd("XRANGE").arg(&key).arg("-").arg("+").to_owned(),
            "string" => redis::cmd("GET").arg(&key).to_owned(),
            other => panic!("the test does not read a {other}"),
        };
        let value: redis::Value = read.query_async(&mut connection).await.unwrap();
        held.push_str(&format!("\n{value:?}"));
    }
    held
}

/// How often each command was carried out since the server started.
async fn commands(database: &Database) -> BTreeMap<String, i64> {
    let status = database.client().database("admin").run_command(doc! { "serverStatus": 1 }).await.unwrap();
    let commands = status.get_document("metrics").unwrap().get_document("commands").unwrap();
    let total = |counts: &Document| counts.get("total").and_then(|total| total.as_i64());
    commands.iter().filter_map(|(name, counts)| Some((name.clone(), total(counts.as_document()?)?))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_writes_cause_only_get_more_and_confirmations() {
    let mongod = Mongod::start().await.unwrap();
    let database = ten_rooms(&mongod).await;
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri())).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("e2e").await.unwrap()).await.unwrap();
    in_use(&mut client, 0).await;

    let before = commands(&database).await;
    for round in 0..10 {
        let updates: Vec<Document> = (0..1_000)
            .map(|number| {
                let status = if (number / 9 + round) % 2 == 0 { "in_use" } else { "turnover" };
                doc! { "q": { "_id": format!("K{:02}", number % 9) }, "u": { "$set": { "status": status, "n": number + round * 1_000 } } }
            })
            .collect();
        database.run_command(doc! { "update": ROOMS, "updates": updates }).await.unwrap();
    }
    let rooms = database.collection::<Document>(ROOMS);
    rooms.update_many(doc! { "_id": { "$ne": "K09" } }, doc! { "$set": { "status": "free" } }).await.unwrap();
    set_status(&database, "K09", "in_use").await;
    in_use(&mut client, 1).await;
    let after = commands(&database).await;

    let did: BTreeMap<&String, i64> = after
        .iter()
        .map(|(name, count)| (name, count - before.get(name).copied().unwrap_or_default()))
        .filter(|(_, count)| *count > 0)
        .collect();
    // `update` and `serverStatus` are this test's own.
    let expected = ["getMore", "hello", "isMaster", "ismaster", "update", "serverStatus", "find"];
    let others: Vec<_> = did.iter().filter(|(name, _)| !expected.contains(&name.as_str())).collect();
    println!("commands during 10,000 writes: {did:?}");
    assert!(others.is_empty(), "{others:?}");
    // The oplog's two ends, twice a minute at most, and at the start.
    assert!(did.get(&"find".to_owned()).copied().unwrap_or_default() <= 6, "{did:?}");
    assert!(did[&"getMore".to_owned()] < 1_000, "nearly one getMore per write: {did:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_field_that_no_board_names_stays_in_mongodb() {
    const CHANGES: u64 = 1_000;
    let mongod = Mongod::start().await.unwrap();
    let database = ten_rooms(&mongod).await;
    let proxy = CountingProxy::start(mongod.address()).await.unwrap();
    let config = SidecarConfig::hospital(mongod.uri_through(proxy.address()));
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("e2e").await.unwrap()).await.unwrap();
    in_use(&mut client, 0).await;

    let before = proxy.from_server();
    // The client goes on listening meanwhile, as an app does.
    let writing = tokio::spawn(async move {
        let rooms = database.collection::<Document>(ROOMS);
        for change in 0..CHANGES {
            let plan = char::from(b'a' + (change % 26) as u8).to_string().repeat(1_000_000);
            let update = doc! { "$set": { "floor_plan": plan, "revision": i64::try_from(change).unwrap() } };
            rooms.update_one(doc! { "_id": "K01" }, update).await.unwrap();
        }
        set_status(&database, "K02", "in_use").await;
    });
    let seen = |client: &Client| client.count("rooms_in_use").ok() == Some(1);
    client.until("the last write", Duration::from_secs(300), seen).await.unwrap();
    writing.await.unwrap();
    let each = (proxy.from_server() - before) / CHANGES;
    println!("{each} bytes a change");
    assert!(each < 1_000, "{each} bytes a change of a field that no board names");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_line_to_mongodb_is_said_and_gone_on_from() {
    let mongod = Mongod::start().await.unwrap();
    let database = ten_rooms(&mongod).await;
    let proxy = CountingProxy::start(mongod.address()).await.unwrap();
    let config = SidecarConfig::hospital(mongod.uri_through(proxy.address()));
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("e2e").await.unwrap()).await.unwrap();
    in_use(&mut client, 0).await;
    let epoch = client.state().unwrap().0;

    proxy.cut();
    let live = |client: &Client| {
        client.session().replica().status().map(|status| status.source.state) == Some(SourceState::Live)
    };
    client.until("a word about the cut", PATIENCE, |client| !live(client)).await.unwrap();
    set_status(&database, "K07", "in_use").await;
    proxy.mend();
    in_use(&mut client, 1).await;
    client.until("a live source", PATIENCE, live).await.unwrap();
    assert_eq!(client.state().unwrap().0, epoch, "a cut line is no reason for a new epoch");
    sidecar.verify().await.unwrap();
}
