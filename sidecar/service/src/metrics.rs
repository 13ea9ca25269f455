//! Figures about the sidecar itself, for Prometheus. Labels hold codes and names of parts, never a
//! field's value, a key or a user.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use vigil_wire::{RedisState, SourceState, SourceStatus};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The process's recorder; installed at the first call.
pub fn recorder() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Another recorder can only be there when this crate is embedded; then its host exports.
        drop(metrics::set_global_recorder(recorder));
        handle
    })
}

pub(crate) fn persisted(took: Duration) {
    histogram!("vigil_persist_seconds").record(took.as_secs_f64());
}

pub(crate) fn published(seq: u64) {
    counter!("vigil_states_published_total").increment(1);
    // A gauge is a double; a board has not 2^53 states.
    #[allow(clippy::cast_precision_loss)]
    gauge!("vigil_seq").set(seq as f64);
}

pub(crate) fn log_failed() {
    counter!("vigil_log_failures_total").increment(1);
}

/// 0: off, 1: live, 2: degraded.
pub(crate) fn redis_state(state: RedisState) {
    let code = match state {
        RedisState::Off => 0.0,
        RedisState::Live => 1.0,
        RedisState::Degraded => 2.0,
    };
    gauge!("vigil_redis_state").set(code);
}

/// State 0: starting, 1: live, 2: catching up, 3: re-syncing, 4: down.
pub(crate) fn source(source: &SourceStatus) {
    let code = match source.state {
        SourceState::Starting => 0.0,
        SourceState::Live => 1.0,
        SourceState::CatchingUp => 2.0,
        SourceState::Resyncing => 3.0,
        SourceState::Down => 4.0,
    };
    gauge!("vigil_source_state").set(code);
    // Both are far below 2^53 milliseconds.
    #[allow(clippy::cast_precision_loss)]
    {
        gauge!("vigil_source_lag_seconds").set(source.lag_ms as f64 / 1e3);
        gauge!("vigil_clock_offset_seconds").set(source.clock_offset_ms as f64 / 1e3);
    }
}

pub(crate) fn clients(open: usize) {
    #[allow(clippy::cast_precision_loss)]
    gauge!("vigil_clients").set(open as f64);
}

pub(crate) fn frame_sent(bytes: usize) {
    counter!("vigil_frames_sent_total").increment(1);
    counter!("vigil_frame_bytes_sent_total").increment(bytes as u64);
}

pub(crate) fn socket_closed(code: u16) {
    counter!("vigil_sockets_closed_total", "code" => code.to_string()).increment(1);
}

pub(crate) fn token_refused() {
    counter!("vigil_tokens_refused_total").increment(1);
}
