//! Snapshots, diffs, resuming, and clients that do not read.

use std::time::Duration;

use vigil_publish::full_patch;
use vigil_sidecar::publisher::Publication;
use vigil_wire::{GroupPatch, MetricPatch, MetricState, ServerFrame, Tier, Value};

use crate::client::{session, signed_in};
use crate::rig::start;

#[tokio::test]
async fn resume_within_the_window_is_a_diff_and_beyond_it_a_snapshot() {
    let rig = start(|config| config.replay_seqs = 3).await;
    let mut watcher = signed_in(&rig).await;
    watcher.say(r#"{"type":"subscribe","board":"b"}"#).await;
    watcher.snapshot().await;
    rig.set(0, 1).await;
    let first = watcher.diff().await;
    rig.set(0, 2).await;
    rig.set(1, 3).await;
    while watcher.diff().await.seq < 3 {}

    let resume = format!(r#"{{"type":"resume","board":"b","epoch":"{}","seq":1}}"#, first.epoch);
    let mut client = signed_in(&rig).await;
    client.say(&resume).await;
    let diff = client.diff().await;
    assert_eq!((diff.from, diff.seq, diff.metrics.len()), (1, 3, 2));

    for seq in 4..=7 {
        rig.set(0, 10 + i64::try_from(seq).unwrap()).await;
        // One by one: a client that fell behind the window would get a snapshot itself.
        assert_eq!(client.diff().await.seq, seq);
    }
    let mut late = signed_in(&rig).await;
    late.say(&resume).await;
    assert_eq!(late.snapshot().await.seq, 7);
}

#[tokio::test]
async fn a_client_that_never_reads_harms_nobody_and_ends_consistent() {
    let rig = start(|_| ()).await;
    let mut sleeper = signed_in(&rig).await;
    sleeper.say(r#"{"type":"subscribe","board":"b"}"#).await;
    let mut reader = signed_in(&rig).await;
    reader.say(r#"{"type":"subscribe","board":"b"}"#).await;
    reader.snapshot().await;
    // 200 states of some 100 kB each: far more than a socket buffers.
    let groups = |n: i64| {
        (0..2_000).map(move |key| GroupPatch(0, format!("\"group number {key:032}\""), Value::Int(n)))
    };
    for n in 1..=200 {
        let patches =
            vec![MetricPatch { i: 0, v: Some(Value::Int(n)), g: groups(n).collect(), gone: vec![] }];
        rig.publisher.publish(Publication { patches, ..Publication::default() }).await;
        while reader.diff().await.seq < u64::try_from(n).unwrap() {}
    }
    // Now it wakes: what TCP held, then one diff to the newest.
    let (mut frames, mut seq) = (0, 0);
    while seq < 200 {
        match sleeper.state().await {
            ServerFrame::Snapshot(s) => seq = s.seq,
            ServerFrame::Diff(d) => {
                assert!(d.from <= seq && seq < d.seq, "{} in [{}, {})", seq, d.from, d.seq);
                seq = d.seq;
            }
            other => panic!("{other:?}"),
        }
        frames += 1;
    }
    assert!(frames < 150, "conflated: {frames}");
    // A fresh client's state is the reader's.
    let mut fresh = signed_in(&rig).await;
    fresh.say(r#"{"type":"subscribe","board":"b"}"#).await;
    let snapshot = fresh.snapshot().await;
    assert_eq!(snapshot.metrics[0].v, Some(Value::Int(200)));
    assert_eq!(snapshot.metrics[0].g.len(), 2_000);
}

#[tokio::test]
async fn a_rate_conflates_and_narrow_sets_hear_only_theirs() {
    let rig = start(|_| ()).await;
    let mut slow = signed_in(&rig).await;
    slow.say(r#"{"type":"subscribe","board":"b","metrics":["inner"],"max_rate_hz":10}"#).await;
    slow.snapshot().await;
    let mut probe = signed_in(&rig).await;
    probe.say(r#"{"type":"subscribe","board":"b"}"#).await;
    probe.snapshot().await;
    for n in 1..=50 {
        rig.set(0, n).await;
        rig.set(1, n).await;
    }
    let (mut seq, mut frames) = (0, 0);
    while seq < 100 {
        let diff = slow.diff().await;
        assert!(diff.metrics.iter().all(|patch| patch.i == 1), "{diff:?}");
        seq = diff.seq;
        frames += 1;
    }
    assert!(frames <= 10, "{frames}");
}

#[tokio::test]
async fn a_whole_state_is_published_as_its_difference_and_confirmations_follow() {
    let rig = start(|_| ()).await;
    let mut client = signed_in(&rig).await;
    client.say(r#"{"type":"subscribe","board":"b"}"#).await;
    client.snapshot().await;
    let state = |n: i64, keys: &[&str]| MetricState {
        total: Value::Int(n),
        groups: keys.iter().map(|key| ((0, (*key).to_owned()), Value::Int(1))).collect(),
    };
    let whole = vec![state(1, &["a", "b"]), state(2, &[]), state(3, &[])];
    rig.publisher.publish(Publication { whole: Some(whole.clone()), ..Publication::default() }).await;
    assert_eq!(client.diff().await.metrics.len(), 3);
    let mut next = whole.clone();
    next[0] = state(1, &["b", "c"]);
    rig.publisher.publish(Publication { whole: Some(next.clone()), ..Publication::default() }).await;
    let diff = client.diff().await;
    let expected = MetricPatch { v: None, gone: vec![(0, "a".into())], ..full_patch(0, &state(1, &["c"])) };
    assert_eq!(diff.metrics, [expected]);
    let confirmed = vec![(Tier::Critical, 4_711)];
    rig.publisher.publish(Publication { whole: Some(next), confirmed, ..Publication::default() }).await;
    loop {
        if let ServerFrame::Confirmed(frame) = client.next().await {
            assert_eq!((frame.seq, frame.confirmed[&Tier::Critical]), (2, 4_711));
            break;
        }
    }
}

#[tokio::test]
async fn both_ends_of_the_session_crate_understand_each_other() {
    let rig = start(|_| ()).await;
    let mut client = signed_in(&rig).await;
    let mut session = session();
    // `hello` was read by signing in; another one from a fresh connection is the same.
    drop(client);
    let headers = [("authorization", format!("Bearer {}", crate::rig::token("admin", 60)))];
    client = crate::client::dial(&rig, "/ws", &headers).await.unwrap();
    client.run(&mut session, |session| session.replica().name().is_some()).await;
    rig.set(2, 9).await;
    client.run(&mut session, |session| session.replica().metrics()[2].total == Value::Int(9)).await;
    assert!(session.clock_offset_ms().is_some());
    tokio::time::timeout(
        Duration::from_secs(15),
        client.run(&mut session, |s| s.replica().status().is_some()),
    )
    .await
    .unwrap();
}
