use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::warn;
use vigil_board::Board;
use vigil_wire::AsOf;

use crate::mongo::Source;
use crate::operation::{Frozen, Request};
use crate::own::Own;
use crate::verify;

use super::{Answer, Command, MetricLine, Values, socket_path};

/// How often `watch` looks for changes.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Looks for the stream to have passed MongoDB's last write.
const PASSING_TRIES: u32 = 20;
/// A command is a word; more than this is not one.
const COMMAND_BYTES: u64 = 4_096;
/// Linux's `sun_path`, without its end mark.
const SOCKET_PATH_BYTES: usize = 107;

/// The listening socket; dropping it stops it and removes the file.
#[derive(Debug)]
pub struct ControlServer {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.task.abort();
        // Gone already is as good.
        drop(std::fs::remove_file(&self.path));
    }
}

/// What answers are made of.
#[derive(Clone)]
struct Desk {
    board: Arc<Board>,
    source: Source,
    requests: mpsc::Sender<Request>,
    own: Own,
}

/// Opens the control socket in `state_dir`.
///
/// # Errors
/// When the folder cannot be made or another sidecar listens there.
pub fn serve(
    state_dir: &Path,
    board: Arc<Board>,
    source: Source,
    requests: mpsc::Sender<Request>,
    own: Own,
) -> io::Result<ControlServer> {
    let path = socket_path(state_dir);
    make_state_dir(state_dir)?;
    if std::os::unix::net::UnixStream::connect(&path).is_ok() {
        return Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            format!("another sidecar is running with the state folder {}", state_dir.display()),
        ));
    }
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let desk = Desk { board, source, requests, own };
    let task = tokio::spawn(accept(listener, desk));
    Ok(ControlServer { path, task })
}

/// Makes the folder, private to this user; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made, or its path is too long for a socket in it.
pub fn make_state_dir(state_dir: &Path) -> io::Result<()> {
    if socket_path(state_dir).as_os_str().len() > SOCKET_PATH_BYTES {
        let message = format!("the path {} is too long for a socket in it", state_dir.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state_dir)
}

async fn accept(listener: UnixListener, desk: Desk) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(answer(stream, desk.clone()));
            }
            Err(error) => {
                warn!(%error, "control socket");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, desk: Desk) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(COMMAND_BYTES)).lines();
    let Ok(Some(line)) = lines.next_line().await else { return };
    let outcome = match serde_json::from_str(&line) {
        Ok(Command::Verify) => desk.verify(&mut write).await,
        Ok(Command::Watch) => desk.watch(&mut write).await,
        Err(_) => say(&mut write, &Answer::Error("unknown command; ask verify or watch".to_owned())).await,
    };
    if let Err(error) = outcome
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        warn!(%error, "control socket");
    }
}

impl Desk {
    async fn verify(&self, write: &mut OwnedWriteHalf) -> io::Result<()> {
        let frozen = match self.freeze().await {
            Ok(frozen) => frozen,
            Err(why) => return say(write, &Answer::Error(why)).await,
        };
        let replaced = frozen.replaced;
        let mut round = verify::Round::new(self.board.clone(), frozen, &self.source);
        let of = round.len();
        let mut done = 0;
        while round.step().await {
            done += 1;
            say(write, &Answer::Progress { done, of }).await?;
        }
        let mut report = round.report();
        if report.drifted() > 0 && self.may_be_replaced_since(replaced).await {
            report.discard_drift("a collection was dropped or replaced meanwhile; ask again");
        }
        self.own.verified(&report);
        if report.drifted() > 0 {
            warn!(
                metrics = report.drifted(),
                "values differ from MongoDB's own answers; `vigil-sidecar verify` lists them"
            );
        }
        say(write, &Answer::Verified(report)).await
    }

    /// Whether a collection was dropped or replaced since `before`, or that cannot be told: a read at a
    /// time before a drop comes back empty, without an error.
    async fn may_be_replaced_since(&self, before: u64) -> bool {
        let Ok(last) = self.source.last_write().await else { return true };
        for _ in 0..PASSING_TRIES {
            if let Ok(frozen) = self.freeze().await
                && frozen.at >= last
            {
                return frozen.replaced != before;
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
        true
    }

    async fn watch(&self, write: &mut OwnedWriteHalf) -> io::Result<()> {
        let mut before: Option<Vec<MetricLine>> = None;
        loop {
            match self.freeze().await {
                Ok(frozen) => {
                    let values = self.values(&frozen);
                    if before.as_ref() != Some(&values.metrics) {
                        say(write, &Answer::Values(values.clone())).await?;
                        before = Some(values.metrics);
                    }
                }
                Err(why) => say(write, &Answer::Error(why)).await?,
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    }

    async fn freeze(&self) -> Result<Frozen, String> {
        let (reply, frozen) = oneshot::channel();
        let stopping = |_| "the sidecar is stopping".to_owned();
        self.requests.send(Request::Freeze(reply)).await.map_err(|_| stopping(()))?;
        frozen.await.map_err(|_| stopping(()))?.map_err(|why| why.to_string())
    }

    fn values(&self, frozen: &Frozen) -> Values {
        let lines = self.board.metrics.iter().zip(&frozen.states).map(|(metric, state)| {
            let by = metric.breakdowns();
            let name = |(breakdown, key): &(u8, String)| {
                format!("{}={key}", by.get(usize::from(*breakdown)).unwrap_or(&"?"))
            };
            MetricLine {
                id: metric.id.clone(),
                total: state.total.clone(),
                groups: state.groups.iter().map(|(group, value)| (name(group), value.clone())).collect(),
            }
        });
        Values {
            as_of: AsOf { t: frozen.at, now: frozen.now },
            confirmed: frozen.confirmed,
            metrics: lines.collect(),
        }
    }
}

async fn say(write: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    write.write_all(&line).await
}
