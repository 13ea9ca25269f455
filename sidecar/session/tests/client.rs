//! A client's decisions: closing codes, waiting, silence, clocks.
#![allow(clippy::unwrap_used)]

use vigil_session::{
    Backoff, ClientEvent, ClientOutput, ClientSession, Ending, Moment, NextMove, PING_EVERY_MS, SILENCE_MS,
    Wanted,
};
use vigil_wire::{ClientFrame, CloseCode, Hello, Limits, ServerFrame};

fn at(elapsed_ms: u64) -> Moment {
    // This computer's clock is an hour slow.
    Moment { elapsed_ms, wall_ms: 1_000_000_000 + i64::try_from(elapsed_ms).unwrap() }
}

fn hello() -> ServerFrame {
    let board = r#"{"id":"b","hash":"cafe","title":{},"timezone":"UTC","headline":null,
        "promise_ms":[5000,30000,300000,900000],"labels":{},"groups":[],"panels":[],"metrics":[]}"#;
    ServerFrame::Hello(Hello {
        protocol: vigil_wire::PROTOCOL,
        server: "1".into(),
        session: "s".into(),
        now: 1_003_600_000,
        boards: vec![serde_json::from_str(board).unwrap()],
        limits: Limits { frame_bytes: 65_536, idle_ms: 60_000 },
    })
}

fn inside() -> ClientSession {
    let mut session = ClientSession::new(Wanted::default());
    assert!(session.opened(at(0), None).is_empty(), "the header had the token");
    session.frame(at(10), hello());
    session
}

#[test]
fn the_token_is_said_first_and_the_board_after_hello() {
    let mut session = ClientSession::new(Wanted { max_rate_hz: Some(2.0), ..Wanted::default() });
    let auth = ClientFrame::Auth { token: "t".into() };
    assert_eq!(session.opened(at(0), Some("t".into())), [ClientOutput::Send(auth)]);
    let outputs = session.frame(at(10), hello());
    let subscribe = ClientFrame::Subscribe { board: "b".into(), metrics: None, max_rate_hz: Some(2.0) };
    assert_eq!(outputs.first(), Some(&ClientOutput::Event(ClientEvent::Hello { new_board: true })));
    assert_eq!(outputs.last(), Some(&ClientOutput::Send(subscribe)));
}

#[test]
fn the_clock_offset_counts_half_the_round_trip() {
    let mut session = inside();
    // Opened at 0, hello at 10: the server's clock was read 5 ms ago.
    assert_eq!(session.clock_offset_ms(), Some(1_003_600_000 + 5 - 1_000_000_010));
    let ping = session.tick(at(20)).pop();
    let Some(ClientOutput::Send(ClientFrame::Ping { n })) = ping else { panic!("no ping: {ping:?}") };
    session.frame(at(60), ServerFrame::Pong { n, now: 1_003_600_100 });
    assert_eq!(session.clock_offset_ms(), Some(1_003_600_100 + 20 - 1_000_000_060));
    session.frame(at(70), ServerFrame::Pong { n, now: 0 });
    assert_eq!(session.clock_offset_ms(), Some(1_003_600_100 + 20 - 1_000_000_060), "answered once");
}

#[test]
fn closing_codes_decide_whether_to_come_back() {
    let mut session = inside();
    for code in [CloseCode::NotAuthenticated, CloseCode::NotAllowed, CloseCode::Replaced, CloseCode::TooLarge]
    {
        assert_eq!(session.ended(Ending::Closed(code.code()), 0), NextMove::Stop { code: code.code() });
    }
    for code in [CloseCode::ShuttingDown, CloseCode::TooMany, CloseCode::Idle] {
        assert!(matches!(session.ended(Ending::Closed(code.code()), 0), NextMove::Retry { .. }));
    }
}

#[test]
fn waits_grow_to_a_limit_are_spread_and_start_over() {
    let mut backoff = Backoff::new();
    let longest: Vec<u64> = (0..9).map(|_| backoff.next_ms(u64::MAX - 1)).collect();
    assert!(
        longest.iter().all(|ms| (Backoff::SHORTEST_MS..=Backoff::LONGEST_MS).contains(ms)),
        "{longest:?}"
    );
    let spread: std::collections::BTreeSet<u64> =
        (0..1_000).map(|n| backoff.clone().next_ms(n * 31)).collect();
    assert!(spread.len() > 500, "jitter spreads");
    backoff.reset();
    assert!(backoff.next_ms(u64::MAX) <= Backoff::FIRST_MS);
}

#[test]
fn a_silent_server_is_given_up_and_pings_are_regular() {
    let mut session = inside();
    assert!(session.tick(at(20)).iter().any(|o| matches!(o, ClientOutput::Send(ClientFrame::Ping { .. }))));
    assert!(session.tick(at(21)).is_empty());
    assert!(!session.tick(at(20 + PING_EVERY_MS)).is_empty());
    assert!(matches!(session.tick(at(10 + SILENCE_MS))[..], [ClientOutput::Abandon { .. }]));
}

#[test]
fn another_protocol_is_not_spoken() {
    let mut session = ClientSession::new(Wanted::default());
    session.opened(at(0), None);
    let ServerFrame::Hello(mut other) = hello() else { unreachable!() };
    other.protocol += 1;
    assert!(matches!(session.frame(at(1), ServerFrame::Hello(other))[..], [ClientOutput::Abandon { .. }]));
    assert!(!session.is_in());
}
