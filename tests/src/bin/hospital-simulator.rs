//! Plays a hospital into a MongoDB. See `--help`.

use std::process::ExitCode;

use clap::Parser;
use vigil_tests::harness::{Outcome, connect};
use vigil_tests::simulator::{Pace, Settings, run};

/// Writes a hospital's day to MongoDB, as real systems write it: beds, visits, appointments, rooms,
/// payments, shifts, alerts. Ends with Ctrl-C, or after --ops.
#[derive(Parser)]
#[command(name = "hospital-simulator", version)]
struct Arguments {
    /// Where to write. A replica set: admissions are transactions.
    #[arg(long, env = "VIGIL_SIMULATOR_URI")]
    uri: String,
    /// Database to write to.
    #[arg(long, default_value = "hospital")]
    db: String,
    /// The same seed makes the same hospital.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Operations a second, on average.
    #[arg(long, default_value_t = 4.0)]
    rate: f64,
    /// So many operations as fast as they go, then end.
    #[arg(long)]
    ops: Option<u64>,
    /// The site's local time minus UTC, in minutes.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    utc_offset_min: i64,
    /// Drop the database first.
    #[arg(long)]
    reset: bool,
    /// Say nothing.
    #[arg(long)]
    quiet: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let played = tokio::select! {
        played = play(&arguments) => played,
        _ = tokio::signal::ctrl_c() => return ExitCode::SUCCESS,
    };
    match played {
        Ok(done) => {
            println!("{done} operations done");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("hospital-simulator: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn play(arguments: &Arguments) -> Outcome<u64> {
    let settings = Settings {
        seed: arguments.seed,
        pace: arguments.ops.map_or(Pace::PerSecond(arguments.rate), Pace::Count),
        offset_min: arguments.utc_offset_min,
        reset: arguments.reset,
        say: !arguments.quiet,
    };
    run(&connect(&arguments.uri).await?.database(&arguments.db), &settings).await
}
