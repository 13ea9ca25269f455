//! The engine against itself from scratch: after every change, however the changes came.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use bson::{Bson, Document};
use proptest::prelude::*;
use vigil_board::{Board, Source, SystemFigure, Tier};
use vigil_engine::{ALL_GROUPS, Applied, Assigned, Assignment, Change, ChangeKind, Delta, Engine};
use vigil_wire::{ClusterTime, MetricPatch, MetricState, Value};

#[path = "support/history.rs"]
mod history;
#[path = "support/random.rs"]
mod random;

use random::{Dice, ZONES, forms};

const COLLECTIONS: [&str; 2] = ["rows", "keys"];

/// What MongoDB holds: whole documents by `_id`, and time.
struct World {
    dice: Dice,
    board: Arc<Board>,
    documents: BTreeMap<i32, Document>,
    keys: BTreeMap<i32, Document>,
    clients: i64,
    now: i64,
    at: ClusterTime,
    /// Something was read at `at`: what happens next is later.
    was_read: bool,
}

/// One thing that happened, as the engine hears of it.
#[derive(Debug, Clone)]
enum Event {
    Change(Change),
    Reread(&'static str, Bson, Option<Document>, ClusterTime),
    /// The collection is read again as a whole.
    Scan(&'static str),
    Advance(i64),
    Clients(i64),
}

/// 1 and 1.0 are one `_id`.
fn id(dice: &mut Dice, n: i32) -> Bson {
    if dice.one_in(3) { Bson::Double(n.into()) } else { Bson::Int32(n) }
}

impl World {
    fn new(seed: u64) -> World {
        let mut dice = Dice(seed);
        let (zone, middle) = *dice.pick(&ZONES);
        let max_groups = *dice.pick(&[3, 1000]);
        let board = Arc::new(random::random_board(&mut dice, zone, max_groups));
        let now = middle + (dice.below(60) as i64 - 30) * random::HOUR;
        World {
            dice,
            board,
            documents: BTreeMap::new(),
            keys: BTreeMap::new(),
            clients: 0,
            now,
            at: ClusterTime::new(100, 0),
            was_read: true,
        }
    }

    fn projected(&self, collection: &str, document: &Document) -> Document {
        let watched = self.board.watched();
        if watched.contains_key(collection) {
            random::project(document, &random::tracked(&self.board, collection))
        } else {
            document.clone()
        }
    }

    fn scan(&self, engine: &mut Engine) {
        // In either order.
        let mut names = COLLECTIONS;
        names.rotate_left(self.at.ordinal as usize % 2);
        names.into_iter().for_each(|name| self.scan_one(engine, name));
        engine.set_system(SystemFigure::Clients, Value::Int(self.clients));
    }

    fn scan_one(&self, engine: &mut Engine, collection: &str) {
        engine.begin_scan(collection, self.at);
        for document in self.held(collection).values() {
            engine.load(collection, &random::raw(&self.projected(collection, document)));
        }
    }

    fn held(&self, collection: &str) -> &BTreeMap<i32, Document> {
        if collection == "rows" { &self.documents } else { &self.keys }
    }

    fn held_mut(&mut self, collection: &str) -> &mut BTreeMap<i32, Document> {
        if collection == "rows" { &mut self.documents } else { &mut self.keys }
    }

    fn fresh(&self) -> Engine {
        let mut engine = Engine::new(self.board.clone(), self.now);
        self.scan(&mut engine);
        engine
    }

    fn change(&self, collection: &str, kind: ChangeKind) -> Event {
        Event::Change(Change { collection: collection.into(), at: self.at, kind })
    }

    fn put(&mut self, collection: &str, n: i32) -> Event {
        let id = id(&mut self.dice, n);
        let mut document = bson::doc! {"_id": id.clone()};
        document.extend(match collection {
            "rows" => random::document(&mut self.dice, self.now),
            _ => forms::key_document(&mut self.dice),
        });
        let projected = random::raw(&self.projected(collection, &document));
        self.held_mut(collection).insert(n, document);
        self.change(collection, ChangeKind::Put { id, document: projected })
    }

    fn step(&mut self) -> Event {
        // Several changes may share a time, as in a transaction.
        if self.was_read || !self.dice.one_in(4) {
            self.was_read = false;
            self.at.ordinal += 1;
        }
        let n = self.dice.below(9) as i32;
        let (collection, n) = if self.dice.one_in(4) { ("keys", n % 4) } else { ("rows", n) };
        match self.dice.below(25) {
            0..7 => self.put(collection, n),
            7..16 if collection == "rows" => self.update(n),
            7..16 => self.update_key(n),
            16..19 => {
                self.held_mut(collection).remove(&n);
                let id = id(&mut self.dice, n);
                self.change(collection, ChangeKind::Delete { id })
            }
            19 if self.dice.one_in(3) => {
                self.held_mut(collection).clear();
                self.change(collection, ChangeKind::Clear)
            }
            20 => self.reread(collection, n),
            21 => {
                self.clients = n.into();
                Event::Clients(self.clients)
            }
            22 if self.dice.one_in(2) => {
                self.was_read = true;
                Event::Scan(collection)
            }
            _ => {
                let steps = [1, 999, 60_000, random::HOUR, 9 * random::HOUR, 50 * random::HOUR];
                self.now += *self.dice.pick(&steps);
                Event::Advance(self.now)
            }
        }
    }

    fn update(&mut self, n: i32) -> Event {
        let paths = random::tracked(&self.board, "rows");
        let Some(document) = self.documents.get_mut(&n) else { return self.put("rows", n) };
        let delta = history::update(&mut self.dice, document, &paths, self.now);
        let id = id(&mut self.dice, n);
        self.change("rows", ChangeKind::Update { id, delta })
    }

    /// As capture tells of it: only what the board names.
    fn update_key(&mut self, n: i32) -> Event {
        let name = *self.dice.pick(&["kind", "kind", "open", "hidden"]);
        let value = (!self.dice.one_in(4)).then(|| forms::key_field(&mut self.dice, name));
        let Some(document) = self.keys.get_mut(&n) else { return self.put("keys", n) };
        let mut delta = Delta::default();
        let is_watched = self.board.watched().get("keys").is_some_and(|paths| paths.contains(name));
        match value {
            Some(value) => {
                document.insert(name, value.clone());
                let set = Assignment { path: name.into(), value: Assigned::Projected(Some(value)) };
                delta.set.extend(is_watched.then_some(set));
            }
            None => {
                document.remove(name);
                delta.removed.extend(is_watched.then(|| name.to_owned()));
            }
        }
        let id = id(&mut self.dice, n);
        self.change("keys", ChangeKind::Update { id, delta })
    }

    fn reread(&mut self, collection: &'static str, n: i32) -> Event {
        self.was_read = true;
        let document = self.held(collection).get(&n).map(|document| self.projected(collection, document));
        Event::Reread(collection, Bson::Int32(n), document, self.at)
    }
}

/// Tells the engine, and reads again what it asks for.
fn tell(engine: &mut Engine, event: &Event, world: &mut World) -> Option<Event> {
    match event {
        Event::Change(change) => {
            if let Applied::Unknown { id, collection } = engine.apply(change.clone()) {
                let n = match id {
                    Bson::Int32(n) => n,
                    Bson::Double(x) => x as i32,
                    other => panic!("{other:?} is no id of ours"),
                };
                let collection = COLLECTIONS.into_iter().find(|name| *name == collection).unwrap();
                let again = world.reread(collection, n);
                assert_eq!(engine.awaiting(), 1);
                tell(engine, &again, world);
                assert_eq!(engine.awaiting(), 0);
                return Some(again);
            }
        }
        Event::Reread(collection, id, document, at) => {
            let raw = document.as_ref().map(random::raw);
            assert_eq!(engine.reread(collection, id, raw.as_deref(), *at), Applied::Done);
        }
        Event::Scan(collection) => world.scan_one(engine, collection),
        Event::Advance(now) => engine.advance(*now),
        Event::Clients(n) => engine.set_system(SystemFigure::Clients, Value::Int(*n)),
    }
    None
}

/// States by text: NaN equals itself there. Groups that may be hidden or not are compared as hidden.
fn comparable(states: &[MetricState], other: &[MetricState], board: &Board) -> Vec<String> {
    let hidden = |state: &MetricState, by: u8| state.groups.contains_key(&(by, ALL_GROUPS.into()));
    let both = states.iter().zip(other).zip(&board.metrics);
    both.map(|((state, other), metric)| {
        let mut state = state.clone();
        for by in (0_u8..).take(metric.breakdowns().len()) {
            let between =
                |s: &MetricState| s.groups.keys().filter(|k| k.0 == by).count() * 10 >= board.max_groups * 9;
            let is_formula = matches!(metric.source, Source::Formula(_));
            let may = hidden(&state, by) != hidden(other, by)
                && (is_formula || between(if hidden(&state, by) { other } else { &state }));
            if may {
                state.groups.retain(|key, _| key.0 != by);
            }
        }
        format!("{state:?}")
    })
    .collect()
}

fn replay(patches: &[MetricPatch], replica: &mut [Option<MetricState>]) {
    for patch in patches {
        let state = replica[patch.i as usize]
            .get_or_insert_with(|| MetricState { total: Value::Int(i64::MIN), groups: BTreeMap::new() });
        if let Some(total) = &patch.v {
            state.total = total.clone();
        }
        for key in &patch.gone {
            assert!(state.groups.remove(key).is_some(), "{key:?} was not there");
        }
        for group in &patch.g {
            let key = (group.0, group.1.clone());
            let before = state.groups.insert(key, group.2.clone());
            assert!(
                before.is_none_or(|before| format!("{before:?}") != format!("{:?}", group.2)),
                "drained though it did not change"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    /// After every event: the state is what a new engine says over the same documents; what was
    /// drained so far adds up to it; the engine knows when it changes next.
    #[test]
    fn every_prefix_equals_from_scratch(seed: u64) {
        let mut world = World::new(seed);
        for n in 0..4 {
            world.put("rows", n);
        }
        let mut engine = world.fresh();
        let mut replica = vec![None; world.board.metrics.len()];
        for step in 0..40 {
            let due = engine.next_change_at();
            let before = (engine.now(), format!("{:?}", engine.states()));
            let event = world.step();
            tell(&mut engine, &event, &mut world);
            if let (Event::Advance(now), true) = (&event, due.is_none_or(|due| due > world.now)) {
                prop_assert_eq!(&before.1, &format!("{:?}", engine.states()), "changed before {:?}, {} → {}", due, before.0, now);
            }
            let fresh = world.fresh();
            let (ours, theirs) = (engine.states(), fresh.states());
            prop_assert_eq!(
                comparable(&ours, &theirs, &world.board),
                comparable(&theirs, &ours, &world.board),
                "step {} {:?}", step, event
            );
            prop_assert_eq!(engine.rows(), fresh.rows());
            prop_assert_eq!(engine.next_change_at(), fresh.next_change_at());
            prop_assert_eq!(engine.set_aside(), fresh.set_aside());
            if world.dice.one_in(3) {
                for tier in [Tier::Critical, Tier::Standard] {
                    let dirty = engine.is_dirty(tier);
                    let patches = engine.drain(tier);
                    prop_assert!(dirty || patches.is_empty());
                    replay(&patches, &mut replica);
                    prop_assert!(!engine.is_dirty(tier) && engine.drain(tier).is_empty());
                }
                let whole: Vec<_> = replica.iter().flatten().cloned().collect();
                prop_assert_eq!(format!("{whole:?}"), format!("{:?}", engine.states()));
            }
        }
    }

    /// However events are cut into batches, and though old ones come again, the drained states are the same.
    #[test]
    fn any_split_drains_to_the_same(seed: u64) {
        let mut world = World::new(seed);
        let mut first = world.fresh();
        let mut second = world.fresh();
        let (mut one, mut two) = (vec![None; world.board.metrics.len()], vec![None; world.board.metrics.len()]);
        let scanned_at = world.at;
        for _ in 0..30 {
            let event = world.step();
            let again = tell(&mut first, &event, &mut world);
            // The second hears the same, re-reads included, and an old event now and then.
            if let Event::Change(change) = &event {
                second.apply(change.clone());
                let old = Change { at: scanned_at, ..change.clone() };
                let watched = world.board.watched().contains_key(&old.collection);
                prop_assert_eq!(second.apply(old), if watched { Applied::Old } else { Applied::Done });
            } else {
                tell(&mut second, &event, &mut world);
            }
            if let Some(again) = again {
                tell(&mut second, &again, &mut world);
            }
            for tier in [Tier::Critical, Tier::Standard] {
                replay(&first.drain(tier), &mut one);
            }
            second.advance(world.now - 5);
        }
        for tier in [Tier::Critical, Tier::Standard] {
            replay(&first.drain(tier), &mut one);
            replay(&second.drain(tier), &mut two);
        }
        prop_assert_eq!(format!("{one:?}"), format!("{two:?}"));
        prop_assert_eq!(format!("{:?}", first.states()), format!("{:?}", second.states()));
    }
}
