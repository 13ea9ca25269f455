//! The follower on constructed replies, in the shapes that mongod 6.0.5 sends.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bson::{Bson, Document, RawDocumentBuf, Timestamp, doc};
use vigil_capture::{BadReply, Ending, Follower, Progress, StartFrom, WatchPlan};
use vigil_engine::{Assigned, Assignment, ChangeKind, Delta};
use vigil_wire::ClusterTime;

const BATCH: u32 = 3;

fn at(seconds: u32) -> ClusterTime {
    ClusterTime::new(seconds, 1)
}

fn follower() -> Follower {
    let paths = ["status", "o.b", "items.price"].map(str::to_owned);
    let plan = WatchPlan {
        database: "d".into(),
        collections: [("a".to_owned(), paths.into()), ("keys".to_owned(), Default::default())].into(),
    };
    Follower::new(Arc::new(plan), BATCH, at(1))
}

/// A token with a time; `tail` stands for what follows it.
fn token(time: ClusterTime, tail: &str) -> Document {
    doc! { "_data": format!("82{:08X}{:08X}{tail}", time.seconds, time.ordinal) }
}

fn event(time: ClusterTime, n: i32, operation: &str, rest: Document) -> Document {
    let clock = Timestamp { time: time.seconds, increment: time.ordinal };
    let mut event = doc! { "_id": token(time, &format!("2B{n:04}")), "operationType": operation, "clusterTime": clock,
    "ns": { "coll": "a" } };
    event.extend(rest);
    event
}

fn insert(time: ClusterTime, n: i32) -> Document {
    event(time, n, "insert", doc! { "documentKey": { "_id": n }, "d0": { "_id": n, "status": "x" } })
}

fn reply(id: i64, events: Vec<Document>, idle: Document) -> RawDocumentBuf {
    let reply = doc! { "cursor": { "nextBatch": events, "postBatchResumeToken": idle, "id": id, "ns": "d.$cmd" }, "ok": 1 };
    RawDocumentBuf::try_from(&reply).unwrap()
}

/// A reply whose post-batch token is that of its last event.
fn batch(follower: &mut Follower, events: Vec<Document>) -> Progress {
    let idle = events.last().unwrap().get_document("_id").unwrap().clone();
    follower.on_reply(&reply(7, events, idle)).unwrap()
}

fn idle(follower: &mut Follower, time: ClusterTime) -> Progress {
    follower.on_reply(&reply(7, vec![], token(time, "FF"))).unwrap()
}

fn ids(progress: &Progress) -> Vec<i32> {
    let id = |kind: &ChangeKind| match kind {
        ChangeKind::Put { id, .. } | ChangeKind::Update { id, .. } | ChangeKind::Delete { id } => {
            id.as_i32().unwrap()
        }
        ChangeKind::Clear => -1,
    };
    progress.changes.iter().map(|change| id(&change.kind)).collect()
}

fn after(follower: &mut Follower) -> Document {
    match follower.reopen() {
        StartFrom::Token(token) => Document::try_from(token).unwrap(),
        StartFrom::Time(time) => panic!("no token at {time:?}"),
    }
}

#[test]
fn a_batch_that_is_not_full_is_complete() {
    let mut follower = follower();
    let progress = batch(&mut follower, vec![insert(at(2), 1), insert(at(3), 2)]);
    assert_eq!((ids(&progress), progress.complete), (vec![1, 2], at(3)));
}

#[test]
fn a_full_batch_holds_its_last_time_until_a_later_one_comes() {
    let mut follower = follower();
    let progress = batch(&mut follower, vec![insert(at(2), 1), insert(at(3), 2), insert(at(3), 3)]);
    assert_eq!((ids(&progress), progress.complete), (vec![1], at(2)));
    // The transaction at 3 goes on, through a batch that is full of it.
    let progress = batch(&mut follower, vec![insert(at(3), 4), insert(at(3), 5), insert(at(3), 6)]);
    assert_eq!((ids(&progress), progress.complete), (vec![], at(2)));
    let progress = batch(&mut follower, vec![insert(at(3), 7), insert(at(4), 8), insert(at(5), 9)]);
    assert_eq!((ids(&progress), progress.complete), (vec![2, 3, 4, 5, 6, 7, 8], at(4)));
    let progress = idle(&mut follower, at(9));
    assert_eq!((ids(&progress), progress.complete), (vec![9], at(9)));
}

#[test]
fn an_empty_reply_completes_what_was_held() {
    let mut follower = follower();
    batch(&mut follower, vec![insert(at(2), 1), insert(at(2), 2), insert(at(2), 3)]);
    let last = token(at(2), "2B0003");
    let progress = follower.on_reply(&reply(7, vec![], last.clone())).unwrap();
    assert_eq!((ids(&progress), progress.complete), (vec![1, 2, 3], at(2)));
    assert_eq!(after(&mut follower), last);
}

#[test]
fn a_reply_that_may_have_ended_for_its_size_is_held() {
    let mut follower = follower();
    let large = event(
        at(2),
        1,
        "insert",
        doc! { "documentKey": { "_id": 1 }, "d0": { "_id": 1, "status": "x".repeat(9 << 20) } },
    );
    assert_eq!(batch(&mut follower, vec![large]).complete, at(1));
    assert_eq!(ids(&idle(&mut follower, at(2))), vec![1]);
}

#[test]
fn idle_replies_move_the_position_and_the_token() {
    let mut follower = follower();
    assert_eq!(follower.reopen(), StartFrom::Time(at(1)));
    assert_eq!(idle(&mut follower, at(5)).complete, at(5));
    assert_eq!(after(&mut follower), token(at(5), "FF"));
    assert_eq!(follower.position(), at(5));
    assert_eq!(idle(&mut follower, at(4)).complete, at(5), "never back");
}

#[test]
fn what_was_held_is_forgotten_on_reconnect_and_comes_again_whole() {
    let mut follower = follower();
    batch(&mut follower, vec![insert(at(2), 1), insert(at(3), 2), insert(at(3), 3)]);
    assert_eq!(after(&mut follower), token(at(2), "2B0001"), "before the incomplete time");
    let progress = batch(&mut follower, vec![insert(at(3), 2), insert(at(3), 3)]);
    assert_eq!(ids(&progress), vec![2, 3]);
}

#[test]
fn a_reconnect_inside_the_first_time_starts_at_the_start() {
    let mut follower = follower();
    batch(&mut follower, vec![insert(at(2), 1), insert(at(2), 2), insert(at(2), 3)]);
    assert_eq!(follower.reopen(), StartFrom::Time(at(1)));
}

#[test]
fn the_token_of_a_time_that_ended_in_an_earlier_reply_is_that_times_last() {
    let mut follower = follower();
    batch(&mut follower, vec![insert(at(2), 1), insert(at(2), 2), insert(at(2), 3)]);
    batch(&mut follower, vec![insert(at(3), 4), insert(at(3), 5), insert(at(3), 6)]);
    assert_eq!(after(&mut follower), token(at(2), "2B0003"));
}

#[test]
fn events_up_to_the_position_are_dropped() {
    let mut follower = follower();
    let progress = batch(&mut follower, vec![insert(at(1), 1), insert(at(2), 2)]);
    assert_eq!(ids(&progress), vec![2]);
}

#[test]
fn every_part_of_an_update_is_decoded() {
    let update = event(
        at(2),
        1,
        "update",
        doc! {
            "documentKey": { "_id": 1 },
            "d0": { "status": "b", "items": [{ "price": 4 }] },
            "u": {
                "dot": [{ "k": "o" }, { "k": "items" }, { "k": "o.b", "v": { "deep": Bson::Null } },
                    { "k": "items.1.price", "v": Bson::Null }, { "k": "items.2" }],
                "gone": ["o.b", "items.0.price"],
                "cut": [{ "field": "items", "newSize": 1 }],
            },
        },
    );
    let progress = batch(&mut follower(), vec![update]);
    let set = [
        ("status", Assigned::Projected(Some("b".into()))),
        ("items", Assigned::Projected(Some(Bson::Array(vec![doc! { "price": 4 }.into()])))),
        ("o", Assigned::Projected(None)),
        ("o.b", Assigned::Value(doc! { "deep": Bson::Null }.into())),
        ("items.1.price", Assigned::Value(Bson::Null)),
        ("items.2", Assigned::Withheld),
    ];
    let delta = Delta {
        set: set.into_iter().map(|(path, value)| Assignment { path: path.into(), value }).collect(),
        removed: vec!["o.b".into(), "items.0.price".into()],
        truncated: vec![("items".into(), 1)],
    };
    assert_eq!(progress.changes[0].kind, ChangeKind::Update { id: 1.into(), delta });
}

#[test]
fn deletes_replaces_and_collections_of_keys_only() {
    let mut follower = follower();
    let progress = batch(
        &mut follower,
        vec![
            event(at(2), 1, "delete", doc! { "documentKey": { "_id": 1 } }),
            event(
                at(3),
                2,
                "replace",
                doc! { "ns": { "coll": "keys" }, "documentKey": { "_id": 2 }, "d1": { "_id": 2 } },
            ),
        ],
    );
    assert_eq!(progress.changes[0].kind, ChangeKind::Delete { id: 1.into() });
    let document = RawDocumentBuf::try_from(&doc! { "_id": 2 }).unwrap();
    assert_eq!(progress.changes[0].collection, "a");
    assert_eq!(progress.changes[1].collection, "keys");
    idle(&mut follower, at(4));
    assert_eq!(progress.changes[1].kind, ChangeKind::Put { id: 2.into(), document });
}

fn outcome(operation: &str, from: &str, to: Option<&str>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut rest = doc! { "ns": { "coll": from } };
    if let Some(to) = to {
        rest.insert("to", doc! { "coll": to });
    }
    let progress = batch(&mut follower(), vec![event(at(2), 1, operation, rest)]);
    assert!(progress.changes.iter().all(|change| change.kind == ChangeKind::Clear && change.at == at(2)));
    (
        progress.changes.into_iter().map(|change| change.collection).collect(),
        progress.rescan,
        progress.unknown,
    )
}

#[test]
fn what_happens_to_collections() {
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    assert_eq!(outcome("drop", "a", None), (words(&["a"]), vec![], vec![]));
    assert_eq!(outcome("rename", "a", Some("x")), (words(&["a"]), vec![], vec![]));
    assert_eq!(outcome("rename", "x", Some("a")), (words(&["a"]), words(&["a"]), vec![]));
    assert_eq!(outcome("rename", "a", Some("keys")), (words(&["a", "keys"]), words(&["keys"]), vec![]));
    for operation in ["create", "modify", "createIndexes", "dropIndexes", "shardCollection"] {
        assert_eq!(outcome(operation, "a", None), (vec![], vec![], vec![]), "{operation}");
    }
    assert_eq!(outcome("frobnicate", "a", None), (vec![], vec![], words(&["frobnicate"])));
}

#[test]
fn a_dropped_database_clears_everything_and_goes_on_after_the_invalidate() {
    let mut follower = follower();
    let mut invalidate = event(at(3), 3, "invalidate", doc! {});
    invalidate.remove("ns");
    let events = vec![
        event(at(2), 1, "drop", doc! {}),
        event(at(3), 2, "dropDatabase", doc! { "ns": {} }),
        invalidate,
    ];
    let progress = follower.on_reply(&reply(0, events, token(at(3), "2B0003"))).unwrap();
    assert_eq!(progress.ending, Some(Ending::Invalidated));
    assert_eq!(progress.complete, at(3));
    assert_eq!(progress.changes.len(), 3);
    assert_eq!(after(&mut follower), token(at(3), "2B0003"));
}

#[test]
fn a_cursor_that_ends_without_a_word_is_closed() {
    let progress = follower().on_reply(&reply(0, vec![], token(at(9), "FF"))).unwrap();
    assert_eq!((progress.ending, progress.complete), (Some(Ending::Closed), at(1)));
}

#[test]
fn a_collection_read_anew_gives_out_only_what_is_later() {
    let mut follower = follower();
    follower.rescanned("a", at(3));
    let keys = event(at(2), 9, "delete", doc! { "ns": { "coll": "keys" }, "documentKey": { "_id": 9 } });
    let rename = event(at(3), 2, "rename", doc! { "ns": { "coll": "x" }, "to": { "coll": "a" } });
    let progress = batch(&mut follower, vec![insert(at(2), 1), keys]);
    assert_eq!(ids(&progress), vec![9]);
    let progress = batch(&mut follower, vec![rename, insert(at(4), 3)]);
    assert_eq!((ids(&progress), progress.rescan), (vec![3], vec![]));
}

#[test]
fn what_cannot_be_read_is_set_aside_and_counted_once() {
    let mut follower = follower();
    let unnamed = event(at(2), 1, "delete", doc! { "documentKey": {} });
    let truncated =
        event(at(2), 2, "update", doc! { "documentKey": { "_id": 2 }, "u": { "cut": [{ "field": "o" }] } });
    let untimed = doc! { "_id": token(at(2), "00"), "operationType": "insert" };
    let progress = batch(&mut follower, vec![unnamed, truncated, untimed]);
    assert_eq!(progress.set_aside, 1, "the other two are of a time that is not complete");
    let progress = batch(&mut follower, vec![insert(at(3), 3)]);
    assert_eq!((progress.set_aside, ids(&progress)), (2, vec![3]));
}

#[test]
fn an_event_that_the_server_split_is_put_together() {
    let mut follower = follower();
    let whole = insert(at(2), 1);
    let (mut first, mut second) = (doc! { "_id": token(at(2), "A1") }, doc! { "_id": token(at(2), "A2") });
    for (i, (key, value)) in whole.into_iter().filter(|(key, _)| key != "_id").enumerate() {
        if i < 2 { &mut first } else { &mut second }.insert(key, value);
    }
    first.insert("splitEvent", doc! { "fragment": 1, "of": 2 });
    second.insert("splitEvent", doc! { "fragment": 2, "of": 2 });
    let progress = batch(&mut follower, vec![first.clone()]);
    assert_eq!((progress.complete, progress.changes.len()), (at(1), 0), "half an event is not complete");
    assert_eq!(follower.reopen(), StartFrom::Time(at(1)), "and comes again whole");
    let progress = batch(&mut follower, vec![first, second]);
    assert_eq!((ids(&progress), progress.complete), (vec![1], at(2)));
    assert_eq!(after(&mut follower), token(at(2), "A2"));
}

#[test]
fn replies_of_another_shape_are_refused_without_their_content() {
    let refused =
        |reply: Document| follower().on_reply(&RawDocumentBuf::try_from(&reply).unwrap()).unwrap_err();
    assert_eq!(refused(doc! { "ok": 1 }), BadReply::NoCursor);
    assert_eq!(refused(doc! { "cursor": { "id": 1_i64 } }), BadReply::NoBatch);
    assert_eq!(refused(doc! { "cursor": { "id": 1_i64, "nextBatch": ["ssn"] } }), BadReply::NotDocuments);
}

#[test]
fn a_reply_that_cannot_be_read_takes_nothing_with_it() {
    let mut follower = follower();
    let mut events: Vec<Bson> = [insert(at(2), 2), insert(at(3), 3)].map(Bson::from).into();
    events.push("no event".into());
    let broken = doc! { "cursor": { "nextBatch": events, "id": 7_i64 } };
    let broken = RawDocumentBuf::try_from(&broken).unwrap();
    assert_eq!(follower.on_reply(&broken), Err(BadReply::NotDocuments));
    // The stream is opened again where it was, and brings the same events whole.
    assert_eq!(follower.reopen(), StartFrom::Time(at(1)));
    assert_eq!(ids(&batch(&mut follower, vec![insert(at(2), 2), insert(at(3), 3)])), [2, 3]);
}
