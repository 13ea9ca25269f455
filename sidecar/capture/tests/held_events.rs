//! However the server cuts the events into replies, and wherever the connection breaks, what comes
//! out is every event once, in order, and no cluster time in halves.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bson::{Document, RawDocumentBuf, Timestamp, doc};
use proptest::prelude::*;
use vigil_capture::{Follower, StartFrom, WatchPlan};
use vigil_engine::ChangeKind;
use vigil_wire::ClusterTime;

fn token(time: u32, n: usize) -> Document {
    doc! { "_data": format!("82{time:08X}{:08X}{n:06}", 1) }
}

fn reply(events: &[(u32, usize)]) -> RawDocumentBuf {
    let documents: Vec<Document> = events
        .iter()
        .map(|(time, n)| {
            doc! { "_id": token(*time, *n), "operationType": "delete", "ns": { "coll": "a" },
            "clusterTime": Timestamp { time: *time, increment: 1 }, "documentKey": { "_id": i64::try_from(*n).unwrap() } }
        })
        .collect();
    let last = events.last().map_or(doc! {}, |(time, n)| token(*time, *n));
    RawDocumentBuf::try_from(
        &doc! { "cursor": { "id": 7_i64, "nextBatch": documents, "postBatchResumeToken": last } },
    )
    .unwrap()
}

/// Where a server would go on.
fn resume(events: &[(u32, usize)], start: &StartFrom) -> usize {
    match start {
        StartFrom::Time(time) => events.iter().position(|(t, _)| *t >= time.seconds).unwrap_or(events.len()),
        StartFrom::Token(token_) => {
            let data = token_.get_str("_data").unwrap();
            events
                .iter()
                .position(|(t, n)| token(*t, *n).get_str("_data").unwrap() > data)
                .unwrap_or(events.len())
        }
    }
}

proptest! {
    #[test]
    fn every_event_once_and_no_time_in_halves(
        sizes in prop::collection::vec(1_usize..7, 1..20),
        batch_size in 1_usize..6,
        breaks in prop::collection::vec(any::<bool>(), 200),
    ) {
        let times = sizes.iter().zip(2_u32..).flat_map(|(size, time)| std::iter::repeat_n(time, *size));
        let events: Vec<(u32, usize)> = times.zip(0..).collect();
        let plan = WatchPlan { database: "d".into(), collections: [("a".to_owned(), Default::default())].into() };
        let mut follower = Follower::new(Arc::new(plan), u32::try_from(batch_size).unwrap(), ClusterTime::new(1, 1));
        let mut next = 0;
        let mut out = Vec::new();
        let mut breaks = breaks.into_iter();
        for _ in 0..400 {
            if breaks.next().unwrap_or(false) {
                next = resume(&events, &follower.reopen());
            }
            let end = (next + batch_size).min(events.len());
            let progress = follower.on_reply(&reply(&events[next..end])).unwrap();
            for change in &progress.changes {
                prop_assert!(change.at <= progress.complete);
                let ChangeKind::Delete { id } = &change.kind else { panic!("{change:?}") };
                out.push(usize::try_from(id.as_i64().unwrap()).unwrap());
            }
            // What is out ends where a cluster time ends.
            if let Some(last) = out.last() {
                prop_assert!(events.get(last + 1).is_none_or(|following| following.0 != events[*last].0));
                prop_assert_eq!(progress.complete.seconds, events[*last].0);
            }
            if next == events.len() {
                break;
            }
            next = end;
        }
        prop_assert_eq!(out, (0..events.len()).collect::<Vec<_>>());
    }
}
