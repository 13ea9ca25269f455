mod catalogue;

use std::sync::Arc;

use vigil_wire::{BearerToken, ClientFrame, CloseCode, ErrorCode, ErrorFrame, Limits, ServerFrame};

pub use catalogue::Catalogue;

/// A client that has not authenticated after this long is closed.
pub const AUTH_WITHIN_MS: u64 = 10_000;
/// `token_expiring` comes so long before the end.
pub const EXPIRY_WARNING_MS: u64 = 60_000;
/// So many bad frames close a connection.
pub const BAD_FRAMES_LIMIT: u32 = 8;
/// Longest name of a board or metric that is repeated in an error.
const QUOTED_CHARS: usize = 80;

/// What a valid token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whom the token names.
    pub subject: String,
    /// How long it is still valid.
    pub expires_in_ms: u64,
}

/// Why a token gives nothing. The client learns no more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not a valid token.
    NotAuthenticated,
    /// Valid, without the role.
    NotAllowed,
}

/// What a client wants to be sent from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Serve {
    pub board: String,
    /// Indices of metrics; `None` means all.
    pub metrics: Option<Vec<u32>>,
    /// Least time between two frames of the state.
    pub interval_ms: u64,
    /// The `(epoch, seq)` that it has; `None`: nothing.
    pub from: Option<(String, u64)>,
}

/// What the driver is to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerAction {
    /// Check this token, then call [`ServerSession::verified`].
    Verify {
        token: BearerToken,
    },
    /// The client is in: say `hello`.
    Welcome,
    Say(ServerFrame),
    /// Answer a ping with MongoDB's clock.
    Pong {
        n: u64,
    },
    Serve(Serve),
    /// The client's screen shows this state.
    Painted {
        board: String,
        seq: u64,
    },
    /// Close with this code and reason; nothing follows.
    Close {
        code: CloseCode,
        reason: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// No token yet.
    New,
    In {
        subject: String,
        until: u64,
        warned: bool,
    },
    Closed,
}

/// One client's session, from the sidecar's side.
#[derive(Debug)]
pub struct ServerSession {
    limits: Limits,
    catalogue: Arc<Catalogue>,
    phase: Phase,
    opened: u64,
    heard: u64,
    /// A token is being checked.
    verifying: bool,
    bad_frames: u32,
}

impl ServerSession {
    pub fn new(elapsed_ms: u64, limits: Limits, catalogue: Arc<Catalogue>) -> Self {
        ServerSession {
            limits,
            catalogue,
            phase: Phase::New,
            opened: elapsed_ms,
            heard: elapsed_ms,
            verifying: false,
            bad_frames: 0,
        }
    }

    /// Whether the client has authenticated.
    pub fn is_in(&self) -> bool {
        matches!(self.phase, Phase::In { .. })
    }

    /// Anything came, a WebSocket pong too.
    pub fn heard(&mut self, elapsed_ms: u64) {
        self.heard = self.heard.max(elapsed_ms);
    }

    /// A token that came in the handshake's `Authorization` header.
    pub fn header_token(&mut self, token: String) -> Vec<ServerAction> {
        self.verifying = true;
        vec![ServerAction::Verify { token: token.into() }]
    }

    /// A text frame came.
    pub fn text(&mut self, elapsed_ms: u64, text: &str) -> Vec<ServerAction> {
        self.heard(elapsed_ms);
        if self.phase == Phase::Closed {
            return Vec::new();
        }
        if text.len() > usize::try_from(self.limits.frame_bytes).unwrap_or(usize::MAX) {
            return self.too_large();
        }
        match serde_json::from_str::<ClientFrame>(text) {
            Ok(frame) => self.frame(frame),
            // serde's message can repeat the text, which can hold a token: line and column must do.
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                self.bad(
                    ErrorCode::BadFrame,
                    format!("this is no frame of {} ({place})", vigil_wire::SUBPROTOCOL),
                )
            }
        }
    }

    /// A binary frame came; the protocol has none.
    pub fn binary(&mut self, elapsed_ms: u64) -> Vec<ServerAction> {
        self.heard(elapsed_ms);
        self.bad(ErrorCode::BadFrame, "frames are JSON in text messages, never binary".to_owned())
    }

    /// A frame over the limit came (or began to).
    pub fn too_large(&mut self) -> Vec<ServerAction> {
        self.close(CloseCode::TooLarge, "a frame is over the limit")
    }

    fn frame(&mut self, frame: ClientFrame) -> Vec<ServerAction> {
        if let ClientFrame::Auth { token } = frame {
            if self.verifying {
                return self.bad(ErrorCode::OutOfOrder, "the last token is still being checked".to_owned());
            }
            self.verifying = true;
            return vec![ServerAction::Verify { token }];
        }
        if !self.is_in() {
            return self.bad(ErrorCode::OutOfOrder, "authenticate first: send an auth frame".to_owned());
        }
        match frame {
            ClientFrame::Auth { .. } => Vec::new(),
            ClientFrame::Subscribe { board, metrics, max_rate_hz } => {
                self.serve(board, metrics, max_rate_hz, None)
            }
            ClientFrame::Resume { board, metrics, max_rate_hz, epoch, seq } => {
                self.serve(board, metrics, max_rate_hz, Some((epoch, seq)))
            }
            ClientFrame::Painted { board, .. } if !self.catalogue.has(&board) => self.unknown_board(&board),
            ClientFrame::Painted { board, seq } => vec![ServerAction::Painted { board, seq }],
            ClientFrame::Ping { n } => vec![ServerAction::Pong { n }],
        }
    }

    fn serve(
        &mut self,
        board: String,
        metrics: Option<Vec<String>>,
        max_rate_hz: Option<f64>,
        from: Option<(String, u64)>,
    ) -> Vec<ServerAction> {
        if !self.catalogue.has(&board) {
            return self.unknown_board(&board);
        }
        let Some(interval_ms) = interval_ms(max_rate_hz) else {
            return self.bad(ErrorCode::BadFrame, "max_rate_hz must be between 0.001 and 1000".to_owned());
        };
        let mut indices = Vec::new();
        for id in metrics.iter().flatten() {
            match self.catalogue.metric(&board, id) {
                Some(index) => indices.push(index),
                None => {
                    let message = format!("this board has no metric {}", quoted(id));
                    return self.bad(ErrorCode::UnknownMetric, message);
                }
            }
        }
        let metrics = metrics.map(|_| indices);
        vec![ServerAction::Serve(Serve { board, metrics, interval_ms, from })]
    }

    /// The check that [`ServerAction::Verify`] asked for is done.
    pub fn verified(&mut self, elapsed_ms: u64, outcome: Result<Grant, Refused>) -> Vec<ServerAction> {
        if self.phase == Phase::Closed || !std::mem::take(&mut self.verifying) {
            return Vec::new();
        }
        match (&self.phase, outcome) {
            (Phase::New, Ok(grant)) => {
                self.admit(elapsed_ms, grant);
                vec![ServerAction::Welcome]
            }
            (Phase::New, Err(Refused::NotAuthenticated)) => {
                self.close(CloseCode::NotAuthenticated, "the token is not valid")
            }
            (Phase::New, Err(Refused::NotAllowed)) => {
                self.close(CloseCode::NotAllowed, "the token does not have the role")
            }
            (Phase::In { subject, .. }, Ok(grant)) if *subject == grant.subject => {
                self.admit(elapsed_ms, grant);
                Vec::new()
            }
            (Phase::In { .. }, Ok(_)) => {
                self.bad(ErrorCode::NotAllowed, "a renewed token must name the same subject".to_owned())
            }
            // The session goes on until the token that it has ends.
            (Phase::In { .. }, Err(Refused::NotAuthenticated)) => {
                self.bad(ErrorCode::NotAuthenticated, "the renewed token is not valid".to_owned())
            }
            (Phase::In { .. }, Err(Refused::NotAllowed)) => {
                self.bad(ErrorCode::NotAllowed, "the renewed token does not have the role".to_owned())
            }
            (Phase::Closed, _) => Vec::new(),
        }
    }

    fn admit(&mut self, elapsed_ms: u64, grant: Grant) {
        let until = elapsed_ms.saturating_add(grant.expires_in_ms);
        self.phase = Phase::In { subject: grant.subject, until, warned: false };
    }

    /// When [`ServerSession::tick`] will have something to do.
    pub fn deadline(&self) -> Option<u64> {
        let idle = self.heard.saturating_add(u64::from(self.limits.idle_ms));
        match self.phase {
            Phase::Closed => None,
            Phase::New => Some(idle.min(self.opened.saturating_add(AUTH_WITHIN_MS))),
            Phase::In { until, warned: true, .. } => Some(idle.min(until)),
            Phase::In { until, warned: false, .. } => Some(idle.min(until.saturating_sub(EXPIRY_WARNING_MS))),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, elapsed_ms: u64) -> Vec<ServerAction> {
        let idle = elapsed_ms >= self.heard.saturating_add(u64::from(self.limits.idle_ms));
        match &mut self.phase {
            Phase::Closed => Vec::new(),
            Phase::New if elapsed_ms >= self.opened.saturating_add(AUTH_WITHIN_MS) => {
                self.close(CloseCode::NotAuthenticated, "no token came in time")
            }
            Phase::In { until, .. } if elapsed_ms >= *until => {
                self.close(CloseCode::NotAuthenticated, "the token has ended")
            }
            _ if idle => self.close(CloseCode::Idle, "nothing was heard for too long"),
            Phase::In { until, warned, .. }
                if !*warned && elapsed_ms >= until.saturating_sub(EXPIRY_WARNING_MS) =>
            {
                *warned = true;
                vec![ServerAction::Say(ServerFrame::TokenExpiring {
                    in_ms: until.saturating_sub(elapsed_ms),
                })]
            }
            Phase::New | Phase::In { .. } => Vec::new(),
        }
    }

    /// The sidecar ends the session for a reason of its own.
    pub fn close(&mut self, code: CloseCode, reason: &'static str) -> Vec<ServerAction> {
        if self.phase == Phase::Closed {
            return Vec::new();
        }
        self.phase = Phase::Closed;
        vec![ServerAction::Close { code, reason }]
    }

    fn unknown_board(&mut self, board: &str) -> Vec<ServerAction> {
        self.bad(ErrorCode::UnknownBoard, format!("there is no board {}; hello names them", quoted(board)))
    }

    fn bad(&mut self, code: ErrorCode, message: String) -> Vec<ServerAction> {
        if self.phase == Phase::Closed {
            return Vec::new();
        }
        self.bad_frames += 1;
        let error = ErrorFrame { code, message, retry_after_ms: None };
        let mut actions = vec![ServerAction::Say(ServerFrame::Error(error))];
        if self.bad_frames >= BAD_FRAMES_LIMIT {
            actions.extend(self.close(CloseCode::BadFrames, "too many bad frames"));
        }
        actions
    }
}

/// `None`: not a rate. As they come is 0.
fn interval_ms(max_rate_hz: Option<f64>) -> Option<u64> {
    match max_rate_hz {
        None => Some(0),
        // In this range the quotient is a whole number from 1 to a million.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(rate) if (0.001..=1_000.0).contains(&rate) => Some((1_000.0 / rate).ceil() as u64),
        Some(_) => None,
    }
}

fn quoted(name: &str) -> String {
    format!("{:?}", name.chars().take(QUOTED_CHARS).collect::<String>())
}
