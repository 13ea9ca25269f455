#![allow(clippy::unwrap_used)]

use vigil_publish::Epoch;
use vigil_wire::{MetricPatch, Value};

use super::*;

fn hub() -> Hub {
    let schema = r#"{"id":"b","hash":"cafe","title":{},"timezone":"UTC","headline":null,
        "promise_ms":[5000,30000,300000,900000],"labels":{},"groups":[],"panels":[],"metrics":[]}"#;
    let published = Published::new("b", 2, Epoch::new([1; 12], 1));
    Hub::new(serde_json::from_str(schema).unwrap(), published, RedisState::Off, 0)
}

fn step(hub: &Hub, seq: u64, n: i64) {
    let patches = vec![MetricPatch { i: 0, v: Some(Value::Int(n)), g: vec![], gone: vec![] }];
    hub.publish(Some(Change { seq, patches }), &[], &[], 0);
}

#[test]
fn one_encoded_frame_serves_all_clients_of_a_set() {
    let hub = hub();
    let all = Subscription::all();
    let (mut first, mut second) = (None, None);
    let a = hub.next(&all, &mut first).unwrap().text;
    let b = hub.next(&all, &mut second).unwrap().text;
    assert_eq!(a.as_str().as_ptr(), b.as_str().as_ptr(), "the same bytes");
    step(&hub, 1, 7);
    let a = hub.next(&all, &mut first).unwrap().text;
    let b = hub.next(&all, &mut second).unwrap().text;
    assert_eq!(a.as_str().as_ptr(), b.as_str().as_ptr());
    assert!(a.as_str().contains(r#""type":"diff""#), "{a}");
}

#[test]
fn a_client_that_asks_late_gets_the_latest_value_once() {
    let hub = hub();
    let mut position = None;
    hub.next(&Subscription::all(), &mut position);
    for seq in 1..=1_000 {
        step(&hub, seq, i64::try_from(seq).unwrap());
    }
    let frame: ServerFrame =
        serde_json::from_str(&hub.next(&Subscription::all(), &mut position).unwrap().text).unwrap();
    let ServerFrame::Diff(diff) = frame else { panic!("{frame:?}") };
    assert_eq!((diff.from, diff.seq, diff.metrics.len()), (0, 1_000, 1));
    assert!(hub.next(&Subscription::all(), &mut position).is_none());
    assert_eq!(hub.shared().frames.len(), 1, "frames of older states are gone");
}

#[test]
fn a_status_is_said_once() {
    let hub = hub();
    let mut seen = 0;
    assert!(hub.status(&mut seen).is_some());
    assert!(hub.status(&mut seen).is_none());
    hub.set_redis(RedisState::Off);
    assert!(hub.status(&mut seen).is_none(), "no news");
    hub.set_redis(RedisState::Degraded);
    assert!(hub.status(&mut seen).unwrap().contains("degraded"));
}
