use std::path::Path;
use std::process::ExitCode;

use crate::control::{Answer, Command, ControlClient};
use crate::verify::{Drift, Outcome, Report};

use super::{CANNOT, load_config, print};

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
    loop {
        match client.next().await {
            Ok(Answer::Progress { done, of }) => {
                if !json {
                    print::progress(&format!("compared {done} of {of} metrics"));
                }
            }
            Ok(Answer::Verified(report)) => {
                print::progress("");
                // Whoever reads no further still gets the exit code.
                let said = if json { print_json(&report) } else { print_report(&report) };
                return said.map_or_else(|_| exit(&report), |()| exit(&report));
            }
            Ok(Answer::Error(why)) => return cannot(&why),
            Ok(Answer::Values(_)) => {}
            Err(error) => return cannot(&error.to_string()),
        }
    }
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
