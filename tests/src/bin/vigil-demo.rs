//! `make demo`. See `--help`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use vigil_tests::demo::{Wish, run};

/// Starts MongoDB, Redis, the sidecar, a simulated hospital and the desktop app; ends them all together.
#[derive(Parser)]
#[command(name = "vigil-demo", version)]
struct Arguments {
    /// End by itself after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Use a virtual display even where there is one, and save pictures of it.
    #[arg(long)]
    headless: bool,
    /// Save one picture here once live values are shown, and end.
    #[arg(long)]
    picture: Option<PathBuf>,
    /// The hospital's local time at the start.
    #[arg(long, default_value = "10:30", value_parser = minute)]
    as_if: u32,
    /// Simulated operations a second.
    #[arg(long, default_value_t = 4.0)]
    rate: f64,
    /// The same seed makes the same hospital.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let wish = Wish {
        length: arguments.seconds.map(Duration::from_secs),
        headless: arguments.headless,
        picture: arguments.picture,
        local_minute: arguments.as_if,
        rate: arguments.rate,
        seed: arguments.seed,
    };
    match run(&wish).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("demo: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// `HH:MM` as minutes after midnight.
fn minute(text: &str) -> Result<u32, String> {
    let parsed = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    });
    parsed.ok_or_else(|| "a time of day such as 10:30 is wanted".to_owned())
}
