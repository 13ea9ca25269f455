use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use mongodb::Client;
use tokio::sync::{mpsc, watch};
use vigil_capture::Failure;
use vigil_wire::{ClusterTime, Millis};

use super::{SourceEvent, failure};

const EVERY: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(5);

/// `maxWireVersion` of MongoDB 6.0.
const WIRE_6_0: i32 = 17;

/// What one `hello` of the primary said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelloSample {
    /// MongoDB's clock, some time within the round trip.
    pub local_time: Millis,
    /// `lastWrite.majorityOpTime`: the newest write that the stream can have delivered by then.
    pub majority: ClusterTime,
    pub round_trip: Duration,
    /// When the reply came, on this machine's monotonic clock.
    pub taken: Instant,
}

/// What kind of server answered, as its `hello` says it.
pub(super) fn deployment(hello: &Document) -> Result<(), Failure> {
    if hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid") {
        Err(Failure::Mongos)
    } else if hello.contains_key("setName") {
        let wire = hello.get_i32("maxWireVersion").unwrap_or_default();
        if wire < WIRE_6_0 { Err(Failure::TooOld) } else { Ok(()) }
    } else if hello.get_bool("isreplicaset").unwrap_or_default() {
        Err(Failure::NotInitiated)
    } else {
        Err(Failure::Standalone)
    }
}

/// Asks the primary once.
pub(super) async fn hello(client: &Client) -> Result<(Document, HelloSample), Failure> {
    let asked = Instant::now();
    let reply =
        failure::within(LIMIT, async { client.database("admin").run_command(doc! { "hello": 1 }).await });
    let reply = reply.await?;
    let taken = Instant::now();
    let local_time = reply.get_datetime("localTime").map_err(|_| Failure::BadReply)?.timestamp_millis();
    // A standalone and a mongos have none; `deployment` says what they are.
    let majority = op_time(&reply, "majorityOpTime").unwrap_or_default();
    Ok((reply, HelloSample { local_time, majority, round_trip: taken - asked, taken }))
}

/// One of the times of a reply's `lastWrite`.
pub(super) fn op_time(hello: &Document, name: &str) -> Option<ClusterTime> {
    match hello.get_document("lastWrite").ok()?.get_document(name).ok()?.get("ts") {
        Some(Bson::Timestamp(ts)) => Some(ClusterTime::new(ts.time, ts.increment)),
        _ => None,
    }
}

/// Asks every 2 s and tells `tx`; `heartbeat` has the last reply's time. Ends when nobody listens.
pub(super) async fn beat(
    client: Client,
    tx: mpsc::Sender<SourceEvent>,
    heartbeat: watch::Sender<tokio::time::Instant>,
) {
    loop {
        if let Ok((_, sample)) = hello(&client).await {
            heartbeat.send_replace(sample.taken.into());
            if tx.send(SourceEvent::Hello(sample)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = tx.closed() => return,
        }
    }
}
