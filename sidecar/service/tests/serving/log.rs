//! Redis as the log: written first, within a bound, and never needed.

use std::time::{Duration, Instant};

use redis::Commands;
use vigil_wire::{RedisState, ServerFrame};

use crate::client::{Client, signed_in};
use crate::rig::{Redis, Rig, quick, start};

const DIFFS: &str = "vigil:{b}:diffs";
const SNAPSHOT: &str = "vigil:{b}:snapshot";
const LEADER: &str = "vigil:{b}:leader";

async fn with(redis: &Redis) -> Rig {
    let url = redis.url();
    start(move |config| {
        config.redis = Some(vigil_sidecar::config::Redis::at(url));
        config.log = quick();
    })
    .await
}

async fn subscribed(rig: &Rig) -> Client {
    let mut client = signed_in(rig).await;
    client.say(r#"{"type":"subscribe","board":"b"}"#).await;
    client.snapshot().await;
    client
}

/// The next diff, and the epoch that a new name before it announced.
async fn diff_to(client: &mut Client, seq: u64) -> (u64, Option<String>) {
    let mut renamed = None;
    loop {
        match client.state().await {
            ServerFrame::Epoch(change) => renamed = Some(change.epoch),
            ServerFrame::Diff(diff) if diff.seq == seq => return (diff.from, renamed),
            ServerFrame::Diff(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn last_id(redis: &Redis) -> String {
    let entries: Vec<redis::Value> = redis::cmd("XREVRANGE")
        .arg(DIFFS)
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1)
        .query(&mut redis.connection())
        .unwrap();
    let (id, _): (String, redis::Value) =
        redis::from_redis_value(entries.into_iter().next().unwrap()).unwrap();
    id
}

#[tokio::test]
async fn a_state_is_in_redis_before_any_client_has_it() {
    let redis = Redis::start();
    let rig = with(&redis).await;
    rig.redis_is(RedisState::Live).await;
    let mut client = subscribed(&rig).await;
    for n in 1..=20_u64 {
        for metric in 0..3 {
            rig.set(metric, i64::try_from(n).unwrap()).await;
        }
        diff_to(&mut client, n * 3).await;
        // At once, unless this machine was too busy for the bound: then the log opens with the whole state.
        rig.redis_is(RedisState::Live).await;
        let id = last_id(&redis);
        let seq: u64 = id.split('-').nth(1).unwrap().parse().unwrap();
        assert!(seq >= n * 3, "{id}");
    }
    let mut fields: Vec<String> = redis.connection().hkeys(SNAPSHOT).unwrap();
    fields.sort();
    assert_eq!(fields, ["@board", "inner", "open"], "never a sensitive one");
    let open: String = redis.connection().hget(SNAPSHOT, "open").unwrap();
    assert!(open.contains(r#""value":20"#), "{open}");
    let lives: i64 = redis.connection().pttl(SNAPSHOT).unwrap();
    assert!(lives > 0);
}

#[tokio::test]
async fn redis_killed_and_restarted_empty_is_degraded_and_then_live() {
    let mut redis = Redis::start();
    let rig = with(&redis).await;
    rig.redis_is(RedisState::Live).await;
    let mut client = subscribed(&rig).await;
    rig.set(0, 1).await;
    diff_to(&mut client, 1).await;
    redis.kill();
    rig.set(0, 2).await;
    // The lease's renewal may have noticed first; the client goes on under the new name either way.
    assert_eq!(diff_to(&mut client, 2).await.0, 1);
    rig.redis_is(RedisState::Degraded).await;
    rig.set(0, 3).await;
    diff_to(&mut client, 3).await;
    redis.restart();
    rig.redis_is(RedisState::Live).await;
    rig.set(0, 4).await;
    diff_to(&mut client, 4).await;
    assert!(last_id(&redis).ends_with("-4"));
}

#[tokio::test]
async fn redis_missing_at_the_start_only_degrades() {
    let mut redis = Redis::start();
    redis.kill();
    let rig = with(&redis).await;
    let mut client = subscribed(&rig).await;
    rig.set(0, 1).await;
    diff_to(&mut client, 1).await;
    rig.redis_is(RedisState::Degraded).await;
    redis.restart();
    rig.redis_is(RedisState::Live).await;
    assert!(last_id(&redis).ends_with("-1"), "the log opens with the whole state");
}

#[tokio::test]
async fn a_frozen_redis_delays_no_frame_beyond_the_bound() {
    let redis = Redis::start();
    let rig = with(&redis).await;
    rig.redis_is(RedisState::Live).await;
    let mut client = subscribed(&rig).await;
    redis.signal(19);
    let started = Instant::now();
    rig.set(0, 1).await;
    let (_, renamed) = diff_to(&mut client, 1).await;
    // 50 ms are the bound; the rest is this machine's, which other tests share.
    let took = started.elapsed();
    assert!(took < Duration::from_millis(500), "{took:?}");
    assert!(renamed.is_some(), "an epoch of its own");
    let started = Instant::now();
    rig.set(0, 2).await;
    diff_to(&mut client, 2).await;
    assert!(started.elapsed() < Duration::from_millis(500), "the second does not even ask");
    redis.signal(18);
    rig.redis_is(RedisState::Live).await;
    assert!(last_id(&redis).ends_with("-2"));
}

#[tokio::test]
async fn a_log_that_somebody_else_wrote_to_starts_a_new_epoch() {
    let redis = Redis::start();
    let rig = with(&redis).await;
    rig.redis_is(RedisState::Live).await;
    let mut client = subscribed(&rig).await;
    rig.set(0, 1).await;
    diff_to(&mut client, 1).await;
    let number: u64 = last_id(&redis).split('-').next().unwrap().parse().unwrap();
    let foreign = format!("{}-7", number + 1);
    let _: String = redis::cmd("XADD")
        .arg(DIFFS)
        .arg(&foreign)
        .arg("entry")
        .arg("{}")
        .query(&mut redis.connection())
        .unwrap();
    rig.set(0, 2).await;
    let (_, renamed) = diff_to(&mut client, 2).await;
    assert!(renamed.is_some(), "DIVERGED");
    // It was degraded before the client heard of the step; healing is a task of its own.
    rig.redis_is(RedisState::Live).await;
    let after: u64 = last_id(&redis).split('-').next().unwrap().parse().unwrap();
    assert!(after > number + 1, "{after}");
}

#[tokio::test]
async fn a_stolen_lease_fences_and_a_stopped_sidecar_gives_it_back() {
    let redis = Redis::start();
    let rig = with(&redis).await;
    rig.redis_is(RedisState::Live).await;
    let mut client = subscribed(&rig).await;
    let _: i64 = redis.connection().hset(LEADER, "nonce", "a thief's").unwrap();
    let before = last_id(&redis);
    rig.set(0, 1).await;
    assert!(diff_to(&mut client, 1).await.1.is_some(), "FENCED");
    assert_eq!(last_id(&redis), before, "nothing was written");
    // The thief does not renew.
    rig.redis_is(RedisState::Live).await;
    rig.serving.shutdown().await;
    let held: bool = redis.connection().exists(LEADER).unwrap();
    assert!(!held);
}
