//! Snapshots, diffs and names of published states, against a naive model.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_publish::{Epoch, Plan, Position, Published, REPLAY_MS, Subscription};
use vigil_wire::{GroupPatch, MetricPatch, MetricState, NoData, ServerFrame, Tier, Value};

const METRICS: u32 = 4;

/// What a client has: totals and groups, as a naive map.
#[derive(Debug, Clone, Default, PartialEq)]
struct Replica {
    name: Option<(String, u64)>,
    values: BTreeMap<(u32, Option<(u8, String)>), Value>,
}

impl Replica {
    fn patch(&mut self, patches: &[MetricPatch]) {
        for patch in patches {
            if let Some(v) = &patch.v {
                self.values.insert((patch.i, None), v.clone());
            }
            for gone in &patch.gone {
                self.values.remove(&(patch.i, Some(gone.clone())));
            }
            for GroupPatch(by, key, value) in &patch.g {
                self.values.insert((patch.i, Some((*by, key.clone()))), value.clone());
            }
        }
    }

    /// Takes a frame by the protocol's rules; false means a gap.
    fn take(&mut self, frame: &ServerFrame) -> bool {
        let name = self.name.clone();
        match frame {
            ServerFrame::Snapshot(s) => {
                self.values.clear();
                self.patch(&s.metrics);
                self.name = Some((s.epoch.clone(), s.seq));
            }
            ServerFrame::Diff(d) => {
                let Some((epoch, seq)) = name else { return false };
                if epoch != d.epoch || seq < d.from {
                    return false;
                }
                if seq < d.seq {
                    self.patch(&d.metrics);
                    self.name = Some((epoch, d.seq));
                }
            }
            ServerFrame::Confirmed(c) => {
                let Some((epoch, seq)) = name else { return false };
                if epoch != c.epoch || seq < c.from {
                    return false;
                }
                self.name = Some((epoch, seq.max(c.seq)));
            }
            ServerFrame::Epoch(e) => match name {
                Some((epoch, seq)) if epoch == e.parent_epoch && seq <= e.parent_seq => {
                    self.name = Some((e.epoch.clone(), seq));
                }
                _ => return false,
            },
            other => panic!("not a frame of the state: {other:?}"),
        }
        true
    }
}

fn of_snapshot(published: &Published, subscription: &Subscription) -> Replica {
    let mut replica = Replica::default();
    assert!(replica.take(&ServerFrame::Snapshot(published.snapshot(subscription))));
    replica
}

fn published() -> Published {
    Published::new("board", METRICS as usize, Epoch::new([7; 12], 100))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..3_i64).prop_map(Value::Int),
        Just(Value::Double(f64::NAN)),
        Just(Value::Decimal("1.50".into())),
        Just(Value::None(NoData::Empty)),
    ]
}

fn key() -> impl Strategy<Value = (u8, String)> {
    (0..2_u8, 0..4_u8).prop_map(|(by, key)| (by, format!("\"{key}\"")))
}

fn patch() -> impl Strategy<Value = MetricPatch> {
    let group = (key(), value()).prop_map(|((by, key), value)| GroupPatch(by, key, value));
    (0..METRICS, proptest::option::of(value()), vec(group, 0..3), vec(key(), 0..3))
        .prop_map(|(i, v, g, gone)| MetricPatch { i, v, g, gone })
}

#[derive(Debug, Clone)]
enum Op {
    Apply(Vec<MetricPatch>),
    Replace(Vec<Vec<((u8, String), Value)>>),
    Confirm,
    Fork,
    /// This long passes.
    Wait(i64),
    /// Client `n` is told what it lacks; the frame may be lost.
    Tell(usize, bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => vec(patch(), 1..4).prop_map(Op::Apply),
        1 => vec(vec((key(), value()), 0..4), METRICS as usize).prop_map(Op::Replace),
        1 => Just(Op::Confirm),
        1 => Just(Op::Fork),
        1 => (0..REPLAY_MS).prop_map(Op::Wait),
        9 => (0..4_usize, prop::bool::weighted(0.3)).prop_map(|(n, lost)| Op::Tell(n, lost)),
    ]
}

struct Client {
    subscription: Subscription,
    replica: Replica,
    /// Where the server believes it to be.
    position: Option<Position>,
}

impl Client {
    /// Until there is nothing to tell; `lost`: the first frame does not arrive.
    fn tell(&mut self, published: &Published, mut lost: bool, seen: &mut Names) {
        while let Some(plan) = published.plan(&self.subscription, self.position.as_ref()) {
            let frame = published.frame(&self.subscription, &plan);
            self.position = Some(published.position_after(&plan, self.position.as_ref()));
            if std::mem::take(&mut lost) {
                continue;
            }
            if self.replica.take(&frame) {
                let name = (self.replica.name.clone().unwrap(), self.subscription.clone());
                let content = format!("{:?}", self.replica.values);
                let known = seen.entry(name.clone()).or_insert_with(|| content.clone());
                assert_eq!(*known, content, "{name:?} has two contents");
            } else {
                // A gap: resume from what it has.
                let name = self.replica.name.clone();
                self.position = name.map(|(epoch, seq)| Position { epoch, seq, stamp: 0 });
            }
        }
    }
}

type Names = BTreeMap<((String, u64), Subscription), String>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is lost or conflated, a client that was told everything has the server's state, and no
    /// name has two contents.
    #[test]
    fn replicas_equal_the_published_state(ops in vec(op(), 1..60), replay in 1..12_usize) {
        let mut published = published().with_replay_seqs(replay);
        let sets = [Subscription::all(), Subscription::of([1]), Subscription::of([0, 2]), Subscription::all()];
        let mut clients = sets.map(|subscription| Client {
            subscription, replica: Replica::default(), position: None,
        });
        let (mut now, mut forks, mut seen) = (0_i64, 0_u8, Names::new());
        for op in ops {
            match op {
                Op::Apply(patches) => { published.apply(&patches, now); }
                Op::Replace(states) => {
                    let states: Vec<_> = states.into_iter().map(|groups| MetricState {
                        total: Value::Int(1), groups: groups.into_iter().collect(),
                    }).collect();
                    published.replace(&states, now);
                }
                Op::Confirm => published.confirm(&[], &[(Tier::Critical, now)]),
                Op::Fork => {
                    forks += 1;
                    published.fork([forks; 12], 100 + u64::from(forks), published.seq());
                }
                Op::Wait(ms) => { now += ms; published.expire(now); }
                Op::Tell(n, lost) => clients[n].tell(&published, lost, &mut seen),
            }
        }
        // Whatever was lost is noticed at the next confirmation.
        published.confirm(&[], &[(Tier::Critical, i64::MAX)]);
        for client in &mut clients {
            client.tell(&published, false, &mut seen);
            let whole = of_snapshot(&published, &client.subscription);
            prop_assert_eq!(format!("{:?}", client.replica.values), format!("{:?}", whole.values));
        }
    }

    /// One diff from `seq` is the same as all the diffs since, and holds for every state in its range.
    #[test]
    fn a_resume_equals_the_diffs_that_were_missed(steps in vec(vec(patch(), 1..4), 1..20), set in 0..3_u8) {
        let subscription = [Subscription::all(), Subscription::of([1]), Subscription::of([0, 3])][set as usize].clone();
        let mut published = published();
        let mut states = vec![of_snapshot(&published, &subscription)];
        for patches in steps {
            if published.apply(&patches, 0).is_some() {
                states.push(of_snapshot(&published, &subscription));
            }
        }
        let last = states.last().unwrap().clone();
        for (seq, state) in (0_u64..).zip(&states) {
            match published.diff_since(&subscription, seq) {
                None => prop_assert_eq!(format!("{:?}", &state.values), format!("{:?}", &last.values)),
                Some(diff) => {
                    prop_assert!(diff.from <= seq && seq < diff.seq);
                    let diff = ServerFrame::Diff(diff);
                    for held in &states {
                        let mut replica = held.clone();
                        let ServerFrame::Diff(d) = &diff else { unreachable!() };
                        let held_seq = held.name.as_ref().unwrap().1;
                        if (d.from..d.seq).contains(&held_seq) {
                            prop_assert!(replica.take(&diff));
                            prop_assert_eq!(format!("{:?}", &replica.values), format!("{:?}", &last.values));
                        }
                    }
                }
            }
        }
    }

    /// `replace` publishes the difference and nothing else.
    #[test]
    fn a_replacement_says_only_what_differs(patches in vec(patch(), 0..12)) {
        let mut published = published();
        published.apply(&patches, 0);
        let states: Vec<MetricState> = (0..METRICS).map(|i| {
            let whole = published.metric(i).unwrap();
            MetricState {
                total: whole.v.unwrap(),
                groups: whole.g.into_iter().map(|GroupPatch(by, key, value)| ((by, key), value)).collect(),
            }
        }).collect();
        prop_assert_eq!(published.replace(&states, 0), None);
    }
}

fn total(i: u32, n: i64) -> MetricPatch {
    MetricPatch { i, v: Some(Value::Int(n)), g: vec![], gone: vec![] }
}

fn at(published: &Published, seq: u64) -> Position {
    Position { epoch: published.epoch().id().into(), seq, stamp: published.stamp() }
}

#[test]
fn what_is_so_already_is_not_published() {
    let mut published = published();
    assert_eq!(published.apply(&[total(0, 1)], 0), Some(1));
    assert_eq!(published.apply(&[total(0, 1)], 0), None);
    let nan = MetricPatch { v: Some(Value::Double(f64::NAN)), ..total(1, 0) };
    assert_eq!(published.apply(std::slice::from_ref(&nan), 0), Some(2));
    assert_eq!(published.apply(&[nan], 0), None, "NaN is NaN");
    assert_eq!(published.apply(&[total(99, 1)], 0), None, "no such metric");
}

#[test]
fn the_window_ends_by_number_and_by_age() {
    let mut published = published().with_replay_seqs(2);
    for n in 1..=4 {
        published.apply(&[total(0, n)], 0);
    }
    let all = Subscription::all();
    assert_eq!(published.plan(&all, Some(&at(&published, 1))), Some(Plan::Snapshot));
    assert_eq!(published.plan(&all, Some(&at(&published, 2))), Some(Plan::Diff { from: 2, seq: 4 }));
    published.expire(REPLAY_MS + 1);
    assert_eq!(published.plan(&all, Some(&at(&published, 3))), Some(Plan::Snapshot));
    assert_eq!(published.plan(&all, Some(&at(&published, 4))), None);
}

#[test]
fn a_quiet_subscription_stays_in_the_window_by_confirmations() {
    let mut published = published().with_replay_seqs(2);
    let quiet = Subscription::of([3]);
    let mut position = published.position_after(&Plan::Snapshot, None);
    for n in 1..=20 {
        published.apply(&[total(0, n)], 0);
        let plan = published.plan(&quiet, Some(&position)).unwrap();
        assert!(matches!(plan, Plan::Confirm { .. }), "{plan:?}");
        position = published.position_after(&plan, Some(&position));
    }
    assert_eq!(position.seq, 20);
}

#[test]
fn from_is_the_state_at_which_the_subscription_last_changed() {
    let mut published = published();
    published.apply(&[total(1, 1)], 0);
    published.apply(&[total(0, 1)], 0);
    published.apply(&[total(0, 2)], 0);
    published.apply(&[total(1, 2)], 0);
    let one = Subscription::of([1]);
    // Clients at 1, 2 and 3 share one frame.
    for seq in 1..=3 {
        assert_eq!(published.plan(&one, Some(&at(&published, seq))), Some(Plan::Diff { from: 1, seq: 4 }));
    }
}

#[test]
fn a_client_after_the_parent_gets_a_snapshot_and_one_before_it_goes_on() {
    let mut published = published();
    published.apply(&[total(0, 1)], 0);
    let before = at(&published, 1);
    let beyond = Position { seq: 2, ..before.clone() };
    published.fork([9; 12], 101, published.seq());
    published.apply(&[total(0, 2)], 0);
    let all = Subscription::all();
    assert_eq!(published.plan(&all, Some(&beyond)), Some(Plan::Snapshot));
    let plan = published.plan(&all, Some(&before)).unwrap();
    assert_eq!(plan, Plan::Rename { parent: before.epoch.clone(), shared: 1 });
    let renamed = published.position_after(&plan, Some(&before));
    assert_eq!(published.plan(&all, Some(&renamed)), Some(Plan::Diff { from: 1, seq: 2 }));
}

#[test]
fn a_name_that_was_never_given_gets_a_snapshot() {
    let published = published();
    assert_eq!(published.plan(&Subscription::all(), Some(&at(&published, 5))), Some(Plan::Snapshot));
    let stranger = Position { epoch: "another".into(), seq: 0, stamp: 0 };
    assert_eq!(published.plan(&Subscription::all(), Some(&stranger)), Some(Plan::Snapshot));
}
