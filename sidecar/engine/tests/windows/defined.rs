//! The engine, moved on in any steps, against the definition and against an engine that starts now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bson::Document;
use proptest::prelude::*;
use vigil_board::Board;
use vigil_engine::{Change, ChangeKind, Engine};
use vigil_wire::ClusterTime;

use crate::cases;
use crate::model::{Verdict, verdict};
use crate::random::{self, Dice};

struct World {
    board: Arc<Board>,
    rows: BTreeMap<i32, Document>,
}

impl World {
    fn projected(&self, row: &Document) -> bson::RawDocumentBuf {
        random::raw(&random::project(row, &random::tracked(&self.board, "rows")))
    }

    fn engine(&self, now: i64) -> Engine {
        let mut engine = Engine::new(self.board.clone(), now);
        engine.begin_scan("rows", ClusterTime::new(1, 0));
        self.rows.values().for_each(|row| engine.load("rows", &self.projected(row)));
        engine
    }

    /// What the definition says of every row and metric.
    fn verdicts(&self, now: i64) -> Vec<Vec<(i32, Verdict)>> {
        let of_metric = |metric| {
            let window = cases::window_of(&self.board, metric);
            let matching = self.rows.iter().filter(|(_, row)| row.get_str("s").unwrap() == "x");
            matching.map(|(id, row)| (*id, verdict(window, row, now, &self.board.timezone))).collect()
        };
        (0..self.board.metrics.len()).map(of_metric).collect()
    }

    fn check(&self, engine: &Engine, what: &str) {
        for (metric, verdicts) in self.verdicts(engine.now()).into_iter().enumerate() {
            let of = |wanted| move |(id, v): &(i32, Verdict)| (*v == wanted).then(|| id.to_string());
            let expected: BTreeSet<String> = verdicts.iter().filter_map(of(Verdict::In)).collect();
            let state = engine.metric_state(metric).unwrap();
            let counted: BTreeSet<String> = state.groups.into_keys().map(|(_, id)| id).collect();
            let window = cases::window_of(&self.board, metric);
            let at = engine.now();
            assert_eq!(counted, expected, "{what} at {at}: {window:?}\n{:#?}", self.rows);
            let aside = verdicts.iter().filter_map(of(Verdict::SetAside)).count();
            assert_eq!(engine.set_aside_of(metric), aside as u64, "set aside {what} at {at}: {window:?}");
        }
        let fresh = self.engine(engine.now());
        assert_eq!(engine.states(), fresh.states(), "{what}");
        assert_eq!(engine.next_change_at(), fresh.next_change_at(), "{what}");
    }

    /// Nothing changes before the next turn, and something does then.
    fn check_next(&self, dice: &mut Dice, engine: &Engine) {
        let now = engine.now();
        let before = self.verdicts(now);
        let far = now + 10 * 24 * random::HOUR;
        let until = engine.next_change_at().unwrap_or(far).min(far);
        for t in [until - 1, now + dice.below((until - now).max(1) as usize) as i64] {
            assert_eq!(self.verdicts(t), before, "between {now} and {until}, at {t}");
        }
        if let Some(next) = engine.next_change_at().filter(|next| *next < far) {
            assert_ne!(self.verdicts(next), before, "at the turn {next}");
        }
    }
}

fn play(seed: u64) {
    let mut dice = Dice(seed);
    let (zone, middle) = cases::zone(&mut dice);
    let now = middle + (dice.below(72) as i64 - 40) * random::HOUR;
    let windows: Vec<_> = (0..5).map(|_| cases::window(&mut dice, 2)).collect();
    let rows = (0..12).map(|id| (id, cases::row(&mut dice, id, now, &zone))).collect();
    let mut world = World { board: Arc::new(cases::board(windows, zone.clone())), rows };
    let mut engine = world.engine(now);
    world.check(&engine, "at the start");
    for step in 0..12_u32 {
        let id = dice.below(14) as i32;
        let kind = match dice.below(4) {
            0 => {
                world.rows.remove(&id);
                Some(ChangeKind::Delete { id: id.into() })
            }
            1 => {
                let row = cases::row(&mut dice, id, engine.now(), &zone);
                world.rows.insert(id, row.clone());
                Some(ChangeKind::Put { id: id.into(), document: world.projected(&row) })
            }
            _ => None,
        };
        match kind {
            Some(kind) => {
                let at = ClusterTime::new(2 + step, 0);
                engine.apply(Change { collection: "rows".into(), at, kind });
            }
            None => {
                world.check_next(&mut dice, &engine);
                let to = cases::later(&mut dice, engine.now(), engine.next_change_at());
                engine.advance(to);
                assert!(engine.next_change_at().is_none_or(|next| next > engine.now()));
            }
        }
        world.check(&engine, &format!("seed {seed} step {step}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn windows_hold_what_their_definition_says(seed: u64) {
        play(seed);
    }
}
