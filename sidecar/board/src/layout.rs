//! `[[group]]`: what is shown where, and that nothing is forgotten.

use std::collections::BTreeMap;

use crate::metric::{Draft, icon};
use crate::model::{Group, Metric, Panel};
use crate::names::Names;
use crate::report::Report;
use crate::section::{Section, Str, string};
use crate::{suggest, text};

const KEYS: [&str; 6] = ["id", "title", "icon", "tiles", "panels", "feeds"];

/// Sections of one kind, by id: the first of two with one id.
struct Ids<'a> {
    kind: &'static str,
    indices: BTreeMap<&'a str, usize>,
}

impl<'a> Ids<'a> {
    fn new(kind: &'static str, sections: &[Section<'a>]) -> Self {
        let mut indices = BTreeMap::new();
        for (index, section) in sections.iter().enumerate() {
            if let Some(id) = section.get("id").and_then(|id| id.get_ref().as_str()) {
                indices.entry(id).or_insert(index);
            }
        }
        Self { kind, indices }
    }

    /// The indices of what the group's list names.
    fn listed(&self, report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for id in ids(report, section, key, &format!("a list of ids of {key}")) {
            match self.indices.get(id.value) {
                Some(&index) => found.push(index),
                None => {
                    let help = suggest::help(id.value, self.indices.keys().copied());
                    let message = format!("`{key}` names the unknown {} `{}`", self.kind, id.value);
                    report.missing(id.at(), message, help);
                }
            }
        }
        found
    }
}

pub(crate) fn groups(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    sections: &[Section<'_>],
    panels: &[Section<'_>],
    feeds: &[Section<'_>],
) -> Vec<Group> {
    let (panels, feeds) = (Ids::new("panel", panels), Ids::new("feed", feeds));
    let mut groups = Vec::new();
    for section in sections {
        section.check_keys(report, &KEYS);
        if !["tiles", "panels", "feeds"].iter().any(|key| section.has(key)) {
            let message = format!("{} shows nothing", section.name);
            report.missing(section.at, message, "expected `tiles`, `panels` or `feeds`");
        }
        groups.push(Group {
            id: section.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default().to_owned(),
            title: text::required(report, section, "title"),
            icon: icon(report, section),
            tiles: tiles(report, names, drafts, section),
            panels: panels.listed(report, section, "panels"),
            feeds: feeds.listed(report, section, "feeds"),
        });
    }
    groups
}

fn tiles(report: &mut Report<'_>, names: &Names<'_>, drafts: &[Draft], section: &Section<'_>) -> Vec<usize> {
    let mut tiles = Vec::new();
    for id in ids(report, section, "tiles", "a list of ids of metrics") {
        let Some(index) = names.resolve_tile(report, "tiles", &id) else { continue };
        if tiles.contains(&index) {
            let message = format!("`tiles` has `{}` twice", drafts[index].metric.id);
            report.problem(id.at(), message, "expected each once");
        }
        if drafts[index].metric.hidden {
            let help = "drop the tile, or `hidden = true` of the metric";
            report.problem(id.at(), format!("the tile `{}` is a hidden metric", id.value), help);
        }
        tiles.push(index);
    }
    tiles
}

/// A list of strings without repetition.
pub(crate) fn ids<'a>(
    report: &mut Report<'_>,
    section: &Section<'a>,
    key: &str,
    expected: &str,
) -> Vec<Str<'a>> {
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

/// Every metric is on a tile, in a panel or hidden.
pub(crate) fn check_metrics(
    report: &mut Report<'_>,
    names: &Names<'_>,
    drafts: &[Draft],
    groups: &[Group],
    panels: &[Panel],
) {
    for (index, draft) in drafts.iter().enumerate() {
        let Metric { id, hidden, .. } = &draft.metric;
        // Of several aggregates of one section it is enough to show one.
        let own = |index: &usize| drafts[*index].at == draft.at;
        let on_tile = groups.iter().any(|group| group.tiles.iter().any(own));
        let shown = on_tile || panels.iter().any(|panel| panel.metrics.iter().any(own));
        // A second metric of the same id cannot be named; that it is there is reported as such.
        let named = names.metric(id).is_some_and(|named| named.index == index);
        let first = index == 0 || drafts[index - 1].at != draft.at;
        if named && first && !shown && !hidden {
            let help = "name it in `tiles` of a group, or set `hidden = true`";
            report.missing(draft.at, format!("the metric `{id}` is shown nowhere"), help);
        }
    }
}

/// Every panel, or every feed, is in a group.
pub(crate) fn check_listed(
    report: &mut Report<'_>,
    sections: &[Section<'_>],
    groups: &[Group],
    key: &str,
    listed: impl Fn(&Group) -> &[usize],
) {
    for (index, section) in sections.iter().enumerate() {
        if !groups.iter().any(|group| listed(group).contains(&index)) {
            let message = format!("{} is shown nowhere", section.name);
            report.missing(section.at, message, format!("name it in `{key}` of a group"));
        }
    }
}
