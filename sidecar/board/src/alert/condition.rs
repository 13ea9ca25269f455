//! `when` and `clear`: a comparison, and what the metric is compared with.

use crate::duration;
use crate::model::{Bound, Comparison, Condition, Format, Metric, Quantity, Source, SystemFigure};
use crate::names::Names;
use crate::report::Report;
use crate::resolve::{Kind, kind};
use crate::section::Str;
use crate::suggest;

/// Two letters before one, so that the longest is found first.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("=", Comparison::Equal),
];

/// What the sidecar's own states may be.
const STATES: [(SystemFigure, &[&str]); 2] = [
    (SystemFigure::SourceState, &["starting", "live", "catching_up", "resyncing", "down"]),
    (SystemFigure::RedisState, &["off", "live", "degraded"]),
];

/// `None` where it was reported. Without a subject only its form is checked.
pub(super) fn read(
    report: &mut Report<'_>,
    names: &Names<'_>,
    subject: Option<&Metric>,
    key: &str,
    text: &Str<'_>,
) -> Option<Condition> {
    let trimmed = text.value.trim_start();
    let Some((sign, comparison)) = COMPARISONS.into_iter().find(|(sign, _)| trimmed.starts_with(sign)) else {
        let message = format!("`{key} = \"{}\"` has no comparison", text.value);
        report.problem(text.at(), message, "expected < <= > >= = or !=, and a value after it");
        return None;
    };
    let rest = trimmed[sign.len()..].trim();
    let place = text.value.find(rest).unwrap_or(0);
    let at = report.inside(&text.span, text.value, place);
    if let Some(turned) = [("=<", "<="), ("=>", ">=")].iter().find(|(wrong, _)| trimmed.starts_with(wrong)) {
        report.problem(
            at,
            format!("`{}` is no comparison", turned.0),
            format!("did you mean `{}`?", turned.1),
        );
        return None;
    }
    if rest.is_empty() || rest.starts_with(['=', '<', '>']) {
        let message = format!("`{key} = \"{}\"` has no value after `{sign}`", text.value);
        report.problem(at, message, "expected < <= > >= = or !=, and a value after it");
        return None;
    }
    let bound = match kind(subject?) {
        Kind::Number => number(report, names, subject?, key, rest, at).map(Bound::Number),
        Kind::Date => age(report, comparison, key, rest, at).map(Bound::Age),
        Kind::Word => word(report, subject?, comparison, rest, at).map(Bound::Word),
    }?;
    Some(Condition { text: text.value.to_owned(), comparison, bound })
}

/// A number, a limit, or a product of these; a percentage or a duration where the metric is one.
fn number(
    report: &mut Report<'_>,
    names: &Names<'_>,
    metric: &Metric,
    key: &str,
    text: &str,
    at: usize,
) -> Option<f64> {
    let mut product = 1.0;
    for factor in text.split('*').map(str::trim) {
        product *= factor_of(report, names, metric, key, factor, at)?;
    }
    Some(product)
}

fn factor_of(
    report: &mut Report<'_>,
    names: &Names<'_>,
    metric: &Metric,
    key: &str,
    text: &str,
    at: usize,
) -> Option<f64> {
    if let Some(name) = text.strip_prefix('$') {
        let limit = names.limits.get(name).copied();
        if limit.is_none() {
            let help = suggest::help(name, names.limits.keys().copied());
            report.missing(at, format!("unknown limit `${name}`"), help);
        }
        return limit;
    }
    if let Some(share) = text.strip_suffix('%') {
        let share: Option<f64> = decimal(share.trim_end()).map(|percent| percent / 100.0);
        if matches!(metric.format, Format::Percent { .. }) && share.is_some() {
            return share;
        }
    }
    if let Some(number) = decimal(text) {
        return Some(number);
    }
    if let Some(unit_ms) = unit_ms(metric)
        && text.ends_with(|c: char| c.is_ascii_lowercase())
    {
        let written = Str { value: text, span: at..at };
        return duration::read(report, key, &written).map(|ms| ms as f64 / unit_ms as f64);
    }
    report.problem(at, format!("`{text}` is no value of `{}`", metric.id), expected(metric));
    None
}

/// Digits with a sign and a decimal point: no `inf`, no `nan`.
fn decimal(text: &str) -> Option<f64> {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    text.parse().ok().filter(|x: &f64| begins && x.is_finite())
}

/// Of a metric whose values are lengths of time: the unit in which they count.
fn unit_ms(metric: &Metric) -> Option<i64> {
    if let Source::Rows(rows) = &metric.source
        && let Some(Quantity::Between { unit_ms, .. }) = rows.value.as_ref().map(|value| &value.of)
    {
        return Some(*unit_ms);
    }
    (metric.format == Format::Duration).then_some(1_000)
}

fn expected(metric: &Metric) -> &'static str {
    match (&metric.format, unit_ms(metric)) {
        (Format::Percent { .. }, _) => {
            "expected a share such as 0.92 or 92 %, a $limit, or a product such as 0.97 * $limit"
        }
        (_, Some(_)) => "expected a duration such as 90m, a number in the metric's unit, or a $limit",
        _ => "expected a number, a $limit, or a product such as 0.97 * $limit",
    }
}

fn age(report: &mut Report<'_>, comparison: Comparison, key: &str, text: &str, at: usize) -> Option<i64> {
    if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
        report.problem(at, "an age is never exactly a duration", "expected < <= > or >=");
        return None;
    }
    duration::read(report, key, &Str { value: text, span: at..at })
}

fn word(
    report: &mut Report<'_>,
    metric: &Metric,
    comparison: Comparison,
    text: &str,
    at: usize,
) -> Option<String> {
    if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
        let message = format!("`{}` is a word, which is not more or less than another", metric.id);
        report.problem(at, message, "expected = or !=");
        return None;
    }
    if let Source::System(figure) = &metric.source
        && let Some((_, words)) = STATES.iter().find(|(of, _)| of == figure)
        && !words.contains(&text)
    {
        let help = suggest::help(text, words.iter().copied());
        report.problem(at, format!("`{}` is never `{text}`", metric.id), help);
        return None;
    }
    Some(text.to_owned())
}
