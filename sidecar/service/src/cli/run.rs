use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tracing::{error, info};
use vigil_capture::WatchPlan;
use vigil_wire::SourceState;

use crate::clock::MongoClock;
use crate::config::Config;
use crate::control;
use crate::http::{ServeConfig, serve};
use crate::mongo::{self, MongoConfig};
use crate::operation::{Ended, Operation, Parts};
use crate::{logging, schema};

use super::{CANNOT, load_board, load_config};

/// Events that may wait for the run loop; a batch holds up to a thousand changes.
const WAITING_EVENTS: usize = 4;
const WAITING_REQUESTS: usize = 8;

/// `vigil-sidecar run`.
pub async fn run(config: Option<&Path>) -> ExitCode {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let board = match load_board(&config.board) {
        Ok(board) => board,
        Err(code) => return code,
    };
    logging::start();
    match start(config, board).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Cannot { what, next_step }) => {
            error!(next_step, "{what}");
            eprintln!("vigil-sidecar cannot run: {what}");
            if !next_step.is_empty() {
                eprintln!("  {next_step}");
            }
            ExitCode::from(CANNOT)
        }
    }
}

/// Why the sidecar does not run (any more), and what to do.
struct Cannot {
    what: String,
    next_step: String,
}

impl Cannot {
    fn new(what: impl ToString, next_step: &str) -> Self {
        Cannot { what: what.to_string(), next_step: next_step.to_owned() }
    }
}

/// Runs until it is told to stop; `Err` when it cannot go on.
async fn start(config: Config, board: Arc<vigil_board::Board>) -> Result<(), Cannot> {
    let clock = MongoClock::new();
    let plan = Arc::new(WatchPlan::of(&board));
    let source = mongo::connect(MongoConfig::new(config.mongo_uri.expose(), plan))
        .await
        .map_err(|failure| Cannot::new(&failure, &failure.next_step))?;
    let (health, source_state) = watch::channel(SourceState::Starting);
    let (publisher, serving) = serve(serve_config(&config), schema::of(&board), clock.clone(), source_state)
        .await
        .map_err(|problem| Cannot::new(problem, "Run `vigil-sidecar check`."))?;
    let (to_operation, requests) = mpsc::channel(WAITING_REQUESTS);
    let control =
        control::serve(&config.state_dir, board.clone(), source.clone(), to_operation).map_err(|error| {
            Cannot::new(
                format!("control socket: {error}"),
                "Run `vigil-sidecar check`; state_dir must be a folder of its own.",
            )
        })?;
    let (to_run_loop, events) = mpsc::channel(WAITING_EVENTS);
    let following = mongo::follow(source.clone(), to_run_loop);
    info!(listen = %serving.local_addr(), board = board.id, "ready");

    let operation = Operation::new(Parts { board, source, events, requests, publisher, clock, health });
    let ended = tokio::select! {
        ended = operation.run() => Some(ended),
        () = told_to_stop() => None,
    };
    following.abort();
    drop(control);
    info!("stopping");
    serving.shutdown().await;
    match ended {
        None => Ok(()),
        Some(Ended::Fatal { what, next_step }) => Err(Cannot { what, next_step }),
        Some(Ended::SourceGone) => {
            Err(Cannot::new("the task that follows MongoDB ended", "This is a defect."))
        }
    }
}

fn serve_config(config: &Config) -> ServeConfig {
    let mut serve = ServeConfig::new(config.listen, config.auth.clone());
    serve.redis.clone_from(&config.redis);
    serve.allowed_origins.clone_from(&config.allowed_origins);
    serve.max_clients = config.max_clients;
    serve
}

/// SIGTERM or Ctrl-C.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
