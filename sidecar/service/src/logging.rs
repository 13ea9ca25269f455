//! Where log lines go: stderr, as text or, with `VIGIL_LOG_FORMAT=json`, a JSON object a line.
//!
//! `VIGIL_LOG` filters them (`info` when unset; `vigil_sidecar=debug` and the like).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

/// Libraries that print what they carry, tokens and values among it, at their finer levels.
const CARRIERS: [&str; 6] = ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "redis", "mongodb"];

/// Call once, before the first log line.
pub fn start() {
    let filter = EnvFilter::try_from_env("VIGIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = CARRIERS.iter().fold(filter, |filter, carrier| {
        let quiet = format!("{carrier}=info").parse::<Directive>();
        filter.add_directive(quiet.unwrap_or_else(|_| LevelFilter::INFO.into()))
    });
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("VIGIL_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().flatten_event(true).init();
    } else {
        lines.with_target(false).init();
    }
}
