//! Who is not let in, and what bad input does.

use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;
use vigil_wire::{ErrorCode, ServerFrame, SourceState};

use crate::client::{dial, open, signed_in};
use crate::rig::{start, token};

const SUBSCRIBE: &str = r#"{"type":"subscribe","board":"b"}"#;

fn auth(token: &str) -> String {
    format!(r#"{{"type":"auth","token":"{token}"}}"#)
}

#[tokio::test]
async fn tokens_that_do_not_let_in_close_with_their_code() {
    let rig = start(|_| ()).await;
    for (token, code) in [("nonsense".to_owned(), 4401), (token("clerk", 60), 4403)] {
        let mut first_frame = open(&rig).await;
        first_frame.say(auth(&token)).await;
        assert_eq!(first_frame.code().await, code);
        let mut header = dial(&rig, "/ws", &[("authorization", format!("Bearer {token}"))]).await.unwrap();
        assert_eq!(header.code().await, code);
    }
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let rig = start(|_| ()).await;
    let mut client = open(&rig).await;
    client.say(auth(&token("admin", 2))).await;
    assert!(matches!(client.next().await, ServerFrame::Hello(_)));
    assert!(matches!(client.state().await, ServerFrame::TokenExpiring { in_ms } if in_ms <= 2_000));
    assert_eq!(client.code().await, 4401);
}

#[tokio::test]
async fn nothing_is_served_before_a_token_and_the_session_can_go_on() {
    let rig = start(|_| ()).await;
    let mut client = open(&rig).await;
    client.say(SUBSCRIBE).await;
    assert!(matches!(client.next().await, ServerFrame::Error(e) if e.code == ErrorCode::OutOfOrder));
    client.say(auth(&token("admin", 600))).await;
    assert!(matches!(client.next().await, ServerFrame::Hello(_)));
    client.say(SUBSCRIBE).await;
    client.snapshot().await;
}

#[tokio::test]
async fn garbage_is_an_error_and_then_the_end_and_others_are_unharmed() {
    let rig = start(|_| ()).await;
    let mut other = signed_in(&rig).await;
    other.say(SUBSCRIBE).await;
    other.snapshot().await;

    let mut client = signed_in(&rig).await;
    for _ in 0..8 {
        client.say("{").await;
    }
    assert_eq!(client.code().await, 4400);

    let mut huge = signed_in(&rig).await;
    huge.say(format!(r#"{{"type":"auth","token":"{}"}}"#, "x".repeat(300_000))).await;
    assert_eq!(huge.code().await, 4413);

    let mut binary = signed_in(&rig).await;
    binary.0.send(Message::binary(vec![0_u8; 10])).await.unwrap();
    assert!(matches!(binary.state().await, ServerFrame::Error(e) if e.code == ErrorCode::BadFrame));

    rig.set(0, 1).await;
    assert_eq!(other.diff().await.seq, 1);
}

#[tokio::test]
async fn handshakes_that_are_wrong_are_refused_with_a_sentence() {
    let rig = start(|config| config.allowed_origins = vec!["https://ok.example".into()]).await;
    let with = |name: &'static str, value: &str| [(name, value.to_owned())];
    assert_eq!(dial(&rig, "/ws?token=abc", &[]).await.err(), Some(400));
    assert_eq!(dial(&rig, "/ws", &with("origin", "https://evil.example")).await.err(), Some(403));
    assert!(dial(&rig, "/ws", &with("origin", "https://ok.example")).await.is_ok());
    assert!(dial(&rig, "/ws", &with("sec-websocket-protocol", "vigil.v1")).await.is_ok());
    let answer = rig.http("GET /ws HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 426") && answer.contains("ws://"), "{answer}");
    let answer = rig.http("GET /ws?token=sesame HTTP/1.1").await;
    assert!(answer.contains("Authorization header") && !answer.contains("sesame"), "{answer}");
}

#[tokio::test]
async fn one_too_many_is_told_so() {
    let rig = start(|config| config.max_clients = 1).await;
    let first = signed_in(&rig).await;
    assert_eq!(open(&rig).await.code().await, 4529);
    drop(first);
    let mut open_sockets = rig.publisher.clients();
    drop(open_sockets.wait_for(|open| *open == 0).await.unwrap());
    signed_in(&rig).await;
}

#[tokio::test]
async fn probes_say_how_the_parts_are() {
    let rig = start(|_| ()).await;
    assert!(rig.http("GET /livez HTTP/1.1").await.starts_with("HTTP/1.1 200"));
    let answer = rig.http("GET /readyz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("starting"), "{answer}");
    rig.source.send_replace(SourceState::Live);
    assert!(rig.http("GET /readyz HTTP/1.1").await.starts_with("HTTP/1.1 200"));
    rig.set(0, 1).await;
    let answer = rig.http("GET /metrics HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\nvigil_clients "), "{answer}");
    let proxied = rig.http("GET /metrics HTTP/1.1\r\nX-Forwarded-For: 10.0.0.9").await;
    assert!(proxied.starts_with("HTTP/1.1 401"), "{proxied}");
    let bearer = format!(
        "GET /metrics HTTP/1.1\r\nX-Forwarded-For: 10.0.0.9\r\nAuthorization: Bearer {}",
        token("admin", 60)
    );
    assert!(rig.http(&bearer).await.starts_with("HTTP/1.1 200"));
    let nothing = rig.http("GET /nothing HTTP/1.1").await;
    assert!(nothing.starts_with("HTTP/1.1 404") && nothing.contains("\"error\""), "{nothing}");
}

#[tokio::test]
async fn clients_are_told_when_the_server_stops() {
    let rig = start(|_| ()).await;
    let mut client = signed_in(&rig).await;
    let stopping = tokio::spawn(rig.serving.shutdown());
    assert_eq!(client.code().await, 4503);
    stopping.await.unwrap();
}
