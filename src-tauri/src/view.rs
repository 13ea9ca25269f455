//! What a window has not been told yet.
//!
//! Changes are merged by key until they are taken, so what waits is bounded by the number of keys and
//! not by the number of changes. A window that draws nothing (hidden, minimised, busy) is sent no more
//! than a few batches ahead of what it says it has painted, and then one a second.

mod flow;
mod pending;

pub use flow::{AHEAD_LIMIT, DRIP, FRAME, Flow};
pub use pending::Pending;
