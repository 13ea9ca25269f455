//! The whole core, from settings and keyring to what a window shows, in virtual time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::http::StatusCode;
use vigil_app::controller::{Controller, Environment, Handle, handle};
use vigil_app::link::{Dial, Network};
use vigil_app::secrets::{NoToken, Token, TokenStore};
use vigil_app::server::ServerAddress;
use vigil_app::settings::Settings;
use vigil_app::view::FRAME;
use vigil_wire::*;

use crate::fake_server::{Client, FakeServer, Way};
use crate::fake_window::{FakeShell, FakeWindow};

/// MongoDB's clock is this far ahead of the workstation's.
const OFFSET_MS: i64 = 90_000;
const WALL: Millis = 1_800_000_000_000;

/// A keyring in memory.
struct Memory(Mutex<Result<Token, NoToken>>);

impl Memory {
    fn set(&self, answer: Result<&str, NoToken>) {
        *self.0.lock().unwrap() = answer.map(|text| Token::new(text).unwrap());
    }
}

impl TokenStore for Memory {
    fn read(&self, _: &ServerAddress) -> Result<Token, NoToken> {
        self.0.lock().unwrap().clone()
    }
    fn write(&self, _: &ServerAddress, _: &Token) -> Result<(), NoToken> {
        unreachable!("the app only reads")
    }
    fn remove(&self, _: &ServerAddress) -> Result<bool, NoToken> {
        unreachable!("the app only reads")
    }
}

/// A running core, with everything around it.
struct App {
    handle: Handle<FakeShell>,
    window: FakeWindow,
    tokens: Arc<Memory>,
    settings: Settings,
    _folder: tempfile::TempDir,
}

impl App {
    async fn start(dial: Arc<dyn Dial>, server: Option<&str>, token: Result<&str, NoToken>) -> App {
        let tokens = Arc::new(Memory(Mutex::new(Err(NoToken::None))));
        tokens.set(token);
        App { tokens: tokens.clone(), ..App::with_keyring(dial, server, tokens).await }
    }

    async fn with_keyring(dial: Arc<dyn Dial>, server: Option<&str>, keyring: Arc<dyn TokenStore>) -> App {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path(), None);
        if let Some(server) = server {
            settings.set_server(Some(&ServerAddress::parse(server).unwrap())).unwrap();
        }
        let environment = Environment {
            settings: settings.clone(),
            tokens: keyring,
            dial,
            wall_clock: || WALL,
            random: || 399,
        };
        let (handle, inbox) = handle();
        tokio::spawn(Controller::new(FakeShell, environment, inbox).run());
        let (window, screen) = FakeWindow::new();
        handle.attach(screen).await;
        let tokens = Arc::new(Memory(Mutex::new(Err(NoToken::None))));
        App { handle, window, tokens, settings, _folder: folder }
    }

    async fn with_server(token: Result<&str, NoToken>) -> (App, FakeServer, Arc<Way>) {
        let (server, way) = FakeServer::in_memory();
        let app = App::start(way.clone(), Some(SERVER), token).await;
        (app, server, way)
    }

    async fn reload(&mut self) {
        let (window, screen) = FakeWindow::new();
        self.window = window;
        self.handle.attach(screen).await;
    }
}

const SERVER: &str = "ws://127.0.0.1:7410";

fn text(words: &str) -> LocalText {
    LocalText(BTreeMap::from([(String::new(), words.to_owned())]))
}

fn metric(id: &str) -> MetricSchema {
    MetricSchema {
        id: id.to_owned(),
        title: text(id),
        short: None,
        help: None,
        unit: None,
        format: Format::Number { decimals: 0 },
        tier: Tier::Critical,
        class: Class::Internal,
        good: Good::None,
        hidden: false,
        labels: None,
        by: vec![BreakdownSchema { name: "kind".to_owned(), labels: None, names: None, unit: None }],
        of: None,
        second: None,
        share: false,
        statistic: None,
    }
}

fn hello() -> ServerFrame {
    ServerFrame::Hello(Hello {
        protocol: PROTOCOL,
        server: "0.1.0".to_owned(),
        session: "s".to_owned(),
        now: WALL + OFFSET_MS,
        boards: vec![BoardSchema {
            id: "board".to_owned(),
            hash: "00".to_owned(),
            title: text("Board"),
            timezone: "UTC".to_owned(),
            headline: None,
            promise_ms: [5_000, 30_000, 300_000, 900_000],
            labels: BTreeMap::new(),
            groups: Vec::new(),
            panels: Vec::new(),
            metrics: vec![metric("first"), metric("second")],
        }],
        limits: Limits { frame_bytes: 65_536, idle_ms: 60_000 },
    })
}

fn total(i: u32, n: i64) -> MetricPatch {
    MetricPatch { i, v: Some(Value::Int(n)), g: Vec::new(), gone: Vec::new() }
}

fn snapshot(seq: u64, metrics: Vec<MetricPatch>) -> ServerFrame {
    let as_of = BTreeMap::from([(Tier::Critical, AsOf { t: ClusterTime::new(1, 1), now: WALL })]);
    let confirmed = BTreeMap::from([(Tier::Critical, WALL)]);
    ServerFrame::Snapshot(Snapshot {
        board: "board".to_owned(),
        epoch: "e".to_owned(),
        seq,
        as_of,
        confirmed,
        metrics,
    })
}

fn diff(from: u64, seq: u64, metrics: Vec<MetricPatch>) -> ServerFrame {
    ServerFrame::Diff(Diff {
        board: "board".to_owned(),
        epoch: "e".to_owned(),
        from,
        seq,
        as_of: BTreeMap::new(),
        confirmed: BTreeMap::from([(Tier::Critical, WALL + seq as i64)]),
        metrics,
    })
}

/// Lets the next client in and gives it a first state.
async fn welcome(server: &mut FakeServer) -> Client {
    let mut client = server.accept().await;
    client.say(&hello()).await;
    assert!(matches!(client.hear().await, ClientFrame::Subscribe { board, .. } if board == "board"));
    client.say(&snapshot(10, vec![total(0, 3), total(1, 14)])).await;
    client
}

/// The window's next connection state that this picks.
async fn connection<T>(app: &mut App, pick: impl Fn(&Connection) -> Option<T>) -> T {
    let shown = app.window.until(|shown| shown.connection.as_ref().is_some_and(|c| pick(c).is_some())).await;
    shown.connection.as_ref().and_then(pick).unwrap()
}

fn waiting(connection: &Connection) -> Option<(String, Millis)> {
    match connection {
        Connection::Waiting { message, retry_at, .. } => Some((message.clone(), *retry_at)),
        _ => None,
    }
}

fn signed_out(connection: &Connection) -> Option<(SignedOutReason, String)> {
    match connection {
        Connection::SignedOut { reason, message, .. } => Some((*reason, message.clone())),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_state_and_a_change_reach_the_window() {
    let (mut app, mut server, _) = App::with_server(Ok("a.b.c")).await;
    let mut client = welcome(&mut server).await;
    assert_eq!(client.authorization, "Bearer a.b.c");

    let shown = app.window.until(|shown| shown.seq == Some(10)).await;
    assert!(shown.is_online());
    assert_eq!((shown.total(0), shown.total(1)), (Some(&Value::Int(3)), Some(&Value::Int(14))));
    assert_eq!(shown.schema.as_ref().map(|s| s.metrics.len()), Some(2));
    assert_eq!(shown.clock_offset_ms, Some(OFFSET_MS));
    assert_eq!(shown.confirmed[&Tier::Critical], WALL);

    client.say(&diff(10, 11, vec![total(0, 4)])).await;
    let batch = app.window.next().await;
    assert!(!batch.reset);
    assert_eq!(batch.metrics, vec![total(0, 4)], "only what changed");
    assert_eq!((batch.seq, batch.schema.is_none()), (Some(11), true));

    app.handle.painted(11).await;
    assert_eq!(client.hear().await, ClientFrame::Painted { board: "board".to_owned(), seq: 11 });
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_and_a_status_reach_the_window_without_values() {
    let (mut app, mut server, _) = App::with_server(Ok("a.b.c")).await;
    let mut client = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;

    let later = WALL + 5_000;
    client
        .say(&ServerFrame::Confirmed(Confirmed {
            board: "board".to_owned(),
            epoch: "e".to_owned(),
            from: 10,
            seq: 12,
            confirmed: BTreeMap::from([(Tier::Critical, later)]),
        }))
        .await;
    let batch = app.window.next().await;
    assert_eq!((batch.confirmed.get(&Tier::Critical), batch.seq), (Some(&later), Some(12)));
    assert!(batch.metrics.is_empty() && !batch.reset);

    let source = SourceStatus {
        state: SourceState::Down,
        since: WALL,
        lag_ms: 7,
        retry_in_ms: Some(500),
        clock_offset_ms: 0,
    };
    let status = Status { board: "board".to_owned(), source, redis: RedisState::Degraded };
    client.say(&ServerFrame::Status(status.clone())).await;
    assert_eq!(app.window.next().await.status, Some(status));
}

#[tokio::test]
async fn the_same_over_real_sockets() {
    let (mut server, address) = FakeServer::on_loopback().await;
    let mut app = App::start(Arc::new(Network), Some(address.as_str()), Ok("a.b.c")).await;
    let mut client = welcome(&mut server).await;
    client.say(&diff(10, 11, vec![total(0, 4)])).await;
    let shown = app.window.until(|shown| shown.seq == Some(11)).await;
    assert_eq!(shown.total(0), Some(&Value::Int(4)));
    app.handle.stop().await;
    while let Some(frame) = client.hear_any().await {
        assert!(matches!(frame, ClientFrame::Ping { .. }), "{frame:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_and_comes_is_resumed_without_a_snapshot() {
    let (mut app, mut server, way) = App::with_server(Ok("a.b.c")).await;
    let client = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;
    let resets = app.window.shown.resets;

    way.set_open(false);
    client.cut();
    let (message, retry_at) = connection(&mut app, waiting).await;
    assert!(message.ends_with('.') && retry_at > WALL, "{message} {retry_at}");
    assert_eq!(app.window.shown.total(0), Some(&Value::Int(3)), "the last values stay");

    // Tries go on; each says when the next one is due.
    let before = way.tries();
    while way.tries() < before + 8 {
        app.window.next().await;
    }
    assert!(!app.window.shown.is_online());
    way.set_open(true);
    let mut client = server.accept().await;
    client.say(&hello()).await;
    match client.hear().await {
        ClientFrame::Resume { epoch, seq, .. } => assert_eq!((epoch.as_str(), seq), ("e", 10)),
        other => panic!("{other:?} instead of a resume"),
    }
    client.say(&diff(10, 15, vec![total(1, 15)])).await;
    let shown = app.window.until(|shown| shown.seq == Some(15)).await;
    assert!(shown.is_online());
    assert_eq!((shown.total(0), shown.total(1)), (Some(&Value::Int(3)), Some(&Value::Int(15))));
    assert_eq!(shown.resets, resets, "the window never forgot anything");
}

#[tokio::test(start_paused = true)]
async fn without_a_token_the_app_says_how_to_sign_in_and_retry_takes_it() {
    let (mut app, mut server, way) = App::with_server(Err(NoToken::None)).await;
    let (reason, message) = connection(&mut app, signed_out).await;
    assert_eq!((reason, message.as_str()), (SignedOutReason::NoToken, ""));
    assert_eq!(way.tries(), 0, "nobody was asked without a token");

    app.tokens.set(Ok("a.b.c"));
    app.handle.retry().await;
    let _client = welcome(&mut server).await;
    assert!(app.window.until(|shown| shown.seq == Some(10)).await.is_online());
}

#[tokio::test(start_paused = true)]
async fn every_keyring_state_is_told_apart() {
    for (answer, reason) in [
        (NoToken::Unavailable { cause: "no bus".to_owned() }, SignedOutReason::KeyringUnavailable),
        (NoToken::Locked, SignedOutReason::KeyringLocked),
        (NoToken::Refused { cause: "dismissed".to_owned() }, SignedOutReason::KeyringLocked),
    ] {
        let (mut app, _, _) = App::with_server(Err(answer.clone())).await;
        assert_eq!(connection(&mut app, signed_out).await, (reason, answer.cause().to_owned()));
    }
}

/// In real time: a thread that blocks holds virtual time.
#[tokio::test]
async fn a_keyring_that_asks_is_said_and_its_answer_is_taken() {
    struct Asking(Mutex<std::sync::mpsc::Receiver<()>>);
    impl TokenStore for Asking {
        fn read(&self, _: &ServerAddress) -> Result<Token, NoToken> {
            self.0.lock().unwrap().recv().unwrap();
            Ok(Token::new("a.b.c").unwrap())
        }
        fn write(&self, _: &ServerAddress, _: &Token) -> Result<(), NoToken> {
            unreachable!("the app only reads")
        }
        fn remove(&self, _: &ServerAddress) -> Result<bool, NoToken> {
            unreachable!("the app only reads")
        }
    }
    let (answer, question) = std::sync::mpsc::channel();
    let (mut server, way) = FakeServer::in_memory();
    let mut app = App::with_keyring(way, Some(SERVER), Arc::new(Asking(Mutex::new(question)))).await;
    let (reason, message) = connection(&mut app, signed_out).await;
    assert_eq!((reason, message.as_str()), (SignedOutReason::KeyringLocked, ""));
    answer.send(()).unwrap();
    let _client = welcome(&mut server).await;
    assert!(app.window.until(|shown| shown.seq == Some(10)).await.is_online());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_signs_out_and_nothing_is_shown_any_more() {
    let (mut app, mut server, way) = App::with_server(Ok("old.one")).await;
    let client = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;
    client.close(CloseCode::NotAuthenticated.code(), "token expired").await;
    let (reason, message) = connection(&mut app, signed_out).await;
    assert_eq!(reason, SignedOutReason::TokenRefused);
    assert!(message.contains("token expired"), "in the server's words: {message}");
    assert!(app.window.shown.values.is_empty() && app.window.shown.schema.is_none());
    assert_eq!(way.tries(), 1, "the same token is not tried twice");

    // At the handshake it is the same.
    app.handle.retry().await;
    server.refuse(StatusCode::UNAUTHORIZED).await;
    app.window.next().await;
    assert_eq!(connection(&mut app, signed_out).await.0, SignedOutReason::TokenRefused);
    assert_eq!(way.tries(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_stored_meanwhile_is_taken_by_itself() {
    let (mut app, mut server, _) = App::with_server(Ok("old.one")).await;
    let mut client = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;

    // In time: it is said on the open socket.
    app.tokens.set(Ok("new.one"));
    client.say(&ServerFrame::TokenExpiring { in_ms: 60_000 }).await;
    assert_eq!(client.hear().await, ClientFrame::Auth { token: "new.one".into() });

    // Too late: after the refusal.
    app.tokens.set(Ok("newer.one"));
    client.close(CloseCode::NotAuthenticated.code(), "token expired").await;
    let client = welcome(&mut server).await;
    assert_eq!(client.authorization, "Bearer newer.one");
    app.window.until(|shown| shown.is_online() && shown.seq == Some(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_stop_is_left_alone() {
    let (mut app, mut server, way) = App::with_server(Ok("a.b.c")).await;
    server.refuse(StatusCode::FORBIDDEN).await;
    let code = connection(&mut app, |c| match c {
        Connection::Refused { code, message, .. } if message.ends_with('.') => Some(*code),
        _ => None,
    });
    assert_eq!(code.await, CloseCode::NotAllowed.code());
    tokio::time::advance(Duration::from_secs(3_600)).await;
    assert_eq!(way.tries(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_server_it_waits_to_be_told_one() {
    let (mut server, way) = FakeServer::in_memory();
    let mut app = App::start(way, None, Ok("a.b.c")).await;
    connection(&mut app, |c| matches!(c, Connection::NoServer).then_some(())).await;
    app.settings.set_server(Some(&ServerAddress::parse(SERVER).unwrap())).unwrap();
    app.handle.retry().await;
    let _client = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_reloaded_window_gets_the_whole_state_first() {
    let (mut app, mut server, _) = App::with_server(Ok("a.b.c")).await;
    let mut client = welcome(&mut server).await;
    client.say(&diff(10, 11, vec![total(0, 4)])).await;
    app.window.until(|shown| shown.seq == Some(11)).await;

    app.reload().await;
    let batch = app.window.next().await;
    assert!(batch.reset && batch.schema.is_some());
    let shown = &app.window.shown;
    assert!(shown.is_online());
    assert_eq!((shown.total(0), shown.total(1)), (Some(&Value::Int(4)), Some(&Value::Int(14))));
    assert_eq!((shown.seq, shown.clock_offset_ms), (Some(11), Some(OFFSET_MS)));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_changes_are_a_few_batches_and_the_last_one_counts() {
    let (mut app, mut server, _) = App::with_server(Ok("a.b.c")).await;
    let mut client = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;
    app.window.arrivals.clear();
    let began = Instant::now();
    let pushing = tokio::spawn(async move {
        for seq in 11..=10_010 {
            client.say(&diff(seq - 1, seq, vec![total(0, seq as i64)])).await;
            if seq % 100 == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        client
    });
    while app.window.shown.seq != Some(10_010) {
        app.window.next().await;
        let seq = app.window.shown.seq.unwrap();
        app.handle.painted(seq).await;
    }
    let client = pushing.await.unwrap();
    assert_eq!(app.window.shown.total(0), Some(&Value::Int(10_010)));
    let frames = began.elapsed().as_millis() / FRAME.as_millis() + 2;
    assert!(app.window.arrivals.len() as u128 <= frames, "{} batches", app.window.arrivals.len());
    let pauses: Vec<_> = app.window.arrivals.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| *pause >= FRAME), "{pauses:?}");
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_and_asked_again() {
    let (mut app, mut server, _) = App::with_server(Ok("a.b.c")).await;
    // Held open, but never answering again.
    let _silent = welcome(&mut server).await;
    app.window.until(|shown| shown.seq == Some(10)).await;
    let (message, _) = connection(&mut app, waiting).await;
    assert!(message.contains("too long"), "{message}");
    let mut client = server.accept().await;
    client.say(&hello()).await;
    assert!(matches!(client.hear().await, ClientFrame::Resume { seq: 10, .. }));
}
