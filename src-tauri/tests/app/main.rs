//! The app without a window: its core against a scripted server.
#![allow(clippy::unwrap_used)]

mod controller;
mod fake_server;
mod fake_window;
mod link;
mod view;
