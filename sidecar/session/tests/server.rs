//! What the sidecar's side answers, and when it ends a session.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;
use vigil_session::{
    AUTH_WITHIN_MS, BAD_FRAMES_LIMIT, Catalogue, EXPIRY_WARNING_MS, Grant, Refused, Serve, ServerAction,
    ServerSession,
};
use vigil_wire::{BoardSchema, CloseCode, ErrorCode, Limits, ServerFrame};

const LIMITS: Limits = Limits { frame_bytes: 1_000, idle_ms: 60_000 };

fn board() -> BoardSchema {
    serde_json::from_str(
        r#"{"id":"b","hash":"cafe","title":{},"timezone":"UTC","headline":null,
        "promise_ms":[5000,30000,300000,900000],"labels":{},"groups":[],"panels":[],"metrics":[
        {"id":"m0","title":{},"short":null,"help":null,"unit":null,"format":{"kind":"text"},"tier":"critical",
         "class":"public","good":"none","hidden":false,"labels":null,"by":[],"of":null,"second":null,
         "share":false,"statistic":null},
        {"id":"m1","title":{},"short":null,"help":null,"unit":null,"format":{"kind":"text"},"tier":"critical",
         "class":"public","good":"none","hidden":false,"labels":null,"by":[],"of":null,"second":null,
         "share":false,"statistic":null}]}"#,
    )
    .unwrap()
}

fn new() -> ServerSession {
    ServerSession::new(0, LIMITS, Arc::new(Catalogue::of([&board()])))
}

fn grant(subject: &str, expires_in_ms: u64) -> Result<Grant, Refused> {
    Ok(Grant { subject: subject.into(), expires_in_ms })
}

fn admitted(expires_in_ms: u64) -> ServerSession {
    let mut session = new();
    session.header_token("t".into());
    assert_eq!(session.verified(0, grant("ada", expires_in_ms)), [ServerAction::Welcome]);
    session
}

fn close_of(actions: &[ServerAction]) -> Option<CloseCode> {
    actions.iter().find_map(|action| match action {
        ServerAction::Close { code, .. } => Some(*code),
        _ => None,
    })
}

fn error_of(actions: &[ServerAction]) -> Option<ErrorCode> {
    actions.iter().find_map(|action| match action {
        ServerAction::Say(ServerFrame::Error(error)) => Some(error.code),
        _ => None,
    })
}

#[test]
fn nothing_is_served_before_authentication() {
    let mut session = new();
    let actions = session.text(1, r#"{"type":"subscribe","board":"b"}"#);
    assert_eq!(error_of(&actions), Some(ErrorCode::OutOfOrder));
    assert_eq!(actions.len(), 1);
    let actions = session.text(1, r#"{"type":"auth","token":"t"}"#);
    assert_eq!(actions, [ServerAction::Verify { token: "t".into() }]);
    // Pipelined behind the token that is being checked: still nothing.
    assert_eq!(
        error_of(&session.text(1, r#"{"type":"subscribe","board":"b"}"#)),
        Some(ErrorCode::OutOfOrder)
    );
    assert_eq!(session.verified(2, grant("ada", 1_000_000)), [ServerAction::Welcome]);
    assert!(session.is_in());
}

#[test]
fn a_refused_token_closes_with_its_code() {
    for (refused, code) in [
        (Refused::NotAuthenticated, CloseCode::NotAuthenticated),
        (Refused::NotAllowed, CloseCode::NotAllowed),
    ] {
        let mut session = new();
        session.text(0, r#"{"type":"auth","token":"t"}"#);
        assert_eq!(close_of(&session.verified(0, Err(refused))), Some(code));
        assert!(session.text(1, r#"{"type":"ping","n":1}"#).is_empty(), "closed is closed");
        assert_eq!(session.deadline(), None);
    }
}

#[test]
fn a_verdict_that_nobody_asked_for_lets_nobody_in() {
    let mut session = new();
    assert!(session.verified(0, grant("ada", 1_000)).is_empty());
    assert!(!session.is_in());
}

#[test]
fn a_silent_client_is_closed_when_the_time_for_a_token_is_over() {
    let mut session = new();
    assert_eq!(session.deadline(), Some(AUTH_WITHIN_MS));
    assert!(session.tick(AUTH_WITHIN_MS - 1).is_empty());
    assert_eq!(close_of(&session.tick(AUTH_WITHIN_MS)), Some(CloseCode::NotAuthenticated));
}

#[test]
fn a_token_is_warned_of_once_renewed_and_ends() {
    let mut session = admitted(200_000);
    session.heard(139_999);
    assert_eq!(session.deadline(), Some(200_000 - EXPIRY_WARNING_MS));
    let warning = ServerAction::Say(ServerFrame::TokenExpiring { in_ms: 60_000 });
    assert_eq!(session.tick(140_000), [warning]);
    assert!(session.tick(140_001).is_empty());
    session.text(141_000, r#"{"type":"auth","token":"new"}"#);
    assert!(session.verified(141_000, grant("ada", 100_000)).is_empty());
    session.heard(200_000);
    assert!(close_of(&session.tick(200_000)).is_none(), "renewed");
    session.heard(241_000);
    assert_eq!(close_of(&session.tick(241_000)), Some(CloseCode::NotAuthenticated));
}

#[test]
fn a_renewal_for_somebody_else_changes_nothing() {
    let mut session = admitted(100_000);
    session.text(1, r#"{"type":"auth","token":"other"}"#);
    assert_eq!(error_of(&session.verified(1, grant("eve", 900_000))), Some(ErrorCode::NotAllowed));
    session.text(2, r#"{"type":"auth","token":"bad"}"#);
    assert_eq!(
        error_of(&session.verified(2, Err(Refused::NotAuthenticated))),
        Some(ErrorCode::NotAuthenticated)
    );
    session.heard(100_000);
    assert_eq!(close_of(&session.tick(100_000)), Some(CloseCode::NotAuthenticated), "the first token's end");
}

#[test]
fn nothing_heard_is_idle_and_a_pong_counts() {
    let mut session = admitted(10_000_000);
    session.heard(30_000);
    assert!(close_of(&session.tick(60_000)).is_none());
    assert_eq!(close_of(&session.tick(90_000)), Some(CloseCode::Idle));
}

#[test]
fn bad_frames_are_errors_and_too_many_of_them_the_end() {
    let mut session = admitted(10_000_000);
    let secret = r#"{"type":"auth","token":["sesame"]}"#;
    for n in 1..BAD_FRAMES_LIMIT {
        let actions = if n % 2 == 0 { session.binary(1) } else { session.text(1, secret) };
        assert_eq!(error_of(&actions), Some(ErrorCode::BadFrame));
        assert!(!format!("{actions:?}").contains("sesame"));
        assert_eq!(close_of(&actions), None);
    }
    assert_eq!(close_of(&session.text(1, "}")), Some(CloseCode::BadFrames));
}

#[test]
fn a_frame_over_the_limit_is_the_end() {
    let mut session = admitted(10_000_000);
    assert_eq!(close_of(&session.text(1, &" ".repeat(1_001))), Some(CloseCode::TooLarge));
}

#[test]
fn subscriptions_are_by_name_with_a_rate() {
    let mut session = admitted(10_000_000);
    let actions = session.text(1, r#"{"type":"subscribe","board":"b","metrics":["m1"],"max_rate_hz":4}"#);
    let serve = Serve { board: "b".into(), metrics: Some(vec![1]), interval_ms: 250, from: None };
    assert_eq!(actions, [ServerAction::Serve(serve)]);
    let actions = session.text(1, r#"{"type":"resume","board":"b","epoch":"e","seq":7}"#);
    let serve = Serve { board: "b".into(), metrics: None, interval_ms: 0, from: Some(("e".into(), 7)) };
    assert_eq!(actions, [ServerAction::Serve(serve)]);
    let wrong = [
        (r#"{"type":"subscribe","board":"x"}"#, ErrorCode::UnknownBoard),
        (r#"{"type":"subscribe","board":"b","metrics":["m9"]}"#, ErrorCode::UnknownMetric),
        (r#"{"type":"subscribe","board":"b","max_rate_hz":0}"#, ErrorCode::BadFrame),
        (r#"{"type":"subscribe","board":"b","max_rate_hz":-1}"#, ErrorCode::BadFrame),
        (r#"{"type":"painted","board":"x","seq":1}"#, ErrorCode::UnknownBoard),
    ];
    for (text, code) in wrong {
        assert_eq!(error_of(&session.text(1, text)), Some(code), "{text}");
    }
}

proptest! {
    /// Whatever comes, an unauthenticated client is never served.
    #[test]
    fn garbage_never_lets_in(texts in proptest::collection::vec(".{0,40}|\\{\"type\":\"[a-z]{3,9}\".{0,20}\\}", 0..20)) {
        let mut session = new();
        for (at, text) in (0..).zip(texts) {
            for action in session.text(at, &text) {
                let served = matches!(action, ServerAction::Serve(_) | ServerAction::Welcome | ServerAction::Pong { .. });
                prop_assert!(!served);
            }
        }
    }
}
