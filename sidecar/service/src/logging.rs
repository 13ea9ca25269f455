//! Where log lines go: stderr, as text or, with `VIGIL_LOG_FORMAT=json`, a JSON object a line.
//!
//! `VIGIL_LOG` filters them (`info` when unset; `vigil_sidecar=debug` and the like).

use tracing_subscriber::EnvFilter;

/// Call once, before the first log line.
pub fn start() {
    let filter = EnvFilter::try_from_env("VIGIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("VIGIL_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().flatten_event(true).init();
    } else {
        lines.with_target(false).init();
    }
}
