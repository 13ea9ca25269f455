//! Whether the source can be watched, in plain sentences.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use vigil_capture::{Failure, StartFrom};

use super::failure::within;
use super::hello::{HelloSample, deployment, hello};
use super::{Source, source, stream};

const LIMIT: Duration = Duration::from_secs(10);
/// An outage longer than the oplog's window costs a whole new read.
const OPLOG_WINDOW_S: u32 = 2 * 3600;
/// The offset is measured and made up for; much of it says that a clock is not kept at all.
const CLOCK_OFFSET_MS: i64 = 5_000;

/// A capped collection, or one that was made, renamed or dropped a moment ago.
const SNAPSHOT_UNAVAILABLE: i32 = 246;
const NOT_CAPPED: &str = "Watch a collection that is not capped; if it is none, try again in a minute.";

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub name: &'static str,
    pub outcome: Outcome,
    /// What was found, as a sentence.
    pub detail: String,
    /// What to do about it.
    pub next_step: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    /// It can run, and somebody should know.
    Warn,
    /// It cannot run.
    Fail,
}

impl Probe {
    fn pass(name: &'static str, detail: impl Into<String>) -> Self {
        Probe { name, outcome: Outcome::Pass, detail: detail.into(), next_step: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, next_step: &str) -> Self {
        Probe { name, outcome: Outcome::Warn, detail: detail.into(), next_step: Some(next_step.to_owned()) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, next_step: &str) -> Self {
        Probe { name, outcome: Outcome::Fail, detail: detail.into(), next_step: Some(next_step.to_owned()) }
    }

    fn failed(name: &'static str, failure: &Failure) -> Self {
        Probe::fail(name, failure.to_string(), failure.next_step())
    }
}

fn unreadable(collection: &str) -> String {
    format!("{collection} cannot be read as of a known time, as capped collections cannot.")
}

impl Source {
    /// Looks at everything that watching needs, and changes nothing. What cannot be looked at because
    /// of an earlier failure is left out.
    pub async fn probe(&self) -> Vec<Probe> {
        let (reply, sample) = match self.greet().await {
            Ok(answer) => answer,
            Err(
                failure @ (Failure::Standalone | Failure::Mongos | Failure::NotInitiated | Failure::TooOld),
            ) => {
                return vec![
                    Probe::pass("connection", "MongoDB answers."),
                    Probe::failed("deployment", &failure),
                ];
            }
            Err(failure) => return vec![Probe::failed("connection", &failure)],
        };
        let set = reply.get_str("setName").unwrap_or_default();
        let mut probes = vec![
            Probe::pass("connection", "MongoDB answers."),
            Probe::pass("deployment", format!("Replica set {set}.")),
            self.version().await,
        ];
        probes.extend(self.collections().await);
        probes.push(self.privileges(&sample).await);
        probes.push(self.oplog_window().await);
        probes.push(clock(&sample));
        probes
    }

    /// The primary's `hello`. When none is found, the first host is asked what it is.
    async fn greet(&self) -> Result<(Document, HelloSample), Failure> {
        match hello(&self.client).await {
            Ok((reply, sample)) => deployment(&reply).map(|()| (reply, sample)),
            Err(failure @ (Failure::NoServer | Failure::TimedOut | Failure::Network)) => {
                let direct = source::client(&self.config, true).await.or(Err(Failure::Configuration))?;
                match hello(&direct).await {
                    Ok((reply, _)) => deployment(&reply).and(Err(failure)),
                    Err(Failure::NoServer) => Err(Failure::Network),
                    Err(other) => Err(other),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn version(&self) -> Probe {
        let ask = async { self.client.database("admin").run_command(doc! { "buildInfo": 1 }).await };
        match within(LIMIT, ask).await {
            Ok(info) => {
                Probe::pass("version", format!("MongoDB {}.", info.get_str("version").unwrap_or("(unknown)")))
            }
            Err(failure) => Probe::failed("version", &failure),
        }
    }

    /// Whether the watched collections are of a kind that can be watched. Needs no privilege of its own: only
    /// names that the user may use are listed.
    pub async fn collections(&self) -> Vec<Probe> {
        let ask = async {
            let command = doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true };
            self.database.run_cursor_command(command).await?.try_collect::<Vec<Document>>().await
        };
        let listed = match within(LIMIT, ask).await {
            Ok(listed) => listed,
            Err(failure) => return vec![Probe::failed("collections", &failure)],
        };
        let kind = |name: &str| {
            let found = listed.iter().find(|entry| entry.get_str("name").is_ok_and(|listed| listed == name));
            found.map(|entry| entry.get_str("type").unwrap_or("collection"))
        };
        let names = self.plan().collections.keys();
        let odd: Vec<Probe> = names.filter_map(|name| collection(name, kind(name))).collect();
        if odd.is_empty() { vec![Probe::pass("collections", "All watched collections exist.")] } else { odd }
    }

    /// Tries what watching does: to open the stream, and to read each collection at a known time.
    async fn privileges(&self, sample: &HelloSample) -> Probe {
        let tried = async {
            let start = StartFrom::Time(sample.majority);
            drop(within(LIMIT, stream::open(self, &start, false)).await?);
            for name in self.plan().collections.keys() {
                let mut session = self.snapshot(sample.majority).await?;
                let collection = self.collection(name);
                let read = async {
                    let only_id =
                        collection.find(doc! {}).projection(doc! { "_id": 1 }).limit(1).session(&mut session);
                    only_id.await.map(drop)
                };
                match within(LIMIT, read).await {
                    Err(Failure::Command { code: SNAPSHOT_UNAVAILABLE, .. }) => {
                        return Ok(Probe::fail("collections", unreadable(name), NOT_CAPPED));
                    }
                    read => read?,
                }
            }
            Ok::<Probe, Failure>(Probe::pass("privileges", "The user may read and watch the database."))
        };
        match tried.await {
            Ok(probe) => probe,
            Err(failure) => Probe::failed("privileges", &failure),
        }
    }

    /// Seconds from the oldest to the newest entry of the oplog.
    ///
    /// # Errors
    /// Also without the (optional) right to read it.
    pub async fn oplog_window_s(&self) -> Result<u32, Failure> {
        let oplog = self.client.database("local").collection::<Document>("oplog.rs");
        let end = async |direction: i32| {
            let entry =
                oplog.find_one(doc! {}).sort(doc! { "$natural": direction }).projection(doc! { "ts": 1 });
            match within(LIMIT, async { entry.await }).await?.and_then(|entry| entry.get("ts").cloned()) {
                Some(Bson::Timestamp(ts)) => Ok(ts.time),
                _ => Err(Failure::BadReply),
            }
        };
        Ok(end(-1).await?.saturating_sub(end(1).await?))
    }

    async fn oplog_window(&self) -> Probe {
        match self.oplog_window_s().await {
            Ok(seconds) if seconds < OPLOG_WINDOW_S => Probe::warn(
                "oplog_window",
                format!(
                    "The oplog holds {} min; after a longer outage everything is read anew.",
                    seconds / 60
                ),
                "On a set that has been in use for longer than that, enlarge the oplog (replSetResizeOplog).",
            ),
            Ok(seconds) => Probe::pass("oplog_window", format!("The oplog holds {} h.", seconds / 3600)),
            Err(Failure::Command { code: 13, .. }) => Probe::warn(
                "oplog_window",
                "Not known: this user may not read the oplog. That is optional.",
                "Grant find on local.oplog.rs to see it.",
            ),
            Err(failure) => Probe::warn("oplog_window", failure.to_string(), failure.next_step()),
        }
    }
}

/// What speaks against watching a collection that is listed as `kind`.
fn collection(name: &str, kind: Option<&str>) -> Option<Probe> {
    if name.starts_with("system.") {
        let detail = format!("{name} is one of MongoDB's own collections.");
        return Some(Probe::fail("collections", detail, "Watch another collection."));
    }
    match kind {
        Some("collection") => None,
        Some("view") => Some(Probe::fail(
            "collections",
            format!("{name} is a view: views have no change stream."),
            "Watch the collection that the view reads from.",
        )),
        Some("timeseries") => Some(Probe::fail(
            "collections",
            format!("{name} is a time-series collection: these have no change stream."),
            "Watch an ordinary collection.",
        )),
        Some(other) => {
            Some(Probe::fail("collections", format!("{name} is a {other}."), "Watch an ordinary collection."))
        }
        None => Some(Probe::warn(
            "collections",
            format!("{name} does not exist, or this user may not see it; until it does it counts as empty."),
            "Check the name in the board and the user's role.",
        )),
    }
}

fn clock(sample: &HelloSample) -> Probe {
    let here = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_sub(sample.taken.elapsed());
    let here_ms = i64::try_from(here.as_millis()).unwrap_or(i64::MAX);
    let half_trip_ms = i64::try_from(sample.round_trip.as_millis() / 2).unwrap_or(0);
    let offset_ms = here_ms.saturating_sub(sample.local_time.saturating_add(half_trip_ms));
    let detail = format!("This machine's clock is {offset_ms} ms ahead of MongoDB's; MongoDB's is used.");
    if offset_ms.abs() > CLOCK_OFFSET_MS {
        Probe::warn("clock", detail, "Let both machines take their time from NTP.")
    } else {
        Probe::pass("clock", detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_that_cannot_be_watched_say_why() {
        let of = |name: &str, kind: Option<&str>| collection(name, kind).map(|probe| probe.outcome);
        assert_eq!(of("a", Some("collection")), None);
        assert_eq!(of("a", Some("view")), Some(Outcome::Fail));
        assert_eq!(of("a", Some("timeseries")), Some(Outcome::Fail));
        assert_eq!(of("system.views", Some("collection")), Some(Outcome::Fail));
        assert_eq!(of("a", None), Some(Outcome::Warn));
    }
}
