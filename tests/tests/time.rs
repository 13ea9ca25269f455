//! What happens when nothing happens: values move with the clock, confirmations go on, and a server
//! that stands still is said to.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bson::{Document, doc};
use tempfile::TempDir;
use vigil_tests::harness::{Client, Mongod, PATIENCE, Sidecar, SidecarConfig};
use vigil_wire::{SourceState, Tier};

const HOUR_MS: i64 = 3_600_000;
/// Critical values are pushed within 100 ms; a test may take ten times as long.
const LATEST_MS: i64 = 1_000;
/// The sidecar's and MongoDB's clock are one here, but the offset between them is measured.
const EARLIEST_MS: i64 = -100;

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn date(ms: i64) -> bson::DateTime {
    bson::DateTime::from_millis(ms)
}

/// A POSIX zone in which `second` (Unix time) is midnight.
fn zone_with_midnight_at(second: i64) -> String {
    // POSIX counts westward: what is added to local time to get UTC.
    let west = second.rem_euclid(86_400);
    let west = if west > 43_200 { west - 86_400 } else { west };
    let (sign, of) = if west < 0 { ('-', -west) } else { ('+', west) };
    format!("<SITE>{sign}{:02}:{:02}:{:02}", of / 3_600, of / 60 % 60, of % 60)
}

/// Counts of `rows` under one window each, on a board of that zone.
fn board(folder: &TempDir, zone: &str, tiers: &str, windows: &[(&str, &str)]) -> PathBuf {
    let metric = |(id, window): &(&str, &str)| {
        format!(
            "[[metric]]\nid = \"{id}\"\ntitle = \"T\"\nfrom = \"rows\"\nwindow = {window}\n\
             tier = \"critical\"\nhidden = true\n"
        )
    };
    let head = format!(
        "[board]\nid = \"clock\"\ntitle = \"Clock\"\ndatabase = \"clock\"\ntimezone = \"{zone}\"\n{tiers}\n"
    );
    let path = folder.path().join("clock.toml");
    let metrics: String = windows.iter().map(metric).collect();
    std::fs::write(&path, format!("{head}{metrics}")).unwrap();
    path
}

/// Writes to `rows` that MongoDB has carried out since it started.
async fn writes(mongod: &Mongod) -> Vec<i64> {
    let top = mongod.database("admin").await.unwrap().run_command(doc! { "top": 1 }).await.unwrap();
    let rows = top.get_document("totals").unwrap().get_document("clock.rows").unwrap();
    let count = |kind: &&str| rows.get_document(kind).unwrap().get("count").unwrap().as_i64();
    ["insert", "update", "remove"].iter().map(|kind| count(kind).unwrap_or(-1)).collect()
}

/// Each window with what it counts at first, and when it counts what next.
struct Turn {
    id: &'static str,
    window: &'static str,
    before: i64,
    after: i64,
    at: i64,
}

/// One row per window, so that all of them turn around `midnight`.
async fn rows_that_turn(mongod: &Mongod, midnight: i64) -> Vec<Turn> {
    let turn = |id, window, before, after, at| Turn { id, window, before, after, at };
    let rows = [
        doc! { "_id": 1, "since": date(midnight - 2_000 - HOUR_MS) },
        doc! { "_id": 2, "starts_at": date(midnight - 1_000), "ends_at": date(midnight + 60 * HOUR_MS) },
        doc! { "_id": 3, "paid_at": date(midnight - 60_000) },
        doc! { "_id": 4, "eta": date(midnight + 1_000) },
        doc! { "_id": 5, "seen_at": date(midnight + 2_000 - HOUR_MS) },
    ];
    let clock = mongod.database("clock").await.unwrap();
    clock.collection::<Document>("rows").insert_many(rows).await.unwrap();
    let covers = r#"{ from = "starts_at", to = ["ends_at", "left_at"], covers = "now" }"#;
    let either = r#"{ any = [{ field = "since", older_than = "2h" }, { field = "seen_at", last = "1h" }] }"#;
    vec![
        turn("waiting_long", r#"{ field = "since", older_than = "1h" }"#, 0, 1, midnight - 2_000),
        turn("on_duty", covers, 0, 1, midnight - 1_000),
        turn("today", r#"{ field = "paid_at", day = "today" }"#, 1, 0, midnight),
        turn("yesterday", r#"{ field = "paid_at", day = "yesterday" }"#, 0, 1, midnight),
        turn("expected", r#"{ field = "eta", next = "4h" }"#, 1, 0, midnight + 1_000),
        turn("either", either, 1, 0, midnight + 2_000),
    ]
}

/// Lets midnight come `lead_s` after the start; `None`: the start took so long that it was over by then.
async fn let_midnight_pass(lead_s: i64) -> Option<()> {
    let mongod = Mongod::start().await.unwrap();
    let midnight_s = now_ms() / 1_000 + lead_s;
    let turns = rows_that_turn(&mongod, midnight_s * 1_000).await;
    let folder = tempfile::tempdir().unwrap();
    let windows: Vec<(&str, &str)> = turns.iter().map(|turn| (turn.id, turn.window)).collect();
    let path = board(&folder, &zone_with_midnight_at(midnight_s), "", &windows);
    let sidecar = Sidecar::start(&SidecarConfig::over(path, mongod.uri())).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("time").await.unwrap()).await.unwrap();
    let written = writes(&mongod).await;
    if now_ms() > turns[0].at - 2_000 {
        return None;
    }
    for turn in &turns {
        let there = |client: &Client| client.count(turn.id).ok() == Some(turn.before);
        client.until(turn.id, PATIENCE, there).await.unwrap();
    }
    if now_ms() > turns[0].at {
        return None;
    }
    for turn in &turns {
        let there = |client: &Client| client.count(turn.id).ok() == Some(turn.after);
        client.until(turn.id, PATIENCE, there).await.unwrap();
        let late_ms = now_ms() - turn.at;
        println!("{}: {late_ms} ms after its time", turn.id);
        assert!((EARLIEST_MS..=LATEST_MS).contains(&late_ms), "{}: {late_ms} ms late", turn.id);
    }
    assert_eq!(writes(&mongod).await, written, "values moved with a write");
    println!("{}", sidecar.verify().await.unwrap());
    assert_eq!(sidecar.errors(), Vec::<String>::new());
    Some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn values_move_when_time_passes_without_any_write() {
    for lead_s in [20, 60, 240] {
        if let_midnight_pass(lead_s).await.is_some() {
            return;
        }
        println!("the start took more than {lead_s} s; again with more time");
    }
    panic!("the sidecar took minutes to start");
}

/// When what a client holds is known to have been true, of the tiers that were ever confirmed.
fn confirmed(client: &Client) -> BTreeMap<Tier, i64> {
    client.session().replica().confirmed().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_write_values_go_on_being_confirmed() {
    let idle_s = std::env::var("VIGIL_SOAK_IDLE_S").ok().and_then(|text| text.parse().ok()).unwrap_or(15);
    // Ten times the board's half second in `make test`; the promise itself in `make soak`.
    let limit = Duration::from_secs(5);
    let mongod = Mongod::start().await.unwrap();
    let database = mongod.database("clock").await.unwrap();
    database.collection::<Document>("rows").insert_one(doc! { "at": date(now_ms()) }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tiers = match idle_s {
        60.. => "",
        _ => "[tiers]\ncritical = { interval = \"100ms\", confirm = \"500ms\" }",
    };
    let path = board(&folder, "UTC", tiers, &[("recent", r#"{ field = "at", last = "1d" }"#)]);
    let sidecar = Sidecar::start(&SidecarConfig::over(path, mongod.uri())).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("time").await.unwrap()).await.unwrap();
    client.until("a count", PATIENCE, |client| client.count("recent").ok() == Some(1)).await.unwrap();

    let (written, state, begin) = (writes(&mongod).await, client.count("recent").ok(), Instant::now());
    let (mut times, mut longest) = (0, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(idle_s) {
        let (before, since) = (confirmed(&client), Instant::now());
        let later = |client: &Client| confirmed(client).get(&Tier::Critical) > before.get(&Tier::Critical);
        client.until("a later confirmation", limit, later).await.unwrap();
        longest = longest.max(since.elapsed());
        let age_ms = now_ms() - confirmed(&client)[&Tier::Critical];
        assert!((EARLIEST_MS..5_000).contains(&age_ms), "confirmed as of {age_ms} ms ago");
        times += 1;
    }
    println!("{idle_s} s without a write: confirmed {times} times, at most {longest:?} apart");
    assert_eq!(client.count("recent").ok(), state);
    assert_eq!(writes(&mongod).await, written, "there was a write");
}

fn is_live(client: &Client) -> bool {
    client.session().replica().status().map(|status| status.source.state) == Some(SourceState::Live)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_stands_still_is_said_within_fifteen_seconds_and_followed_again() {
    let mongod = Mongod::start().await.unwrap();
    let rows = mongod.database("clock").await.unwrap().collection::<Document>("rows");
    rows.insert_one(doc! { "_id": 1, "at": date(now_ms()) }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let windows =
        [("recent", r#"{ field = "at", last = "1d" }"#), ("brief", r#"{ field = "at", last = "10s" }"#)];
    let path = board(&folder, "UTC", "", &windows);
    let sidecar = Sidecar::start(&SidecarConfig::over(path, mongod.uri())).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("time").await.unwrap()).await.unwrap();
    let followed = |client: &Client| is_live(client) && confirmed(client).contains_key(&Tier::Critical);
    client.until("a confirmation", PATIENCE, followed).await.unwrap();
    let epoch = client.state().unwrap().0;

    mongod.freeze();
    let frozen = now_ms();
    client.until("a word about it", Duration::from_secs(15), |client| !is_live(client)).await.unwrap();
    println!("said after {} ms", now_ms() - frozen);
    let as_of = confirmed(&client)[&Tier::Critical];
    assert!(as_of <= frozen + LATEST_MS, "confirmed {} ms after nobody could", as_of - frozen);
    assert_eq!(client.count("recent").ok(), Some(1), "the last known number stays");

    mongod.thaw();
    client.until("a live source", Duration::from_secs(120), is_live).await.unwrap();
    rows.insert_one(doc! { "_id": 2, "at": date(now_ms()) }).await.unwrap();
    let two = |client: &Client| client.count("recent").ok() == Some(2);
    client.until("two rows", PATIENCE, two).await.unwrap();
    sidecar.verify().await.unwrap();
    // What was short-lived went by in its time, with no write.
    let gone = |client: &Client| client.count("brief").ok() == Some(0);
    client.until("an empty window", PATIENCE, gone).await.unwrap();
    sidecar.verify().await.unwrap();
    assert_eq!(client.state().unwrap().0, epoch, "a silence is no reason for a new epoch");
}
