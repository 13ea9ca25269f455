//! What the sidecar says about itself, on a board, by the real binary against real servers.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::time::Duration;

use bson::{Document, doc};
use vigil_tests::harness::{Client, Mongod, MongodOptions, PATIENCE, RedisServer, Sidecar, SidecarConfig};
use vigil_wire::{NoData, Value};

const FIGURES: [&str; 9] = [
    "oplog_window_h",
    "audit_drift",
    "metrics_verified_share",
    "oldest_verification",
    "send_lag_p99_ms",
    "cpu_share",
    "memory_bytes",
    "own_load",
    "errors_1h",
];

/// All figures, and one metric that MongoDB can be asked about.
fn board(folder: &tempfile::TempDir) -> PathBuf {
    let figure = |name: &&str| {
        format!(
            "[[metric]]\nid = \"{name}\"\ntitle = \"T\"\nfrom = \"$system\"\nvalue = \"{name}\"\n\
             tier = \"critical\"\nhidden = true\n"
        )
    };
    let head = "[board]\nid = \"yard\"\ntitle = \"Yard\"\ndatabase = \"yard\"\ntimezone = \"UTC\"\n\
        [[metric]]\nid = \"jobs\"\ntitle = \"Jobs\"\nfrom = \"jobs\"\naggregate = \"count\"\n\
        tier = \"critical\"\nhidden = true\n";
    let path = folder.path().join("yard.toml");
    let figures: String = FIGURES.iter().map(figure).collect();
    std::fs::write(&path, format!("{head}{figures}")).unwrap();
    path
}

/// Waits until a figure is a number that `wanted` takes, and gives it.
async fn number(client: &mut Client, id: &str, wanted: impl Fn(f64) -> bool) -> f64 {
    let of = |client: &Client| match client.value(id) {
        Some(Value::Double(x)) => Some(*x),
        Some(Value::Int(n)) => Some(*n as f64),
        _ => None,
    };
    client.until(id, PATIENCE, |client| of(client).is_some_and(&wanted)).await.unwrap();
    of(client).unwrap()
}

/// Commands that the server has carried out for clients, but for its own and drivers' monitoring.
async fn commands(mongod: &Mongod) -> i64 {
    let admin = mongod.database("admin").await.unwrap();
    let status = admin.run_command(doc! { "serverStatus": 1 }).await.unwrap();
    let commands = status.get_document("metrics").unwrap().get_document("commands").unwrap();
    let of = |name: &str| {
        let counts = commands.get_document(name).ok();
        counts.and_then(|counts| counts.get("total")).and_then(|total| total.as_i64()).unwrap_or(0)
    };
    ["aggregate", "find", "getMore"].into_iter().map(of).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_its_own_has_a_value_that_is_true() {
    let (mongod, mut redis) = (Mongod::start().await.unwrap(), RedisServer::start().await.unwrap());
    let database = mongod.database("yard").await.unwrap();
    let jobs = database.collection::<Document>("jobs");
    jobs.insert_one(doc! { "_id": 1 }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = SidecarConfig::over(board(&folder), mongod.uri()).with_redis(redis.url());
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("own").await.unwrap()).await.unwrap();
    client.until("a job", PATIENCE, |client| client.count("jobs").ok() == Some(1)).await.unwrap();

    // Nobody has asked MongoDB yet: no word about drift, and nothing is verified.
    let unavailable = Some(&Value::None(NoData::Unavailable));
    assert_eq!(client.value("audit_drift"), unavailable);
    assert_eq!(client.value("oldest_verification"), unavailable);
    number(&mut client, "metrics_verified_share", |share| share == 0.0).await;
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    sidecar.verify().await.unwrap();
    number(&mut client, "metrics_verified_share", |share| share == 1.0).await;
    number(&mut client, "audit_drift", |metrics| metrics == 0.0).await;
    let verified_at = |client: &Client| match client.value("oldest_verification") {
        Some(Value::Date(ms)) => Some(*ms),
        _ => None,
    };
    client.until("a date", PATIENCE, |client| verified_at(client).is_some()).await.unwrap();
    let after_ms = verified_at(&client).unwrap() - i64::try_from(before.as_millis()).unwrap();
    assert!((-5_000..60_000).contains(&after_ms), "verified {after_ms} ms after it was asked to");

    // Of a set that has just been made.
    number(&mut client, "oplog_window_h", |hours| (0.0..0.5).contains(&hours)).await;
    number(&mut client, "cpu_share", |share| (0.0..4.0).contains(&share)).await;
    let resident = number(&mut client, "memory_bytes", |bytes| bytes > 1e6).await;
    assert!((4e6..1e9).contains(&resident), "{resident} bytes");
    number(&mut client, "send_lag_p99_ms", |ms| ms > 0.0 && ms < 10_000.0).await;

    // The load is what the server counts, within what comes and goes while it is looked at.
    let load = number(&mut client, "own_load", |load| load > 0.0).await;
    assert!(load < 60.0, "{load} commands a second");
    let (counted, span) = (commands(&mongod).await, Duration::from_secs(5));
    let quiet = tokio::time::Instant::now();
    let mut other = Client::connect(&sidecar.url(), &sidecar.token("own").await.unwrap()).await.unwrap();
    while quiet.elapsed() < span {
        let last = other.value("own_load").cloned();
        other
            .until("another load", PATIENCE, |client| client.value("own_load") != last.as_ref())
            .await
            .unwrap();
    }
    let per_second = (commands(&mongod).await - counted) as f64 / quiet.elapsed().as_secs_f64();
    let load = number(&mut other, "own_load", |_| true).await;
    assert!(per_second <= load + 0.5, "MongoDB counts {per_second} a second, the sidecar {load}");

    let incidents = number(&mut other, "errors_1h", |_| true).await;
    redis.kill().await;
    jobs.insert_one(doc! { "_id": 2 }).await.unwrap();
    number(&mut other, "errors_1h", |now| now > incidents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_the_oplog_that_is_said_once() {
    let mongod = Mongod::start_with(MongodOptions { auth: true, ..Default::default() }).await.unwrap();
    mongod.add_watcher("watcher", "a-password", "yard").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = SidecarConfig::over(board(&folder), mongod.uri_as("watcher", "a-password"));
    let sidecar = Sidecar::start(&config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("own").await.unwrap()).await.unwrap();
    number(&mut client, "memory_bytes", |bytes| bytes > 0.0).await;
    let said = || sidecar.log().matches("may not read local.oplog.rs").count();
    client.until("a word about it", PATIENCE, |_| said() > 0).await.unwrap();
    assert_eq!(said(), 1);
    assert_eq!(client.value("oplog_window_h"), Some(&Value::None(NoData::Unavailable)));
    let checked = sidecar.command(&["check"]).await.unwrap();
    let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.contains("warn  mongodb oplog_window"), "{checked}");
}
