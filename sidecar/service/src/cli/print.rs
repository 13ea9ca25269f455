//! Text for terminals.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vigil_wire::{NoData, Value};

/// A line on stdout.
///
/// # Errors
/// With the exit code when nobody reads any more (`| head`), which is no failure, or the disk is full.
pub fn line(text: &str) -> Result<(), ExitCode> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// How often progress is said where it cannot overwrite itself.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// What is being done, on stderr: one line that overwrites itself on a terminal, elsewhere a line now
/// and then.
pub struct Progress {
    terminal: bool,
    said: Instant,
}

impl Progress {
    pub fn new() -> Self {
        Progress { terminal: io::stderr().is_terminal(), said: Instant::now() }
    }

    pub fn say(&mut self, text: &str) {
        if self.terminal {
            eprint!("\r\x1b[K{text}");
        } else if self.said.elapsed() >= PROGRESS_EVERY {
            self.said = Instant::now();
            eprintln!("{text}");
        }
    }

    /// A step that is worth a line of its own.
    pub fn step(&mut self, text: &str) {
        self.clear();
        eprintln!("{text}");
    }

    fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    /// Leaves the line empty for what comes.
    fn drop(&mut self) {
        self.clear();
    }
}

/// "1 problem", "2 problems".
pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A value as exact text.
pub fn value(value: &Value) -> String {
    match value {
        Value::None(why) => format!("— ({})", reason(*why)),
        Value::Int(n) => n.to_string(),
        Value::Double(x) => x.to_string(),
        Value::Decimal(text) | Value::Text(text) => text.clone(),
        Value::Date(ms) => instant(*ms),
    }
}

/// UTC, to the second.
pub fn instant(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

fn reason(why: NoData) -> &'static str {
    match why {
        NoData::Empty => "no rows",
        NoData::DivisionByZero => "division by zero",
        NoData::MissingInput => "an input has no value",
        NoData::TooManyGroups => "too many groups",
        NoData::Unavailable => "not available",
    }
}
