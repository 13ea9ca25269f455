#![allow(clippy::unwrap_used)]

use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[test]
fn a_ring_forgets_what_is_older_than_it_remembers() {
    let began = Instant::now();
    let after = |seconds| began + Duration::from_secs(seconds);
    let mut ring = ring::Ring::<u32, 3>::new(began, Duration::from_secs(1));
    for second in 0..5 {
        *ring.at(after(second)) += 10 + u32::try_from(second).unwrap();
    }
    let sum = |ring: &ring::Ring<u32, 3>, second| ring.recent(after(second)).sum::<u32>();
    assert_eq!(sum(&ring, 4), 12 + 13 + 14);
    assert_eq!(sum(&ring, 5), 13 + 14);
    assert_eq!(sum(&ring, 60), 0);
    assert_eq!(ring.covers(after(2)), Duration::from_secs(2));
    assert_eq!(ring.covers(after(60)), Duration::from_secs(3));
}

#[test]
fn load_is_the_mean_of_what_was_counted() {
    let load = Load::default();
    let began = Instant::now();
    assert_eq!(load.per_second(began), None);
    for _ in 0..20 {
        load.count(began);
    }
    let after = |seconds| load.per_second(began + Duration::from_secs(seconds)).unwrap();
    assert!((after(10) - 2.0).abs() < 0.01, "{}", after(10));
    assert!((after(59) - 20.0 / 59.0).abs() < 0.01, "{}", after(59));
    assert_eq!(after(120), 0.0);
}

#[test]
fn incidents_are_our_own_warnings_and_errors() {
    let incidents = Incidents::default();
    let layered = tracing_subscriber::registry().with(incidents.clone());
    tracing::subscriber::with_default(layered, || {
        tracing::info!("all is well");
        tracing::warn!("something is odd");
        tracing::error!("something is broken");
        tracing::error!(target: "another_library", "not ours");
    });
    let now = Instant::now();
    assert_eq!(incidents.last_hour(now), 2);
    assert_eq!(incidents.last_hour(now + Duration::from_secs(3_700)), 0);
}

const BOARD: &str = r#"
[board]
id = "yard"
title = "Yard"
database = "yard"
timezone = "UTC"
[[metric]]
id = "jobs"
title = "Jobs"
from = "jobs"
aggregate = "count"
hidden = true
"#;

#[test]
fn an_engine_is_told_at_most_once_a_second() {
    const NAMES: [&str; 9] = [
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
    let metrics = NAMES.map(|name| {
        format!("[[metric]]\nid = \"{name}\"\ntitle = \"T\"\nfrom = \"$system\"\nvalue = \"{name}\"\nhidden = true\n")
    });
    let board = Arc::new(vigil_board::parse("yard.toml", &(BOARD.to_owned() + &metrics.concat())).unwrap());
    let mut engine = Engine::new(board.clone(), 0);
    let own = Own::default();
    let mut teller = own.teller(&board);
    let value = |engine: &Engine, name: &str| engine.metric_state(board.metric(name).unwrap()).unwrap().total;

    teller.tell(&mut engine, 0);
    let unavailable = Value::None(NoData::Unavailable);
    for name in ["oplog_window_h", "audit_drift", "oldest_verification", "send_lag_p99_ms"] {
        assert_eq!(value(&engine, name), unavailable, "{name}: nobody has measured it");
    }
    assert_eq!(value(&engine, "errors_1h"), Value::Int(0));
    assert_eq!(value(&engine, "metrics_verified_share"), Value::Double(0.0));

    own.set_oplog_window(Some(26.34));
    own.send_lag().record(Instant::now(), Duration::from_micros(1_234));
    own.incidents().count(Instant::now());
    teller.tell(&mut engine, 0);
    assert_eq!(value(&engine, "oplog_window_h"), unavailable, "it has just been told");
    teller.told = Instant::now().checked_sub(EVERY);
    teller.tell(&mut engine, 0);
    assert_eq!(value(&engine, "oplog_window_h"), Value::Double(26.3));
    assert_eq!(value(&engine, "errors_1h"), Value::Int(1));
    assert_eq!(value(&engine, "send_lag_p99_ms"), Value::Double(1.3));
}
