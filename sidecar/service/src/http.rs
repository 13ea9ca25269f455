//! The port: probes, figures and the socket's handshake, with clients counted and an orderly end.

mod accept;
mod handshake;
mod probes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use vigil_publish::{Epoch, LogShape, Published, REPLAY_SEQS};
use vigil_session::Catalogue;
use vigil_wire::{BoardSchema, Limits, RedisState, SourceState};

use crate::auth::{AuthProblem, Verifier};
use crate::clock::MongoClock;
use crate::config::{Auth, Redis};
use crate::hub::Hub;
use crate::metrics;
use crate::own::Own;
use crate::publisher::{Publisher, Publishing};
use crate::random;
use crate::redis_log::RedisLog;

/// For clients to be told, and the last step to be written.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    pub listen: SocketAddr,
    pub auth: Auth,
    /// `None`: this sidecar runs alone.
    pub redis: Option<Redis>,
    /// Web origins that may open a socket; requests without an `Origin` may always.
    pub allowed_origins: Vec<String>,
    /// Open sockets; more are closed with 4529.
    pub max_clients: usize,
    pub limits: Limits,
    pub log: LogShape,
    pub own: Own,
    /// States that a client can be away for, at most `REPLAY_SEQS`.
    pub replay_seqs: usize,
}

impl ServeConfig {
    /// The usual limits.
    pub fn new(listen: SocketAddr, auth: Auth) -> Self {
        ServeConfig {
            listen,
            auth,
            redis: None,
            allowed_origins: Vec::new(),
            max_clients: 10_000,
            limits: Limits { frame_bytes: 64 << 10, idle_ms: 60_000 },
            log: LogShape::default(),
            own: Own::default(),
            replay_seqs: REPLAY_SEQS,
        }
    }
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeProblem {
    #[error(
        "cannot listen on {address}: {error}; another program has the port, or the address is not this machine's"
    )]
    Listen { address: SocketAddr, error: std::io::Error },
    #[error(transparent)]
    Auth(#[from] AuthProblem),
    #[error("redis.url cannot be used: {0}")]
    Redis(#[from] redis::RedisError),
}

/// What every connection shares.
pub(crate) struct Server {
    pub hub: Arc<Hub>,
    pub verifier: Verifier,
    pub clock: MongoClock,
    pub catalogue: Arc<Catalogue>,
    pub limits: Limits,
    pub max_clients: usize,
    pub allowed_origins: Vec<String>,
    pub clients: watch::Sender<usize>,
    pub stop: watch::Receiver<bool>,
    pub source: watch::Receiver<SourceState>,
    pub redis: watch::Receiver<RedisState>,
    pub own: Own,
    pub started: Instant,
}

impl Server {
    /// Milliseconds since the server started, on a clock that nobody can set.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Waits for the server's end.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is an end too.
    drop(stop.wait_for(|stop| *stop).await);
}

/// One open socket, counted as long as this lives.
pub(crate) struct Counted(Arc<Server>);

impl Counted {
    pub fn new(server: Arc<Server>) -> Self {
        server.clients.send_modify(|open| *open += 1);
        metrics::clients(*server.clients.borrow());
        Counted(server)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.clients.send_modify(|open| *open = open.saturating_sub(1));
        metrics::clients(*self.0.clients.borrow());
    }
}

/// A running server.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    clients: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
    publishing: JoinHandle<()>,
    upkeep: JoinHandle<()>,
}

impl Serving {
    /// Where it listens; the port is a real one though 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Tells every client to come back later, gives the lease back, and ends; within seconds.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let gone = async {
            // Both end by themselves; a panic in one has been reported where it happened.
            drop((&mut self.accepting).await);
            drop(self.clients.wait_for(|open| *open == 0).await.map(|open| *open));
            drop((&mut self.publishing).await);
        };
        if timeout(SHUTDOWN_LIMIT, gone).await.is_err() {
            tracing::warn!("some connections did not end in time and are cut");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.accepting.abort();
        self.upkeep.abort();
        // The publishing task gives the lease back and ends by itself.
    }
}

/// Serves one board. `source` is how MongoDB is followed, for `/readyz`.
///
/// # Errors
/// When the port, the key or the Redis URL cannot be used. A Redis that does not answer is no error.
pub async fn serve(
    config: ServeConfig,
    schema: BoardSchema,
    clock: MongoClock,
    source: watch::Receiver<SourceState>,
) -> Result<(Publisher, Serving), ServeProblem> {
    // Before anything is counted: without a recorder a figure goes nowhere.
    metrics::recorder();
    metrics::clients(0);
    let verifier = Verifier::new(&config.auth)?;
    let log = match &config.redis {
        Some(redis) => RedisLog::connect(redis, &schema, config.log)?,
        None => RedisLog::off(),
    };
    metrics::redis_state(log.state());
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(|error| ServeProblem::Listen { address: config.listen, error })?;
    let address = listener.local_addr().unwrap_or(config.listen);

    let number = u64::try_from(clock.now()).unwrap_or(1).max(1);
    let published = Published::new(&schema.id, schema.metrics.len(), Epoch::new(random::bytes(), number))
        .with_replay_seqs(config.replay_seqs);
    let (stop, stopping) = watch::channel(false);
    let (clients, open) = watch::channel(0);
    let catalogue = Arc::new(Catalogue::of([&schema]));
    let hub = Arc::new(Hub::new(schema, published.clone(), log.state(), clock.now()));
    let (publisher, publishing) = Publishing::new(hub.clone(), log, published, clock.clone(), open.clone());
    let server = Arc::new(Server {
        hub,
        verifier,
        clock,
        catalogue,
        limits: config.limits,
        max_clients: config.max_clients,
        allowed_origins: config.allowed_origins,
        clients,
        stop: stopping.clone(),
        source,
        redis: publisher.redis_state(),
        own: config.own,
        started: Instant::now(),
    });
    let serving = Serving {
        address,
        stop,
        clients: open,
        accepting: tokio::spawn(accept::run(listener, server)),
        publishing: tokio::spawn(publishing.run(stopping)),
        upkeep: tokio::spawn(upkeep()),
    };
    Ok((publisher, serving))
}

/// The recorder's histograms are drained by nobody else.
async fn upkeep() {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        every.tick().await;
        metrics::recorder().run_upkeep();
    }
}
