//! A hospital that really writes to MongoDB, as real systems write: seeded, so that a run is a number.
//!
//! [`Hospital`] is pure: it is told the time and says what is written next. [`run`] carries that out.
//! First form: beds, emergency department, stays, clinics, rooms, payments, shifts and alerts. What it
//! writes is always consistent; [`violations`] says so of a database.

mod alerts;
mod check;
mod clinic;
mod corrections;
mod dice;
mod emergency;
mod house;
mod money;
mod operation;
mod run;
mod setup;
mod staff;
mod state;
mod stays;
mod words;

pub use check::violations;
pub use operation::{Operation, Write};
pub use run::{Pace, Settings, run};
pub use state::Hospital;
pub use words::CANARY;
