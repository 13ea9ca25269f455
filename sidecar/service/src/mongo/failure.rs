use std::future::Future;
use std::time::Duration;

use mongodb::error::{Error, ErrorKind};
use tokio::sync::watch;
use tokio::time::Instant;
use vigil_capture::Failure;

/// No reply for so long, and no sign of life for [`SILENCE`]: the connection is lost.
const REPLY: Duration = Duration::from_secs(8);
const SILENCE: Duration = Duration::from_secs(6);

/// What happened, without the server's message: that may spell out values and resume tokens.
pub(super) fn of(error: &Error) -> Failure {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => {
            let mut labels: Vec<String> = error.labels().iter().cloned().collect();
            labels.sort_unstable();
            Failure::Command { code: command.code, name: command.code_name.clone(), labels }
        }
        ErrorKind::Authentication { .. } => Failure::Authentication,
        ErrorKind::ServerSelection { .. } => Failure::NoServer,
        ErrorKind::InvalidTlsConfig { .. } => Failure::Tls,
        ErrorKind::InvalidArgument { .. } | ErrorKind::Transaction { .. } => Failure::Configuration,
        ErrorKind::IncompatibleServer { .. } | ErrorKind::SessionsNotSupported => Failure::TooOld,
        ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } => Failure::BadReply,
        // I/O, DNS, a pool that was cleared, and what the driver may add.
        _ => Failure::Network,
    }
}

/// Waits at most `limit` for one reply.
pub(super) async fn within<T>(
    limit: Duration,
    reply: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, reply).await {
        Ok(reply) => reply.map_err(|error| of(&error)),
        Err(_) => Err(Failure::TimedOut),
    }
}

/// Waits for a reply while the server shows by `heartbeat` that it lives, at most `limit`: a stream
/// that has to pass by much that it does not want may be silent for long; a lost connection may not.
pub(super) async fn patiently<T>(
    heartbeat: &watch::Receiver<Instant>,
    limit: Duration,
    reply: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    let asked = Instant::now();
    tokio::pin!(reply);
    loop {
        if let Ok(reply) = tokio::time::timeout(Duration::from_millis(500), &mut reply).await {
            return reply.map_err(|error| of(&error));
        }
        let silent = heartbeat.borrow().elapsed() > SILENCE;
        if asked.elapsed() > limit || (asked.elapsed() > REPLY && silent) {
            return Err(Failure::TimedOut);
        }
    }
}
