use toml::de::DeValue;

use super::{breakdown, window};
use crate::filter;
use crate::model::{Aggregate, Filter, Measure, Rows};
use crate::names::{check_collection, check_path};
use crate::report::Report;
use crate::section::{Section, Str, not_yet, string, wrong_type};

#[derive(Clone, Copy, PartialEq)]
enum Word {
    Count,
    Sum,
    Min,
    Max,
}

const WORDS: [(&str, Word); 4] =
    [("count", Word::Count), ("sum", Word::Sum), ("min", Word::Min), ("max", Word::Max)];

pub(super) fn read(report: &mut Report<'_>, section: &Section<'_>, from: Option<&Str<'_>>) -> Rows {
    if let Some(from) = from {
        check_collection(report, from);
    }
    let (aggregate, value) = aggregate(report, section).unwrap_or((Aggregate::Count, None));
    Rows {
        from: from.map(|from| from.value.to_owned()).unwrap_or_default(),
        filter: section
            .get("match")
            .and_then(|value| filter::read(report, value))
            .unwrap_or(Filter::everything()),
        window: window::read(report, section),
        value,
        aggregate,
        by: breakdown::read(report, section),
    }
}

fn aggregate(report: &mut Report<'_>, section: &Section<'_>) -> Option<(Aggregate, Option<Measure>)> {
    let word = word(report, section)?;
    if word == Word::Count {
        let why = if section.has("aggregate") {
            "a count counts documents; drop `value`"
        } else {
            "say what is done with it: aggregate = \"sum\", \"min\" or \"max\""
        };
        section.refuse(report, &["value"], "a count", why);
        return Some((Aggregate::Count, None));
    }
    let value = section.require(report, "value", "the field that is aggregated")?;
    if value.get_ref().is_table() {
        not_yet(report, value.span().start, "a computed `value`", ["the name of a field"]);
        return None;
    }
    let path = string(report, "value", value)?;
    if !check_path(report, path.value, path.at()) {
        return None;
    }
    let aggregate = match word {
        Word::Count => Aggregate::Count,
        Word::Sum => Aggregate::Sum,
        Word::Min => Aggregate::Min,
        Word::Max => Aggregate::Max,
    };
    Some((aggregate, Some(Measure::field(path.value))))
}

/// One of [`WORDS`]; a count where none is said.
fn word(report: &mut Report<'_>, section: &Section<'_>) -> Option<Word> {
    let Some(value) = section.get("aggregate") else { return Some(Word::Count) };
    let names = WORDS.map(|(name, _)| name);
    match value.get_ref() {
        DeValue::String(name) if is_later(name) => {
            not_yet(report, value.span().start, &format!("`aggregate = \"{name}\"`"), names);
            None
        }
        DeValue::String(_) => section.choice(report, "aggregate", &WORDS),
        DeValue::Array(_) => {
            not_yet(report, value.span().start, "a list of aggregates", names.map(|name| name));
            None
        }
        _ => {
            wrong_type(report, "aggregate", value, "one of count, sum, min, max");
            None
        }
    }
}

fn is_later(name: &str) -> bool {
    let percentile = name
        .strip_prefix('p')
        .is_some_and(|rank| !rank.is_empty() && rank.bytes().all(|b| b.is_ascii_digit()));
    percentile || name == "avg" || name == "distinct"
}
