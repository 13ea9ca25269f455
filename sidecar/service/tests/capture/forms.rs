//! What each form of update becomes, and that nothing else leaves the server.

use std::sync::Arc;

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::StreamExt;
use mongodb::Database;
use mongodb::options::UpdateModifications;
use vigil_capture::{Follower, WatchPlan};
use vigil_engine::{Assigned, Change, ChangeKind, Delta};
use vigil_wire::ClusterTime;

use crate::feed::{id, plan};
use crate::mongod::Mongod;

/// The stream's raw replies from now until the document "end" comes.
struct Tapped {
    follower: Follower,
    cursor: mongodb::raw_batch_cursor::RawBatchCursor,
    raw: Vec<RawDocumentBuf>,
}

impl Tapped {
    async fn open(database: &Database, plan: &Arc<WatchPlan>) -> Self {
        let mut pipeline = vec![doc! { "$changeStream": { "showExpandedEvents": true } }];
        pipeline.extend(plan.stream_pipeline());
        let wait = std::time::Duration::from_millis(500);
        let cursor =
            database.aggregate(pipeline).batch_size(1000).max_await_time(wait).batch().await.unwrap();
        Tapped { follower: Follower::new(plan.clone(), 1000, ClusterTime::ZERO), cursor, raw: Vec::new() }
    }

    async fn until_end(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        while !changes.iter().any(|change| id(change) == Some(&"end".into())) {
            let reply = self.cursor.next().await.unwrap().unwrap();
            let progress = self.follower.on_reply(reply.as_raw_document()).unwrap();
            assert_eq!((progress.set_aside, progress.unknown.len()), (0, 0));
            changes.extend(progress.changes);
            self.raw.push(reply.as_raw_document().to_owned());
        }
        changes
    }

    fn holds(&self, text: &str) -> bool {
        self.raw
            .iter()
            .any(|reply| reply.as_bytes().windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

fn delta(set: &[(&str, Assigned)], removed: &[&str], truncated: &[(&str, u32)]) -> Delta {
    Delta {
        set: set
            .iter()
            .map(|(path, value)| vigil_engine::Assignment { path: (*path).to_owned(), value: value.clone() })
            .collect(),
        removed: removed.iter().map(|path| (*path).to_owned()).collect(),
        truncated: truncated.iter().map(|(path, length)| ((*path).to_owned(), *length)).collect(),
    }
}

/// Updates in turn, and what each becomes; `None`: it touched nothing tracked.
fn forms() -> Vec<(UpdateModifications, Option<Delta>)> {
    let update = |document: Document| UpdateModifications::Document(document);
    let value = |value: Bson| Assigned::Value(value);
    let projected = |value: Bson| Assigned::Projected(Some(value));
    let prices =
        |prices: &[i32]| Bson::Array(prices.iter().map(|price| doc! { "price": *price }.into()).collect());
    vec![
        (update(doc! { "$set": { "junk": "SECRET 1" } }), None),
        (
            update(doc! { "$set": { "status": "b", "junk": "SECRET 2" } }),
            Some(delta(&[("status", projected("b".into()))], &[], &[])),
        ),
        (
            update(doc! { "$set": { "o.b": 2, "o.c": "SECRET" } }),
            Some(delta(&[("o.b", value(2.into()))], &[], &[])),
        ),
        (update(doc! { "$set": { "o.bx": "SECRET" } }), None),
        (update(doc! { "$set": { "status\n": "SECRET" } }), None),
        (
            update(doc! { "$set": { "o": { "b": 5, "secret": "SECRET" } } }),
            Some(delta(&[("o", projected(doc! { "b": 5 }.into()))], &[], &[])),
        ),
        (
            update(doc! { "$set": { "items.1.price": 7 } }),
            Some(delta(&[("items.1.price", value(7.into()))], &[], &[])),
        ),
        (update(doc! { "$set": { "items.1.q": "SECRET" } }), None),
        (
            update(doc! { "$push": { "items": { "price": 4, "secret": "SECRET" } } }),
            Some(delta(&[("items.2", Assigned::Withheld)], &[], &[])),
        ),
        (update(doc! { "$unset": { "items.0.price": 1 } }), Some(delta(&[], &["items.0.price"], &[]))),
        (
            update(doc! { "$set": { "items.0.price": 1 } }),
            Some(delta(&[("items.0.price", value(1.into()))], &[], &[])),
        ),
        (
            update(doc! { "$pop": { "items": 1 } }),
            Some(delta(&[("items", projected(prices(&[1, 7])))], &[], &[])),
        ),
        (
            UpdateModifications::Pipeline(vec![doc! { "$set": { "items": { "$slice": ["$items", 1] } } }]),
            Some(delta(&[], &[], &[("items", 1)])),
        ),
        (update(doc! { "$unset": { "o": 1 } }), Some(delta(&[], &["o"], &[]))),
        (
            update(doc! { "$set": { "status": Bson::Null } }),
            Some(delta(&[("status", projected(Bson::Null))], &[], &[])),
        ),
        (update(doc! { "$set": { "o": 7 } }), Some(delta(&[("o", Assigned::Projected(None))], &[], &[]))),
        (update(doc! { "$rename": { "junk": "other" } }), None),
        (update(doc! { "$unset": { "other": 1 } }), None),
    ]
}

#[tokio::test]
async fn every_form_of_update_arrives_as_its_delta_and_siblings_never_leak() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("forms").await;
    let plan = plan("forms", &[("a+b", &["other"]), ("keys", &[]), ("t", &["status", "o.b", "items.price"])]);
    let mut stream = Tapped::open(&database, &plan).await;
    let t = database.collection::<Document>("t");
    let items = vec![doc! { "price": 1, "q": "SECRET" }, doc! { "price": 2, "q": "SECRET" }];
    let whole =
        doc! { "_id": 1, "status": "a", "o": { "b": 1, "c": "SECRET" }, "items": items, "junk": "SECRET 0" };
    t.insert_one(whole).await.unwrap();
    for (update, _) in forms() {
        t.update_one(doc! { "_id": 1 }, update).await.unwrap();
    }
    t.replace_one(doc! { "_id": 1 }, doc! { "status": "r", "junk": "SECRET" }).await.unwrap();
    // Paths of one collection are not wanted of another, and of `keys` nothing but which there are.
    let keys = database.collection::<Document>("keys");
    keys.insert_one(doc! { "_id": "k", "status": "SECRET", "other": "SECRET" }).await.unwrap();
    keys.update_one(doc! {}, doc! { "$set": { "status": "SECRET 2" } }).await.unwrap();
    let ab = database.collection::<Document>("a+b");
    ab.insert_one(doc! { "_id": "x", "status": "SECRET", "other": 1 }).await.unwrap();
    ab.update_one(doc! {}, doc! { "$set": { "status": "SECRET 2", "other": 2 } }).await.unwrap();
    database.collection::<Document>("unwatched").insert_one(doc! { "status": "SECRET" }).await.unwrap();
    t.delete_one(doc! { "_id": 1 }).await.unwrap();
    t.insert_one(doc! { "_id": "end" }).await.unwrap();

    let kinds: Vec<(String, ChangeKind)> =
        stream.until_end().await.into_iter().map(|change| (change.collection, change.kind)).collect();
    let put = |document: Document| ChangeKind::Put {
        id: document.get("_id").unwrap().clone(),
        document: RawDocumentBuf::try_from(&document).unwrap(),
    };
    let of_t = |kind: ChangeKind| ("t".to_owned(), kind);
    let prices = vec![doc! { "price": 1 }, doc! { "price": 2 }];
    let mut expected = vec![of_t(put(doc! { "_id": 1, "status": "a", "o": { "b": 1 }, "items": prices }))];
    let deltas = forms().into_iter().filter_map(|(_, delta)| delta);
    expected.extend(deltas.map(|delta| of_t(ChangeKind::Update { id: 1.into(), delta })));
    expected.push(of_t(put(doc! { "_id": 1, "status": "r" })));
    expected.push(("keys".into(), put(doc! { "_id": "k" })));
    expected.push(("a+b".into(), put(doc! { "_id": "x", "other": 1 })));
    let other = delta(&[("other", Assigned::Projected(Some(2.into())))], &[], &[]);
    expected.push(("a+b".into(), ChangeKind::Update { id: "x".into(), delta: other }));
    expected.push(of_t(ChangeKind::Delete { id: 1.into() }));
    expected.push(of_t(put(doc! { "_id": "end" })));
    assert_eq!(kinds.len(), expected.len(), "{kinds:#?}");
    for (got, expected) in kinds.iter().zip(&expected) {
        assert_eq!(normal(got), normal(expected));
    }
    assert!(!stream.holds("SECRET"));
}

/// A projection keeps the document's own order of fields, which is not the point.
fn normal(change: &(String, ChangeKind)) -> (String, String) {
    match &change.1 {
        ChangeKind::Put { id, document } => {
            let mut fields: Vec<String> = Document::try_from(document.as_ref())
                .unwrap()
                .iter()
                .map(|(key, value)| format!("{key}: {value}"))
                .collect();
            fields.sort_unstable();
            (change.0.clone(), format!("put {id} {fields:?}"))
        }
        other => (change.0.clone(), format!("{other:?}")),
    }
}

/// Of a collection all of whose paths are whole fields; some of them are parents in another one.
fn forms_of_whole_fields() -> Vec<(Document, Option<Delta>)> {
    let value = |value: Bson| Assigned::Value(value);
    let projected = |value: Bson| Assigned::Projected(Some(value));
    vec![
        (
            doc! { "$set": { "o.x": 1, "junk.o": "SECRET" } },
            Some(delta(&[("o.x", value(1.into()))], &[], &[])),
        ),
        (
            doc! { "$set": { "o": { "x": 2 }, "b": "SECRET" } },
            Some(delta(&[("o", projected(doc! { "x": 2 }.into()))], &[], &[])),
        ),
        (doc! { "$unset": { "o.x": 1, "junk.o": 1 } }, Some(delta(&[], &["o.x"], &[]))),
        (doc! { "$set": { "o": Bson::Null } }, Some(delta(&[("o", projected(Bson::Null))], &[], &[]))),
        (
            doc! { "$set": { "items": [1, 2] } },
            Some(delta(&[("items", projected(vec![1, 2].into()))], &[], &[])),
        ),
        (doc! { "$push": { "items": 3 } }, Some(delta(&[("items.2", value(3.into()))], &[], &[]))),
        (doc! { "$set": { "status": "SECRET", "oo": "SECRET", "junk.items": "SECRET" } }, None),
        (doc! { "$unset": { "o": 1, "items": 1 } }, Some(delta(&[], &["items", "o"], &[]))),
        (doc! { "$unset": { "status": 1 } }, None),
    ]
}

#[tokio::test]
async fn one_collections_parents_are_another_ones_fields() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("whole_fields").await;
    let collections: [(&str, &[&str]); 4] =
        [("a", &["status"]), ("p", &["items", "o"]), ("t", &["o.b", "items.price"]), ("z", &["status"])];
    let plan = plan("whole_fields", &collections);
    let mut stream = Tapped::open(&database, &plan).await;
    let p = database.collection::<Document>("p");
    p.insert_one(doc! { "_id": 1, "o": { "y": 0 }, "status": "SECRET" }).await.unwrap();
    for (update, _) in forms_of_whole_fields() {
        p.update_one(doc! { "_id": 1 }, update).await.unwrap();
    }
    for name in ["a", "z"] {
        let other = database.collection::<Document>(name);
        other.insert_one(doc! { "_id": 1, "status": name, "o": "SECRET" }).await.unwrap();
        let update = doc! { "$set": { "o": { "b": "SECRET" }, "items.price": "SECRET" } };
        other.update_one(doc! { "_id": 1 }, update).await.unwrap();
    }
    p.insert_one(doc! { "_id": "end" }).await.unwrap();

    let mut got = stream.until_end().await.into_iter().map(|change| change.kind);
    assert!(matches!(got.next(), Some(ChangeKind::Put { .. })));
    for delta in forms_of_whole_fields().into_iter().filter_map(|(_, delta)| delta) {
        let expected = ChangeKind::Update { id: 1.into(), delta };
        assert_eq!(got.next(), Some(expected));
    }
    let rest: Vec<ChangeKind> = got.collect();
    assert_eq!(rest.len(), 3, "{rest:?}");
    assert!(rest.iter().all(|kind| matches!(kind, ChangeKind::Put { .. })), "{rest:?}");
    assert!(!stream.holds("SECRET"));
}

#[tokio::test]
async fn a_large_untracked_field_costs_nothing() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("large").await;
    let plan = plan("large", &[("t", &["status"])]);
    let t = database.collection::<Document>("t");
    t.insert_one(doc! { "_id": 1, "status": "a" }).await.unwrap();
    let mut stream = Tapped::open(&database, &plan).await;
    for i in 0..200 {
        let scan = format!("{i}{}", "x".repeat(1 << 20));
        t.update_one(doc! { "_id": 1 }, doc! { "$set": { "scan": scan } }).await.unwrap();
    }
    t.insert_one(doc! { "_id": "end", "scan": "x".repeat(1 << 20) }).await.unwrap();
    assert_eq!(stream.until_end().await.len(), 1);
    let bytes: usize = stream.raw.iter().map(|reply| reply.as_bytes().len()).sum();
    assert!(bytes < 100_000, "{bytes} bytes came");
}
