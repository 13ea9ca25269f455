//! Windows of every form: against their definition, against a real mongod, and in bytes.
#![allow(clippy::unwrap_used)]

#[path = "../support/mongod.rs"]
mod mongod;
#[path = "../support/random.rs"]
mod random;

mod audited;
mod cases;
mod defined;
mod memory;
mod model;
