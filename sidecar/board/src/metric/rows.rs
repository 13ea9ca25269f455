use toml::de::DeValue;

use super::{breakdown, value, window};
use crate::filter;
use crate::model::{Aggregate, Filter, Rows};
use crate::names::check_collection;
use crate::report::Report;
use crate::section::{Section, Str, Value, string, wrong_type};
use crate::suggest;

const WORDS: [(&str, Aggregate); 6] = [
    ("count", Aggregate::Count),
    ("sum", Aggregate::Sum),
    ("avg", Aggregate::Avg),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("distinct", Aggregate::Distinct),
];
const KNOWN: &str = "known: count, sum, avg, min, max, distinct and percentiles from p1 to p99";
const EXPECTED: &str = "a word such as \"sum\", or a list such as [\"avg\", \"p50\", \"p90\"]";

pub(super) fn read(report: &mut Report<'_>, section: &Section<'_>, from: Option<&Str<'_>>) -> Rows {
    if let Some(from) = from {
        check_collection(report, from);
    }
    let aggregates = aggregates(report, section);
    let counts = section.get("aggregate").is_none() || aggregates.contains(&Aggregate::Count);
    let measured = aggregates.iter().any(|aggregate| *aggregate != Aggregate::Count);
    let value = if measured || section.has("value") { value::read(report, section) } else { None };
    if counts && value.as_ref().is_some_and(|value| !value.restricts()) {
        let why = if section.has("aggregate") {
            "a count counts documents; drop `value`, or give the count a metric of its own"
        } else {
            "say what is done with it: aggregate = \"sum\", \"avg\", \"min\", \"max\", \"distinct\" or \"p90\""
        };
        section.refuse(report, &["value"], "a count", why);
    }
    Rows {
        from: from.map(|from| from.value.to_owned()).unwrap_or_default(),
        filter: section
            .get("match")
            .and_then(|value| filter::read(report, value))
            .unwrap_or(Filter::everything()),
        window: window::read(report, section),
        value,
        aggregate: aggregates.first().copied().unwrap_or(Aggregate::Count),
        by: breakdown::read(report, section),
    }
}

/// What a list of aggregates makes of its section: a metric for each, under its word. Empty where
/// there is no list, or nothing to be used in it.
pub(crate) fn statistics<'a>(section: &Section<'a>) -> Vec<(&'a str, Aggregate)> {
    let mut statistics: Vec<(&str, Aggregate)> = Vec::new();
    let list = section.get("aggregate").and_then(|value| value.get_ref().as_array());
    for word in list.into_iter().flatten().filter_map(|item| item.get_ref().as_str()) {
        if let Some(aggregate) = named(word)
            && !statistics.iter().any(|(_, earlier)| *earlier == aggregate)
        {
            statistics.push((word, aggregate));
        }
    }
    statistics
}

fn named(word: &str) -> Option<Aggregate> {
    let known = WORDS.iter().find(|(name, _)| *name == word).map(|(_, aggregate)| *aggregate);
    known.or_else(|| {
        let rank = word.strip_prefix('p')?;
        let plain = rank.starts_with(|c: char| c.is_ascii_digit() && c != '0');
        let rank = rank.parse().ok().filter(|rank| plain && (1..=99).contains(rank))?;
        Some(Aggregate::Percentile(rank))
    })
}

/// The known ones of what is said; a count where nothing is.
fn aggregates(report: &mut Report<'_>, section: &Section<'_>) -> Vec<Aggregate> {
    let Some(value) = section.get("aggregate") else { return vec![Aggregate::Count] };
    match value.get_ref() {
        DeValue::String(_) => one(report, value).into_iter().collect(),
        DeValue::Array(items) => {
            if items.is_empty() {
                report.problem(value.span().start, "`aggregate` is empty", format!("expected {EXPECTED}"));
            }
            let mut aggregates = Vec::new();
            for item in items {
                let Some(aggregate) = one(report, item) else { continue };
                if aggregates.contains(&aggregate) {
                    let word = item.get_ref().as_str().unwrap_or_default();
                    let message = format!("`aggregate` has `{word}` twice");
                    report.problem(item.span().start, message, "expected each once");
                } else {
                    aggregates.push(aggregate);
                }
            }
            aggregates
        }
        _ => {
            wrong_type(report, "aggregate", value, EXPECTED);
            Vec::new()
        }
    }
}

fn one(report: &mut Report<'_>, value: Value<'_>) -> Option<Aggregate> {
    let word = string(report, "aggregate", value)?;
    let aggregate = named(word.value);
    if aggregate.is_none() {
        let rank = word.value.strip_prefix('p').unwrap_or_default();
        let is_rank = rank.starts_with(|c: char| c.is_ascii_digit());
        let words = WORDS.iter().map(|(name, _)| *name);
        let meant = match suggest::nearest(word.value, words.chain(["median", "mean", "average"])) {
            Some("median") => Some("p50"),
            Some("mean" | "average") => Some("avg"),
            nearest => nearest,
        };
        let help = match meant {
            _ if is_rank => "expected a whole percentage from p1 to p99; beyond are min and max".to_owned(),
            Some(meant) => format!("did you mean `{meant}`? {KNOWN}"),
            None => KNOWN.to_owned(),
        };
        report.problem(word.at(), format!("unknown aggregate `{}`", word.value), help);
    }
    aggregate
}
