//! A formula among the metrics: what it needs, and what of it was drained.

use std::collections::BTreeSet;

use vigil_board::{Board, Source};
use vigil_wire::{GroupPatch, MetricPatch, MetricState, Millis};

use crate::formula;
use crate::groups::is_same;

#[derive(Debug)]
pub(super) struct FormulaMetric {
    /// Metrics that it needs, through other formulas too; none of them a formula.
    pub(super) inputs: BTreeSet<usize>,
    pub(super) reads_time: bool,
    /// What it was drained at: its inputs' versions and, if it reads time, the instant.
    pub(super) drained_at: Option<(Vec<u64>, Option<Millis>)>,
    drained: Option<MetricState>,
}

impl FormulaMetric {
    pub(super) fn new(board: &Board, index: usize) -> Self {
        let (mut inputs, mut seen, mut reads_time) = (BTreeSet::new(), BTreeSet::new(), false);
        let mut open = vec![index];
        while let Some(metric) = open.pop() {
            match &board.metrics[metric].source {
                Source::Formula(formula) => {
                    reads_time |= formula::reads_time(&formula.root);
                    let mut used = BTreeSet::new();
                    formula::metrics_of(&formula.root, &mut used);
                    open.extend(used.into_iter().filter(|metric| seen.insert(*metric)));
                }
                Source::Rows(_) | Source::System(_) => drop(inputs.insert(metric)),
            }
        }
        FormulaMetric { inputs, reads_time, drained_at: None, drained: None }
    }

    pub(super) fn drain(
        &mut self,
        at: (Vec<u64>, Option<Millis>),
        state: MetricState,
        patch: &mut MetricPatch,
    ) {
        let before = self.drained.take();
        if before.as_ref().is_none_or(|before| !is_same(&before.total, &state.total)) {
            patch.v = Some(state.total.clone());
        }
        for (key, value) in &state.groups {
            let drained = before.as_ref().and_then(|before| before.groups.get(key));
            if drained.is_none_or(|drained| !is_same(drained, value)) {
                patch.g.push(GroupPatch(key.0, key.1.clone(), value.clone()));
            }
        }
        if let Some(before) = before {
            patch.gone.extend(before.groups.into_keys().filter(|key| !state.groups.contains_key(key)));
        }
        self.drained_at = Some(at);
        self.drained = Some(state);
    }
}
