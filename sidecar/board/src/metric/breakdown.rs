use toml::de::DeValue;

use crate::model::{Breakdown, Filter, Keys};
use crate::names::{check_collection, check_path};
use crate::report::Report;
use crate::section::{Section, Value, string, table, wrong_type};

/// A group key's first part is one byte, and more than this is no board.
const MOST: usize = 16;
const EXPECTED: &str =
    "a list of fields such as [\"kind\"], or of { field = \"…\", keys = { from = \"…\" } }";

pub(super) fn read(report: &mut Report<'_>, section: &Section<'_>) -> Vec<Breakdown> {
    let mut breakdowns: Vec<Breakdown> = Vec::new();
    for value in section.list(report, "by", EXPECTED) {
        let at = value.span().start;
        let Some(breakdown) = one(report, value) else { continue };
        if breakdowns.iter().any(|earlier| earlier.name == breakdown.name) {
            report.problem(
                at,
                format!("`by` has the field `{}` twice", breakdown.name),
                "expected each field once",
            );
        } else if breakdowns.len() == MOST {
            report.problem(at, format!("`by` has more than {MOST} fields"), "use further metrics");
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
            check_path(report, field.value, field.at()).then(|| by_field(field.value, None))
        }
        DeValue::Table(_) => {
            let section = table(value, "an entry of `by`")?;
            section.check_keys(report, &["field", "keys"], &["unit", "via", "labels"]);
            let field = section.require_str(report, "field", "the field whose values are the groups")?;
            let keys = keys(report, &section);
            check_path(report, field.value, field.at()).then(|| by_field(field.value, keys))
        }
        _ => {
            wrong_type(report, "by", value, EXPECTED);
            None
        }
    }
}

fn by_field(field: &str, keys: Option<Keys>) -> Breakdown {
    Breakdown { keys, ..Breakdown::field(field) }
}

fn keys(report: &mut Report<'_>, section: &Section<'_>) -> Option<Keys> {
    let value = section.get("keys")?;
    let Some(keys) = table(value, "`keys`") else {
        wrong_type(report, "keys", value, "{ from = \"a collection\" }: each of its _ids is a group");
        return None;
    };
    keys.check_keys(report, &["from"], &["match"]);
    let from = keys.require_str(report, "from", "a collection: each of its _ids is a group")?;
    check_collection(report, &from)
        .then(|| Keys { from: from.value.to_owned(), filter: Filter::everything() })
}
