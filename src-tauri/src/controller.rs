//! The app's one owner of everything that changes.
//!
//! A single task: [`Controller::next`] waits for one [`Action`], [`Controller::apply`] carries it out
//! without waiting. So nothing is ever half done, and nothing is shared.

mod connect;
mod environment;
mod handle;
mod window;

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use vigil_session::{ClientSession, Moment, Wanted};
use vigil_wire::Connection;

pub use environment::Environment;
pub use handle::{Handle, Inbox, Request, handle};

use crate::link::{Link, LinkEvent};
use crate::secrets::{NoToken, Token};
use crate::server::ServerAddress;
use crate::shell::Shell;
use crate::view::{Flow, Pending};

/// A keyring that has not answered for this long asks the user something.
pub const KEYRING_PATIENCE: Duration = Duration::from_secs(3);

/// Connection, replica and window of one user. Made to [`run`](Controller::run).
pub struct Controller<S: Shell> {
    shell: S,
    environment: Environment,
    inbox: Inbox<S>,
    started: Instant,
    server: Option<ServerAddress>,
    token: Option<Token>,
    /// The protocol, and the replica; it outlives connections, so that they are resumed.
    session: ClientSession,
    phase: Phase,
    reading: Option<Reading>,
    /// What the server last complained about; it explains the ending that follows, or has followed.
    complaint: Option<String>,
    connection: Option<Connection>,
    screen: Option<S::Screen>,
    pending: Pending,
    flow: Flow,
}

#[derive(Debug)]
enum Phase {
    /// Not connected, and nothing will change that but the user (or a keyring that is being read).
    Idle,
    Linked(Link),
    Waiting {
        until: Instant,
    },
}

/// The keyring is being asked; it may take as long as the user thinks about a prompt.
#[derive(Debug)]
struct Reading {
    purpose: Purpose,
    since: Instant,
    /// The user has been told that it takes long.
    told: bool,
    answer: JoinHandle<Result<Token, NoToken>>,
}

/// What a token is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Connect,
    /// The server no longer takes the token that we have: the user may have stored another one.
    Replace,
    /// The token that we have expires: another one can be said on the open socket.
    Renew,
}

enum Action<Screen> {
    Request(Request<Screen>),
    TokenRead(Purpose, Result<Token, NoToken>),
    Link(LinkEvent),
    Tick,
    Flush,
    /// Every handle is gone.
    Abandoned,
}

impl<S: Shell> Controller<S> {
    pub fn new(shell: S, environment: Environment, inbox: Inbox<S>) -> Self {
        Controller {
            shell,
            environment,
            inbox,
            started: Instant::now(),
            server: None,
            token: None,
            session: ClientSession::new(Wanted::default()),
            phase: Phase::Idle,
            reading: None,
            complaint: None,
            connection: None,
            screen: None,
            pending: Pending::default(),
            flow: Flow::default(),
        }
    }

    /// Connects, and goes on until it is stopped or nobody holds a handle any more.
    pub async fn run(mut self) {
        self.sign_in();
        loop {
            match self.next().await {
                Action::Request(Request::Stop(done)) => {
                    self.say_goodbye().await;
                    // Whoever asked may have gone.
                    done.send(()).ok();
                    return;
                }
                Action::Abandoned => return self.say_goodbye().await,
                action => self.apply(action),
            }
        }
    }

    /// Cancel-safe: an action that was not returned has not happened.
    async fn next(&mut self) -> Action<S::Screen> {
        let flush = self.flush_due();
        let tick = self.tick_due();
        tokio::select! {
            request = self.inbox.recv() => request.map_or(Action::Abandoned, Action::Request),
            (purpose, answer) = token_read(&mut self.reading) => Action::TokenRead(purpose, answer),
            event = link_event(&mut self.phase) => Action::Link(event),
            () = reached(flush) => Action::Flush,
            () = reached(tick) => Action::Tick,
        }
    }

    fn apply(&mut self, action: Action<S::Screen>) {
        match action {
            Action::Request(Request::Attach(screen)) => self.attach(screen),
            Action::Request(Request::Retry) => self.retry(),
            Action::Request(Request::Painted(seq)) => self.painted(seq),
            Action::TokenRead(purpose, answer) => {
                self.reading = None;
                self.take_token(purpose, answer);
            }
            Action::Link(event) => self.take_link_event(event),
            Action::Tick => self.tick(),
            Action::Flush => self.flush(),
            Action::Request(Request::Stop(_)) | Action::Abandoned => {}
        }
    }

    fn tick_due(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Idle => {
                self.reading.as_ref().filter(|r| !r.told).map(|reading| reading.since + KEYRING_PATIENCE)
            }
            Phase::Linked(_) => self.session.deadline().map(|ms| self.started + Duration::from_millis(ms)),
            Phase::Waiting { until } => Some(*until),
        }
    }

    fn now(&self) -> Moment {
        let elapsed = self.started.elapsed().as_millis();
        Moment {
            elapsed_ms: u64::try_from(elapsed).unwrap_or(u64::MAX),
            wall_ms: (self.environment.wall_clock)(),
        }
    }

    async fn say_goodbye(&mut self) {
        if let Phase::Linked(link) = std::mem::replace(&mut self.phase, Phase::Idle) {
            link.close().await;
        }
    }
}

async fn token_read(reading: &mut Option<Reading>) -> (Purpose, Result<Token, NoToken>) {
    let Some(Reading { purpose, answer, .. }) = reading else { return std::future::pending().await };
    let answer = answer.await.unwrap_or_else(|why| {
        // A keyring's library that panics is as good as no keyring.
        let cause = if why.is_panic() { "it failed badly" } else { "it was interrupted" };
        Err(NoToken::Unavailable { cause: cause.to_owned() })
    });
    (*purpose, answer)
}

async fn link_event(phase: &mut Phase) -> LinkEvent {
    match phase {
        Phase::Linked(link) => link.next().await,
        Phase::Idle | Phase::Waiting { .. } => std::future::pending().await,
    }
}

async fn reached(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
