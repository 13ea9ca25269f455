//! What the sidecar measures of itself, beside its source: shared by the tasks that measure and the
//! run loop that shows it.

mod audit;
mod incidents;
mod load;
mod oplog;
mod process;
mod ring;
mod send_lag;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vigil_board::{Board, Source as MetricSource, SystemFigure};
use vigil_engine::Engine;
use vigil_wire::{Millis, NoData, Value};

use crate::verify::Report;

pub use incidents::Incidents;
pub use load::Load;
pub use oplog::watch as watch_oplog;
pub use send_lag::SendLag;

use audit::Ledger;
use process::Process;

/// What is shown is at most so old. Reading it costs little, but the run loop passes here per batch.
const EVERY: Duration = Duration::from_secs(1);

/// All of it; clones share one.
#[derive(Debug, Clone, Default)]
pub struct Own(Arc<Measures>);

#[derive(Debug, Default)]
struct Measures {
    send_lag: SendLag,
    load: Load,
    incidents: Incidents,
    audit: Mutex<Ledger>,
    /// Hours; `None` while it is not known.
    oplog_window_h: Mutex<Option<f64>>,
}

impl Own {
    pub fn send_lag(&self) -> &SendLag {
        &self.0.send_lag
    }

    pub fn load(&self) -> &Load {
        &self.0.load
    }

    pub fn incidents(&self) -> &Incidents {
        &self.0.incidents
    }

    /// What a round of verification found.
    pub fn verified(&self, report: &Report) {
        locked(&self.0.audit).record(report);
    }

    fn set_oplog_window(&self, hours: Option<f64>) {
        *locked(&self.0.oplog_window_h) = hours;
    }

    /// Makes what tells an engine of it.
    pub fn teller(&self, board: &Board) -> Teller {
        let audited = board.metrics.iter().filter(|metric| !matches!(metric.source, MetricSource::System(_)));
        Teller {
            own: self.clone(),
            process: Process::default(),
            audited: audited.map(|metric| metric.id.clone()).collect(),
            told: None,
        }
    }
}

/// Tells an engine the figures that boards may name; one per run loop.
#[derive(Debug)]
pub struct Teller {
    own: Own,
    process: Process,
    /// Ids of the metrics that MongoDB can be asked about.
    audited: Vec<String>,
    told: Option<Instant>,
}

impl Teller {
    /// Does nothing when it has just been done. `now` is MongoDB's.
    pub fn tell(&mut self, engine: &mut Engine, now: Millis) {
        let at = Instant::now();
        if self.told.is_some_and(|told| at.duration_since(told) < EVERY) {
            return;
        }
        self.told = Some(at);
        for (figure, value) in self.readings(at, now) {
            engine.set_system(figure, value.unwrap_or(Value::None(NoData::Unavailable)));
        }
    }

    fn readings(&mut self, at: Instant, now: Millis) -> [(SystemFigure, Option<Value>); 9] {
        let measures = &self.own.0;
        let audit = locked(&measures.audit).summary(&self.audited, now);
        self.process.sample(at);
        let rounded = |value: f64, grain: f64| Value::Double((value / grain).round() * grain);
        // Coarse, so that a figure that trembles is not a change a second.
        let tenths = |value: f64| Value::Double((value * 10.0).round() / 10.0);
        let hundredths = |value: f64| Value::Double((value * 100.0).round() / 100.0);
        [
            (SystemFigure::OplogWindowH, locked(&measures.oplog_window_h).map(tenths)),
            (SystemFigure::AuditDrift, audit.drift.map(count)),
            (SystemFigure::MetricsVerifiedShare, audit.share.map(Value::Double)),
            (SystemFigure::OldestVerification, audit.oldest.map(Value::Date)),
            (SystemFigure::SendLagP99Ms, measures.send_lag.p99_ms(at).map(tenths)),
            (SystemFigure::CpuShare, self.process.cpu_share().map(hundredths)),
            (SystemFigure::MemoryBytes, process::memory_bytes().map(|bytes| rounded(bytes, 1_048_576.0))),
            (SystemFigure::OwnLoad, measures.load.per_second(at).map(tenths)),
            (SystemFigure::Errors1h, Some(count(measures.incidents.last_hour(at)))),
        ]
    }
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is whole after every statement, so a panic elsewhere leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
