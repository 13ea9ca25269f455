//! Plays a hospital into a MongoDB. See `--help`.

use std::process::ExitCode;

use clap::Parser;
use vigil_tests::harness::{Outcome, connect};
use vigil_tests::simulator::{AsIf, Pace, Settings, run, weekday};

/// Writes a hospital to MongoDB, as real systems write it: first the weeks up to now in bulk, then what
/// happens, at its time. Ends with Ctrl-C, or after --ops.
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
    /// Days before now that are filled in.
    #[arg(long, default_value_t = 35, value_parser = clap::value_parser!(i64).range(1..=400))]
    backfill_days: i64,
    /// How many times as fast as the true clock the hospital's runs. More than 1 makes false numbers.
    #[arg(long, default_value_t = 1.0)]
    pace: f64,
    /// Further field updates a second, for load.
    #[arg(long, default_value_t = 0.0)]
    rate: f64,
    /// Play three minutes of surge, alert, full intensive care, refund, closed ward and silence.
    #[arg(long)]
    story: bool,
    /// The last so many operations until now, as fast as they go, then end.
    #[arg(long)]
    ops: Option<u64>,
    /// The time it should seem to be, such as "Tue 10:30"; sets the offset from UTC, which is printed.
    #[arg(long, conflicts_with_all = ["utc_offset_min", "today"])]
    as_if: Option<AsIf>,
    /// The site's local time minus UTC, in minutes.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    utc_offset_min: i64,
    /// The day of the week that today is taken for, such as Tue.
    #[arg(long, value_parser = day)]
    today: Option<usize>,
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
        pace: arguments.ops.map_or(Pace::Times(arguments.pace), Pace::Count),
        offset_min: arguments.utc_offset_min,
        weekday: arguments.today,
        as_if: arguments.as_if,
        backfill_days: arguments.backfill_days,
        rate: arguments.rate,
        story: arguments.story,
        end_after: None,
        reset: arguments.reset,
        say: !arguments.quiet,
    };
    run(&connect(&arguments.uri).await?.database(&arguments.db), &settings).await
}

fn day(name: &str) -> Result<usize, String> {
    weekday(name).ok_or_else(|| format!("{name:?} is no day of the week; say Mon, Tue and so on"))
}
