use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use vigil_capture::WatchPlan;

use crate::auth::Verifier;
use crate::config::Config;
use crate::control;
use crate::mongo::{self, MongoConfig, Outcome};
use crate::redis_log;

use super::{CANNOT, load_board, load_config, print, uri};

const REDIS_LIMIT: Duration = Duration::from_secs(5);

/// `vigil-sidecar check`: everything is looked at, also after a failure.
pub async fn check(config: Option<&Path>) -> ExitCode {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut lines = Lines::default();
    lines.pass("configuration", "is complete.");
    if let Err(problem) = Verifier::new(&config.auth) {
        lines.fail("auth", &problem.to_string(), "Make [auth]'s key and algorithms fit together.");
    }
    check_places(&config, &mut lines);
    match load_board(&config.board) {
        Ok(board) => {
            lines.pass(
                "board",
                &format!("{} names {}.", board.id, print::counted(board.metrics.len(), "metric")),
            );
            check_mongo(&config, Arc::new(WatchPlan::of(&board)), &mut lines).await;
        }
        Err(_) => lines.fail("board", "has the problems above.", "Mend them; MongoDB is looked at then."),
    }
    check_redis(&config, &mut lines).await;
    lines.end()
}

/// Where the sidecar listens and keeps its state; a running one of the same state folder is in order.
fn check_places(config: &Config, lines: &mut Lines) {
    let own = std::os::unix::net::UnixStream::connect(control::socket_path(&config.state_dir)).is_ok();
    if own {
        return match std::net::TcpListener::bind(config.listen) {
            Err(_) => lines.pass("places", "are held by the sidecar that runs with this state folder."),
            Ok(_) => lines.add(
                Outcome::Warn,
                "state_dir",
                &format!(
                    "{} is another running sidecar's, or this one's that does not listen on {} (yet).",
                    config.state_dir.display(),
                    config.listen
                ),
                Some("Give each sidecar a state_dir of its own."),
            ),
        };
    }
    match std::net::TcpListener::bind(config.listen) {
        Ok(_) => lines.pass("listen", &format!("{} is free.", config.listen)),
        Err(error) => lines.fail(
            "listen",
            &format!("{} cannot be listened on: {error}.", config.listen),
            "Say another http.listen, or stop the program that has the port (ss -ltnp names it).",
        ),
    }
    let written = control::make_state_dir(&config.state_dir).and_then(|()| {
        let trial = config.state_dir.join(".check");
        std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial))
    });
    match written {
        Ok(()) => lines.pass("state_dir", &format!("{} can be written.", config.state_dir.display())),
        Err(error) => lines.fail(
            "state_dir",
            &format!("{} cannot be used: {error}.", config.state_dir.display()),
            "Say a shorter path or one that this user may write to (state_dir or VIGIL_STATE_DIR).",
        ),
    }
}

async fn check_mongo(config: &Config, plan: Arc<WatchPlan>, lines: &mut Lines) {
    let source = match mongo::connect(MongoConfig::new(config.mongo_uri.expose(), plan)).await {
        Ok(source) => source,
        Err(failure) => return lines.fail("mongodb", &failure.what, &failure.next_step),
    };
    for probe in source.probe().await {
        let name = format!("mongodb {}", probe.name);
        let detail = match (probe.name, probe.outcome) {
            ("connection", Outcome::Fail) => {
                format!("{} (tried: {})", probe.detail, uri::hosts_of(config.mongo_uri.expose()))
            }
            _ => probe.detail,
        };
        lines.add(probe.outcome, &name, &detail, probe.next_step.as_deref());
    }
}

async fn check_redis(config: &Config, lines: &mut Lines) {
    let Some(redis) = &config.redis else {
        return lines.pass("redis", "is not configured: this sidecar runs alone.");
    };
    let client = match redis_log::client(redis) {
        Ok(client) => client,
        // The error's detail may repeat the URL.
        Err(_) => {
            return lines.fail("redis", "the URL cannot be used.", "Say redis://HOST:6379 or rediss://HOST.");
        }
    };
    let ping = async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await
    };
    match tokio::time::timeout(REDIS_LIMIT, ping).await {
        Ok(Ok(_)) => lines.pass("redis", "answers."),
        Ok(Err(error)) if error.to_string().contains("certificate") => lines.add(
            Outcome::Warn,
            "redis",
            "shows a certificate that is not trusted.",
            Some("Name who signed it (redis.ca_file), and reach it by a name or address that it is for."),
        ),
        Ok(Err(error)) => lines.add(
            Outcome::Warn,
            "redis",
            &format!("does not answer as it should ({:?}).", error.kind()),
            Some("Start it or mend redis.url. Without it clients stay live, and the state is degraded."),
        ),
        Err(_) => {
            lines.add(Outcome::Warn, "redis", "does not answer within 5 s.", Some("Look at the network."))
        }
    }
}

/// The lines of a check, printed as they come.
#[derive(Default)]
struct Lines {
    failures: usize,
    warnings: usize,
    unread: bool,
}

impl Lines {
    fn pass(&mut self, name: &str, detail: &str) {
        self.add(Outcome::Pass, name, detail, None);
    }

    fn fail(&mut self, name: &str, detail: &str, next_step: &str) {
        self.add(Outcome::Fail, name, detail, Some(next_step));
    }

    fn add(&mut self, outcome: Outcome, name: &str, detail: &str, next_step: Option<&str>) {
        let mark = match outcome {
            Outcome::Pass => "ok  ",
            Outcome::Warn => {
                self.warnings += 1;
                "warn"
            }
            Outcome::Fail => {
                self.failures += 1;
                "FAIL"
            }
        };
        self.say(&format!("{mark}  {name}: {detail}"));
        if let Some(next_step) = next_step {
            self.say(&format!("      → {next_step}"));
        }
    }

    /// Whoever reads no further still gets the exit code.
    fn say(&mut self, text: &str) {
        self.unread |= print::line(text).is_err();
    }

    fn end(&mut self) -> ExitCode {
        let text = match (self.failures, self.warnings) {
            (0, 0) => "everything is in order".to_owned(),
            (0, warnings) => format!("it can run; {} to look at", print::counted(warnings, "warning")),
            (failures, _) => format!("it cannot run: {}", print::counted(failures, "failure")),
        };
        self.say(&text);
        if self.failures == 0 { ExitCode::SUCCESS } else { ExitCode::from(CANNOT) }
    }
}
