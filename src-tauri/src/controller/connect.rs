//! From a server's address to a live replica, and what to do when that ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use vigil_session::{ClientEvent, ClientOutput, ClientSession, Ending as SessionEnding, NextMove, Wanted};
use vigil_wire::{CloseCode, Connection, SignedOutReason, ViewBatch};

use super::{Controller, Phase, Purpose, Reading};
use crate::link::{Ending, Link, LinkEvent, Stuck};
use crate::secrets::{NoToken, Token};
use crate::server::ServerAddress;
use crate::shell::Shell;

impl<S: Shell> Controller<S> {
    /// Reads the settings, then the keyring, then connects.
    pub(super) fn sign_in(&mut self) {
        self.phase = Phase::Idle;
        self.token = None;
        let server = match self.environment.settings.server() {
            Ok(Some(server)) => server,
            Ok(None) => return self.stop(Connection::NoServer),
            Err(why) => {
                let message = format!("{why} Then press \"Try again\".");
                return self.stop(Connection::Refused { server: String::new(), code: 0, message });
            }
        };
        if self.server.as_ref() != Some(&server) {
            self.forget();
            self.server = Some(server.clone());
        }
        self.show_connection(Connection::Connecting { server: server.to_string() });
        self.read_token(Purpose::Connect);
    }

    /// The user has done what was needed, or wants not to wait.
    pub(super) fn retry(&mut self) {
        let busy = self.reading.as_ref().is_some_and(|r| r.purpose != Purpose::Renew && !r.told);
        if self.session.is_in() || busy {
            return;
        }
        self.session.retry_now();
        self.sign_in();
    }

    fn read_token(&mut self, purpose: Purpose) {
        let Some(server) = self.server.clone() else { return };
        let tokens = Arc::clone(&self.environment.tokens);
        let answer = tokio::task::spawn_blocking(move || tokens.read(&server));
        // An earlier question may go on: who answers it later finds nobody there.
        self.reading = Some(Reading { purpose, since: Instant::now(), told: false, answer });
    }

    fn say_that_the_keyring_asks(&mut self) {
        let (Some(reading), Some(server)) = (&mut self.reading, &self.server) else { return };
        reading.told = true;
        let (server, message) = (server.to_string(), String::new());
        let reason = SignedOutReason::KeyringLocked;
        self.show_connection(Connection::SignedOut { server, reason, message });
    }

    pub(super) fn take_token(&mut self, purpose: Purpose, answer: Result<Token, NoToken>) {
        let Some(server) = self.server.clone() else { return };
        let is_new = |token: &Token| self.token.as_ref().is_none_or(|known| known.reveal() != token.reveal());
        match (purpose, answer) {
            (Purpose::Connect, Ok(token)) => {
                self.token = Some(token);
                self.connect();
            }
            (Purpose::Replace, Ok(token)) if is_new(&token) => {
                self.token = Some(token);
                self.connect();
            }
            (Purpose::Renew, Ok(token)) if is_new(&token) => {
                let outputs = self.session.renew(token.reveal().to_owned());
                self.token = Some(token);
                self.carry_out(outputs);
            }
            (Purpose::Renew, _) => {}
            (Purpose::Replace, Ok(_)) => {
                let why = self.complaint.take().unwrap_or_default();
                self.signed_out(&server, SignedOutReason::TokenRefused, why);
            }
            (Purpose::Connect | Purpose::Replace, Err(why)) => {
                self.signed_out(&server, why.reason(), why.cause().to_owned());
            }
        }
    }

    fn connect(&mut self) {
        let (Some(server), Some(token)) = (&self.server, &self.token) else { return self.sign_in() };
        self.complaint = None;
        self.phase = Phase::Linked(Link::open(self.environment.dial.as_ref(), server, token));
        let server = server.to_string();
        self.show_connection(Connection::Connecting { server });
    }

    pub(super) fn tick(&mut self) {
        match self.phase {
            Phase::Idle => self.say_that_the_keyring_asks(),
            Phase::Waiting { .. } => self.connect(),
            Phase::Linked(_) => {
                let outputs = self.session.tick(self.now());
                self.carry_out(outputs);
            }
        }
    }

    pub(super) fn take_link_event(&mut self, event: LinkEvent) {
        let now = self.now();
        let outputs = match event {
            // The token went into the handshake.
            LinkEvent::Opened => self.session.opened(now, None),
            LinkEvent::Text(text) => self.session.text(now, &text),
            LinkEvent::Heard => {
                self.session.heard(now);
                Vec::new()
            }
            LinkEvent::Ended(ending) => return self.ended(ending),
        };
        self.carry_out(outputs);
    }

    pub(super) fn carry_out(&mut self, outputs: Vec<ClientOutput>) {
        for output in outputs {
            match output {
                ClientOutput::Event(event) => self.take_event(event),
                ClientOutput::Send(frame) => {
                    let Phase::Linked(link) = &self.phase else { continue };
                    match serde_json::to_string(&frame).map(|text| link.send(text)) {
                        Ok(Ok(())) => {}
                        Ok(Err(Stuck)) => {
                            let message = "The connection is stuck.".to_owned();
                            return self.ended(Ending::Lost { message });
                        }
                        Err(why) => tracing::error!(%why, "a frame cannot be encoded"),
                    }
                }
                ClientOutput::Abandon { why } => return self.ended(Ending::Lost { message: why.to_owned() }),
            }
        }
    }

    fn take_event(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Hello { new_board } => {
                if new_board {
                    self.tell_everything();
                } else {
                    let schema = self.session.replica().schema().cloned();
                    self.tell(ViewBatch { schema, ..ViewBatch::default() });
                }
                if let Some(server) = &self.server {
                    let server = server.to_string();
                    self.show_connection(Connection::Online { server });
                }
            }
            ClientEvent::Replaced => self.tell_everything(),
            ClientEvent::Patched(metrics) => self.tell_patched(metrics),
            ClientEvent::Confirmed => self.tell_patched(Vec::new()),
            ClientEvent::Status => {
                let status = self.session.replica().status().cloned();
                self.tell(ViewBatch { status, ..ViewBatch::default() });
            }
            ClientEvent::ClockOffset(ms) => {
                self.tell(ViewBatch { clock_offset_ms: Some(ms), ..ViewBatch::default() });
            }
            ClientEvent::TokenExpiring { .. } if self.reading.is_none() => self.read_token(Purpose::Renew),
            ClientEvent::TokenExpiring { .. } => {}
            ClientEvent::Error(error) => {
                tracing::warn!(code = ?error.code, message = error.message, "the server complains");
                self.complaint = Some(error.message);
            }
        }
    }

    fn ended(&mut self, ending: Ending) {
        self.phase = Phase::Idle;
        let (ending, message) = match ending {
            Ending::Closed { code, message } => {
                (SessionEnding::Closed(code), self.complaint.take().unwrap_or(message))
            }
            Ending::Lost { message } => (SessionEnding::Lost, message),
        };
        let Some(server) = self.server.as_ref().map(ToString::to_string) else { return };
        match self.session.ended(ending, (self.environment.random)()) {
            NextMove::Retry { in_ms } => {
                self.phase = Phase::Waiting { until: Instant::now() + Duration::from_millis(in_ms) };
                let in_ms = i64::try_from(in_ms).unwrap_or(i64::MAX);
                let retry_at = (self.environment.wall_clock)().saturating_add(in_ms);
                self.show_connection(Connection::Waiting { server, message, retry_at });
            }
            NextMove::Stop { code } if code == CloseCode::NotAuthenticated.code() => {
                self.forget();
                // Said if the keyring has no other token.
                self.complaint = Some(message);
                self.show_connection(Connection::Connecting { server });
                self.read_token(Purpose::Replace);
            }
            NextMove::Stop { code } => self.stop(Connection::Refused { server, code, message }),
        }
    }

    fn signed_out(&mut self, server: &ServerAddress, reason: SignedOutReason, message: String) {
        self.stop(Connection::SignedOut { server: server.to_string(), reason, message });
    }

    /// Only the user can go on from here. What the server showed before it said no is shown no more.
    fn stop(&mut self, connection: Connection) {
        self.token = None;
        self.forget();
        self.show_connection(connection);
    }

    fn forget(&mut self) {
        self.session = ClientSession::new(Wanted::default());
        self.tell_everything();
    }
}
