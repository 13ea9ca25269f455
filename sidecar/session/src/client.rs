mod backoff;
mod replica;

use vigil_wire::{
    BoardSchema, ClientFrame, CloseCode, Diff, ErrorFrame, Hello, MetricPatch, Millis, PROTOCOL, ServerFrame,
    Snapshot, Tier,
};

pub use backoff::Backoff;
use replica::Fit;
pub use replica::Replica;

/// A `resume` or `subscribe` that got no answer for this long is said again.
pub const RESUME_PATIENCE_MS: u64 = 10_000;
/// A server from which nothing came for this long is given up (it pings every 15 s).
pub const SILENCE_MS: u64 = 45_000;
/// How often the client pings, for the clock and so as not to be idle.
pub const PING_EVERY_MS: u64 = 20_000;

/// An instant on two clocks of this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// A clock that never goes back, milliseconds.
    pub elapsed_ms: u64,
    /// The clock on the wall, Unix milliseconds; it may be wrong and may jump.
    pub wall_ms: Millis,
}

/// What to subscribe to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    /// `None`: the first board that `hello` names.
    pub board: Option<String>,
    /// Metric ids; `None`: all.
    pub metrics: Option<Vec<String>>,
    pub max_rate_hz: Option<f64>,
}

/// What the driver is to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientOutput {
    Send(ClientFrame),
    /// Something changed; [`ClientSession::replica`] has it already.
    Event(ClientEvent),
    /// Cut the socket, then call [`ClientSession::ended`] with [`Ending::Lost`].
    Abandon {
        why: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// The server let us in. With `new_board` every value was forgotten.
    Hello {
        new_board: bool,
    },
    /// The whole state is new.
    Replaced,
    /// These keys changed; they may be none when only as-of times moved.
    Patched(Vec<MetricPatch>),
    /// The state is still true.
    Confirmed,
    Status,
    /// MongoDB's clock minus this computer's is known anew.
    ClockOffset(i64),
    /// Send a new token with [`ClientSession::renew`] before this is over.
    TokenExpiring {
        in_ms: u64,
    },
    Error(ErrorFrame),
}

/// How a connection ended, or why none came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The server closed with this code.
    Closed(u16),
    Lost,
}

/// What to do after an ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextMove {
    /// Connect again, when this much time has passed.
    Retry { in_ms: u64 },
    /// Do not come back as we are.
    Stop { code: u16 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Apart,
    /// The socket is open; `hello` has not come.
    Opened,
    In,
}

/// A server, from a client's side: what to say, and the replica that its frames lead to.
#[derive(Debug)]
pub struct ClientSession {
    wanted: Wanted,
    phase: Phase,
    replica: Replica,
    backoff: Backoff,
    heard: u64,
    /// When an unanswered `subscribe` or `resume` was said.
    asked: Option<u64>,
    next_ping: u64,
    /// The last ping's number, and when it was said.
    ping: Option<(u64, Moment)>,
    pings: u64,
    opened: Moment,
    clock_offset_ms: Option<i64>,
}

impl ClientSession {
    pub fn new(wanted: Wanted) -> Self {
        ClientSession {
            wanted,
            phase: Phase::Apart,
            replica: Replica::default(),
            backoff: Backoff::new(),
            heard: 0,
            asked: None,
            next_ping: 0,
            ping: None,
            pings: 0,
            opened: Moment::default(),
            clock_offset_ms: None,
        }
    }

    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Whether the server has let us in on this connection.
    pub fn is_in(&self) -> bool {
        self.phase == Phase::In
    }

    /// MongoDB's clock minus this computer's, milliseconds; `None` before the first `hello`.
    pub fn clock_offset_ms(&self) -> Option<i64> {
        self.clock_offset_ms
    }

    /// A socket is open. `token` goes into the first frame; `None` when it went into the handshake's header.
    pub fn opened(&mut self, at: Moment, token: Option<String>) -> Vec<ClientOutput> {
        self.phase = Phase::Opened;
        self.heard = at.elapsed_ms;
        self.opened = at;
        self.asked = None;
        self.ping = None;
        token.map(|token| ClientOutput::Send(ClientFrame::Auth { token: token.into() })).into_iter().collect()
    }

    /// Anything came, a WebSocket ping too.
    pub fn heard(&mut self, at: Moment) {
        self.heard = self.heard.max(at.elapsed_ms);
    }

    /// A text frame came. One that this version does not know is left out.
    pub fn text(&mut self, at: Moment, text: &str) -> Vec<ClientOutput> {
        self.heard(at);
        match serde_json::from_str(text) {
            Ok(frame) => self.frame(at, frame),
            Err(_) => Vec::new(),
        }
    }

    /// A frame came.
    pub fn frame(&mut self, at: Moment, frame: ServerFrame) -> Vec<ClientOutput> {
        self.heard(at);
        match frame {
            ServerFrame::Hello(hello) => self.hello(at, hello),
            ServerFrame::Pong { n, now } => self.pong(at, n, now),
            ServerFrame::TokenExpiring { in_ms } => event(ClientEvent::TokenExpiring { in_ms }),
            ServerFrame::Error(error) => event(ClientEvent::Error(error)),
            // What precedes `hello` on this connection was never asked for.
            _ if self.phase != Phase::In => Vec::new(),
            ServerFrame::Status(status) if !self.is_ours(&status.board) => Vec::new(),
            ServerFrame::Status(status) => match self.replica.take_status(status) {
                true => event(ClientEvent::Status),
                false => Vec::new(),
            },
            ServerFrame::Snapshot(snapshot) => self.snapshot(&snapshot),
            ServerFrame::Diff(diff) => self.diff(at, diff),
            ServerFrame::Confirmed(confirmed) if self.is_ours(&confirmed.board) => {
                let fit = self.replica.take_confirmed(&confirmed);
                self.fitted(at, fit, ClientEvent::Confirmed)
            }
            ServerFrame::Epoch(change) if self.is_ours(&change.board) => {
                match self.replica.take_epoch(&change) {
                    Fit::Gap => self.ask(at),
                    Fit::News | Fit::Old => Vec::new(),
                }
            }
            ServerFrame::Confirmed(_) | ServerFrame::Epoch(_) => Vec::new(),
        }
    }

    fn hello(&mut self, at: Moment, hello: Hello) -> Vec<ClientOutput> {
        if self.phase != Phase::Opened {
            return Vec::new();
        }
        if hello.protocol != PROTOCOL {
            return vec![ClientOutput::Abandon { why: "The server speaks another version of the protocol." }];
        }
        let wanted = self.wanted.board.clone();
        let board = hello.boards.into_iter().find(|board| wanted.as_ref().is_none_or(|id| *id == board.id));
        let Some(board) = board else {
            return vec![ClientOutput::Abandon { why: "The server does not have the board." }];
        };
        self.phase = Phase::In;
        self.next_ping = at.elapsed_ms;
        let new_board = self.replica.take_schema(board);
        let mut outputs = event(ClientEvent::Hello { new_board });
        outputs.extend(self.clock(self.opened, at, hello.now));
        outputs.extend(self.ask(at));
        outputs
    }

    fn snapshot(&mut self, snapshot: &Snapshot) -> Vec<ClientOutput> {
        if !self.is_ours(&snapshot.board) || self.replica.take_snapshot(snapshot) != Fit::News {
            return Vec::new();
        }
        self.answered();
        event(ClientEvent::Replaced)
    }

    fn diff(&mut self, at: Moment, diff: Diff) -> Vec<ClientOutput> {
        if !self.is_ours(&diff.board) {
            return Vec::new();
        }
        let fit = self.replica.take_diff(&diff);
        self.fitted(at, fit, ClientEvent::Patched(diff.metrics))
    }

    fn fitted(&mut self, at: Moment, fit: Fit, news: ClientEvent) -> Vec<ClientOutput> {
        match fit {
            Fit::News => {
                self.answered();
                event(news)
            }
            Fit::Old => Vec::new(),
            Fit::Gap => self.ask(at),
        }
    }

    /// State flows: whatever was asked for came, and the connection is a good one.
    fn answered(&mut self) {
        self.asked = None;
        self.backoff.reset();
    }

    /// Asks for what takes the replica to now; once, until an answer or patience ends.
    fn ask(&mut self, at: Moment) -> Vec<ClientOutput> {
        let Some(board) = self.replica.schema().map(|board| board.id.clone()) else { return Vec::new() };
        if self.asked.is_some() {
            return Vec::new();
        }
        self.asked = Some(at.elapsed_ms);
        let Wanted { metrics, max_rate_hz, .. } = self.wanted.clone();
        let frame = match self.replica.name() {
            None => ClientFrame::Subscribe { board, metrics, max_rate_hz },
            Some((epoch, seq)) => {
                ClientFrame::Resume { board, metrics, max_rate_hz, epoch: epoch.to_owned(), seq }
            }
        };
        vec![ClientOutput::Send(frame)]
    }

    fn pong(&mut self, at: Moment, n: u64, now: Millis) -> Vec<ClientOutput> {
        match self.ping.take_if(|(number, _)| *number == n) {
            Some((_, said)) => self.clock(said, at, now).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The server read its clock between `said` and `at`; the middle errs by half of that at most.
    fn clock(&mut self, said: Moment, at: Moment, now: Millis) -> Option<ClientOutput> {
        let round_trip = i64::try_from(at.elapsed_ms.saturating_sub(said.elapsed_ms)).unwrap_or(i64::MAX);
        let offset = now.saturating_add(round_trip / 2).saturating_sub(at.wall_ms);
        let news = self.clock_offset_ms != Some(offset);
        self.clock_offset_ms = Some(offset);
        news.then_some(ClientOutput::Event(ClientEvent::ClockOffset(offset)))
    }

    /// When [`ClientSession::tick`] will have something to do, on the `elapsed_ms` clock.
    pub fn deadline(&self) -> Option<u64> {
        let silence = self.heard.saturating_add(SILENCE_MS);
        match self.phase {
            Phase::Apart => None,
            Phase::Opened => Some(silence),
            Phase::In => {
                let asked = self.asked.map_or(u64::MAX, |asked| asked.saturating_add(RESUME_PATIENCE_MS));
                Some(silence.min(asked).min(self.next_ping))
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, at: Moment) -> Vec<ClientOutput> {
        if self.phase == Phase::Apart {
            return Vec::new();
        }
        if at.elapsed_ms >= self.heard.saturating_add(SILENCE_MS) {
            return vec![ClientOutput::Abandon { why: "Nothing came from the server for too long." }];
        }
        if self.phase != Phase::In {
            return Vec::new();
        }
        let mut outputs = Vec::new();
        if self.asked.is_some_and(|asked| at.elapsed_ms >= asked.saturating_add(RESUME_PATIENCE_MS)) {
            self.asked = None;
            outputs.extend(self.ask(at));
        }
        if at.elapsed_ms >= self.next_ping {
            self.pings += 1;
            self.next_ping = at.elapsed_ms.saturating_add(PING_EVERY_MS);
            self.ping = Some((self.pings, at));
            outputs.push(ClientOutput::Send(ClientFrame::Ping { n: self.pings }));
        }
        outputs
    }

    /// The connection ended, or none came to be. `random` is any uniformly random number.
    pub fn ended(&mut self, ending: Ending, random: u64) -> NextMove {
        self.phase = Phase::Apart;
        self.asked = None;
        match ending {
            Ending::Closed(code) if !CloseCode::may_return(code) => NextMove::Stop { code },
            Ending::Closed(_) | Ending::Lost => NextMove::Retry { in_ms: self.backoff.next_ms(random) },
        }
    }

    /// The user wants to try now: waits start over.
    pub fn retry_now(&mut self) {
        self.backoff.reset();
    }

    /// A renewed token, said on the open socket.
    pub fn renew(&self, token: String) -> Vec<ClientOutput> {
        match self.phase {
            Phase::In => vec![ClientOutput::Send(ClientFrame::Auth { token: token.into() })],
            Phase::Apart | Phase::Opened => Vec::new(),
        }
    }

    /// The screen shows state `seq`.
    pub fn painted(&self, seq: u64) -> Vec<ClientOutput> {
        match (self.phase, self.replica.schema()) {
            (Phase::In, Some(board)) => {
                vec![ClientOutput::Send(ClientFrame::Painted { board: board.id.clone(), seq })]
            }
            _ => Vec::new(),
        }
    }

    /// How long ago a tier's values were last known to be true, milliseconds; `None`: never.
    pub fn age_ms(&self, tier: Tier, wall_ms: Millis) -> Option<i64> {
        let confirmed = self.replica.confirmed().get(&tier)?;
        Some(wall_ms.saturating_add(self.clock_offset_ms?).saturating_sub(*confirmed))
    }

    fn is_ours(&self, board: &str) -> bool {
        self.replica.schema().map(|schema: &BoardSchema| schema.id.as_str()) == Some(board)
    }
}

fn event(event: ClientEvent) -> Vec<ClientOutput> {
    vec![ClientOutput::Event(event)]
}
