//! The command line of `vigil-sidecar`.

mod check;
mod print;
mod role;
mod run;
mod token;
mod unwatchable;
mod uri;
mod verify;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use vigil_board::Board;

use crate::config::{Config, ConfigProblem, ProcessSource};

/// Watches a MongoDB replica set and serves a board's numbers, live and exact.
#[derive(Debug, Parser)]
#[command(name = "vigil-sidecar", version, arg_required_else_help = true)]
#[command(
    after_help = "Configuration comes from sidecar.toml (or --config FILE); VIGIL_… variables win over it.\n\
    A first time: write sidecar.toml, run `vigil-sidecar check`, then `vigil-sidecar run`."
)]
pub struct Cli {
    /// Configuration file [default: sidecar.toml in the working folder, where there is one]
    #[arg(long, short, global = true, env = "VIGIL_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Follow MongoDB and serve clients until stopped
    Run,
    /// Check configuration, board, MongoDB and Redis; say what to do about each failure
    Check,
    /// Compare every metric of the running sidecar with MongoDB at one cluster time
    #[command(after_help = "Exit code: 0 exact, 1 drift, 2 could not be verified.")]
    Verify {
        /// Ask no running sidecar: read the board's collections anew, at one cluster time
        #[arg(long)]
        fresh: bool,
        /// Print the whole report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the running sidecar's values whenever they change
    Watch {
        /// Print once and stop
        #[arg(long)]
        once: bool,
        /// Print lines of JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the least rights that the sidecar needs: MongoDB's role and Redis's ACL
    #[command(after_help = role::EXAMPLES)]
    Role(role::RoleArgs),
    /// Print the JSON Schema of boards, for editors that complete and explain TOML
    Schema,
    /// Print a token for development, signed with the configured shared secret
    Token(token::TokenArgs),
}

/// Exit code for "could not be done", beside 1 for "done, and the answer is no".
const CANNOT: u8 = 2;

impl Cli {
    /// Runs the command to its end.
    pub async fn run(self) -> ExitCode {
        let config = self.config.as_deref();
        match self.command {
            Command::Run => run::run(config).await,
            Command::Check => check::check(config).await,
            Command::Verify { fresh: true, json } => verify::fresh(config, json).await,
            Command::Verify { fresh: false, json } => verify::verify(config, json).await,
            Command::Watch { once, json } => watch::watch(config, once, json).await,
            Command::Role(args) => role::role(config, &args),
            Command::Schema => {
                print::line(vigil_board::SCHEMA.trim_end()).map_or_else(|code| code, |()| ExitCode::SUCCESS)
            }
            Command::Token(args) => token::token(config, &args),
        }
    }
}

/// The configuration, or its problems on stderr.
fn load_config(file: Option<&Path>) -> Result<Config, ExitCode> {
    Config::load(file, &ProcessSource).map_err(|problems| {
        print_problems("configuration", &problems);
        ExitCode::from(CANNOT)
    })
}

fn print_problems(what: &str, problems: &[ConfigProblem]) {
    eprintln!("{what}: {} to mend", print::counted(problems.len(), "problem"));
    for problem in problems {
        eprintln!("  {problem}");
    }
}

/// The board, or every problem of it on stderr.
fn load_board(path: &Path) -> Result<Arc<Board>, ExitCode> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        eprintln!("board: {file} cannot be read: {error}");
        ExitCode::from(CANNOT)
    })?;
    vigil_board::parse(&file, &text).map(Arc::new).map_err(|problems| {
        eprintln!("board: {} to mend", print::counted(problems.len(), "problem"));
        for problem in &problems {
            eprintln!("{problem}");
        }
        ExitCode::from(CANNOT)
    })
}
