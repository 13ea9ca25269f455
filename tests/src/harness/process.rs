use std::io::{BufRead, BufReader, PipeReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::process::Child;
use tokio::sync::watch;

use super::error::{Failure, Outcome, While};

/// A program that ends when this value is dropped, and also when the program that started it dies,
/// however it dies.
pub struct Process {
    name: String,
    child: Child,
    output: Output,
}

/// Everything that the program has said, on standard output and standard error, line by line.
#[derive(Clone)]
pub struct Output {
    lines: Arc<Mutex<Vec<String>>>,
    /// How many lines there are; closed when the program closed its output.
    count: watch::Receiver<usize>,
}

impl Process {
    /// Starts the program in a process group of its own, its output collected.
    pub fn start(name: &str, mut command: Command) -> Outcome<Process> {
        let (reader, writer) = std::io::pipe().doing("open a pipe")?;
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone().doing("open a pipe")?)
            .stderr(writer)
            .process_group(0);
        die_with_parent(&mut command);
        let program = command.get_program().to_owned();
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let child = command.spawn().doing(format!("start {name} ({})", program.display()))?;
        Ok(Process { name: name.to_owned(), child, output: Output::collect(reader) })
    }

    /// Process id; `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Sends a signal (`libc::SIG…`) to the program; nothing happens when it has ended.
    pub fn signal(&self, signal: i32) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            // SAFETY: kill has no memory preconditions; the child is not reaped yet, so the id is its.
            #[allow(unsafe_code)]
            let _ = unsafe { libc::kill(id, signal) };
        }
    }

    /// Waits until the program ends by itself.
    pub async fn ended(&mut self, within: Duration) -> Outcome<ExitStatus> {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => status.doing(format!("wait for {}", self.name)),
            Err(_) => Err(self.failure(&format!("did not end within {within:?}"))),
        }
    }

    /// Asks the program to end (SIGTERM) and waits; kills it when it does not.
    pub async fn stop(&mut self, within: Duration) -> Outcome<ExitStatus> {
        self.signal(libc::SIGTERM);
        let ended = self.ended(within).await;
        if ended.is_err() {
            self.kill().await;
        }
        ended
    }

    /// Ends the program at once (SIGKILL), and waits until it is gone.
    pub async fn kill(&mut self) {
        self.signal_group();
        if let Err(gone) = self.child.wait().await {
            eprintln!("{}: {gone}", self.name);
        }
    }

    /// Waits for a line for which `wanted` gives something. Lines that are there already count.
    pub async fn line<T>(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Outcome<T> {
        let found = tokio::time::timeout(within, self.output.clone().find(0, wanted)).await;
        match found {
            Ok(Some(found)) => Ok(found),
            Ok(None) => {
                let status = self.ended(Duration::from_secs(5)).await?;
                Err(self.failure(&format!("ended ({}) before {what}", describe(status))))
            }
            Err(_) => Err(self.failure(&format!("no {what} within {within:?}"))),
        }
    }

    /// A failure with what the program said last.
    pub fn failure(&self, what: &str) -> Failure {
        Failure(format!("{} {what}; it said last:\n{}", self.name, self.output.tail(20)))
    }

    fn signal_group(&self) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            // SAFETY: as in `signal`; the group was made by `process_group(0)` and holds only what this child started.
            #[allow(unsafe_code)]
            let _ = unsafe { libc::kill(-id, libc::SIGKILL) };
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal_group();
        // Its files are deleted next, so it must be gone; SIGKILL takes a moment.
        let deadline = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Output {
    fn collect(reader: PipeReader) -> Output {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (said, count) = watch::channel(0);
        let kept = Arc::clone(&lines);
        // A thread, not a task: a full pipe would stop the program while the test does something else.
        std::thread::spawn(move || {
            let mut reader = BufReader::new(reader);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                let mut lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
                lines.push(text);
                said.send_replace(lines.len());
                line.clear();
            }
        });
        Output { lines, count }
    }

    /// How many lines were said so far: a place to go on from.
    pub fn len(&self) -> usize {
        *self.count.borrow()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    pub fn tail(&self, lines: usize) -> String {
        let said = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        said[said.len().saturating_sub(lines)..].join("\n")
    }

    /// Looks at every line from number `from` on, as they come; `None` when the output was closed without one.
    pub async fn find<T>(mut self, from: usize, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut seen = from;
        let mut closed = false;
        loop {
            {
                let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(found) = lines.iter().skip(seen).find_map(|line| wanted(line)) {
                    return Some(found);
                }
                seen = seen.max(lines.len());
            }
            // Lines may have come between the last look and the end: look once more after it.
            if closed {
                return None;
            }
            closed = self.count.changed().await.is_err();
        }
    }
}

/// The kernel sends SIGKILL to the child when the thread that starts it is gone. Threads that start
/// programs here are those of the runtime or of a test, which live as long as the program is wanted.
fn die_with_parent(command: &mut Command) {
    // SAFETY: prctl and getppid are async-signal-safe and touch no memory of ours.
    #[allow(unsafe_code)]
    unsafe {
        let parent = libc::getpid();
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            // The parent may have died before the line above.
            if libc::getppid() != parent {
                return Err(std::io::Error::other("the parent is gone"));
            }
            Ok(())
        });
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no exit code".to_owned(),
    }
}

/// Where a program is on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}
