use std::time::Duration;

use redis::AsyncConnectionConfig;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{info, warn};
use vigil_publish::{Acquired, Lease, Script};

use super::{Found, LogFailure, invoke};
use crate::random;

const CONNECT_BOUND: Duration = Duration::from_secs(2);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Finds Redis, and the right to write the log.
pub(super) struct Healer {
    client: redis::Client,
    /// All but the nonce.
    lease: Lease,
}

enum Attempt {
    Found(Box<Found>),
    /// Another sidecar leads.
    Held {
        ms: u64,
    },
}

impl Healer {
    pub fn new(client: redis::Client, lease: Lease) -> Self {
        Healer { client, lease }
    }

    pub fn lease_ms(&self) -> u64 {
        self.lease.shape.lease_ms
    }

    /// Looks for Redis until it is found, or until nobody listens. The first try is at once.
    pub fn start(&self, earlier: Option<String>) -> mpsc::Receiver<Found> {
        let (sender, receiver) = mpsc::channel(1);
        let (client, mut lease) = (self.client.clone(), self.lease.clone());
        lease.earlier = earlier;
        tokio::spawn(async move {
            tokio::select! {
                found = search(&client, lease) => drop(sender.send(found).await),
                () = sender.closed() => {}
            }
        });
        receiver
    }
}

async fn search(client: &redis::Client, mut lease: Lease) -> Found {
    let mut wait = FIRST_WAIT;
    let mut said = String::new();
    loop {
        // An earlier try may have got the lease though its answer was lost.
        let tried = std::mem::replace(&mut lease.nonce, random::hex::<16>());
        if !tried.is_empty() && lease.earlier.is_none() {
            lease.earlier = Some(tried);
        }
        let why = match attempt(client, &lease).await {
            Ok(Attempt::Found(found)) => {
                info!("writing the log in Redis");
                return *found;
            }
            Ok(Attempt::Held { ms }) => {
                wait = wait.max(Duration::from_millis(ms)).min(LONGEST_WAIT);
                "another sidecar holds the lease of this board".to_owned()
            }
            Err(failure) => failure.to_string(),
        };
        if said != why {
            warn!(reason = why, "the log in Redis cannot be written; going on from memory");
            said = why;
        }
        tokio::time::sleep(random::jittered(wait)).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn attempt(client: &redis::Client, lease: &Lease) -> Result<Attempt, LogFailure> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_BOUND))
        .set_response_timeout(Some(CONNECT_BOUND));
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    let mut connection = timeout(CONNECT_BOUND, connecting).await.map_err(|_| unanswered())??;
    // So that the first append finds its script there.
    let load = redis::cmd("SCRIPT").arg("LOAD").arg(Script::Append.text()).to_owned();
    load.query_async::<String>(&mut connection).await?;
    let answer: Vec<String> = invoke(&mut connection, &lease.acquire()).await?;
    Ok(match Acquired::parse(&answer)? {
        Acquired::Ok { last } => Attempt::Found(Box::new(Found { connection, lease: lease.clone(), last })),
        Acquired::Held { ms } => Attempt::Held { ms },
    })
}

fn unanswered() -> LogFailure {
    let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer while connecting");
    LogFailure::Redis(error.into())
}
