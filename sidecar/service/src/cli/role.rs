use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use redis::IntoConnectionInfo;

use crate::config::Config;
use crate::role::Role;

use super::uri::user_of;
use super::{load_board, load_config, print};

#[derive(Debug, Args)]
pub struct RoleArgs {
    /// Only one part, without explanations, to be piped
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Add the optional right to read how far the oplog goes back (for `oplog_window_h` and `check`)
    #[arg(long)]
    oplog_window: bool,
    /// Take this board, and no configuration
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Commands that make role and user; it asks for the password
    Mongosh,
    /// The createRole command alone
    Json,
    /// ACL SETUSER, for redis-cli; put a password in place of PASSWORD
    Redis,
    /// The same as a line of Redis's ACL file
    RedisFile,
}

/// For `--help`.
pub const EXAMPLES: &str = "\
Nothing is connected to and nothing is changed: an administrator runs what is printed.

  vigil-sidecar role                                   both, with what each right is for
  vigil-sidecar role --format mongosh > role.js        MongoDB's role and user, which
  mongosh URI role.js                                  makes them; it asks for the password
  vigil-sidecar role --format redis | sed \"s/>PASSWORD/>$PASSWORD/\" | redis-cli

The users are named as in mongo.uri and redis.url; `vigil` where those name none.";

/// `vigil-sidecar role`.
pub fn role(config: Option<&Path>, args: &RoleArgs) -> ExitCode {
    match read(config, args) {
        Ok(role) => print::line(&text(&role, args.format)).map_or_else(|code| code, |()| ExitCode::SUCCESS),
        Err(code) => code,
    }
}

fn read(config: Option<&Path>, args: &RoleArgs) -> Result<Role, ExitCode> {
    let (board, config) = match &args.board {
        Some(board) => (load_board(board)?, None),
        None => {
            let config = load_config(config)?;
            (load_board(&config.board)?, Some(config))
        }
    };
    let mut role = Role::of(&board);
    role.oplog_window = args.oplog_window;
    if let Some(config) = config {
        name_users(&mut role, &config);
    }
    Ok(role)
}

/// The users that the configuration signs in as.
fn name_users(role: &mut Role, config: &Config) {
    if let Some(user) = user_of(config.mongo_uri.expose()) {
        role.mongo_user = user;
    }
    let redis = config.redis.as_ref().and_then(|redis| redis.url.expose().into_connection_info().ok());
    if let Some(redis) = redis {
        let settings = redis.redis_settings();
        role.redis_db = settings.db();
        if let Some(user) = settings.username() {
            role.redis_user = user.to_owned();
        }
    }
}

fn text(role: &Role, format: Option<Format>) -> String {
    match format {
        Some(Format::Mongosh) => role.mongosh(),
        Some(Format::Json) => role.create_role(),
        Some(Format::Redis) => role.redis_acl(),
        Some(Format::RedisFile) => format!("user {}", role.redis_rules()),
        None => explained(role),
    }
}

fn explained(role: &Role) -> String {
    let oplog = if role.oplog_window {
        "find on local.oplog.rs is optional: how far back the oplog goes."
    } else {
        "Optional (--oplog-window): find on local.oplog.rs. Without it oplog_window_h is not available."
    };
    format!(
        "// MongoDB, in mongosh as who may make roles and users.\n\
         // find and changeStream on the whole database: MongoDB opens a stream of the database for no less.\n\
         // Only the fields that the board names leave it, and nothing is ever written.\n\
         // {oplog}\n\
         // A role that is there already is changed by the same with updateRole in place of createRole.\n\
         {}\n\n\
         # Redis, in redis-cli; put a password in place of PASSWORD. Only this board's three keys.\n\
         # A line of an ACL file: --format redis-file.\n\
         {}",
        role.mongosh(),
        role.redis_acl()
    )
}
