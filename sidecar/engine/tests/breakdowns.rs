//! Breakdowns against a real mongod: parts of dates in many zones, groups through another collection,
//! and groups that another collection names, while both change.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use bson::{Bson, Document, doc};
use mongodb::Database;
use vigil_board::{
    Aggregate, Board, Breakdown, Filter, GroupKey, Keys, Measure, Rows, Source, Test, Tier, TimeUnit,
};
use vigil_engine::{Applied, Assigned, Assignment, Change, ChangeKind, Delta, Engine};
use vigil_wire::ClusterTime;

#[path = "support/audited.rs"]
mod audited;
#[path = "support/mongod.rs"]
mod mongod;
#[path = "support/random.rs"]
mod random;

use audited::{check, scan_one};
use mongod::Mongod;
use random::{Dice, HOUR};

/// A zone, and an instant beside which its clock changes.
const ZONES: [(&str, i64); 8] = [
    ("Europe/Berlin", 1_792_886_400_000),
    ("Europe/Amsterdam", -1_025_740_800_000),
    ("America/St_Johns", 1_289_097_000_000),
    ("Pacific/Apia", 1_325_239_200_000),
    ("Australia/Lord_Howe", 1_775_314_800_000),
    ("America/Havana", 1_762_056_000_000),
    ("Asia/Kathmandu", 504_901_800_000),
    ("UTC", 0),
];
const YEAR: i64 = 31_556_952_000;
const COLLECTIONS: [&str; 2] = ["places", "rows"];

fn date(ms: i64) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

/// Dates of four centuries, most of them where a zone's offset or a day's beginning is near.
fn some_date(dice: &mut Dice, near: i64) -> Bson {
    match dice.below(12) {
        0 => random::value(dice, 2),
        1 => date(*dice.pick(&[
            i64::MIN,
            i64::MAX,
            -62_135_510_400_000,
            -62_135_510_400_001,
            253_370_764_799_999,
        ])),
        2 => Bson::Array(vec![date(near)]),
        3..6 => date((dice.next() % (400 * YEAR) as u64) as i64 - 200 * YEAR),
        6 => date(dice.below(5) as i64 - 2),
        _ => date(near + (dice.below(97) as i64 - 48) * HOUR / 2 + dice.below(3) as i64 - 1),
    }
}

/// Values that are `_id`s of places, in any of their forms, and others.
fn reference(dice: &mut Dice) -> Bson {
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    match dice.below(16) {
        0..3 => Bson::String("x".into()),
        3 => Bson::Symbol("y".into()),
        4 => Bson::Int32(1),
        5 => Bson::Double(1.0),
        6 => decimal("1.00"),
        7 => Bson::Int64(2),
        8 => Bson::Null,
        9 => doc! {"b": 1.0}.into(),
        10 => decimal("NaN"),
        11 => Bson::Array(vec![Bson::String("x".into())]),
        12 => Bson::Undefined,
        13 => Bson::Boolean(true),
        _ => random::value(dice, 1),
    }
}

fn place_ids() -> Vec<Bson> {
    let text = |text: &str| Bson::String(text.into());
    let number = Bson::Double;
    vec![
        text("x"),
        text("y"),
        Bson::Int32(1),
        number(2.0),
        Bson::Null,
        doc! {"b": 1}.into(),
        number(f64::NAN),
        true.into(),
    ]
}

fn field(dice: &mut Dice, name: &str, near: i64) -> Bson {
    match name {
        "p" => reference(dice),
        "q" => Bson::Array((0..dice.below(3)).map(|_| doc! {"p": reference(dice)}.into()).collect()),
        "d" => some_date(dice, near),
        "open" => {
            if dice.one_in(6) {
                random::value(dice, 1)
            } else {
                dice.one_in(2).into()
            }
        }
        "kind" => {
            if dice.one_in(3) {
                random::value(dice, 2)
            } else {
                Bson::String((*dice.pick(&["k", "l"])).into())
            }
        }
        _ => random::field(dice, name, near),
    }
}

const FIELDS: [&str; 6] = ["p", "q", "d", "open", "kind", "n"];

fn document(dice: &mut Dice, id: Bson, near: i64) -> Document {
    let mut document = doc! {"_id": id};
    for name in FIELDS {
        if !dice.one_in(7) {
            document.insert(name, field(dice, name, near));
        }
    }
    document
}

fn breakdown(dice: &mut Dice) -> Breakdown {
    let text = |text: &str| text.to_owned();
    let via = |dice: &mut Dice| GroupKey::Via {
        field: text(dice.pick::<&str>(&["p", "p", "p", "q.p", "q"])),
        from: text(dice.pick::<&str>(&["places", "places", "places", "gone"])),
        show: text(dice.pick::<&str>(&["kind", "kind", "q.p", "_id", "p"])),
    };
    let key = match dice.below(6) {
        0 => GroupKey::Field(text("p")),
        1 => GroupKey::Time { field: text("d"), unit: TimeUnit::Hour },
        2 => GroupKey::Time { field: text("d"), unit: TimeUnit::Day },
        3 => GroupKey::Time { field: text("d"), unit: TimeUnit::Weekday },
        _ => via(dice),
    };
    let is_open = || match dice.below(3) {
        0 => Filter::everything(),
        1 => Filter::Field(text("open"), Test::Eq(true.into())),
        _ => Filter::Field(text("kind"), Test::Ne(Bson::String(text("k")))),
    };
    let timed = matches!(key, GroupKey::Time { .. });
    let keys = (!timed).then(is_open).map(|filter| Keys { from: text("places"), filter });
    Breakdown { name: String::new(), key, keys: keys.filter(|_| dice.one_in(2)), names: None }
}

fn rows(dice: &mut Dice) -> Rows {
    let aggregate = *dice.pick(&[
        Aggregate::Count,
        Aggregate::Sum,
        Aggregate::Avg,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Distinct,
        Aggregate::Percentile(50),
    ]);
    let by = (0..3).map(|i| Breakdown { name: format!("b{i}"), ..breakdown(dice) }).collect();
    let value = match aggregate {
        Aggregate::Count => None,
        Aggregate::Sum | Aggregate::Avg | Aggregate::Percentile(_) => Some(Measure::field("n")),
        Aggregate::Min | Aggregate::Max | Aggregate::Distinct => {
            Some(Measure::field(*dice.pick(&["n", "d"])))
        }
    };
    Rows {
        // Sometimes a collection is grouped through itself.
        from: if dice.one_in(4) { "places" } else { "rows" }.to_owned(),
        filter: if dice.one_in(2) {
            Filter::everything()
        } else {
            Filter::Field("open".to_owned(), Test::Eq(true.into()))
        },
        window: dice.one_in(3).then(|| random::window(dice)),
        value,
        aggregate,
        by,
    }
}

/// MongoDB's documents, the engine beside them, and one clock for both.
struct World {
    dice: Dice,
    board: Arc<Board>,
    database: Database,
    near: i64,
    engine: Engine,
    held: BTreeMap<&'static str, Vec<Document>>,
    at: ClusterTime,
}

impl World {
    async fn new(seed: u64, database: Database) -> World {
        let mut dice = Dice(seed);
        let (zone, near) = ZONES[seed as usize % ZONES.len()];
        let sources = (0..6).map(|_| (Source::Rows(rows(&mut dice)), Tier::Critical)).collect();
        let board = Arc::new(random::board(sources, zone, *dice.pick(&[5, 1000, 1000])));
        let now = near + (dice.below(48) as i64 - 24) * HOUR;
        let engine = Engine::new(board.clone(), now);
        let at = ClusterTime::new(100, 0);
        let held = COLLECTIONS.map(|name| (name, Vec::new())).into();
        let mut world = World { dice, board, database, near, engine, held, at };
        for _ in 0..50 {
            world.put("rows").await;
        }
        for _ in 0..4 {
            world.put("places").await;
        }
        world.engine = world.fresh().await;
        world
    }

    /// A new engine over what MongoDB holds, read in any order.
    async fn fresh(&mut self) -> Engine {
        let mut engine = Engine::new(self.board.clone(), self.engine.now());
        let mut names: Vec<String> = self.board.watched().into_keys().collect();
        if self.dice.one_in(2) {
            names.reverse();
        }
        for name in names {
            scan_one(&mut engine, &self.board, &self.database, &name, self.at).await;
        }
        engine
    }

    fn projected(&self, name: &str, document: &Document) -> bson::RawDocumentBuf {
        let projected = match self.board.watched().contains_key(name) {
            true => random::project(document, &random::tracked(&self.board, name)),
            false => document.clone(),
        };
        random::raw(&projected)
    }

    fn tell(&mut self, name: &str, kind: ChangeKind) {
        self.at.ordinal += 1;
        let change = Change { collection: name.to_owned(), at: self.at, kind };
        let applied = self.engine.apply(change);
        assert!(matches!(applied, Applied::Done), "{applied:?}");
    }

    async fn put(&mut self, name: &'static str) {
        let id = match name {
            "places" => self.dice.pick(&place_ids()).clone(),
            _ => Bson::Int32(self.dice.below(60) as i32),
        };
        let document = document(&mut self.dice, id.clone(), self.near);
        let collection = self.database.collection::<Document>(name);
        collection.replace_one(doc! {"_id": {"$eq": &id}}, &document).upsert(true).await.unwrap();
        let held = self.held.get_mut(name).unwrap();
        held.retain(|other| format!("{:?}", other.get("_id")) != format!("{:?}", Some(&id)));
        held.push(document.clone());
        self.tell(name, ChangeKind::Put { id, document: self.projected(name, &document) });
    }

    async fn update(&mut self, name: &'static str) {
        let held = self.held.get_mut(name).unwrap();
        if held.is_empty() {
            return self.put(name).await;
        }
        let index = self.dice.below(held.len());
        let path = *self.dice.pick(&FIELDS);
        let mut document = held[index].clone();
        document.insert(path, field(&mut self.dice, path, self.near));
        let id = document.get("_id").unwrap().clone();
        let collection = self.database.collection::<Document>(name);
        collection.replace_one(doc! {"_id": {"$eq": &id}}, &document).await.unwrap();
        self.held.get_mut(name).unwrap()[index] = document.clone();
        let value = Document::try_from(self.projected(name, &document)).unwrap().get(path).cloned();
        let set = vec![Assignment { path: path.to_owned(), value: Assigned::Projected(value) }];
        self.tell(name, ChangeKind::Update { id, delta: Delta { set, ..Delta::default() } });
    }

    async fn delete(&mut self, name: &'static str) {
        let held = self.held.get_mut(name).unwrap();
        if held.is_empty() {
            return;
        }
        let document = held.swap_remove(self.dice.below(held.len()));
        let id = document.get("_id").unwrap().clone();
        let collection = self.database.collection::<Document>(name);
        collection.delete_one(doc! {"_id": {"$eq": &id}}).await.unwrap();
        self.tell(name, ChangeKind::Delete { id });
    }

    async fn step(&mut self) {
        let name = *self.dice.pick(&["rows", "rows", "places"]);
        match self.dice.below(24) {
            0..8 => self.put(name).await,
            8..18 => self.update(name).await,
            18..21 => self.delete(name).await,
            21 => self.engine.advance(self.engine.now() + self.dice.below(40) as i64 * HOUR / 3),
            22 => self.reread(name),
            _ if self.dice.one_in(3) => {
                self.database.collection::<Document>(name).drop().await.unwrap();
                self.held.get_mut(name).unwrap().clear();
                self.tell(name, ChangeKind::Clear);
            }
            _ if self.dice.one_in(2) => {
                self.at.ordinal += 1;
                let (board, database) = (self.board.clone(), self.database.clone());
                scan_one(&mut self.engine, &board, &database, name, self.at).await;
            }
            _ => {}
        }
    }

    fn reread(&mut self, name: &'static str) {
        let held = &self.held[name];
        if held.is_empty() {
            return;
        }
        let document = held[self.dice.below(held.len())].clone();
        let raw = self.projected(name, &document);
        self.at.ordinal += 1;
        let id = document.get("_id").unwrap();
        assert_eq!(self.engine.reread(name, id, Some(&*raw), self.at), Applied::Done);
        self.at.ordinal += 1;
    }
}

#[tokio::test]
async fn groups_are_what_mongodb_says_while_both_collections_change() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let mut groups = 0;
    for seed in 0..32 {
        let database = client.database(&format!("breakdowns{seed}"));
        let mut world = World::new(seed, database).await;
        for _ in 0..5 {
            check(&world.engine, &world.board, &world.database, seed).await;
            let fresh = world.fresh().await;
            let (ours, theirs) = (world.engine.states(), fresh.states());
            if world.board.max_groups == 1000 {
                assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "seed {seed}");
            }
            groups += ours.iter().map(|state| state.groups.len()).sum::<usize>();
            for _ in 0..12 {
                world.step().await;
            }
        }
        world.database.drop().await.unwrap();
    }
    assert!(groups > 5_000, "only {groups} groups were compared");
}
