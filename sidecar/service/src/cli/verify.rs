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
                    eprint!("\rcompared {done} of {of} metrics");
                }
            }
            Ok(Answer::Verified(report)) => {
                if json {
                    match serde_json::to_string_pretty(&report) {
                        Ok(text) => println!("{text}"),
                        Err(error) => return cannot(&error.to_string()),
                    }
                } else {
                    eprintln!();
                    print_report(&report);
                }
                return exit(&report);
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

fn print_report(report: &Report) {
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
        println!("{:width$}  {said}", metric.id);
        if let Outcome::Drift { listed, .. } = &metric.outcome {
            for drift in listed {
                println!("{:width$}    {}", "", difference(drift));
            }
        }
    }
    println!(
        "as of {} (cluster time {}.{}): {} exact, {} with drift, {} not verified",
        print::instant(report.as_of.now),
        report.as_of.t.seconds,
        report.as_of.t.ordinal,
        report.exact(),
        report.drifted(),
        report.not_verified()
    );
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
