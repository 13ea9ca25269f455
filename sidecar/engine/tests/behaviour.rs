//! What a caller of the engine may rely on, one promise at a time.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bson::{Bson, Document, doc};
use vigil_board::{
    Aggregate, Board, Breakdown, Expr, Filter, Formula, Measure, Operator, Rows, Source, Tier, Window,
};
use vigil_engine::{ALL_GROUPS, Applied, Assigned, Assignment, Change, ChangeKind, Delta, Engine};
use vigil_wire::{ClusterTime, NoData, Value};

#[path = "support/random.rs"]
mod random;

fn rows(aggregate: Aggregate, value: &str, by: &[&str]) -> Source {
    let by = by.iter().map(|field| Breakdown::field(*field)).collect();
    let value = (aggregate != Aggregate::Count).then(|| Measure::field(value));
    Source::Rows(Rows {
        from: "rows".into(),
        filter: Filter::everything(),
        window: None,
        value,
        aggregate,
        by,
    })
}

fn engine(sources: Vec<Source>, max_groups: usize) -> Engine {
    let sources = sources.into_iter().map(|source| (source, Tier::Critical)).collect();
    let board: Board = random::board(sources, "UTC", max_groups);
    let mut engine = Engine::new(Arc::new(board), 0);
    engine.begin_scan("rows", ClusterTime::new(10, 0));
    engine
}

fn at(seconds: u32, kind: ChangeKind) -> Change {
    Change { collection: "rows".into(), at: ClusterTime::new(seconds, 0), kind }
}

fn put(seconds: u32, document: Document) -> Change {
    let id = document.get("_id").unwrap().clone();
    at(seconds, ChangeKind::Put { id, document: random::raw(&document) })
}

fn delete(seconds: u32, id: i32) -> Change {
    at(seconds, ChangeKind::Delete { id: id.into() })
}

fn set(seconds: u32, id: i32, path: &str, value: Assigned) -> Change {
    let set = vec![Assignment { path: path.into(), value }];
    at(seconds, ChangeKind::Update { id: id.into(), delta: Delta { set, ..Delta::default() } })
}

fn total(engine: &Engine, metric: usize) -> Value {
    engine.metric_state(metric).unwrap().total
}

fn group(engine: &Engine, metric: usize, key: &str) -> Option<Value> {
    engine.metric_state(metric).unwrap().groups.get(&(0, key.to_owned())).cloned()
}

#[test]
fn an_update_of_a_row_that_is_not_held_is_never_ignored() {
    let mut engine = engine(vec![rows(Aggregate::Sum, "n", &[])], 10);
    let unknown = Applied::Unknown { collection: "rows".into(), id: Bson::Int32(1) };
    let projected = || Assigned::Projected(Some(Bson::Int32(5)));
    assert_eq!(engine.apply(set(11, 1, "n", projected())), unknown);
    // Noted, not asked for twice.
    assert_eq!(engine.apply(set(12, 1, "n", projected())), Applied::Done);
    let read = random::raw(&doc! {"_id": 1, "n": 5});
    let reread = |engine: &mut Engine, seconds| {
        engine.reread("rows", &Bson::Int32(1), Some(&read), ClusterTime::new(seconds, 0))
    };
    // Read before what was noted: once more.
    assert_eq!(reread(&mut engine, 11), unknown);
    assert_eq!((engine.awaiting(), total(&engine, 0)), (1, Value::Int(0)));
    assert_eq!(reread(&mut engine, 13), Applied::Done);
    assert_eq!((engine.awaiting(), total(&engine, 0)), (0, Value::Int(5)));
    // In the re-read already, and after it.
    assert_eq!(engine.apply(set(13, 1, "n", Assigned::Projected(Some(7.into())))), Applied::Old);
    assert_eq!(engine.apply(set(14, 1, "n", Assigned::Projected(Some(8.into())))), Applied::Done);
    assert_eq!(total(&engine, 0), Value::Int(8));
    // Another row gone by re-read: what was before that stays old.
    assert_eq!(engine.reread("rows", &Bson::Int32(2), None, ClusterTime::new(20, 0)), Applied::Done);
    assert_eq!(engine.apply(put(19, doc! {"_id": 2, "n": 100})), Applied::Old);
}

#[test]
fn a_put_or_delete_makes_an_awaited_row_known() {
    let mut engine = engine(vec![rows(Aggregate::Sum, "n", &[])], 10);
    for (id, known) in [(1, put(12, doc! {"_id": 1, "n": 3})), (2, delete(13, 2))] {
        assert!(matches!(engine.apply(set(11, id, "n", Assigned::Withheld)), Applied::Unknown { .. }));
        assert!(engine.awaits("rows", &Bson::Double(f64::from(id))));
        assert_eq!(engine.apply(known), Applied::Done);
        assert_eq!((engine.awaiting(), engine.awaits("rows", &Bson::Int32(id))), (0, false));
        // The re-read that was under way comes too late.
        let late = engine.reread("rows", &Bson::Int32(id), None, ClusterTime::new(11, 0));
        assert_eq!(late, Applied::Old);
    }
    assert_eq!(total(&engine, 0), Value::Int(3));
}

#[test]
fn deltas_are_exact_or_unknown() {
    let mut engine = engine(vec![rows(Aggregate::Count, "", &["a", "o.b"])], 10);
    let key = |engine: &Engine, by: u8| {
        let state = engine.metric_state(0).unwrap();
        state.groups.keys().find(|key| key.0 == by).unwrap().1.clone()
    };
    engine.apply(put(11, doc! {"_id": 1, "a": [1], "o": {"b": {"c": 1}}}));
    let value = |v: i32| Assigned::Value(Bson::Int32(v));
    assert_eq!(engine.apply(set(12, 1, "a.3", value(9))), Applied::Done);
    assert_eq!(key(&engine, 0), "[1,null,null,9]");
    assert_eq!(engine.apply(set(13, 1, "o.b.d", value(2))), Applied::Done);
    assert_eq!(key(&engine, 1), r#"{"c":1,"d":2}"#);
    // Not tracked, though beside what is.
    assert_eq!(engine.apply(set(14, 1, "o.secret", value(2))), Applied::Done);
    let delta = Delta { removed: vec!["o.b.c".into()], truncated: vec![("a".into(), 2)], ..Delta::default() };
    assert_eq!(engine.apply(at(15, ChangeKind::Update { id: 1.into(), delta })), Applied::Done);
    assert_eq!((key(&engine, 0), key(&engine, 1)), ("[1,null]".into(), r#"{"d":2}"#.into()));
    // A parent overwritten by a scalar projects to nothing.
    assert_eq!(engine.apply(set(16, 1, "o", Assigned::Projected(None))), Applied::Done);
    assert_eq!(key(&engine, 1), "null");
    // Each of these says less than the row must know.
    for (path, assigned) in [
        ("o.b", value(1)),
        ("a.x", value(1)),
        ("a.0.x", value(1)),
        ("a", Assigned::Withheld),
        ("a.0", Assigned::Withheld),
    ] {
        engine.apply(put(20, doc! {"_id": 1, "a": [1], "o": [{"b": 1}]}));
        assert!(matches!(engine.apply(set(21, 1, path, assigned)), Applied::Unknown { .. }), "{path}");
    }
}

#[test]
fn too_many_groups_are_none_until_below_ninety_percent() {
    let mut engine = engine(vec![rows(Aggregate::Count, "", &["n"])], 10);
    for n in 0..10 {
        engine.apply(put(11, doc! {"_id": n, "n": n}));
    }
    assert_eq!(engine.drain(Tier::Critical)[0].g.len(), 10);
    engine.apply(put(11, doc! {"_id": 10, "n": 10}));
    let patch = engine.drain(Tier::Critical).remove(0);
    assert_eq!(patch.gone.len(), 10);
    assert_eq!((patch.g[0].1.as_str(), &patch.g[0].2), (ALL_GROUPS, &Value::None(NoData::TooManyGroups)));
    assert_eq!(patch.v, Some(Value::Int(11)));
    for n in [10, 9] {
        engine.apply(delete(12, n));
        assert_eq!(group(&engine, 0, ALL_GROUPS), Some(Value::None(NoData::TooManyGroups)));
    }
    engine.apply(delete(12, 8));
    let patch = engine.drain(Tier::Critical).remove(0);
    assert_eq!((patch.g.len(), patch.gone), (8, vec![(0, ALL_GROUPS.to_owned())]));
}

#[test]
fn formulas_say_why_they_have_no_value() {
    let metric = |i| Box::new(Expr::Metric(i));
    let formula = |root, by: &[&str]| {
        Source::Formula(Formula { text: String::new(), root, by: by.iter().map(|s| (*s).into()).collect() })
    };
    let mut engine = engine(
        vec![
            rows(Aggregate::Sum, "n", &["s"]),
            rows(Aggregate::Min, "d", &["s"]),
            formula(Expr::Binary(Operator::Divide, Box::new(Expr::Number(1.0)), metric(0)), &["s"]),
            formula(Expr::Hours(metric(1)), &["s"]),
            formula(Expr::Else(Box::new(Expr::Hours(metric(1))), Box::new(Expr::Number(-1.0))), &[]),
        ],
        10,
    );
    assert_eq!(total(&engine, 2), Value::None(NoData::DivisionByZero));
    assert_eq!(total(&engine, 3), Value::None(NoData::MissingInput));
    assert_eq!(total(&engine, 4), Value::Double(-1.0));
    let date = Bson::DateTime(bson::DateTime::from_millis(0));
    engine.apply(put(11, doc! {"_id": 1, "s": "x", "n": 4, "d": date}));
    engine.apply(put(11, doc! {"_id": 2, "s": "y", "n": 0}));
    engine.advance(5_400_999);
    assert_eq!((total(&engine, 2), total(&engine, 3)), (Value::Double(0.25), Value::Double(1.5)));
    assert_eq!(group(&engine, 2, "\"y\""), Some(Value::None(NoData::DivisionByZero)));
    assert_eq!(group(&engine, 3, "\"y\""), Some(Value::None(NoData::MissingInput)));
    // It changes with the next whole second, not before.
    engine.drain(Tier::Critical);
    assert_eq!(engine.next_change_at(), Some(5_401_000));
    engine.advance(5_400_999 + 1);
    assert!(engine.is_dirty(Tier::Critical));
    assert_eq!(engine.drain(Tier::Critical).iter().map(|patch| patch.i).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn rows_wait_for_their_window_and_unusable_dates_are_counted() {
    let Source::Rows(all) = rows(Aggregate::Count, "", &[]) else { panic!("rows") };
    let window = Window::Last { field: "d".into(), span_ms: 100, bucket_ms: None };
    let mut engine = engine(vec![Source::Rows(Rows { window: Some(window), ..all })], 10);
    let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
    engine.apply(put(11, doc! {"_id": 1, "d": date(50)}));
    engine.apply(put(11, doc! {"_id": 2, "d": "yesterday"}));
    engine.apply(put(11, doc! {"_id": 3, "d": [date(0)]}));
    engine.apply(put(11, doc! {"_id": 4, "d": null}));
    assert_eq!((engine.set_aside(), engine.next_change_at()), (2, Some(50)));
    for (now, count) in [(49, 0), (50, 1), (149, 1), (20, 1), (150, 0)] {
        engine.advance(now);
        assert_eq!(total(&engine, 0), Value::Int(count), "at {now}");
    }
    assert_eq!(engine.next_change_at(), None);
    engine.apply(delete(12, 2));
    assert_eq!(engine.set_aside(), 1);
}

#[test]
fn a_document_that_cannot_be_read_is_set_aside_until_it_can() {
    let mut engine = engine(vec![rows(Aggregate::Count, "", &["s"])], 10);
    // The string's bytes are no UTF-8.
    let mut bytes = random::raw(&doc! {"_id": 1, "s": "abc"}).into_bytes();
    let place = bytes.windows(3).position(|window| window == b"abc").unwrap();
    bytes[place] = 0xff;
    engine.load("rows", &bson::RawDocumentBuf::from_bytes(bytes).unwrap());
    assert_eq!((engine.rows(), engine.set_aside()), (0, 1));
    engine.apply(put(11, doc! {"_id": 1, "s": "abc"}));
    assert_eq!((engine.rows(), engine.set_aside(), total(&engine, 0)), (1, 0, Value::Int(1)));
}
