//! `make demo`. See `--help`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use vigil_tests::demo::{Wish, run};
use vigil_tests::simulator::AsIf;

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
    /// The hospital's local time at the start, and the day of the week that its curves take it for.
    #[arg(long, default_value = "Tue 10:30")]
    as_if: AsIf,
    /// Field updates a second beyond what the hospital writes by itself.
    #[arg(long, default_value_t = 0.0)]
    rate: f64,
    /// Three minutes of surge, alert, full intensive care, refund, closed ward and silence.
    #[arg(long)]
    story: bool,
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
        as_if: arguments.as_if,
        rate: arguments.rate,
        story: arguments.story,
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
