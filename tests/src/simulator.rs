//! A hospital that really writes to MongoDB, as real systems write: seeded, so that a run is a number.
//!
//! [`Hospital`] is pure: events at their times, one module per department, and from them [`Operation`]s in
//! the order of time. Nothing is drawn that has a cause in the house: waits for a bed come from there being
//! none. [`run`] lives through the weeks before now in memory, writes them in bulk, and carries out what
//! follows. [`violations`] says whether a database holds a hospital that could be.

mod alerts;
mod ambulances;
mod arrivals;
mod backfill;
mod bed_manager;
mod beds;
mod calendar;
mod check;
mod cleaning;
mod clinics;
mod corrections;
mod dice;
mod electives;
mod emergency;
mod invoices;
mod load;
mod money;
mod operation;
mod people;
mod records;
mod rooms;
mod run;
mod setup;
mod staff;
mod stays;
mod story;
mod theatres;
mod words;
mod world;
mod writer;

pub use calendar::{AsIf, Calendar, WEEKDAYS, weekday};
pub use check::violations_in;
pub use load::Load;
pub use operation::{Operation, Write};
pub use records::Records;
pub use run::{Pace, Settings, run, violations};
pub use words::CANARY;
pub use world::Hospital;
