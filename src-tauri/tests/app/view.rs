use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;
use vigil_app::view::{AHEAD_LIMIT, DRIP, FRAME, Flow, Pending};
use vigil_wire::{GroupPatch, MetricPatch, Value, ViewBatch};

use crate::fake_window::{Shown, apply};

fn patch() -> impl Strategy<Value = MetricPatch> {
    let group = || (0..2u8, "[a-d]");
    let total = prop::option::of((0..100i64).prop_map(Value::Int));
    let groups = prop::collection::btree_map(group(), 0..100i64, 0..4);
    let gone = prop::collection::btree_set(group(), 0..4);
    (0..4u32, total, groups, gone).prop_map(|(i, v, groups, gone)| {
        let gone = gone.into_iter().collect();
        let g = groups.into_iter().map(|((by, key), n)| GroupPatch(by, key, Value::Int(n))).collect();
        MetricPatch { i, v, g, gone }
    })
}

#[derive(Debug, Clone)]
enum Step {
    Patch(MetricPatch),
    /// A snapshot: the whole state anew.
    Whole(Vec<MetricPatch>),
    Take,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => patch().prop_map(Step::Patch),
        1 => prop::collection::vec(patch(), 0..4).prop_map(Step::Whole),
        2 => Just(Step::Take),
    ]
}

proptest! {
    /// Whenever it is taken, the window ends with what it would have by being told every change.
    #[test]
    fn coalesced_is_exact_and_bounded(steps in prop::collection::vec(step(), 0..80)) {
        let mut truth = BTreeMap::new();
        let mut window = Shown::default();
        let mut pending = Pending::default();
        for step in steps {
            match step {
                Step::Patch(patch) => {
                    apply(&mut truth, std::slice::from_ref(&patch));
                    pending.merge(ViewBatch { metrics: vec![patch], ..ViewBatch::default() });
                }
                Step::Whole(metrics) => {
                    truth.clear();
                    apply(&mut truth, &metrics);
                    pending.merge(ViewBatch { reset: true, metrics, ..ViewBatch::default() });
                }
                Step::Take => {
                    window.apply(pending.take());
                    prop_assert_eq!(&window.values, &truth);
                    prop_assert!(pending.is_empty());
                }
            }
            // 4 metrics: a total and 2 × 4 groups each, however many changes there were.
            prop_assert!(pending.keys() <= 4 * (1 + 8));
        }
        window.apply(pending.take());
        prop_assert_eq!(&window.values, &truth);
    }
}

#[test]
fn a_window_that_paints_gets_a_batch_a_frame() {
    let mut flow = Flow::default();
    let mut now = Instant::now();
    assert_eq!(flow.due(), None, "the first goes at once");
    for seq in 0..1_000 {
        flow.sent(now, Some(seq));
        flow.painted(seq);
        assert_eq!(flow.due(), Some(now + FRAME));
        now += FRAME;
    }
}

#[test]
fn a_window_that_does_not_paint_gets_one_a_second() {
    let mut flow = Flow::default();
    let start = Instant::now();
    let mut now = start;
    let mut sent = 0;
    while now < start + Duration::from_secs(100) {
        flow.sent(now, Some(sent));
        sent += 1;
        now = flow.due().unwrap();
    }
    let most = AHEAD_LIMIT as u64 + 100;
    assert!(sent <= most, "{sent} batches in 100 s");

    flow.painted(sent - 1);
    flow.sent(now, Some(sent));
    assert_eq!(flow.due(), Some(now + FRAME), "it paints again: a batch a frame");
    assert!(DRIP > FRAME);
}
