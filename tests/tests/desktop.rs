//! The real app on a virtual display, with a real keyring, over a real sidecar and MongoDB.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use bson::{Document, doc};
use vigil_tests::harness::{
    AppWindow, Mongod, PATIENCE, Process, RedisServer, Sidecar, SidecarConfig, VirtualDesktop, app_binary,
};

async fn sign_in(desktop: &VirtualDesktop, sidecar: &Sidecar) {
    let mut command = desktop.command(&app_binary().unwrap());
    command.args(["sign-in", "--server", &sidecar.server()]);
    desktop.run(command, &sidecar.token("desktop").await.unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_mongodb_changes_the_number_in_the_window() {
    let (mongod, redis) = (Mongod::start().await.unwrap(), RedisServer::start().await.unwrap());
    let rooms = mongod.database("hospital").await.unwrap().collection::<Document>("rooms");
    rooms.insert_one(doc! { "_id": "K1", "kind": "clinic", "status": "in_use" }).await.unwrap();
    let config = SidecarConfig::hospital(mongod.uri()).with_redis(redis.url());
    let mut sidecar = Sidecar::start(&config).await.unwrap();
    let desktop = VirtualDesktop::start().await.unwrap();
    sign_in(&desktop, &sidecar).await;
    let window = AppWindow::open(&desktop, &app_binary().unwrap(), &[]).await.unwrap();
    window.value_when("rooms_in_use", "text === '1'", PATIENCE).await.unwrap();
    assert_eq!(window.value("rooms_in_use").await.unwrap(), "1");

    rooms.insert_one(doc! { "_id": "K2", "kind": "clinic", "status": "in_use" }).await.unwrap();
    window.value_when("rooms_in_use", "text === '2'", PATIENCE).await.unwrap();

    // A sidecar that crashed and came back is found again, and what happened meanwhile is shown.
    rooms.delete_one(doc! { "_id": "K1" }).await.unwrap();
    sidecar.crash_and_restart().await.unwrap();
    window.value_when("rooms_in_use", "text === '1'", PATIENCE).await.unwrap();

    let token = sidecar.token("desktop").await.unwrap();
    let page = window.driver().source().await.unwrap();
    assert!(
        !page.contains(&token[..20]) && !window.log().contains(&token[..20]),
        "a token outside the keyring"
    );
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_app_says_so() {
    let desktop = VirtualDesktop::start().await.unwrap();
    let window = AppWindow::open(&desktop, &app_binary().unwrap(), &[]).await.unwrap();
    let said = window.text_when("/sign-in/.test(text)", PATIENCE).await.unwrap();
    assert!(said.contains("vigil sign-in"), "{said}");
    window.close().await.unwrap();
}

/// Processes that were started with this mark in their environment, and are not zombies.
fn marked(mark: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environment).contains(mark) {
            let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            found.insert(format!("{} {}", entry.file_name().to_string_lossy(), name.trim()));
        }
    }
    found
}

/// The demo, marked, in a cache of its own that has the usual one's programs.
fn demo(mark: &str, cache: &std::path::Path) -> Command {
    let binary = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("vigil-demo");
    let mut command = Command::new(binary);
    command.args(["--headless", "--rate", "20"]).env("DEMO_MARK", mark).env("VIGIL_CACHE", cache);
    command.env("VIGIL_APP", app_binary().unwrap());
    command.env("VIGIL_MONGOD", vigil_tests::harness::mongod_binary().unwrap()).stdin(Stdio::null());
    command
}

async fn nothing_left(mark: &str) {
    // Killed processes take a moment to be gone; there is no event for somebody else's children.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !marked(mark).is_empty() && std::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(marked(mark), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_live_values_and_leaves_no_process() {
    let cache = tempfile::tempdir().unwrap();
    let picture = |line: &str| line.strip_prefix("demo: picture: ").map(str::to_owned);
    for (mark, signal) in [("vigil-demo-interrupted", libc::SIGINT), ("vigil-demo-killed", libc::SIGKILL)] {
        let mark = format!("{mark}-{}", std::process::id());
        let mut running = Process::start("vigil-demo", demo(&mark, cache.path())).unwrap();
        let path = running.line("a picture", Duration::from_secs(180), picture).await.unwrap();
        let bytes = std::fs::read(path).unwrap();
        assert!(
            bytes.starts_with(b"\x89PNG") && bytes.len() > 10_000,
            "{} bytes are no picture",
            bytes.len()
        );
        for part in ["mongod", "redis-server", "vigil-sidecar", "hospital-simul", "Xvfb", "vigil"] {
            assert!(marked(&mark).iter().any(|process| process.contains(part)), "{part} does not run");
        }
        running.signal(signal);
        let status = running.ended(PATIENCE).await.unwrap();
        assert_eq!(status.success(), signal == libc::SIGINT, "{status}");
        nothing_left(&mark).await;
    }
}
