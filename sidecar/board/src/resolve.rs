//! What a metric takes from other metrics: a formula's groups, its class, the kinds of its inputs.

use crate::metric::Draft;
use crate::model::{Class, Format, Metric, Source};
use crate::order::dependencies_first;
use crate::report::Report;

/// Fills in every formula, dependencies first.
pub(crate) fn formulas(report: &mut Report<'_>, drafts: &mut [Draft]) {
    let inputs: Vec<Vec<usize>> =
        drafts.iter().map(|draft| draft.inputs.iter().map(|input| input.metric).collect()).collect();
    let (order, cycles) = dependencies_first(&inputs);
    for cycle in cycles {
        cyclic(report, drafts, &cycle);
    }
    for index in order {
        check_kinds(report, drafts, index);
        let inputs: Vec<&Metric> = inputs[index].iter().map(|&input| &drafts[input].metric).collect();
        let (by, class) = (shared_groups(&inputs), strictest(&inputs));
        let draft = &mut drafts[index];
        if let Source::Formula(formula) = &mut draft.metric.source {
            formula.by = by;
            if !draft.says_class {
                draft.metric.class = class;
            }
        }
    }
}

fn cyclic(report: &mut Report<'_>, drafts: &mut [Draft], cycle: &[usize]) {
    let ring = cycle.iter().chain(cycle.first());
    let names: Vec<&str> = ring.map(|&index| drafts[index].metric.id.as_str()).collect();
    let Some(&first) = cycle.first() else { return };
    let next = cycle.get(1).copied().unwrap_or(first);
    let input = drafts[first].inputs.iter().find(|input| input.metric == next);
    let at = input.map_or(drafts[first].at, |input| input.at);
    report.problem(
        at,
        format!("formulas in a circle: {}", names.join(" → ")),
        "a formula may not need its own value",
    );
}

fn check_kinds(report: &mut Report<'_>, drafts: &[Draft], index: usize) {
    for input in &drafts[index].inputs {
        let Draft { metric, sound: true, .. } = &drafts[input.metric] else { continue };
        let id = &metric.id;
        match (kind(metric), input.as_date) {
            (Kind::Number, false) | (Kind::Date, true) => {}
            (Kind::Number, true) => report.problem(
                input.at,
                format!("formula: `{id}` is a number, not a date"),
                "`hours` takes a metric with `format = \"age\"`",
            ),
            (Kind::Date, false) => report.problem(
                input.at,
                format!("formula: `{id}` is a date, not a number"),
                format!("write hours({id}) for the hours since then"),
            ),
            (Kind::Word, _) => report.problem(
                input.at,
                format!("formula: `{id}` is a word, not a number"),
                "expected metrics that are numbers",
            ),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Date,
    Word,
}

pub(crate) fn kind(metric: &Metric) -> Kind {
    match metric.format {
        Format::Age => Kind::Date,
        Format::Text => Kind::Word,
        Format::Number { .. } | Format::Percent { .. } | Format::Money { .. } | Format::Duration => {
            Kind::Number
        }
    }
}

/// Breakdowns that all inputs have, the sidecar's own figures apart: with a total in the place of a
/// group's part the result would say nothing about the group.
fn shared_groups(inputs: &[&Metric]) -> Vec<String> {
    let mut parted = inputs
        .iter()
        .filter(|metric| !matches!(metric.source, Source::System(_)))
        .map(|metric| metric.breakdowns());
    let Some(first) = parted.next() else { return Vec::new() };
    let others: Vec<Vec<&str>> = parted.collect();
    let shared = first.into_iter().filter(|name| others.iter().all(|by| by.contains(name)));
    shared.map(str::to_owned).collect()
}

/// At least internal: a formula tells as much as its inputs do.
fn strictest(inputs: &[&Metric]) -> Class {
    if inputs.iter().any(|metric| metric.class == Class::Sensitive) {
        Class::Sensitive
    } else {
        Class::Internal
    }
}
