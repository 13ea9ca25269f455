//! `labels = { from, show }`: names of groups, kept by a metric of their own.
//!
//! The names are a hidden metric, `max(show)` by `_id` of the naming collection: so they are read,
//! audited, published and renewed as every other value is.

use super::reference;
use crate::metric::Draft;
use crate::model::{
    Aggregate, Breakdown, Class, Filter, Format, Good, Measure, Metric, Rows, Source, Text, Tier,
};
use crate::report::Report;
use crate::section::{Section, table};

/// Adds the metrics that name groups, and tells the breakdowns of `drafts`.
pub(crate) fn add_names(report: &mut Report<'_>, sections: &[Section<'_>], drafts: &mut Vec<Draft>) {
    for section in sections {
        let entries = section.get("by").and_then(|by| by.get_ref().as_array());
        for entry in entries.into_iter().flatten().filter_map(|entry| table(entry, "an entry of `by`")) {
            // What does not go together was reported where the breakdown was read.
            let Some(labels) = entry.get("labels").filter(|_| !entry.has("unit")) else { continue };
            let Some((from, show)) = reference(report, "labels", labels) else { continue };
            let Some(field) = entry.str(report, "field") else { continue };
            let key = super::key(report, &entry, field.value);
            let users = users(drafts, section.at, &super::name(report, &entry, &key));
            let names = names(drafts, &from, &show, labels.span().start);
            tell(drafts, names, &users);
        }
    }
}

/// The metric that names the values of a feed's column, where the column says `labels`.
pub(crate) fn column_names(
    report: &mut Report<'_>,
    drafts: &mut Vec<Draft>,
    column: &Section<'_>,
    class: Class,
) -> Option<usize> {
    let labels = column.get("labels")?;
    let (from, show) = reference(report, "labels", labels)?;
    let names = names(drafts, &from, &show, labels.span().start);
    let metric = &mut drafts[names].metric;
    metric.tier = metric.tier.min(Tier::Standard);
    metric.class = stricter(metric.class, class);
    Some(names)
}

/// Metrics of the section at that place, and which of their breakdowns has that name.
fn users(drafts: &[Draft], section_at: usize, name: &str) -> Vec<(usize, usize)> {
    let breakdown = |draft: &Draft| draft.metric.breakdowns().iter().position(|own| *own == name);
    let of_section = drafts.iter().enumerate().filter(|(_, draft)| draft.at == section_at);
    of_section.filter_map(|(index, draft)| Some((index, breakdown(draft)?))).collect()
}

/// The metric that has those names; `at` is where the board first asks for them.
fn names(drafts: &mut Vec<Draft>, from: &str, show: &str, at: usize) -> usize {
    let id = format!("names.{from}.{show}");
    let known = drafts.iter().position(|draft| draft.metric.id == id);
    known.unwrap_or_else(|| {
        drafts.push(draft(id, from, show, at));
        drafts.len() - 1
    })
}

/// A name is as secret as what it stands beside, and as fresh.
fn tell(drafts: &mut [Draft], names: usize, users: &[(usize, usize)]) {
    for &(index, by) in users {
        let Metric { tier, class, .. } = drafts[index].metric;
        let metric = &mut drafts[names].metric;
        metric.tier = metric.tier.min(tier);
        metric.class = stricter(metric.class, class);
        if let Source::Rows(rows) = &mut drafts[index].metric.source {
            rows.by[by].names = Some(names);
        }
    }
}

fn stricter(a: Class, b: Class) -> Class {
    let rank = |class: Class| match class {
        Class::Public => 0,
        Class::Internal => 1,
        Class::Sensitive => 2,
    };
    if rank(a) >= rank(b) { a } else { b }
}

fn draft(id: String, from: &str, show: &str, at: usize) -> Draft {
    let title = Text::from([(String::new(), format!("{from}.{show}"))]);
    let rows = Rows {
        from: from.to_owned(),
        filter: Filter::everything(),
        window: None,
        value: Some(Measure::field(show)),
        aggregate: Aggregate::Max,
        by: vec![Breakdown::field("_id")],
    };
    let metric = Metric {
        id,
        title,
        short: None,
        help: None,
        unit: None,
        format: Format::Text,
        tier: Tier::Report,
        class: Class::Public,
        good: Good::None,
        hidden: true,
        of: None,
        second: None,
        statistic: None,
        usual_ms: None,
        counts_people: false,
        alerts: Vec::new(),
        source: Source::Rows(rows),
    };
    Draft { metric, at, sound: true, says_class: true, inputs: Vec::new() }
}
