use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use vigil_board::Board;
use vigil_capture::WatchPlan;

use crate::config::Config;
use crate::control::{Answer, Command, ControlClient};
use crate::mongo::{self, MongoConfig};
use crate::verify::{Drift, Fresh, FreshProblem, Outcome, Reading, Report};

use super::{CANNOT, load_board, load_config, print, uri};

/// `vigil-sidecar verify`.
pub async fn verify(config: Option<&Path>, json: bool) -> ExitCode {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut client = match ControlClient::ask(&config.state_dir, Command::Verify).await {
        Ok(client) => client,
        Err(error) => return cannot(&error.to_string()),
    };
    let mut progress = print::Progress::new();
    loop {
        match client.next().await {
            Ok(Answer::Progress { done, of }) => {
                progress.say(&format!("compared {done} of {of} metrics"));
            }
            Ok(Answer::Verified(report)) => {
                drop(progress);
                return tell(&report, json);
            }
            Ok(Answer::Error(why)) => return cannot(&why),
            Ok(Answer::Values(_)) => {}
            Err(error) => return cannot(&error.to_string()),
        }
    }
}

/// `vigil-sidecar verify --fresh`.
pub async fn fresh(config: Option<&Path>, json: bool) -> ExitCode {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let board = match load_board(&config.board) {
        Ok(board) => board,
        Err(code) => return code,
    };
    match read_and_compare(&config, board).await {
        Ok(report) => tell(&report, json),
        Err(FreshProblem { what, next_step }) => {
            let hosts = uri::hosts_of(config.mongo_uri.expose());
            cannot(&format!("{what} (MongoDB at {hosts})\n  {next_step}"))
        }
    }
}

async fn read_and_compare(config: &Config, board: Arc<Board>) -> Result<Report, FreshProblem> {
    let plan = Arc::new(WatchPlan::of(&board));
    let source = mongo::connect(MongoConfig::new(config.mongo_uri.expose(), plan)).await;
    let source =
        source.map_err(|failure| FreshProblem { what: failure.what, next_step: failure.next_step })?;
    let mut progress = print::Progress::new();
    let read = Fresh::read(board, source, |Reading { collection, documents, whole }| {
        let text = format!("{collection}: {}", print::counted(documents, "document"));
        if whole { progress.step(&text) } else { progress.say(&text) }
    });
    let fresh = read.await?;
    let mut round = fresh.round();
    let (mut done, of) = (0, round.len());
    while round.step().await {
        done += 1;
        progress.say(&format!("compared {done} of {of} metrics"));
    }
    drop(progress);
    Ok(fresh.report(&round).await)
}

/// Whoever reads no further still gets the exit code.
fn tell(report: &Report, json: bool) -> ExitCode {
    let said = if json { print_json(report) } else { print_report(report) };
    said.map_or_else(|_| exit(report), |()| exit(report))
}

fn cannot(why: &str) -> ExitCode {
    eprintln!("not verified: {why}");
    ExitCode::from(CANNOT)
}

fn exit(report: &Report) -> ExitCode {
    match (report.drifted(), report.not_verified()) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(CANNOT),
        _ => ExitCode::FAILURE,
    }
}

fn print_json(report: &Report) -> Result<(), ExitCode> {
    let text = serde_json::to_string_pretty(report).map_err(|error| cannot(&error.to_string()))?;
    print::line(&text)
}

fn print_report(report: &Report) -> Result<(), ExitCode> {
    let width = report.metrics.iter().map(|metric| metric.id.len()).max().unwrap_or(0);
    for metric in &report.metrics {
        let said = match &metric.outcome {
            Outcome::Exact { total, groups: 0 } => format!("exact    {}", print::value(total)),
            Outcome::Exact { total, groups } => {
                format!("exact    {} and {}", print::value(total), print::counted(*groups, "group"))
            }
            Outcome::Drift { differences, .. } => {
                format!("DRIFT    {}", print::counted(*differences, "difference"))
            }
            Outcome::NotVerified { why } => format!("not verified: {why}"),
            Outcome::OwnFigure => "own figure, not in MongoDB".to_owned(),
        };
        print::line(&format!("{:width$}  {said}", metric.id))?;
        if let Outcome::Drift { listed, .. } = &metric.outcome {
            for drift in listed {
                print::line(&format!("{:width$}    {}", "", difference(drift)))?;
            }
        }
    }
    print::line(&format!(
        "as of {} (cluster time {}.{}): {} exact, {} with drift, {} not verified",
        print::instant(report.as_of.now),
        report.as_of.t.seconds,
        report.as_of.t.ordinal,
        report.exact(),
        report.drifted(),
        report.not_verified()
    ))
}

fn difference(drift: &Drift) -> String {
    let side = |value: &Option<_>| value.as_ref().map_or("no such group".to_owned(), print::value);
    format!(
        "{}: Vigil {}, MongoDB {}",
        drift.group.as_deref().unwrap_or("total"),
        side(&drift.vigil),
        side(&drift.mongodb)
    )
}
