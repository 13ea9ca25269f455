//! `by`: what a metric is broken down by, beside its total.

use toml::de::DeValue;

use crate::filter;
use crate::model::{Breakdown, Filter, GroupKey, Keys, TimeUnit};
use crate::names::{check_collection, check_id, check_path};
use crate::report::Report;
use crate::section::{Section, Value, string, table, wrong_type};

mod named;

pub(crate) use named::{add_names, column_names};

/// A group key's first part is one byte, and more than this is no board.
const MOST: usize = 16;
const EXPECTED: &str = "a list of fields such as [\"kind\"], or of { field = \"…\" } with `unit`, `via`, `keys`, \
                        `labels` or `as`";
const KNOWN: [&str; 6] = ["field", "as", "unit", "via", "keys", "labels"];
const UNITS: [(&str, TimeUnit); 3] =
    [("hour", TimeUnit::Hour), ("day", TimeUnit::Day), ("weekday", TimeUnit::Weekday)];

pub(super) fn read(report: &mut Report<'_>, section: &Section<'_>) -> Vec<Breakdown> {
    let mut breakdowns: Vec<Breakdown> = Vec::new();
    for value in section.list(report, "by", EXPECTED) {
        let at = value.span().start;
        let Some(breakdown) = one(report, value) else { continue };
        if breakdowns.iter().any(|earlier| earlier.name == breakdown.name) {
            report.problem(
                at,
                format!("`by` has `{}` twice", breakdown.name),
                "expected each once; give one of them another name with `as`",
            );
        } else if breakdowns.len() == MOST {
            report.problem(at, format!("`by` has more than {MOST} breakdowns"), "use further metrics");
            break;
        } else {
            breakdowns.push(breakdown);
        }
    }
    breakdowns
}

fn one(report: &mut Report<'_>, value: Value<'_>) -> Option<Breakdown> {
    match value.get_ref() {
        DeValue::String(_) => {
            let field = string(report, "by", value)?;
            check_path(report, field.value, field.at()).then(|| Breakdown::field(field.value))
        }
        DeValue::Table(_) => of_table(report, &table(value, "an entry of `by`")?),
        _ => {
            wrong_type(report, "by", value, EXPECTED);
            None
        }
    }
}

fn of_table(report: &mut Report<'_>, section: &Section<'_>) -> Option<Breakdown> {
    section.check_keys(report, &KNOWN);
    let field = section.require_str(report, "field", "the field whose values are the groups")?;
    let sound = check_path(report, field.value, field.at());
    let before = report.count();
    let key = key(report, section, field.value);
    let keys = keys(report, section);
    let name = name(report, section, &key);
    (sound && report.count() == before).then_some(Breakdown { name, key, keys, names: None })
}

fn key(report: &mut Report<'_>, section: &Section<'_>, field: &str) -> GroupKey {
    let field = field.to_owned();
    if section.has("unit") {
        let help = "the groups are hours, days or weekdays";
        section.refuse(report, &["via", "keys", "labels"], "`unit`", help);
        return match section.choice(report, "unit", &UNITS) {
            Some(unit) => GroupKey::Time { field, unit },
            None => GroupKey::Field(field),
        };
    }
    match section.get("via").map(|value| reference(report, "via", value)) {
        Some(Some((from, show))) => GroupKey::Via { field, from, show },
        _ => GroupKey::Field(field),
    }
}

/// What `by` in panels, `each` in alerts and formulas call it.
fn name(report: &mut Report<'_>, section: &Section<'_>, key: &GroupKey) -> String {
    let Some(name) = section.str(report, "as") else { return own_name(key) };
    check_id(report, &name, false);
    name.value.to_owned()
}

fn own_name(key: &GroupKey) -> String {
    match key {
        GroupKey::Field(field) => field.clone(),
        GroupKey::Time { field, unit } => {
            let unit = UNITS.iter().find(|(_, own)| own == unit).map_or("", |(word, _)| word);
            format!("{field}.{unit}")
        }
        GroupKey::Via { field, show, .. } => format!("{field}.{show}"),
    }
}

/// `{ from = a collection, show = a field of it }`.
fn reference(report: &mut Report<'_>, key: &str, value: Value<'_>) -> Option<(String, String)> {
    let Some(section) = table(value, &format!("`{key}`")) else {
        wrong_type(report, key, value, "{ from = \"a collection\", show = \"a field of it\" }");
        return None;
    };
    section.check_keys(report, &["from", "show"]);
    let from = section.require_str(report, "from", "the collection whose _ids the field holds");
    let show = section.require_str(report, "show", "the field of that collection that is shown");
    let (from, show) = from.zip(show)?;
    let sound = [check_collection(report, &from), check_path(report, show.value, show.at())];
    (sound == [true, true]).then(|| (from.value.to_owned(), show.value.to_owned()))
}

fn keys(report: &mut Report<'_>, section: &Section<'_>) -> Option<Keys> {
    let value = section.get("keys")?;
    let Some(keys) = table(value, "`keys`") else {
        wrong_type(report, "keys", value, "{ from = \"a collection\" }: each of its _ids is a group");
        return None;
    };
    keys.check_keys(report, &["from", "match"]);
    let filter = keys.get("match").and_then(|value| filter::read(report, value));
    let from = keys.require_str(report, "from", "a collection: each of its _ids is a group")?;
    check_collection(report, &from)
        .then(|| Keys { from: from.value.to_owned(), filter: filter.unwrap_or(Filter::everything()) })
}
