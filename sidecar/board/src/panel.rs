//! `[[panel]]`: a picture of one or several metrics.

use std::mem::discriminant;

use crate::duration;
use crate::layout::ids;
use crate::metric::Draft;
use crate::model::{Panel, PanelKind, TimeUnit};
use crate::names::Names;
use crate::report::Report;
use crate::resolve::{Kind, kind};
use crate::section::{Section, Str, Value, choose, number, string, wrong_type};
use crate::{suggest, text};

const KEYS: [&str; 10] = ["id", "title", "kind", "metrics", "metric", "by", "limit", "usual", "over", "fold"];
const KINDS: [(&str, PanelKind); 5] = [
    ("bars", PanelKind::Bars),
    ("stacked", PanelKind::Stacked),
    ("line", PanelKind::Line),
    ("table", PanelKind::Table),
    ("heatmap", PanelKind::Heatmap),
];
const UNITS: [(&str, TimeUnit); 3] =
    [("hour", TimeUnit::Hour), ("weekday", TimeUnit::Weekday), ("day", TimeUnit::Day)];
/// More series than these are told apart by nobody.
const MOST_METRICS: usize = 12;
const METRICS: &str = "a list of ids of metrics";

/// A metric that a panel names, and where.
struct Series<'a> {
    index: usize,
    id: Str<'a>,
}

pub(crate) fn read(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    section: &Section<'_>,
) -> Panel {
    section.check_keys(report, &KEYS);
    let expected = "kind = \"bars\", \"stacked\", \"line\", \"table\" or \"heatmap\"";
    let word = section.require_str(report, "kind", expected);
    let kind = word.and_then(|word| choose(report, "kind", &word, &KINDS));
    let mut panel = Panel {
        id: section.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default().to_owned(),
        title: text::required(report, section, "title"),
        kind: kind.unwrap_or(PanelKind::Table),
        metrics: Vec::new(),
        by: None,
        limit: limit(report, names, section),
        usual: section.boolean(report, "usual").unwrap_or(false),
        over_ms: duration::optional(report, section, "over"),
        fold: Vec::new(),
    };
    let series = match kind {
        Some(PanelKind::Heatmap) => {
            panel.fold = fold(report, section);
            heatmap(report, names, section)
        }
        Some(_) => {
            section.refuse(report, &["metric", "fold"], "this kind", "only a heatmap takes it");
            several(report, names, section)
        }
        None => several(report, names, section),
    };
    match kind {
        Some(PanelKind::Line) => {
            panel.by = lines(report, drafts, section, &series);
            if panel.usual {
                usual(report, drafts, section, &series);
            }
        }
        Some(PanelKind::Bars | PanelKind::Stacked | PanelKind::Table) => {
            let why = "only a line and a heatmap go back in time";
            section.refuse(report, &["over", "usual"], "this kind", why);
            let by = section.require_str(report, "by", "the breakdown whose groups are shown");
            panel.by = by.and_then(|by| breakdown(report, drafts, &by, &series));
        }
        Some(PanelKind::Heatmap) | None => {}
    }
    if kind.is_some_and(|kind| kind != PanelKind::Table) {
        check_axis(report, drafts, &series);
    }
    panel.metrics = series.iter().map(|one| one.index).collect();
    if panel.metrics.is_empty() {
        panel.metrics.push(0);
    }
    panel
}

fn several<'a>(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'a>) -> Vec<Series<'a>> {
    let Some(value) = section.require(report, "metrics", METRICS) else { return Vec::new() };
    let ids = ids(report, section, "metrics", METRICS);
    if value.get_ref().as_array().is_some_and(|list| list.is_empty()) {
        report.problem(value.span().start, "`metrics` is empty", "expected the id of a metric");
    }
    if ids.len() > MOST_METRICS {
        let help = format!("expected at most {MOST_METRICS}; use a further panel");
        report.problem(value.span().start, format!("`metrics` has {} ids", ids.len()), help);
    }
    let found =
        ids.into_iter().filter_map(|id| Some(Series { index: names.resolve(report, "metrics", &id)?, id }));
    found.collect()
}

fn heatmap<'a>(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'a>) -> Vec<Series<'a>> {
    let why = "a heatmap shows the history of one `metric`";
    section.refuse(report, &["metrics", "by", "limit", "usual"], "a heatmap", why);
    section.require(report, "over", "how far back it goes, such as over = \"4w\"");
    let id = section.require_str(report, "metric", "the id of the metric whose history is folded");
    id.and_then(|id| Some(Series { index: names.resolve(report, "metric", &id)?, id })).into_iter().collect()
}

/// A heat map's two axes.
fn fold(report: &mut Report<'_>, section: &Section<'_>) -> Vec<TimeUnit> {
    let expected = "two of \"hour\", \"weekday\", \"day\", such as fold = [\"hour\", \"weekday\"]";
    let Some(value) = section.require(report, "fold", expected) else { return Vec::new() };
    let items: Vec<Value<'_>> = section.list(report, "fold", expected);
    let mut units: Vec<TimeUnit> = Vec::new();
    for item in &items {
        let word = string(report, "fold", item);
        units.extend(word.and_then(|word| choose(report, "fold", &word, &UNITS)));
    }
    let differ = units.len() < 2 || units[0] != units[1];
    if value.get_ref().is_array() && units.len() == items.len() && (units.len() != 2 || !differ) {
        report.problem(value.span().start, "`fold` is not two units of time", format!("expected {expected}"));
    }
    units
}

/// A line for each metric's total, or for each group of one metric.
fn lines(
    report: &mut Report<'_>,
    drafts: &[Draft],
    section: &Section<'_>,
    series: &[Series<'_>],
) -> Option<String> {
    let by = section.str(report, "by")?;
    if series.len() > 1 {
        let help = "expected one metric with `by`, or several without";
        report.problem(section.key_at("by"), "lines of several metrics, each with groups", help);
        return None;
    }
    breakdown(report, drafts, &by, series)
}

/// The band is made from the history of one total.
fn usual(report: &mut Report<'_>, drafts: &[Draft], section: &Section<'_>, series: &[Series<'_>]) {
    section.refuse(report, &["by"], "`usual`", "the usual band is that of a metric's total");
    match series {
        [one] if drafts[one.index].metric.usual_ms.is_none() => report.missing(
            section.key_at("usual"),
            format!("`usual` of `{}`, which does not say it", one.id.value),
            "give the metric `usual = \"4w\"`",
        ),
        [_] | [] => {}
        _ => report.problem(section.key_at("usual"), "`usual` with several metrics", "expected one metric"),
    }
}

/// A breakdown that each of the metrics has.
fn breakdown(
    report: &mut Report<'_>,
    drafts: &[Draft],
    by: &Str<'_>,
    series: &[Series<'_>],
) -> Option<String> {
    let mut found = true;
    for one in series {
        let draft = &drafts[one.index];
        let breakdowns = draft.metric.breakdowns();
        if draft.sound && !breakdowns.contains(&by.value) {
            let help = suggest::help(by.value, breakdowns.iter().copied());
            report.missing(by.at(), format!("`{}` has no groups by `{}`", one.id.value, by.value), help);
        }
        found &= breakdowns.contains(&by.value);
    }
    found.then(|| by.value.to_owned())
}

/// What is drawn to one scale: numbers, all of one format.
fn check_axis(report: &mut Report<'_>, drafts: &[Draft], series: &[Series<'_>]) {
    let sound: Vec<_> = series.iter().filter(|one| drafts[one.index].sound).collect();
    for one in &sound {
        if kind(&drafts[one.index].metric) != Kind::Number {
            let message = format!("`{}` is no number, so it cannot be drawn", one.id.value);
            report.problem(one.id.at(), message, "expected a metric that is a number, or kind = \"table\"");
        }
    }
    let Some((first, others)) = sound.split_first() else { return };
    let format = |one: &Series<'_>| &drafts[one.index].metric.format;
    for one in others {
        if discriminant(format(first)) != discriminant(format(one)) {
            let message = format!("`{}` and `{}` have no common scale", first.id.value, one.id.value);
            report.problem(one.id.at(), message, "expected metrics of one `format`, or kind = \"table\"");
        }
    }
}

/// A number, or `"$name"` of `[limits]`.
fn limit(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'_>) -> Option<f64> {
    let value = section.get("limit")?;
    if let Some(name) = value.get_ref().as_str().and_then(|text| text.strip_prefix('$')) {
        let limit = names.limits.get(name).copied();
        if limit.is_none() {
            let help = suggest::help(name, names.limits.keys().copied());
            report.missing(value.span().start, format!("`limit` names the unknown limit `${name}`"), help);
        }
        return limit;
    }
    let limit = number(value);
    if limit.is_none() {
        wrong_type(report, "limit", value, "a number, or \"$name\" of [limits]");
    }
    limit
}
