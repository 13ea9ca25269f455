//! What the suites that cross components stand on: a harness that starts real servers, a simulator
//! that really writes, and the demo. Nothing here is part of the product, and nothing in the product
//! may depend on it.

pub mod demo;
pub mod harness;
pub mod simulator;
