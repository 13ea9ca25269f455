use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;

use super::{Answer, Command, socket_path};

/// Why the running sidecar could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error(
        "no sidecar answers at {path} ({error}); start one with `vigil-sidecar run`, or name its configuration \
         with --config"
    )]
    NotRunning { path: String, error: std::io::Error },
    #[error("the sidecar stopped before it had answered")]
    Ended,
    #[error("the sidecar's answer cannot be read ({0}); is it another version?")]
    Unreadable(String),
}

/// A connection to the control socket with one command under way.
#[derive(Debug)]
pub struct ControlClient {
    lines: Lines<BufReader<OwnedReadHalf>>,
    /// Kept: the sidecar takes a closed half for an asker that has gone.
    _ask: tokio::net::unix::OwnedWriteHalf,
}

impl ControlClient {
    /// Connects and asks.
    ///
    /// # Errors
    /// When no sidecar listens there.
    pub async fn ask(state_dir: &Path, command: Command) -> Result<Self, ControlError> {
        let path = socket_path(state_dir);
        let not_running = |error| ControlError::NotRunning { path: path.display().to_string(), error };
        let stream = UnixStream::connect(&path).await.map_err(not_running)?;
        let (read, mut write) = stream.into_split();
        let mut line =
            serde_json::to_vec(&command).map_err(|error| ControlError::Unreadable(error.to_string()))?;
        line.push(b'\n');
        write.write_all(&line).await.map_err(not_running)?;
        Ok(ControlClient { lines: BufReader::new(read).lines(), _ask: write })
    }

    /// The next line of the answer.
    ///
    /// # Errors
    /// When the sidecar goes away or says something unreadable.
    pub async fn next(&mut self) -> Result<Answer, ControlError> {
        match self.lines.next_line().await {
            Ok(Some(line)) => {
                serde_json::from_str(&line).map_err(|error| ControlError::Unreadable(error.to_string()))
            }
            Ok(None) | Err(_) => Err(ControlError::Ended),
        }
    }
}
