//! Drivers of the capture crate: everything that is said to MongoDB is said here.
//!
//! Nothing of this module writes to the watched database. No error and no log line holds a field's
//! value, an `_id`, a resume token or a part of the connection string but host names.
//!
//! # What [`follow`] sends, and in which order
//!
//! 1. **A read of everything**, at the start and after every [`SourceEvent::Resync`]: per collection
//!    `ScanBegin`, any number of `ScanBatch`, `ScanEnd`; after the last collection one `Synced`. A
//!    scan that fails is begun again by a new `ScanBegin` of its collections: what was loaded before
//!    is to be forgotten then. Nothing is exact from `ScanBegin` until `Synced { at }` came *and* a
//!    `Batch` with `complete >= at`.
//!    All collections are read at the same time, but for those that are read in parts; `Synced.at` is
//!    later than that: the primary's last write when the scan ended.
//! 2. **`Batch` after `Batch`**, one per reply of the stream, idle ones included (about one a second).
//!    `complete` never goes back, but for a `Resync` under a primary that knows less to be written than
//!    its predecessor did; no change is sent twice, none later than `complete`, and no
//!    transaction in halves. The first `Batch` after a scan or a reconnect is the reply that opened
//!    the stream: mostly empty, with `complete` where it was. It says that the stream is open, not
//!    that it has caught up: that is when `complete` passes the `majority` of a `Hello`.
//! 3. **A collection that was renamed onto a watched name** (`$out` does that): its scan comes
//!    *before* the `Batch` that saw the rename, as `ScanBegin` … `ScanEnd`, `Synced`. Changes that
//!    the scan already holds are not in that `Batch` or in later ones. The other collections' rows
//!    stay.
//! 4. **`Down`** at once when MongoDB cannot be reached (a silent server is noticed within 10 s), once
//!    per failed attempt. **`Up`** once, after any number of `Down`, as soon as MongoDB gives data
//!    again: right before the first `Batch`, or before `ScanBegin` when a scan is due. Rows and
//!    position outlive `Down`: what was missed comes in the next batches.
//! 5. **`Resync`**: what was missed cannot be had any more. A scan follows as in 1; until then `Down`
//!    may come in between.
//! 6. **`Fatal`** is the last event; the task ends.
//!
//! **`Hello`** comes once before every read of everything, and from a task and a connection of its
//! own, about every 2 s and at any place in this order; none comes while MongoDB is silent. `majority` may be ahead of or behind the last
//! `Batch`: everything up to it is applied once `complete >= majority`, and what is then shown was
//! true at `local_time` of that sample.

mod config;
mod failure;
mod follow;
mod hello;
mod probe;
mod replies;
mod scan;
mod source;
mod stream;
mod whole;

pub use config::MongoConfig;
pub use follow::follow;
pub use hello::HelloSample;
pub use probe::{Outcome, Probe};
pub use scan::Documents;
pub use source::{ProbeFailure, Reread, Source, SourceError, connect};

use std::time::Duration;

use vigil_capture::Progress;
use vigil_wire::ClusterTime;

/// What [`follow`] sends; see the module for the order.
#[derive(Debug)]
pub enum SourceEvent {
    /// The collection is read anew: what is held of it is to be forgotten. Its rows are as of `at`,
    /// or, where it had to be read in parts, of some time between `at` and that of `Synced`.
    ScanBegin {
        collection: String,
        at: ClusterTime,
    },
    ScanBatch {
        collection: String,
        documents: Documents,
    },
    ScanEnd {
        collection: String,
    },
    /// Everything that was due has been read. Nothing is exact before a `Batch` with `complete >= at`.
    Synced {
        at: ClusterTime,
    },
    Batch(Progress),
    Hello(HelloSample),
    /// MongoDB cannot be followed now; the next attempt is in `retry_in`.
    Down {
        message: String,
        retry_in: Duration,
    },
    /// A whole new read is due, because of `reason`.
    Resync {
        reason: String,
    },
    Up,
    /// Trying again will not help; the last event.
    Fatal {
        what: String,
        next_step: String,
    },
}
