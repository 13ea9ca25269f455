use std::collections::BTreeSet;

use crate::model::{Board, Expr, Formula, Source};

impl Board {
    /// The indices of all formulas, each after the formulas that it uses.
    pub fn formula_order(&self) -> Vec<usize> {
        let inputs: Vec<Vec<usize>> = self
            .metrics
            .iter()
            .map(|metric| match &metric.source {
                Source::Formula(formula) => formula.inputs(),
                Source::Rows(_) | Source::System(_) => Vec::new(),
            })
            .collect();
        let is_formula = |index: &usize| matches!(self.metrics[*index].source, Source::Formula(_));
        dependencies_first(&inputs).0.into_iter().filter(is_formula).collect()
    }
}

impl Formula {
    /// The metrics that it names, each once, in the order of their indices.
    pub fn inputs(&self) -> Vec<usize> {
        let mut found = BTreeSet::new();
        collect(&self.root, &mut found);
        found.into_iter().collect()
    }
}

fn collect(expr: &Expr, into: &mut BTreeSet<usize>) {
    match expr {
        Expr::Number(_) => {}
        Expr::Metric(index) => {
            into.insert(*index);
        }
        Expr::Negate(inner) | Expr::Hours(inner) => collect(inner, into),
        Expr::Binary(_, left, right) | Expr::Else(left, right) => {
            collect(left, into);
            collect(right, into);
        }
        Expr::Min(all) | Expr::Max(all) => all.iter().for_each(|one| collect(one, into)),
    }
}

/// Indices with each after its inputs, and the cycles among what cannot be ordered.
pub(crate) fn dependencies_first(inputs: &[Vec<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut order = Vec::new();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); inputs.len()];
    let mut open: Vec<usize> = vec![0; inputs.len()];
    for (index, needed) in inputs.iter().enumerate() {
        let distinct: BTreeSet<usize> = needed.iter().copied().collect();
        open[index] = distinct.len();
        for input in distinct {
            users[input].push(index);
        }
    }
    let mut ready: BTreeSet<usize> = (0..inputs.len()).filter(|&index| open[index] == 0).collect();
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for &user in &users[index] {
            open[user] -= 1;
            if open[user] == 0 {
                ready.insert(user);
            }
        }
    }
    (order, cycles(inputs, &open))
}

/// From each index that is left, on to its first input that is left, until it comes round.
fn cycles(inputs: &[Vec<usize>], open: &[usize]) -> Vec<Vec<usize>> {
    let mut cycles = Vec::new();
    let mut visited = BTreeSet::new();
    for start in (0..inputs.len()).filter(|&index| open[index] > 0) {
        let mut path: Vec<usize> = Vec::new();
        let mut here = start;
        while visited.insert(here) {
            path.push(here);
            let Some(next) = inputs[here].iter().copied().find(|&input| open[input] > 0) else { break };
            here = next;
        }
        if let Some(from) = path.iter().position(|&index| index == here) {
            cycles.push(path.split_off(from));
        }
    }
    cycles
}
