use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use vigil_wire::SourceState;

use crate::mongo::{Outcome, Probe, Source};

const EVERY: Duration = Duration::from_secs(2);
/// A first read that has not begun to bring data by then is looked into.
const LATE: Duration = Duration::from_secs(4);
/// A collection that was made a moment ago cannot be read as of a known time yet either.
const TIMES: u32 = 4;

/// Waits until it is sure that a collection of the board cannot be watched, and says what `check` says of
/// it; for ever where all can. It asks until the first read has ended, and only what costs little.
pub async fn unwatchable(source: Source, state: watch::Receiver<SourceState>) -> Probe {
    let started = Instant::now();
    let (mut failed, mut listed) = (0, false);
    loop {
        let starting = *state.borrow() == SourceState::Starting;
        if listed && !starting {
            return std::future::pending().await;
        }
        let late = starting && started.elapsed() > LATE;
        // While nobody answers there is nothing to say about collections.
        if (late || !listed) && source.moment().await.is_ok() {
            let probes = if late { source.probe().await } else { source.collections().await };
            let bad = probes.into_iter().find(|p| p.name == "collections" && p.outcome == Outcome::Fail);
            match bad {
                Some(probe) if failed + 1 >= TIMES => return probe,
                Some(_) => failed += 1,
                // A long read it is, and no more.
                None if late => return std::future::pending().await,
                None => (failed, listed) = (0, true),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
