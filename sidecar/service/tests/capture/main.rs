//! Capture against a real mongod: one-node replica sets of their own, killed at the end.
#![allow(clippy::unwrap_used)]

mod faults;
mod feed;
mod forms;
mod mongod;
mod order;
mod probes;
mod replica;
