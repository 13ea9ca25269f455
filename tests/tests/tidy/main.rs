//! Rules that no compiler checks: who may depend on whom, what pure crates may touch, how long files and
//! functions may be, which words may not occur. Each check is a function over texts, and its own tests
//! show that it fails on a planted violation.
#![allow(clippy::unwrap_used)]

mod purity;
mod sizes;
mod source;
mod unfinished;
mod walls;
mod words;

use source::{Source, sources};

/// Says all violations at once.
fn nothing(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} violations:\n  {}", wrong.len(), wrong.join("\n  "));
}

const CRATES: [&str; 8] = [
    "sidecar/wire",
    "sidecar/board",
    "sidecar/engine",
    "sidecar/capture",
    "sidecar/publish",
    "sidecar/session",
    "sidecar/service",
    "src-tauri",
];

/// The product's Rust, without the tests that lie in files of their own.
fn product() -> Vec<Source> {
    let all: Vec<Source> = CRATES.iter().flat_map(|name| sources(&format!("{name}/src"), &["rs"])).collect();
    for name in CRATES {
        assert!(
            all.iter().any(|file| file.path.starts_with(name)),
            "{name} has no sources: is this the repository?"
        );
    }
    all.into_iter().filter(|file| !file.is_test()).collect()
}

fn ui() -> Vec<Source> {
    let all = sources("ui/src", &["ts", "svelte", "css", "html"]);
    assert!(!all.is_empty(), "ui/src has no sources: is this the repository?");
    all.into_iter().filter(|file| !file.is_test()).collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let manifests = CRATES.iter().chain(&["tests"]).flat_map(|name| sources(name, &["toml"]));
    nothing(walls::dependencies(
        &manifests.filter(|file| file.path.ends_with("Cargo.toml")).collect::<Vec<_>>(),
    ));
}

#[test]
fn pure_crates_touch_no_clock_no_disk_no_network() {
    let pure =
        ["wire", "board", "engine", "capture", "publish", "session"].map(|name| format!("sidecar/{name}/"));
    let files: Vec<Source> =
        product().into_iter().filter(|file| pure.iter().any(|name| file.path.starts_with(name))).collect();
    nothing(purity::impure(&files));
}

#[test]
fn only_the_host_folder_of_the_ui_knows_tauri() {
    nothing(walls::tauri_outside_host(&ui()));
}

#[test]
fn files_and_functions_are_short() {
    let mut files: Vec<Source> =
        CRATES.iter().flat_map(|name| sources(&format!("{name}/src"), &["rs"])).collect();
    files.extend(sources("tests", &["rs"]));
    nothing(sizes::long_functions(&files));
    files.extend(sources("ui/src", &["ts", "svelte", "css"]));
    nothing(sizes::long_files(&files));
}

#[test]
fn the_product_knows_no_trade() {
    let mut files = product();
    files.extend(ui());
    nothing(words::of_a_trade(&files));
}

#[test]
fn nothing_is_left_unfinished() {
    let mut files: Vec<Source> = CRATES.iter().flat_map(|name| sources(name, &["rs"])).collect();
    files.extend(sources("ui/src", &["ts", "svelte", "css"]));
    files.extend(
        sources("tests", &["rs", "sh"])
            .into_iter()
            .filter(|file| !file.path.starts_with("tests/tests/tidy/")),
    );
    nothing(unfinished::marks(&files));
}
