//! The rules of one metric against each other.

use super::{SEVERITIES, Written};
use crate::model::{AlertRule, Bound, Comparison, Condition, Severity};
use crate::report::Report;

/// In the order of severity; a missing `for` is filled in from the severity below.
pub(super) fn by_severity(report: &mut Report<'_>, mut written: Vec<Written<'_>>) -> Vec<AlertRule> {
    written.sort_by_key(|one| one.rule.severity);
    let mut rules: Vec<AlertRule> = Vec::new();
    for Written { section, mut rule, says_for } in written {
        let below: Vec<&AlertRule> = rules.iter().filter(|earlier| earlier.each == rule.each).collect();
        if !says_for {
            rule.for_ms = below.last().map_or(0, |lower| lower.for_ms);
        }
        let word = word(rule.severity);
        if below.iter().any(|lower| lower.severity == rule.severity) {
            let of = rule.each.as_ref().map_or("the total".to_owned(), |each| format!("each `{each}`"));
            let message = format!("`alert` has `{word}` twice for {of}");
            report.problem(section.key_at("severity"), message, "expected each severity once");
        } else if let Some(lower) = below.iter().find(|lower| never_shows(lower, &rule)) {
            let lower_word = self::word(lower.severity);
            report.problem(
                section.get("when").map_or(section.at, |value| value.span().start),
                format!(
                    "`{word}` at \"{}\" leaves nothing for `{lower_word}` at \"{}\"",
                    rule.when.text, lower.when.text
                ),
                format!("expected `{word}` to be stricter than `{lower_word}`"),
            );
        }
        rules.push(rule);
    }
    rules
}

fn word(severity: Severity) -> &'static str {
    SEVERITIES.iter().find(|(_, of)| *of == severity).map_or("", |(word, _)| word)
}

/// The higher severity holds whenever the lower one does, and comes no later.
fn never_shows(lower: &AlertRule, higher: &AlertRule) -> bool {
    let contains = |outer: &Condition, inner: &Condition| {
        samples(outer, inner).iter().all(|value| !holds(inner, value) || holds(outer, value))
    };
    let (lower_in_higher, higher_in_lower) =
        (contains(&higher.when, &lower.when), contains(&lower.when, &higher.when));
    let is_later = higher.for_ms > lower.for_ms;
    lower.active == higher.active && lower_in_higher && (!higher_in_lower || !is_later)
}

/// Some value fits both.
pub(super) fn overlap(one: &Condition, other: &Condition) -> bool {
    samples(one, other).iter().any(|value| holds(one, value) && holds(other, value))
}

/// A value on, between and beyond the two bounds: both conditions are the same all through between.
fn samples(one: &Condition, other: &Condition) -> Vec<Bound> {
    if let (Bound::Word(a), Bound::Word(b)) = (&one.bound, &other.bound) {
        let neither = format!("{a} {b}");
        return vec![one.bound.clone(), other.bound.clone(), Bound::Word(neither)];
    }
    let (a, b) = (size(&one.bound), size(&other.bound));
    let values = [f64::NEG_INFINITY, a, a + (b - a) / 2.0, b, f64::INFINITY];
    values.into_iter().map(Bound::Number).collect()
}

fn size(bound: &Bound) -> f64 {
    match bound {
        Bound::Number(number) => *number,
        Bound::Age(ms) => *ms as f64,
        Bound::Word(_) => f64::NAN,
    }
}

fn holds(condition: &Condition, value: &Bound) -> bool {
    let order = match (value, &condition.bound) {
        (Bound::Word(value), Bound::Word(bound)) => value.partial_cmp(bound),
        (value, bound) => size(value).partial_cmp(&size(bound)),
    };
    let Some(order) = order else { return false };
    match condition.comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
    }
}
