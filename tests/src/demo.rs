//! The demo: everything that Vigil is, on one machine, from a real MongoDB to the desktop window.

mod app;
mod clock;
mod places;

use std::path::PathBuf;
use std::time::Duration;

use crate::harness::{
    Failure, Mongod, MongodOptions, Outcome, Process, RedisServer, Sidecar, SidecarConfig, While,
    sidecar_binary,
};

use crate::simulator::{AsIf, WEEKDAYS};

use app::App;
use clock::LocalTime;
use places::Places;

/// What the demo is asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// End by itself after so long.
    pub length: Option<Duration>,
    /// A display of its own even where there is one.
    pub headless: bool,
    /// Save one picture here once live values are shown, and end.
    pub picture: Option<PathBuf>,
    /// What the hospital's clock shows at the start.
    pub as_if: AsIf,
    /// Field updates a second beyond what the hospital writes by itself.
    pub rate: f64,
    /// Play the simulator's story.
    pub story: bool,
    pub seed: u64,
}

/// Runs the demo until it is asked to end (Ctrl-C, SIGTERM), its time is up, or its window is closed.
pub async fn run(wish: &Wish) -> Outcome<()> {
    let ended = asked_to_end()?;
    tokio::select! {
        played = play(wish) => played,
        () = ended => {
            say("ending");
            Ok(())
        }
    }
}

async fn play(wish: &Wish) -> Outcome<()> {
    // Say what is missing before anything is started.
    sidecar_binary()?;
    crate::harness::app_binary()?;
    let places = Places::take()?;
    let local = LocalTime::now_as(wish.as_if.minute)?;

    say("starting MongoDB (a replica set of one, its data only for this demo)");
    let mongod =
        Mongod::start_with(MongodOptions { data: Some(places.data()), ..MongodOptions::default() }).await?;
    say(&format!("  it is at {}", mongod.uri()));
    say("starting Redis");
    let redis = RedisServer::start().await?;

    say(&format!(
        "the hospital's clock shows {local}: living through its last five weeks (about half a minute)"
    ));
    let mut hospital = open_hospital(wish, &mongod, &local).await?;

    say("starting the sidecar");
    let config = SidecarConfig::over(places.board(&local)?, mongod.uri()).with_redis(redis.url());
    let mut sidecar = Sidecar::start(&config).await?;
    say(&format!(
        "  it listens at {}; try: {} --config {} watch",
        sidecar.server(),
        sidecar_binary()?.display(),
        sidecar.config_file().display()
    ));

    let app = App::open(wish, &sidecar, &places).await?;
    say("running; Ctrl-C ends everything");
    tokio::select! {
        shown = app.show(wish, &places) => shown,
        ended = sidecar.process().ended(FOREVER) => Err(Failure(format!("the sidecar ended: {}", ended?))),
        ended = hospital.ended(FOREVER) => {
            ended?;
            Err(hospital.failure("ended"))
        }
        () = time_is_up(wish.length) => {
            say("the time is up");
            Ok(())
        }
    }
}

const FOREVER: Duration = Duration::from_secs(u64::MAX / 4);

/// The simulator is a program of its own, as a hospital's systems are.
async fn open_hospital(wish: &Wish, mongod: &Mongod, local: &LocalTime) -> Outcome<Process> {
    let me = std::env::current_exe().doing("where is this program")?;
    let mut command = std::process::Command::new(me.with_file_name("hospital-simulator"));
    command.args(["--reset", "--uri", &mongod.uri(), "--seed", &wish.seed.to_string()]);
    command.args(["--rate", &wish.rate.to_string(), "--utc-offset-min", &local.offset_min().to_string()]);
    if let Some(weekday) = wish.as_if.weekday {
        command.args(["--today", WEEKDAYS[weekday]]);
    }
    if wish.story {
        command.arg("--story");
    }
    let mut process = Process::start("hospital-simulator", command)?;
    let open = |line: &str| line.contains("the hospital is set up").then_some(());
    process.line("an open hospital", Duration::from_secs(120), open).await?;
    Ok(process)
}

async fn time_is_up(length: Option<Duration>) {
    match length {
        Some(length) => tokio::time::sleep(length).await,
        None => std::future::pending().await,
    }
}

/// Ready when the user or the system wants the demo to end.
fn asked_to_end() -> Outcome<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).doing("listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).doing("listen for SIGTERM")?;
    let mut hang_up = signal(SignalKind::hangup()).doing("listen for SIGHUP")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

pub(crate) fn say(what: &str) {
    println!("demo: {what}");
}
