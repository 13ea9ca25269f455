// A windowed program has no console on Windows (one of a terminal that started it is used).
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use vigil_app::cli::{self, Arguments};
use vigil_app::secrets::Keyring;
use vigil_app::settings::Settings;

fn main() -> ExitCode {
    // Before anything makes a TLS configuration: more than one provider may be compiled in.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("vigil: a TLS provider was there already");
    }
    let arguments = Arguments::parse();
    let filter =
        EnvFilter::try_from_env("VIGIL_LOG").unwrap_or_else(|_| EnvFilter::new("warn,vigil_app=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match (arguments.command, Settings::of_this_user()) {
        (_, Err(why)) => fail(&why),
        (Some(command), Ok(settings)) => cli::run(command, &settings, &Keyring),
        (None, Ok(_)) if !has_display() => fail(&NoDisplay),
        (None, Ok(settings)) => match vigil_app::shell::tauri::run(settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => fail(&why),
        },
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "there is no display to open a window on (WAYLAND_DISPLAY and DISPLAY name none that answers); start it in a \
     desktop session, or under xvfb-run"
)]
struct NoDisplay;

/// Asked before the window system is, which would panic. It remembers that it was started.
#[cfg(all(unix, not(target_os = "macos")))]
fn has_display() -> bool {
    gtk::init().is_ok()
}

/// Here a window can always be opened.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn has_display() -> bool {
    true
}

fn fail(why: &dyn std::error::Error) -> ExitCode {
    eprintln!("vigil: {why}");
    ExitCode::FAILURE
}
