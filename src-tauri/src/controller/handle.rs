use tokio::sync::{mpsc, oneshot};

use crate::shell::Shell;

/// Requests that wait for the controller; it handles one in microseconds.
const INBOX_REQUESTS: usize = 64;

/// What the shell asks of the controller.
#[derive(Debug)]
pub enum Request<Screen> {
    Attach(Screen),
    Retry,
    Painted(u64),
    /// Says goodbye to the server, answers, and ends.
    Stop(oneshot::Sender<()>),
}

/// The controller's inbox, for whoever runs it.
pub type Inbox<S> = mpsc::Receiver<Request<<S as Shell>::Screen>>;

/// How commands reach the controller. After the controller has ended, requests go nowhere.
#[derive(Debug)]
pub struct Handle<S: Shell> {
    requests: mpsc::Sender<Request<S::Screen>>,
}

impl<S: Shell> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Handle { requests: self.requests.clone() }
    }
}

/// A handle, and the inbox to make the controller with.
pub fn handle<S: Shell>() -> (Handle<S>, Inbox<S>) {
    let (requests, inbox) = mpsc::channel(INBOX_REQUESTS);
    (Handle { requests }, inbox)
}

impl<S: Shell> Handle<S> {
    /// This screen is shown the whole state, then what changes.
    pub async fn attach(&self, screen: S::Screen) {
        self.ask(Request::Attach(screen)).await;
    }

    /// Reads settings and keyring again and connects at once, unless connected.
    pub async fn retry(&self) {
        self.ask(Request::Retry).await;
    }

    /// The screen shows the state `seq`.
    pub async fn painted(&self, seq: u64) {
        self.ask(Request::Painted(seq)).await;
    }

    /// Ends the controller; returns when the server has been told.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        self.ask(Request::Stop(done)).await;
        // An error means that it had ended before.
        ended.await.ok();
    }

    async fn ask(&self, request: Request<S::Screen>) {
        if self.requests.send(request).await.is_err() {
            tracing::debug!("a request came after the end");
        }
    }
}
