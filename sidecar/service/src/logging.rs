//! Where log lines go: stderr, as text or, with `VIGIL_LOG_FORMAT=json`, a JSON object a line.
//!
//! `VIGIL_LOG` filters them (`info` when unset; `vigil_sidecar=debug` and the like).

use std::io::IsTerminal;

use tracing_subscriber::filter::{Directive, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::own::Incidents;

/// Libraries that print what they carry, tokens and values among it, at their finer levels.
const CARRIERS: [&str; 6] = ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "redis", "mongodb"];

/// Whether each line is a JSON object.
pub fn is_json() -> bool {
    std::env::var("VIGIL_LOG_FORMAT").is_ok_and(|format| format == "json")
}

/// Call once, before the first log line.
pub fn start(incidents: Incidents) {
    let filter = EnvFilter::try_from_env("VIGIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = CARRIERS.iter().fold(filter, |filter, carrier| {
        let quiet = format!("{carrier}=info").parse::<Directive>();
        filter.add_directive(quiet.unwrap_or_else(|_| LevelFilter::INFO.into()))
    });
    let lines = fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let lines = match is_json() {
        true => lines.json().flatten_event(true).boxed(),
        false => lines.with_target(false).boxed(),
    };
    // The filter is of the lines: what they leave out is counted all the same.
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(incidents).init();
}
