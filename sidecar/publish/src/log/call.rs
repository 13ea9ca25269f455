use std::fmt;

use super::{Entry, Keys, LogId};

/// How long things live in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogShape {
    pub lease_ms: u64,
    /// After a sidecar's end its last snapshot goes away, rather than being read as current.
    pub snapshot_ms: u64,
    /// About so many entries are kept.
    pub cap: usize,
}

impl Default for LogShape {
    fn default() -> Self {
        LogShape { lease_ms: 5_000, snapshot_ms: 60_000, cap: crate::REPLAY_SEQS }
    }
}

/// The right to write a board's log, proved by a random nonce. Each acquisition has a nonce of its
/// own, so that a command of an earlier one that Redis carries out late changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub keys: Keys,
    pub nonce: String,
    /// The nonce held before, when there was one.
    pub earlier: Option<String>,
    pub board_hash: String,
    pub shape: LogShape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Append,
    Acquire,
    Release,
}

impl Script {
    /// The Lua text.
    pub const fn text(self) -> &'static str {
        match self {
            Script::Append => super::APPEND,
            Script::Acquire => super::ACQUIRE,
            Script::Release => super::RELEASE,
        }
    }
}

/// A script with its keys and arguments, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptCall {
    pub script: Script,
    pub keys: Vec<String>,
    pub args: Vec<String>,
}

/// What the append script answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    Ok,
    /// Somebody else has the lease, or it ran out.
    Fenced,
    /// The log does not end where we left it.
    Diverged,
}

/// What the acquire script answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquired {
    /// Ours; the log ends here.
    Ok { last: Option<LogId> },
    /// Another sidecar's, for so long at least.
    Held { ms: u64 },
}

/// An answer that the scripts do not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAnswer(pub String);

impl fmt::Display for UnknownAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis answered {:?}, which the log's scripts do not say", self.0)
    }
}

impl std::error::Error for UnknownAnswer {}

impl Lease {
    pub fn acquire(&self) -> ScriptCall {
        ScriptCall {
            script: Script::Acquire,
            keys: vec![self.keys.leader.clone(), self.keys.diffs.clone()],
            args: vec![
                self.nonce.clone(),
                self.earlier.clone().unwrap_or_default(),
                self.board_hash.clone(),
                self.shape.lease_ms.to_string(),
            ],
        }
    }

    /// Appends `entry` as `id`, or with no entry only renews the lease; both write `snapshot` fields.
    pub fn append(
        &self,
        expected: Option<LogId>,
        entry: Option<(LogId, &Entry)>,
        snapshot: Vec<(String, String)>,
    ) -> ScriptCall {
        let whole = entry.is_some_and(|(_, entry)| entry.whole);
        let mut args = vec![
            self.nonce.clone(),
            expected.map(|id| id.to_string()).unwrap_or_default(),
            entry.map(|(id, _)| id.to_string()).unwrap_or_default(),
            entry.map(|(_, entry)| entry.to_json()).unwrap_or_default(),
            self.shape.cap.to_string(),
            self.shape.lease_ms.to_string(),
            self.shape.snapshot_ms.to_string(),
            u8::from(whole).to_string(),
        ];
        args.extend(snapshot.into_iter().flat_map(|(field, value)| [field, value]));
        let Keys { leader, diffs, snapshot } = self.keys.clone();
        ScriptCall { script: Script::Append, keys: vec![leader, diffs, snapshot], args }
    }

    pub fn release(&self) -> ScriptCall {
        let (keys, args) = (vec![self.keys.leader.clone()], vec![self.nonce.clone()]);
        ScriptCall { script: Script::Release, keys, args }
    }
}

impl Appended {
    /// # Errors
    /// When the answer is none of the script's.
    pub fn parse(answer: &str) -> Result<Self, UnknownAnswer> {
        match answer {
            "OK" => Ok(Appended::Ok),
            "FENCED" => Ok(Appended::Fenced),
            "DIVERGED" => Ok(Appended::Diverged),
            other => Err(UnknownAnswer(other.to_owned())),
        }
    }
}

impl Acquired {
    /// # Errors
    /// When the answer is none of the script's.
    pub fn parse(answer: &[String]) -> Result<Self, UnknownAnswer> {
        match answer {
            [word, last] if word == "OK" && last.is_empty() => Ok(Acquired::Ok { last: None }),
            [word, last] if word == "OK" => Ok(Acquired::Ok { last: Some(last.parse()?) }),
            // A lease without an end (−1) is nobody's doing; ask again soon.
            [word, ms] if word == "HELD" => Ok(Acquired::Held { ms: ms.parse().unwrap_or(1_000) }),
            other => Err(UnknownAnswer(other.join(" "))),
        }
    }
}
