use std::fmt;

/// How an exchange with MongoDB failed, without anything that the server's message may spell out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The server answered with an error.
    Command { code: i32, name: String, labels: Vec<String> },
    /// The connection broke or could not be made.
    Network,
    /// No answer within the time allowed.
    TimedOut,
    /// No server of the set that can be read was found.
    NoServer,
    /// User or password were refused while connecting.
    Authentication,
    /// TLS could not be set up.
    Tls,
    /// The server answers, and is no member of a replica set.
    Standalone,
    /// The server answers, and was started for a replica set that has not been initiated.
    NotInitiated,
    /// The server answers, and is a router of a sharded cluster.
    Mongos,
    /// The server is older than 6.0.
    TooOld,
    /// A reply of another shape than MongoDB documents.
    BadReply,
    /// The stream's cursor ended without a word.
    CursorClosed,
    /// The connection string or an option cannot be used.
    Configuration,
}

/// What to do about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Connect again and go on from the last complete position; nothing is lost.
    Retry,
    /// What happened in between cannot be had any more: read everything anew.
    Resync,
    /// Trying again will not help: somebody has to do `next_step`.
    Fatal { what: String, next_step: String },
}

/// Says what to do about a failure. Codes that are not known are tried again, with back-off, for ever:
/// what is shown meanwhile is marked as down, and a person sees the code.
pub fn classify(failure: &Failure) -> Verdict {
    match failure {
        Failure::Command { code, labels, .. } => of_code(*code, labels, failure),
        Failure::Network
        | Failure::TimedOut
        | Failure::NoServer
        | Failure::NotInitiated
        | Failure::BadReply => Verdict::Retry,
        Failure::CursorClosed => Verdict::Resync,
        Failure::Authentication
        | Failure::Tls
        | Failure::Standalone
        | Failure::Mongos
        | Failure::TooOld
        | Failure::Configuration => fatal(failure),
    }
}

fn of_code(code: i32, labels: &[String], failure: &Failure) -> Verdict {
    match code {
        // ChangeStreamHistoryLost, ChangeStreamFatalError, CappedPositionLost, InvalidResumeToken, an event over
        // 16 MB (the same token would meet it again for ever; a scan passes it), a resume point that an old server
        // misses; and of snapshot reads SnapshotTooOld, SnapshotUnavailable.
        286 | 280 | 136 | 260 | 10334 | 40576 | 40615 | 239 | 246 => Verdict::Resync,
        // AuthenticationFailed, UserNotFound, Atlas's own; Unauthorized; $changeStream on a standalone,
        // NoReplicationEnabled, NotAReplicaSet, IllegalOperation; an unknown stage or command; a view.
        18 | 11 | 8000 | 13 | 40573 | 76 | 123 | 20 | 40324 | 59 | 166 => fatal(failure),
        // BadValue, FailedToParse, TypeMismatch, InvalidOptions, InvalidNamespace, an unknown option: said of a
        // question of ours, unless the server itself says that it may go better next time.
        2 | 9 | 14 | 72 | 73 | 40415 if !resumable(labels) => fatal(failure),
        // HostUnreachable 6, CursorNotFound 43, NetworkTimeout 89, ShutdownInProgress 91, PrimarySteppedDown 189,
        // CursorKilled 237, NotWritablePrimary 10107, InterruptedAtShutdown 11600, InterruptedDueToReplStateChange
        // 11602, NotPrimaryNoSecondaryOk 13435, NotPrimaryOrSecondary 13436 … and all that are unknown.
        _ => Verdict::Retry,
    }
}

fn resumable(labels: &[String]) -> bool {
    labels.iter().any(|label| label == "ResumableChangeStreamError" || label == "RetryableError")
}

fn fatal(failure: &Failure) -> Verdict {
    Verdict::Fatal { what: failure.to_string(), next_step: failure.next_step().to_owned() }
}

impl Failure {
    /// What a person can do about it.
    pub fn next_step(&self) -> &'static str {
        const CREDENTIALS: &str = "Correct user, password and authSource in the connection string (special characters in a password are percent-encoded).";
        const REPLICA_SET: &str = "Change streams need a replica set; one member is enough: start mongod with --replSet rs0 and run rs.initiate() once in mongosh.";
        const UPGRADE: &str = "Use MongoDB 6.0 or newer.";
        match self {
            Failure::Command { code: 18 | 11 | 8000, .. } | Failure::Authentication => CREDENTIALS,
            Failure::Command { code: 13, .. } => {
                "Give the user a role with find and changeStream on the watched database; `vigil-sidecar check` tries it."
            }
            Failure::Command { code: 40573 | 76 | 123 | 20, .. } | Failure::Standalone => REPLICA_SET,
            Failure::Command { code: 40324 | 59, .. } | Failure::TooOld => UPGRADE,
            Failure::Command { code: 166, .. } => "Watch the collection that the view reads from.",
            Failure::Command { .. } | Failure::BadReply => {
                "Look at MongoDB's own log; if it says nothing, report this with the code above."
            }
            Failure::Network | Failure::TimedOut => {
                "Check that MongoDB is running and that host, port and TLS settings in the connection string are right."
            }
            Failure::NoServer => {
                "Check that the replica set has a primary, and host, port and replicaSet in the connection string."
            }
            Failure::NotInitiated => "Run rs.initiate() once in mongosh.",
            Failure::Mongos => "Connect to a replica set directly: sharded clusters are not supported yet.",
            Failure::Tls => "Check tlsCAFile and the host names in the server's certificate.",
            Failure::CursorClosed => "Nothing: it is tried again.",
            Failure::Configuration => {
                "Correct the connection string (special characters in a password are percent-encoded)."
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Failure::Command { code, name, .. } => return command(f, *code, name),
            Failure::Network => "The connection to MongoDB was lost or could not be made.",
            Failure::TimedOut => "MongoDB did not answer in time.",
            Failure::NoServer => "No primary of the replica set can be reached.",
            Failure::Authentication => "MongoDB refused the user or the password.",
            Failure::Tls => "The TLS connection to MongoDB could not be set up.",
            Failure::Standalone => "The MongoDB server is a standalone, not a member of a replica set.",
            Failure::NotInitiated => "The MongoDB server waits for its replica set to be initiated.",
            Failure::Mongos => "The MongoDB server is a mongos of a sharded cluster.",
            Failure::TooOld => "The MongoDB server is older than 6.0.",
            Failure::BadReply => "MongoDB sent a reply of an unknown shape.",
            Failure::CursorClosed => "MongoDB closed the change stream.",
            Failure::Configuration => "The connection string cannot be used.",
        };
        f.write_str(sentence)
    }
}

impl std::error::Error for Failure {}

fn command(f: &mut fmt::Formatter<'_>, code: i32, name: &str) -> fmt::Result {
    match code {
        18 | 11 | 8000 => write!(f, "MongoDB refused the user or the password (error {code}).")?,
        13 => write!(f, "The MongoDB user may not do what watching needs (error 13).")?,
        40573 => write!(f, "The MongoDB server has no change streams: it is a standalone (error 40573).")?,
        286 => write!(f, "MongoDB's oplog no longer holds what was missed (error 286).")?,
        10334 => write!(f, "A change is too large for one message of MongoDB (error 10334).")?,
        // The name is one of MongoDB's own identifiers, `Location12345` when it has none.
        _ if name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.is_empty() => {
            write!(f, "MongoDB answered with error {code} ({name}).")?;
        }
        _ => write!(f, "MongoDB answered with error {code}.")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: i32) -> Failure {
        Failure::Command { code, name: "Name".into(), labels: Vec::new() }
    }

    #[test]
    fn what_comes_back_by_itself_is_tried_again() {
        for number in [
            6, 7, 43, 50, 63, 89, 91, 133, 134, 150, 175, 189, 234, 237, 262, 9001, 10107, 11600, 11602,
            13435, 13436,
        ] {
            assert_eq!(classify(&code(number)), Verdict::Retry, "{number}");
        }
        for failure in
            [Failure::Network, Failure::TimedOut, Failure::NoServer, Failure::BadReply, Failure::NotInitiated]
        {
            assert_eq!(classify(&failure), Verdict::Retry, "{failure}");
        }
    }

    #[test]
    fn what_is_lost_is_read_anew_even_when_the_server_calls_it_resumable() {
        for number in [286, 280, 136, 260, 10334, 239, 246] {
            let failure = Failure::Command {
                code: number,
                name: "N".into(),
                labels: vec!["ResumableChangeStreamError".into()],
            };
            assert_eq!(classify(&failure), Verdict::Resync, "{number}");
        }
        assert_eq!(classify(&Failure::CursorClosed), Verdict::Resync);
    }

    #[test]
    fn what_needs_a_person_says_what_to_do() {
        for (failure, word) in [
            (code(18), "password"),
            (Failure::Authentication, "password"),
            (code(13), "changeStream"),
            (code(40573), "--replSet"),
            (Failure::Standalone, "--replSet"),
            (Failure::Mongos, "sharded"),
            (code(40324), "6.0"),
            (code(166), "view"),
            (Failure::Configuration, "connection string"),
        ] {
            let Verdict::Fatal { what, next_step } = classify(&failure) else {
                panic!("{failure}: not fatal")
            };
            assert!(next_step.contains(word) && !what.is_empty(), "{failure}: {next_step}");
        }
    }

    #[test]
    fn a_question_of_ours_that_is_refused_is_fatal_unless_the_server_says_otherwise() {
        assert!(matches!(classify(&code(9)), Verdict::Fatal { .. }));
        let resumable =
            Failure::Command { code: 9, name: "N".into(), labels: vec!["ResumableChangeStreamError".into()] };
        assert_eq!(classify(&resumable), Verdict::Retry);
    }

    #[test]
    fn a_name_that_is_no_identifier_is_not_repeated() {
        let failure = Failure::Command { code: 5, name: "dup key { ssn: 7 }".into(), labels: Vec::new() };
        assert_eq!(failure.to_string(), "MongoDB answered with error 5.");
    }
}
