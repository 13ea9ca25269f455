//! Text for terminals.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

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

/// Overwrites one line on stderr, where that is a terminal.
pub fn progress(text: &str) {
    if io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
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
