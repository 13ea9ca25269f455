use std::time::Duration;

use tracing::info;
use vigil_capture::Failure;

use super::Own;
use crate::mongo::Source;

const EVERY: Duration = Duration::from_secs(60);
/// Somebody may grant the right while the sidecar runs; a refusal is a line in MongoDB's own log.
const AFTER_REFUSAL: Duration = Duration::from_secs(3_600);
const NOT_AUTHORIZED: i32 = 13;

/// Asks how far the oplog goes back, about once a minute, for as long as it is polled.
pub async fn watch(own: Own, source: Source) {
    let mut said = false;
    loop {
        let window = source.oplog_window_s().await;
        own.set_oplog_window(window.as_ref().ok().map(|seconds| f64::from(*seconds) / 3_600.0));
        let refused = matches!(window, Err(Failure::Command { code: NOT_AUTHORIZED, .. }));
        if refused && !std::mem::replace(&mut said, true) {
            info!(
                "oplog_window_h is not available: the MongoDB user may not read local.oplog.rs; that right is optional \
                 (vigil-sidecar role --oplog-window)"
            );
        }
        tokio::time::sleep(if refused { AFTER_REFUSAL } else { EVERY }).await;
    }
}
