use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use vigil_wire::Value;

use crate::control::{Answer, Command, ControlClient, Values};

use super::{CANNOT, load_config, print};

/// `vigil-sidecar watch`: everything first, then what changed.
pub async fn watch(config: Option<&Path>, once: bool, json: bool) -> ExitCode {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut client = match ControlClient::ask(&config.state_dir, Command::Watch).await {
        Ok(client) => client,
        Err(error) => return cannot(&error.to_string()),
    };
    let mut printed = BTreeMap::new();
    loop {
        match client.next().await {
            Ok(Answer::Values(values)) => {
                let said = if json { print_json(&values) } else { print_changes(&values, &mut printed) };
                if let Err(code) = said {
                    return code;
                }
                if once {
                    return ExitCode::SUCCESS;
                }
            }
            Ok(Answer::Error(why)) if once => return cannot(&why),
            Ok(Answer::Error(why)) => eprintln!("{why}"),
            Ok(Answer::Progress { .. } | Answer::Verified(_)) => {}
            Err(error) => return cannot(&error.to_string()),
        }
    }
}

fn cannot(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(CANNOT)
}

fn print_json(values: &Values) -> Result<(), ExitCode> {
    let text = serde_json::to_string(values).map_err(|error| cannot(&error.to_string()))?;
    print::line(&text)
}

fn print_changes(values: &Values, printed: &mut BTreeMap<String, Value>) -> Result<(), ExitCode> {
    // When they were last known to be true: not later than MongoDB last answered.
    let at = print::instant(values.confirmed.unwrap_or(values.as_of.now));
    for metric in &values.metrics {
        let groups = metric.groups.iter().map(|(group, value)| (format!("{} {group}", metric.id), value));
        for (name, value) in std::iter::once((metric.id.clone(), &metric.total)).chain(groups) {
            if printed.get(&name) != Some(value) {
                print::line(&format!("{at}  {name}  {}", print::value(value)))?;
                printed.insert(name, value.clone());
            }
        }
    }
    Ok(())
}
