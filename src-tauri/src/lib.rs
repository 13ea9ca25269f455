//! The Vigil desktop app: connection, state and secrets of one user.
//!
//! Data moves one way: `link` (socket) → `controller` (protocol state, kept by `vigil_session`) → `view`
//! (what the window has not been told) → `shell` (the window). Only `shell::tauri` knows Tauri; only
//! `secrets` and `link` ever see a token; the window never does. There is no business of the watched
//! operation in here: the board's schema comes from the server.

pub mod cli;
pub mod controller;
pub mod link;
pub mod secrets;
pub mod server;
pub mod settings;
pub mod shell;
pub mod view;
