//! One client's task: the driver of a [`ServerSession`].
//!
//! It waits for the socket, the hub's bell and the session's timers. What it says is one frame at a
//! time: the next is asked for when the socket has taken the last, so a slow client's memory is one
//! frame, and what it then gets is the latest.

mod farewell;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tracing::{debug, info};
use vigil_publish::{Position, Subscription};
use vigil_session::{Serve, ServerAction, ServerSession};
use vigil_wire::{CloseCode, Hello, PROTOCOL, ServerFrame};

use crate::http::{Server, stopped};
use crate::hub::encode;
use crate::metrics;
use crate::random;

/// How often the client is pinged; whatever it answers keeps it from being idle.
const PING_EVERY: Duration = Duration::from_secs(15);
/// A socket that takes nothing for so long is cut.
const STUCK_LIMIT: Duration = Duration::from_secs(20);
/// Answers that may wait for the socket; a client that asks for more is not read meanwhile.
const OUTBOX_FRAMES: usize = 32;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Whether a socket is let in.
pub(crate) enum Admission {
    /// `token`: from the handshake's header.
    Open { token: Option<String> },
    /// It is only told that there are too many.
    OverLimit,
}

/// Serves a socket until it ends.
pub(crate) async fn run(io: TokioIo<Upgraded>, server: Arc<Server>, admission: Admission) {
    let limit = usize::try_from(server.limits.frame_bytes).unwrap_or(usize::MAX);
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let (mut sink, mut stream) = socket.split();
    let mut client = Client::new(server);
    let ending = client.converse(&mut sink, &mut stream, admission).await;
    debug!(session = client.name, ?ending, "socket ended");
    if let Ending::Ours(code, reason) = ending {
        metrics::socket_closed(code.code());
        // The halves are of one socket, so they fit.
        if let Ok(socket) = sink.reunite(stream) {
            farewell::close(socket, code, reason).await;
        }
    }
}

/// How a conversation ended.
#[derive(Debug)]
enum Ending {
    /// We close, with this code and reason.
    Ours(CloseCode, &'static str),
    /// The client closed, or the network failed.
    Theirs,
    /// It took nothing for too long; a close frame would not go through either.
    Stuck,
}

/// What a client is sent.
struct Feed {
    subscription: Subscription,
    position: Option<Position>,
    interval: Duration,
    /// Not before this.
    next_at: Instant,
    /// It has once had all that there was: what comes now is sent because it is new.
    caught_up: bool,
}

struct Client {
    server: Arc<Server>,
    session: ServerSession,
    name: String,
    outbox: VecDeque<Message>,
    feed: Option<Feed>,
    status_seen: u64,
    closing: Option<(CloseCode, &'static str)>,
    /// The feed was not asked because of its rate.
    held_back: bool,
    /// Since when what the socket is taking could have been sent.
    due_since: Option<Instant>,
}

impl Client {
    fn new(server: Arc<Server>) -> Client {
        Client {
            session: ServerSession::new(server.elapsed_ms(), server.limits, server.catalogue.clone()),
            server,
            name: random::hex::<8>(),
            outbox: VecDeque::new(),
            feed: None,
            status_seen: 0,
            closing: None,
            held_back: false,
            due_since: None,
        }
    }

    async fn converse(
        &mut self,
        sink: &mut SplitSink<Socket, Message>,
        stream: &mut SplitStream<Socket>,
        admission: Admission,
    ) -> Ending {
        match admission {
            Admission::OverLimit => return Ending::Ours(CloseCode::TooMany, "too many connections"),
            Admission::Open { token: Some(token) } => {
                let actions = self.session.header_token(token);
                self.act(actions);
            }
            Admission::Open { token: None } => {}
        }
        let mut bell = self.server.hub.bell();
        let mut stop = self.server.stop.clone();
        let mut next_ping = Instant::now() + PING_EVERY;
        // Set while the socket has not taken the last frame.
        let mut taking_since: Option<Instant> = None;
        loop {
            if taking_since.is_none() {
                match self.next_message() {
                    Some(message) => {
                        if sink.feed(message).await.is_err() {
                            return Ending::Theirs;
                        }
                        taking_since = Some(Instant::now());
                    }
                    None => {
                        if let Some((code, reason)) = self.closing {
                            return Ending::Ours(code, reason);
                        }
                    }
                }
            }
            let stuck_at = taking_since.map(|since| since + STUCK_LIMIT);
            let wake =
                self.deadline().into_iter().chain(stuck_at).chain([next_ping]).min().unwrap_or(next_ping);
            tokio::select! {
                flushed = sink.flush(), if taking_since.is_some() => match flushed {
                    Ok(()) => {
                        taking_since = None;
                        self.sent();
                    }
                    Err(_) => return Ending::Theirs,
                },
                received = stream.next(), if self.outbox.len() < OUTBOX_FRAMES && self.closing.is_none() => {
                    if let Some(ending) = self.received(received) {
                        return ending;
                    }
                }
                // The hub lives as long as the server.
                Ok(()) = bell.changed(), if self.feed.is_some() || self.session.is_in() => {}
                () = stopped(&mut stop), if self.closing.is_none() => {
                    let actions = self.session.close(CloseCode::ShuttingDown, "the sidecar stops");
                    self.act(actions);
                }
                () = sleep_until(wake) => {
                    let now = Instant::now();
                    if stuck_at.is_some_and(|at| now >= at) {
                        self.sent();
                        return Ending::Stuck;
                    }
                    if now >= next_ping {
                        next_ping = now + PING_EVERY;
                        self.ping();
                    }
                    let actions = self.session.tick(self.server.elapsed_ms());
                    self.act(actions);
                }
            }
        }
    }

    /// The socket has taken the last frame, or is given up on it.
    fn sent(&mut self) {
        if let Some(since) = self.due_since.take() {
            let now = Instant::now();
            self.server.own.send_lag().record(now.into_std(), now.duration_since(since));
        }
    }

    fn ping(&mut self) {
        if self.outbox.len() < OUTBOX_FRAMES {
            self.outbox.push_back(Message::Ping(Bytes::new()));
        }
    }

    fn received(&mut self, received: Option<Result<Message, Error>>) -> Option<Ending> {
        let now = self.server.elapsed_ms();
        let actions = match received {
            Some(Ok(Message::Text(text))) => self.session.text(now, &text),
            Some(Ok(Message::Binary(_))) => self.session.binary(now),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                self.session.heard(now);
                Vec::new()
            }
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => self.session.too_large(),
            // A text that is no UTF-8, a frame that is none.
            Some(Err(Error::Utf8(_) | Error::Protocol(_))) => {
                self.session.close(CloseCode::BadFrames, "this is no WebSocket frame with text")
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Some(Ending::Theirs),
        };
        self.act(actions);
        None
    }

    fn act(&mut self, actions: Vec<ServerAction>) {
        for action in actions {
            match action {
                ServerAction::Verify { token } => self.verify(token.reveal()),
                ServerAction::Welcome => self.welcome(),
                ServerAction::Say(frame) => self.say(&frame),
                ServerAction::Pong { n } => self.say(&ServerFrame::Pong { n, now: self.server.clock.now() }),
                ServerAction::Serve(serve) => self.serve(serve),
                ServerAction::Painted { board, seq } => debug!(session = self.name, board, seq, "painted"),
                ServerAction::Close { code, reason } => self.closing = Some((code, reason)),
            }
        }
    }

    fn verify(&mut self, token: &str) {
        let outcome = self.server.verifier.verify(token);
        let subject = match &outcome {
            Ok(grant) => Some(grant.subject.clone()),
            Err(refusal) => {
                info!(session = self.name, reason = %refusal, "token refused");
                None
            }
        };
        let actions =
            self.session.verified(self.server.elapsed_ms(), outcome.map_err(|refusal| refusal.told()));
        // A valid token lets nobody in by itself: the session decides.
        match (&subject, actions.first()) {
            (Some(subject), Some(ServerAction::Welcome)) => info!(session = self.name, subject, "signed in"),
            (Some(subject), None) => info!(session = self.name, subject, "token renewed"),
            (Some(subject), Some(_)) => {
                info!(session = self.name, subject, "token of another subject refused")
            }
            (None, _) => metrics::token_refused(),
        }
        self.act(actions);
    }

    fn welcome(&mut self) {
        self.say(&ServerFrame::Hello(Hello {
            protocol: PROTOCOL,
            server: env!("CARGO_PKG_VERSION").to_owned(),
            session: self.name.clone(),
            now: self.server.clock.now(),
            boards: vec![self.server.hub.schema().clone()],
            limits: self.server.limits,
        }));
    }

    fn say(&mut self, frame: &ServerFrame) {
        self.outbox.push_back(Message::Text(encode(frame)));
    }

    fn serve(&mut self, serve: Serve) {
        self.feed = Some(Feed {
            subscription: serve.metrics.map_or_else(Subscription::all, Subscription::of),
            position: serve.from.map(|(epoch, seq)| Position { epoch, seq, stamp: 0 }),
            interval: Duration::from_millis(serve.interval_ms),
            next_at: Instant::now(),
            caught_up: false,
        });
    }

    /// Answers first, then the status, then the state.
    fn next_message(&mut self) -> Option<Message> {
        if let Some(message) = self.outbox.pop_front() {
            return Some(message);
        }
        self.held_back = false;
        if self.closing.is_some() || !self.session.is_in() {
            return None;
        }
        let text = match self.server.hub.status(&mut self.status_seen) {
            Some(text) => text,
            None => self.next_of_feed()?,
        };
        metrics::frame_sent(text.len());
        Some(Message::Text(text))
    }

    fn next_of_feed(&mut self) -> Option<tokio_tungstenite::tungstenite::Utf8Bytes> {
        let feed = self.feed.as_mut()?;
        let now = Instant::now();
        if now < feed.next_at {
            self.held_back = true;
            return None;
        }
        let Some(next) = self.server.hub.next(&feed.subscription, &mut feed.position) else {
            feed.caught_up = true;
            return None;
        };
        // A client that asked for fewer frames is not sent them late.
        self.due_since = feed.caught_up.then(|| next.since.max(feed.next_at));
        if !next.more {
            feed.caught_up = true;
            feed.next_at = now + feed.interval;
        }
        Some(next.text)
    }

    /// When there is something to do though nothing comes.
    fn deadline(&self) -> Option<Instant> {
        let session = self.session.deadline().map(|ms| self.server.started + Duration::from_millis(ms));
        let feed = self.feed.as_ref().filter(|_| self.held_back).map(|feed| feed.next_at);
        session.into_iter().chain(feed).min()
    }
}
