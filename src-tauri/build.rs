use std::path::Path;
use std::process::exit;

use tauri_build::{AppManifest, Attributes, try_build};

/// The commands of `shell/tauri/commands.rs`: declared here, so that a command that no capability
/// grants is denied.
const COMMANDS: &[&str] = &["attach", "retry", "painted"];
const UI: &str = "../ui/dist";

fn main() {
    // The UI is part of the binary: building it anew has to build the binary anew.
    println!("cargo:rerun-if-changed={UI}");
    if !Path::new(UI).join("index.html").is_file() {
        eprintln!("ui/dist is missing. Build the UI first: (cd ui && npm ci && npm run build)");
        exit(1);
    }
    if let Err(why) = try_build(Attributes::new().app_manifest(AppManifest::new().commands(COMMANDS))) {
        eprintln!("{why:#}");
        exit(1);
    }
}
