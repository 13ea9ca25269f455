use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tracing::{error, info};
use vigil_board::{Board, Source as MetricSource, SystemFigure};
use vigil_capture::WatchPlan;
use vigil_wire::SourceState;

use crate::clock::MongoClock;
use crate::config::Config;
use crate::control;
use crate::http::{ServeConfig, serve};
use crate::mongo::{self, MongoConfig};
use crate::operation::{Ended, Operation, Parts};
use crate::own::{self, Own};
use crate::{logging, schema};

use super::unwatchable::unwatchable;
use super::{CANNOT, load_board, load_config, uri};

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
    let own = Own::default();
    logging::start(own.incidents().clone());
    match start(config, board, own).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Cannot { what, next_step }) => {
            // Once: for a program as a line of the log, for a person as text.
            if logging::is_json() {
                error!(next_step, "{what}");
            } else {
                eprintln!("vigil-sidecar cannot run: {what}");
                if !next_step.is_empty() {
                    eprintln!("  {next_step}");
                }
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
async fn start(config: Config, board: Arc<Board>, own: Own) -> Result<(), Cannot> {
    let clock = MongoClock::new();
    let plan = Arc::new(WatchPlan::of(&board));
    let mut reached = MongoConfig::new(config.mongo_uri.expose(), plan);
    reached.on_connection = Some(own.command_counter());
    let source =
        mongo::connect(reached).await.map_err(|failure| Cannot::new(&failure, &failure.next_step))?;
    let (health, source_state) = watch::channel(SourceState::Starting);
    let unwatchable = unwatchable(source.clone(), source_state.clone());
    let (publisher, serving) =
        serve(serve_config(&config, &own), schema::of(&board), clock.clone(), source_state)
            .await
            .map_err(|problem| Cannot::new(problem, "Run `vigil-sidecar check`."))?;
    let (to_operation, requests) = mpsc::channel(WAITING_REQUESTS);
    let control = control::serve(&config.state_dir, board.clone(), source.clone(), to_operation, own.clone())
        .map_err(|error| {
            Cannot::new(
                format!("control socket: {error}"),
                "Run `vigil-sidecar check`; state_dir must be a folder of its own.",
            )
        })?;
    let (to_run_loop, events) = mpsc::channel(WAITING_EVENTS);
    let following = mongo::follow(source.clone(), to_run_loop);
    let oplog = names_oplog(&board).then(|| tokio::spawn(own::watch_oplog(own.clone(), source.clone())));
    let mongo = uri::hosts_of(config.mongo_uri.expose());
    info!(listen = %serving.local_addr(), board = board.id, mongo, "ready");

    let operation = Operation::new(Parts { board, source, events, requests, publisher, clock, health, own });
    let ended = tokio::select! {
        ended = operation.run() => Some(ended),
        probe = unwatchable => Some(Ended::Fatal {
            what: probe.detail,
            next_step: probe.next_step.unwrap_or_default(),
        }),
        () = told_to_stop() => None,
    };
    following.abort();
    if let Some(oplog) = oplog {
        oplog.abort();
    }
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

/// Without it MongoDB need not be asked.
fn names_oplog(board: &Board) -> bool {
    let is_it = |source: &_| matches!(source, MetricSource::System(SystemFigure::OplogWindowH));
    board.metrics.iter().any(|metric| is_it(&metric.source))
}

fn serve_config(config: &Config, own: &Own) -> ServeConfig {
    let mut serve = ServeConfig::new(config.listen, config.auth.clone());
    serve.redis.clone_from(&config.redis);
    serve.allowed_origins.clone_from(&config.allowed_origins);
    serve.own = own.clone();
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
