//! `[[group]]` and `[[panel]]`: what is shown where.

use std::collections::BTreeMap;

use crate::metric::{Draft, icon};
use crate::model::{Group, Metric, Panel, PanelKind};
use crate::names::Names;
use crate::report::Report;
use crate::resolve::{Kind, kind};
use crate::section::{Section, Str, choose, not_yet, number, string, wrong_type};
use crate::{suggest, text};

const LATER_KINDS: [&str; 4] = ["stacked", "line", "table", "heatmap"];

pub(crate) fn groups(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    sections: &[Section<'_>],
    panels: &[Section<'_>],
) -> Vec<Group> {
    let mut panel_ids: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, panel) in panels.iter().enumerate() {
        if let Some(id) = panel.get("id").and_then(|id| id.get_ref().as_str()) {
            panel_ids.entry(id).or_insert(index);
        }
    }
    sections.iter().map(|section| group(report, names, drafts, section, &panel_ids)).collect()
}

fn group(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    section: &Section<'_>,
    panel_ids: &BTreeMap<&str, usize>,
) -> Group {
    section.check_keys(report, &["id", "title", "icon", "tiles", "panels"], &["feeds"]);
    let mut tiles = Vec::new();
    for id in ids(report, section, "tiles", "a list of ids of metrics") {
        let Some(index) = names.resolve(report, "tiles", &id) else { continue };
        if drafts[index].metric.hidden {
            let help = "drop the tile, or `hidden = true` of the metric";
            report.problem(id.at(), format!("the tile `{}` is a hidden metric", id.value), help);
        }
        tiles.push(index);
    }
    let mut panels = Vec::new();
    for id in ids(report, section, "panels", "a list of ids of panels") {
        match panel_ids.get(id.value) {
            Some(&index) => panels.push(index),
            None => {
                let help = suggest::help(id.value, panel_ids.keys().copied());
                report.missing(id.at(), format!("`panels` names the unknown panel `{}`", id.value), help);
            }
        }
    }
    if !section.has("tiles") && !section.has("panels") {
        report.missing(section.at, format!("{} shows nothing", section.name), "expected `tiles` or `panels`");
    }
    Group {
        id: id_of(section),
        title: text::required(report, section, "title"),
        icon: icon(report, section),
        tiles,
        panels,
        feeds: Vec::new(),
    }
}

fn id_of(section: &Section<'_>) -> String {
    section.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default().to_owned()
}

/// A list of strings without repetition.
fn ids<'a>(report: &mut Report<'_>, section: &Section<'a>, key: &str, expected: &str) -> Vec<Str<'a>> {
    let mut ids: Vec<Str<'a>> = Vec::new();
    for value in section.list(report, key, expected) {
        let Some(id) = string(report, key, value) else { continue };
        if ids.iter().any(|earlier| earlier.value == id.value) {
            report.problem(id.at(), format!("`{key}` has `{}` twice", id.value), "expected each once");
        } else {
            ids.push(id);
        }
    }
    ids
}

pub(crate) fn panel(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    section: &Section<'_>,
) -> Panel {
    let known = ["id", "title", "kind", "metrics", "by", "limit"];
    section.check_keys(report, &known, &["metric", "over", "fold", "usual"]);
    panel_kind(report, section);
    let metric = panel_metric(report, names, section);
    let by = metric.and_then(|metric| panel_by(report, section, &drafts[metric]));
    Panel {
        id: id_of(section),
        title: text::required(report, section, "title"),
        kind: PanelKind::Bars,
        metrics: vec![metric.unwrap_or(0)],
        by,
        limit: limit(report, names, section),
        over_ms: None,
        fold: Vec::new(),
    }
}

fn panel_kind(report: &mut Report<'_>, section: &Section<'_>) {
    let Some(word) = section.require_str(report, "kind", "kind = \"bars\"") else { return };
    if LATER_KINDS.contains(&word.value) {
        not_yet(report, word.at(), &format!("`kind = \"{}\"`", word.value), ["bars"]);
    } else {
        choose(report, "kind", &word, &[("bars", PanelKind::Bars)]);
    }
}

fn panel_metric(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'_>) -> Option<usize> {
    let value = section.require(report, "metrics", "a list with the id of one metric")?;
    let ids = ids(report, section, "metrics", "a list with the id of one metric");
    if ids.len() > 1 {
        not_yet(report, value.span().start, "a panel of several metrics", ["a list with one id"]);
    } else if ids.is_empty() && value.get_ref().as_array().is_some_and(|list| list.is_empty()) {
        report.problem(value.span().start, "`metrics` is empty", "expected the id of one metric");
    }
    let found: Vec<_> = ids.iter().map(|id| names.resolve(report, "metrics", id)).collect();
    found.first().copied().flatten()
}

fn panel_by(report: &mut Report<'_>, section: &Section<'_>, draft: &Draft) -> Option<String> {
    let by = section.require_str(report, "by", "the breakdown whose groups are the bars")?;
    if !draft.sound {
        return None;
    }
    let breakdowns = draft.metric.breakdowns();
    let found = breakdowns.contains(&by.value).then(|| by.value.to_owned());
    if found.is_none() {
        let help = suggest::help(by.value, breakdowns.iter().copied());
        report.missing(by.at(), format!("`{}` has no groups by `{}`", draft.metric.id, by.value), help);
    } else if kind(&draft.metric) != Kind::Number {
        let message = format!("`{}` is no number, so it has no bars", draft.metric.id);
        report.problem(section.key_at("metrics"), message, "expected a metric that is a number");
    }
    found
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

/// Every metric is shown or hidden, and every panel is in a group.
pub(crate) fn check_shown(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    groups: &[Group],
    panels: &[Section<'_>],
    read: &[Panel],
) {
    for (index, draft) in drafts.iter().enumerate() {
        let Metric { id, hidden, .. } = &draft.metric;
        let on_tile = groups.iter().any(|group| group.tiles.contains(&index));
        let shown = on_tile || read.iter().any(|panel| panel.metrics.contains(&index));
        // A second metric of the same id cannot be named; that it is there is reported as such.
        let named = names.metric(id).is_some_and(|named| named.index == index);
        if named && !shown && !hidden {
            let help = "name it in `tiles` of a group, or set `hidden = true`";
            report.missing(draft.at, format!("the metric `{id}` is shown nowhere"), help);
        }
    }
    for (index, panel) in panels.iter().enumerate() {
        if !groups.iter().any(|group| group.panels.contains(&index)) {
            report.missing(
                panel.at,
                format!("{} is shown nowhere", panel.name),
                "name it in `panels` of a group",
            );
        }
    }
}
