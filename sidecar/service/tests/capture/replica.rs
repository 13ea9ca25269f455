//! A replica of documents kept from changes alone equals the projection of the real ones.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};
use mongodb::options::UpdateModifications;
use vigil_capture::Progress;
use vigil_engine::{Assigned, ChangeKind, Delta};
use vigil_sidecar::mongo::{MongoConfig, Source};

use crate::feed::{Feed, plan};
use crate::mongod::{Mongod, projected};

const PATHS: [&str; 4] = ["status", "o.b", "items.price", "p"];

/// A small generator of its own: a run is its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn number(&mut self) -> i32 {
        i32::try_from(self.roll(1_000)).unwrap()
    }

    fn value(&mut self) -> Bson {
        match self.roll(5) {
            0 => Bson::Null,
            1 => doc! { "b": self.number(), "c": 1 }.into(),
            2 => Bson::Array(vec![doc! { "price": self.number(), "q": 1 }.into(), self.number().into()]),
            3 => "x".into(),
            _ => self.number().into(),
        }
    }

    fn update(&mut self) -> UpdateModifications {
        let n = self.number();
        let document = match self.roll(16) {
            0 => doc! { "$set": { "status": self.value() } },
            1 => doc! { "$set": { "o.b": self.value() } },
            2 => doc! { "$set": { "o": self.value() } },
            3 => doc! { "$set": { "items.0.price": n } },
            4 => doc! { "$push": { "items": { "price": n, "q": n } } },
            5 => doc! { "$pop": { "items": 1 } },
            6 => doc! { "$unset": { "items.1.price": 1 } },
            7 => doc! { "$set": { "items": self.value() } },
            8 => doc! { "$unset": { "o": 1 } },
            9 => doc! { "$unset": { "o.b": 1, "status": 1 } },
            10 => doc! { "$rename": { "status": "p" } },
            11 => doc! { "$set": { "o.b.deep": n, "junk": n } },
            12 => doc! { "$set": { "p": { "0": n, "x": [n] } } },
            13 => doc! { "$set": { "p.x.0": n } },
            14 => {
                return UpdateModifications::Pipeline(vec![
                    doc! { "$set": { "items": { "$cond": [{ "$isArray": "$items" }, { "$slice": ["$items", 1] }, []] } } },
                ]);
            }
            _ => doc! { "$inc": { "junk": 1 } },
        };
        UpdateModifications::Document(document)
    }
}

#[derive(Default)]
struct Replica {
    rows: BTreeMap<i32, Document>,
    rereads: usize,
    deltas: usize,
}

impl Replica {
    async fn apply(&mut self, progress: &Progress, source: &Source) {
        let mut unknown = Vec::new();
        for change in &progress.changes {
            match &change.kind {
                ChangeKind::Put { id, document } => {
                    self.rows.insert(id.as_i32().unwrap(), Document::try_from(document.as_ref()).unwrap());
                }
                ChangeKind::Update { id, delta } => {
                    let row = self.rows.get_mut(&id.as_i32().unwrap()).unwrap();
                    self.deltas += 1;
                    if !patch(row, delta) {
                        unknown.push(id.clone());
                    }
                }
                ChangeKind::Delete { id } => drop(self.rows.remove(&id.as_i32().unwrap())),
                ChangeKind::Clear => self.rows.clear(),
            }
        }
        self.rereads += unknown.len();
        let read = source.reread("t", &unknown, progress.complete).await.unwrap();
        for id in &unknown {
            self.rows.remove(&id.as_i32().unwrap());
        }
        for document in read.found {
            let document = Document::try_from(document).unwrap();
            self.rows.insert(document.get_i32("_id").unwrap(), document);
        }
    }
}

/// False where the row does not hold enough to apply the delta.
fn patch(row: &mut Document, delta: &Delta) -> bool {
    let set = delta.set.iter().all(|assignment| match &assignment.value {
        Assigned::Projected(Some(value)) => {
            row.insert(assignment.path.clone(), value.clone());
            true
        }
        Assigned::Projected(None) => {
            row.remove(&assignment.path);
            true
        }
        Assigned::Value(value) => at(row, &assignment.path).is_some_and(|(parent, key)| {
            parent.insert(key, value.clone());
            true
        }),
        Assigned::Withheld => false,
    });
    set && delta.truncated.is_empty()
        && delta.removed.iter().all(|path| {
            at(row, path).is_some_and(|(parent, key)| {
                parent.remove(key);
                true
            })
        })
}

/// The document that holds a path's last part, when no array is on the way.
fn at<'a, 'p>(row: &'a mut Document, path: &'p str) -> Option<(&'a mut Document, &'p str)> {
    match path.split_once('.') {
        None => Some((row, path)),
        Some((first, rest)) => match row.get_mut(first)? {
            Bson::Document(inner) => at(inner, rest),
            _ => None,
        },
    }
}

#[tokio::test]
async fn after_hundreds_of_random_updates_the_replica_equals_the_documents() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("replica").await;
    let t = database.collection::<Document>("t");
    let plan = plan("replica", &[("t", &PATHS)]);
    let mut config = MongoConfig::new(mongod.uri(), plan.clone());
    config.batch_size = 7;
    t.insert_many((0..10).map(|i| doc! { "_id": i, "status": "a", "o": { "b": 1, "c": 2 }, "items": [] }))
        .await
        .unwrap();
    let mut feed = Feed::new(config).await;
    let mut replica = Replica::default();
    for document in &feed.read().await.documents["t"] {
        replica.rows.insert(document.get_i32("_id").unwrap(), document.clone());
    }
    let seed = 0x9E37_79B9_7F4A_7C15;
    let mut dice = Dice(seed);
    let mut refused = 0;
    for round in 0..12 {
        for _ in 0..100 {
            let id = i32::try_from(dice.roll(10)).unwrap();
            let update = dice.update();
            // Some forms do not fit the document as it is; MongoDB then refuses them whole.
            refused += u32::from(t.update_one(doc! { "_id": id }, update).await.is_err());
        }
        let replaced = doc! { "_id": round % 10, "items": [{ "price": round, "q": 1 }], "o": 5 };
        t.replace_one(doc! { "_id": round % 10 }, replaced).upsert(true).await.unwrap();
        t.delete_one(doc! { "_id": (round + 5) % 10 }).await.unwrap();
        let end = doc! { "_id": 1_000 + round };
        t.insert_one(end.clone()).await.unwrap();
        while !replica.rows.contains_key(&(1_000 + round)) {
            replica.apply(&feed.batch().await, &feed.source).await;
        }
        let real = projected(&database, "t", plan.scan_projection("t")).await;
        let ours: Vec<Document> = replica.rows.values().cloned().collect();
        let sorted = |documents: Vec<Document>| {
            documents.into_iter().map(|document| sorted(&document)).collect::<Vec<_>>()
        };
        assert_eq!(sorted(ours), sorted(real), "seed {seed}, round {round}");
    }
    assert!(replica.deltas > 300 && refused < 600, "{} deltas, {refused} refused", replica.deltas);
    assert!(replica.rereads < replica.deltas, "{} of {}", replica.rereads, replica.deltas);
}

/// Fields in one order: that of an update's description is not that of the document.
fn sorted(document: &Document) -> Document {
    let mut fields: Vec<(String, Bson)> = document
        .iter()
        .map(|(key, value)| match value {
            Bson::Document(inner) => (key.clone(), Bson::Document(sorted(inner))),
            other => (key.clone(), other.clone()),
        })
        .collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields.into_iter().collect()
}
