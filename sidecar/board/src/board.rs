//! The whole file, from its top.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};

use crate::metric::{self, Draft};
use crate::model::{Board, Feed, Group, Metric, Panel, Text, Tiers};
use crate::names::{self, Names};
use crate::report::Report;
use crate::section::{Section, integer, number, table, wrong_type};
use crate::{alert, feed, labels, layout, panel, resolve, text, tiers, timezone};

const TOP: [&str; 8] = ["board", "tiers", "limits", "labels", "group", "metric", "feed", "panel"];
const HEAD: [&str; 6] = ["id", "title", "database", "timezone", "headline", "max_groups"];
const DEFAULT_MAX_GROUPS: usize = 1_000;
const MOST_GROUPS: i64 = 100_000;

pub(crate) fn read<'a>(report: &mut Report<'_>, source: &str, root: &'a DeTable<'a>) -> Board {
    let top = Section::new("the file", 0, root);
    top.check_keys(report, &TOP);
    let sections = top.sections(report, "metric");
    if sections.is_empty() && !top.has("metric") {
        report.missing(0, "the board is empty", "expected at least one [[metric]]");
    }
    names::check_ids(report, "metric", &sections);
    let names = Names::new(&sections, limits(report, &top));
    let mut drafts: Vec<Draft> =
        sections.iter().flat_map(|section| metric::read(report, &names, section)).collect();
    resolve::formulas(report, &mut drafts);
    metric::add_names(report, &sections, &mut drafts);

    alert::read(report, &names, &sections, &mut drafts);

    let shown = shown(report, &names, &top, &mut drafts);
    let labels = subtable(report, &top, "labels")
        .map(|section| labels::read(report, &section, &drafts, &shown.feeds))
        .unwrap_or_default();
    let tiers =
        subtable(report, &top, "tiers").map_or(tiers::DEFAULT, |section| tiers::read(report, &section));
    let head = head(report, &names, &top);
    let metrics = drafts.into_iter().map(|draft| draft.metric).collect();
    head.board(source, Tail { tiers, labels, shown, metrics })
}

/// What the board draws: panels and feeds, and the groups that say where.
struct Shown {
    groups: Vec<Group>,
    panels: Vec<Panel>,
    feeds: Vec<Feed>,
}

fn shown(report: &mut Report<'_>, names: &Names<'_>, top: &Section<'_>, drafts: &mut Vec<Draft>) -> Shown {
    let [groups, panels, feeds] = ["group", "panel", "feed"].map(|kind| {
        let sections = top.sections(report, kind);
        names::check_ids(report, kind, &sections);
        sections
    });
    let shown = Shown {
        groups: layout::groups(report, names, drafts, &groups, &panels, &feeds),
        panels: panels.iter().map(|section| panel::read(report, names, drafts, section)).collect(),
        feeds: feeds.iter().map(|section| feed::read(report, drafts, section)).collect(),
    };
    layout::check_metrics(report, names, drafts, &shown.groups, &shown.panels);
    layout::check_listed(report, &panels, &shown.groups, "panels", |group| &group.panels);
    layout::check_listed(report, &feeds, &shown.groups, "feeds", |group| &group.feeds);
    shown
}

/// `[board]` itself.
#[derive(Default)]
struct Head {
    id: String,
    title: Text,
    database: String,
    timezone: Option<(String, TimeZone)>,
    headline: Option<Text>,
    max_groups: Option<usize>,
}

struct Tail {
    tiers: Tiers,
    labels: BTreeMap<String, BTreeMap<String, Text>>,
    shown: Shown,
    metrics: Vec<Metric>,
}

impl Head {
    fn board(self, source: &str, tail: Tail) -> Board {
        let (timezone_name, timezone) = self.timezone.unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC));
        Board {
            id: self.id,
            hash: Sha256::digest(source).iter().map(|byte| format!("{byte:02x}")).collect(),
            title: self.title,
            database: self.database,
            timezone_name,
            timezone,
            headline: self.headline,
            max_groups: self.max_groups.unwrap_or(DEFAULT_MAX_GROUPS),
            tiers: tail.tiers,
            labels: tail.labels,
            groups: tail.shown.groups,
            panels: tail.shown.panels,
            feeds: tail.shown.feeds,
            metrics: tail.metrics,
        }
    }
}

fn head(report: &mut Report<'_>, names: &Names<'_>, top: &Section<'_>) -> Head {
    if top.require(report, "board", "[board] with id, title, database and timezone").is_none() {
        return Head::default();
    }
    let Some(section) = subtable(report, top, "board") else { return Head::default() };
    section.check_keys(report, &HEAD);
    let id = section.require_str(report, "id", "a name such as \"my-site\"");
    if let Some(id) = &id {
        names::check_id(report, id, true);
    }
    let database = section.require_str(report, "database", "the name of the watched database");
    if let Some(database) = &database {
        names::check_database(report, database);
    }
    let zone = section.require_str(
        report,
        "timezone",
        "an IANA name such as \"Europe/Berlin\": it says when a day begins",
    );
    Head {
        id: id.map(|id| id.value.to_owned()).unwrap_or_default(),
        title: text::required(report, &section, "title"),
        database: database.map(|name| name.value.to_owned()).unwrap_or_default(),
        timezone: zone.and_then(|name| Some((name.value.to_owned(), timezone::read(report, &name)?))),
        headline: text::with_metrics(report, names, &section, "headline"),
        max_groups: max_groups(report, &section),
    }
}

fn max_groups(report: &mut Report<'_>, section: &Section<'_>) -> Option<usize> {
    let value = section.get("max_groups")?;
    if !value.get_ref().is_integer() {
        wrong_type(report, "max_groups", value, "a whole number");
        return None;
    }
    let most = integer(value).filter(|n| (1..=MOST_GROUPS).contains(n)).and_then(|n| usize::try_from(n).ok());
    if most.is_none() {
        report.problem(
            value.span().start,
            "`max_groups` is out of range",
            format!("expected 1 to {MOST_GROUPS}"),
        );
    }
    most
}

fn subtable<'a>(report: &mut Report<'_>, top: &Section<'a>, key: &str) -> Option<Section<'a>> {
    let value = top.get(key)?;
    let section = table(value, &format!("[{key}]"));
    if section.is_none() {
        wrong_type(report, key, value, &format!("a table headed [{key}]"));
    }
    section
}

/// Named numbers; a decimal may be a string, so that it is read as it stands.
fn limits<'a>(report: &mut Report<'_>, top: &Section<'a>) -> BTreeMap<&'a str, f64> {
    let mut limits = BTreeMap::new();
    let Some(section) = subtable(report, top, "limits") else { return limits };
    for (key, value) in section.table {
        let limit = match value.get_ref() {
            DeValue::String(text) => text.parse().ok().filter(|x: &f64| x.is_finite()),
            _ => number(value),
        };
        let name = key.get_ref().as_ref();
        match limit {
            Some(limit) => {
                limits.insert(name, limit);
            }
            None => wrong_type(report, name, value, "a number, or one in a string such as \"40000.00\""),
        }
    }
    limits
}
