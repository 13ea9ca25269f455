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

/// One process: its id, when it was started (ids are used again), and its name.
type Running = (u32, String, String);

/// Every process, with its parent's id.
fn processes() -> Vec<(Running, u32)> {
    let numbered = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let read = |id: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name is in parentheses and may hold spaces; the state follows, then the parent.
        let (start, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let name = start.split_once('(')?.1.to_owned();
        (fields[0] != "Z").then(|| ((id, fields[19].to_owned(), name), fields[1].parse().unwrap_or(0)))
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter_map(numbered).filter_map(read).collect()
}

/// A process and all that it started, and those started.
fn family(root: u32) -> BTreeSet<Running> {
    let all = processes();
    let mut ids = BTreeSet::from([root]);
    while let Some((new, _)) = all.iter().find(|(one, parent)| ids.contains(parent) && !ids.contains(&one.0))
    {
        ids.insert(new.0);
    }
    all.into_iter().map(|(one, _)| one).filter(|one| ids.contains(&one.0)).collect()
}

/// The demo, in a cache of its own that has the usual one's programs.
fn demo(cache: &std::path::Path) -> Command {
    let binary = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("vigil-demo");
    let mut command = Command::new(binary);
    command.args(["--headless", "--rate", "20"]).env("VIGIL_CACHE", cache);
    command.env("VIGIL_APP", app_binary().unwrap());
    command.env("VIGIL_MONGOD", vigil_tests::harness::mongod_binary().unwrap()).stdin(Stdio::null());
    command
}

async fn all_gone(family: &BTreeSet<Running>) {
    let left =
        || processes().into_iter().map(|(one, _)| one).filter(|one| family.contains(one)).collect::<Vec<_>>();
    // Killed processes take a moment to be gone; there is no event for somebody else's children.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !left().is_empty() && std::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(left(), Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_live_values_and_leaves_no_process() {
    let cache = tempfile::tempdir().unwrap();
    let picture = |line: &str| line.strip_prefix("demo: picture: ").map(str::to_owned);
    for signal in [libc::SIGINT, libc::SIGKILL] {
        let mut running = Process::start("vigil-demo", demo(cache.path())).unwrap();
        let path = running.line("a picture", Duration::from_secs(180), picture).await.unwrap();
        let bytes = std::fs::read(path).unwrap();
        assert!(
            bytes.starts_with(b"\x89PNG") && bytes.len() > 10_000,
            "{} bytes are no picture",
            bytes.len()
        );
        let family = family(running.id().unwrap());
        for part in
            ["mongod", "redis-server", "vigil-sidecar", "hospital-simula", "Xvfb", "vigil", "WebKitWebProces"]
        {
            assert!(family.iter().any(|(_, _, name)| name == part), "{part} does not run: {family:?}");
        }
        running.signal(signal);
        let status = running.ended(PATIENCE).await.unwrap();
        assert_eq!(status.success(), signal == libc::SIGINT, "{status}");
        all_gone(&family).await;
    }
}
