//! `[labels]`: words for values and groups.

use std::collections::{BTreeMap, BTreeSet};

use crate::metric::Draft;
use crate::model::{Aggregate, Feed, GroupKey, Quantity, Source, Text};
use crate::report::Report;
use crate::section::{Section, table, wrong_type};
use crate::{suggest, text};

/// `[labels.FIELD]` or, for the field of one collection, `[labels."COLLECTION.FIELD"]`.
pub(crate) fn read(
    report: &mut Report<'_>,
    section: &Section<'_>,
    drafts: &[Draft],
    feeds: &[Feed],
) -> BTreeMap<String, BTreeMap<String, Text>> {
    let mut labels = BTreeMap::new();
    let fields = shown(drafts, feeds);
    for (key, value) in section.table {
        let field = key.get_ref().as_ref();
        if !fields.contains(field) && drafts.iter().all(|draft| draft.sound) {
            let help = suggest::help(field, fields.iter().map(String::as_str));
            report.missing(key.span().start, format!("labels for `{field}`, which nothing shows"), help);
        }
        let Some(words) = table(value, field) else {
            wrong_type(report, field, value, "a table of words, headed [labels.FIELD]");
            continue;
        };
        let texts = words.table.iter().map(|(word, value)| {
            let word = word.get_ref().as_ref();
            (word.to_owned(), text::read(report, word, value))
        });
        labels.insert(field.to_owned(), texts.collect());
    }
    labels
}

/// Every name under which words can be meant: a field, and with its collection before it.
fn shown(drafts: &[Draft], feeds: &[Feed]) -> BTreeSet<String> {
    let mut fields: BTreeSet<String> = ["source_state", "redis_state"].map(str::to_owned).into();
    let mut add = |from: &str, field: &str| fields.extend([field.to_owned(), format!("{from}.{field}")]);
    for draft in drafts {
        let Source::Rows(rows) = &draft.metric.source else { continue };
        for by in &rows.by {
            match &by.key {
                GroupKey::Field(field) => add(&rows.from, field),
                GroupKey::Via { from, show, .. } => add(from, show),
                GroupKey::Time { .. } => {}
            }
        }
        if let Aggregate::Min | Aggregate::Max = rows.aggregate
            && let Some(Quantity::Field(path)) = rows.value.as_ref().map(|value| &value.of)
        {
            add(&rows.from, path);
        }
    }
    for feed in feeds {
        feed.columns.iter().for_each(|column| add(&feed.from, &column.field));
    }
    fields
}
