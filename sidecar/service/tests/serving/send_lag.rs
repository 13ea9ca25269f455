//! How long frames take from published to the client's socket, as the sidecar measures it itself.

use std::time::Instant;

use vigil_sidecar::own::Own;
use vigil_wire::ServerFrame;

use crate::client::{Client, signed_in};
use crate::rig::{Rig, start};

/// The answer comes after everything that was said before, and after the notes taken of that.
async fn answered(client: &mut Client) {
    client.say(r#"{"type":"ping","n":1}"#).await;
    while !matches!(client.next().await, ServerFrame::Pong { .. }) {}
}

async fn subscribed(rig: &Rig, more: &str) -> Client {
    let mut client = signed_in(rig).await;
    client.say(format!(r#"{{"type":"subscribe","board":"b"{more}}}"#)).await;
    client.snapshot().await;
    answered(&mut client).await;
    client
}

#[tokio::test]
async fn what_is_sent_because_it_is_new_is_measured_and_nothing_else() {
    let own = Own::default();
    let rig = start(|config| config.own = own.clone()).await;
    let p99 = || own.send_lag().p99_ms(Instant::now());
    rig.set(0, 1).await;
    let mut client = subscribed(&rig, "").await;
    assert_eq!(p99(), None, "a first snapshot was published long ago and is not late");

    let published = Instant::now();
    rig.set(0, 2).await;
    client.diff().await;
    answered(&mut client).await;
    let elapsed_ms = published.elapsed().as_secs_f64() * 1_000.0;
    let lag = p99().unwrap();
    assert!(lag > 0.0 && lag <= elapsed_ms * 1.07, "{lag} ms of {elapsed_ms} ms");
}

#[tokio::test]
async fn a_client_that_asked_for_fewer_frames_is_not_sent_them_late() {
    let own = Own::default();
    let rig = start(|config| config.own = own.clone()).await;
    let mut client = subscribed(&rig, r#","max_rate_hz":1"#).await;
    let begun = Instant::now();
    for n in 0..3 {
        rig.set(0, n).await;
        client.diff().await;
    }
    answered(&mut client).await;
    assert!(begun.elapsed().as_millis() > 1_000, "the frames were held back");
    let lag = own.send_lag().p99_ms(Instant::now()).unwrap();
    assert!(lag < 900.0, "{lag} ms: holding back is not lag");
}
