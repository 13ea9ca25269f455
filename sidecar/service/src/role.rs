//! The least rights that the sidecar needs, as commands for MongoDB and Redis.
//!
//! MongoDB opens a stream of a whole database only for `find` and `changeStream` on the database itself:
//! `find` on the watched collections alone is refused. What leaves MongoDB is narrowed by the stream's
//! own projection instead.

use std::fmt::Write;

use serde_json::{Value, json};
use vigil_board::Board;
use vigil_publish::Keys;

/// What the log's scripts do to its keys.
const IN_SCRIPTS: [&str; 7] = ["hget", "hset", "del", "pexpire", "pttl", "xadd", "xrevrange"];
/// What is said beside them: the scripts themselves, and `check`'s question whether Redis answers.
const BESIDE_SCRIPTS: [&str; 3] = ["evalsha", "script|load", "ping"];

/// Whom the rights are for, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub board: String,
    pub database: String,
    pub mongo_user: String,
    pub redis_user: String,
    /// Redis's logical database; 0 needs no right to be chosen.
    pub redis_db: i64,
    /// The optional right to read how far the oplog goes back.
    pub oplog_window: bool,
}

impl Role {
    /// For users named `vigil`.
    pub fn of(board: &Board) -> Self {
        Role {
            board: board.id.clone(),
            database: board.database.clone(),
            mongo_user: "vigil".to_owned(),
            redis_user: "vigil".to_owned(),
            redis_db: 0,
            oplog_window: false,
        }
    }

    /// The MongoDB role's name.
    pub fn name(&self) -> String {
        format!("vigil-watch-{}", self.board)
    }

    fn privileges(&self) -> Vec<Value> {
        let privilege = |db: &str, collection: &str, actions: &[&str]| json!({"resource": {"db": db, "collection": collection}, "actions": actions});
        let watch = privilege(&self.database, "", &["find", "changeStream"]);
        let oplog = self.oplog_window.then(|| privilege("local", "oplog.rs", &["find"]));
        std::iter::once(watch).chain(oplog).collect()
    }

    /// The `createRole` command for the database `admin`.
    pub fn create_role(&self) -> String {
        // Of a command the first key is its name, so it is put together by hand.
        let mut text = format!("{{\"createRole\": {}, \"roles\": [], \"privileges\": [", json!(self.name()));
        for (i, privilege) in self.privileges().iter().enumerate() {
            // Writing into a String cannot fail.
            let _ok = write!(text, "{}\n  {privilege}", if i == 0 { "" } else { "," });
        }
        text + "\n]}"
    }

    /// Makes role and user; for mongosh, signed in as who may do that.
    pub fn mongosh(&self) -> String {
        let (user, role) = (json!(self.mongo_user), json!(self.name()));
        format!(
            "db.getSiblingDB(\"admin\").runCommand({})\n\
             db.getSiblingDB(\"admin\").createUser({{ user: {user}, pwd: passwordPrompt(), roles: [{role}] }})",
            self.create_role()
        )
    }

    /// The rules of Redis's user, as `ACL SETUSER` and a line of an ACL file take them.
    pub fn redis_rules(&self) -> String {
        let Keys { snapshot, diffs, leader } = Keys::of(&self.board);
        let keys = [leader, diffs, snapshot].map(|key| format!("~{key}")).join(" ");
        let select = (self.redis_db != 0).then_some("select");
        let commands = BESIDE_SCRIPTS.into_iter().chain(select).chain(IN_SCRIPTS);
        let commands: Vec<String> = commands.map(|command| format!("+{command}")).collect();
        format!("{} on >PASSWORD {keys} resetchannels -@all {}", self.redis_user, commands.join(" "))
    }

    /// The command that makes Redis's user anew.
    pub fn redis_acl(&self) -> String {
        let rules = self.redis_rules();
        let (user, rules) = rules.split_once(' ').unwrap_or((&rules, ""));
        format!("ACL SETUSER {user} reset {rules}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;

    fn role() -> Role {
        Role {
            board: "yard".to_owned(),
            database: "works".to_owned(),
            mongo_user: "vigil".to_owned(),
            redis_user: "vigil".to_owned(),
            redis_db: 0,
            oplog_window: false,
        }
    }

    #[test]
    fn the_role_reads_and_watches_one_database() {
        let command: Value = serde_json::from_str(&role().create_role()).unwrap();
        let watch =
            json!({"resource": {"db": "works", "collection": ""}, "actions": ["find", "changeStream"]});
        assert_eq!(command, json!({"createRole": "vigil-watch-yard", "roles": [], "privileges": [watch]}));
        assert!(role().create_role().starts_with("{\"createRole\""));
        let more = Role { oplog_window: true, ..role() }.create_role();
        let more: Value = serde_json::from_str(&more).unwrap();
        assert_eq!(more["privileges"][1]["resource"], json!({"db": "local", "collection": "oplog.rs"}));
        assert_eq!(more["privileges"][1]["actions"], json!(["find"]));
    }

    #[test]
    fn redis_allows_what_the_scripts_do_and_no_more() {
        let called: BTreeSet<String> =
            [vigil_publish::APPEND, vigil_publish::ACQUIRE, vigil_publish::RELEASE]
                .into_iter()
                .flat_map(|script| script.split("redis.call('").skip(1))
                .filter_map(|call| call.split_once('\'').map(|(name, _)| name.to_lowercase()))
                .collect();
        let allowed: BTreeSet<String> = IN_SCRIPTS.into_iter().map(str::to_owned).collect();
        assert_eq!(allowed, called);
    }

    #[test]
    fn redis_knows_the_keys_of_one_board() {
        let acl = role().redis_acl();
        assert!(acl.starts_with("ACL SETUSER vigil reset on >PASSWORD ~vigil:{yard}:leader "), "{acl}");
        assert!(!acl.contains('*') && !acl.contains("+@"), "{acl}");
        assert!(!acl.contains("select"), "{acl}");
        assert!(Role { redis_db: 3, ..role() }.redis_acl().contains("+select "));
    }
}
