//! `value`: what of a document is aggregated.

use toml::de::DeValue;

use crate::model::{Measure, Quantity};
use crate::names::check_path;
use crate::report::Report;
use crate::section::{Section, Str, Value, number, string, table, wrong_type};

const UNITS: [(&str, i64); 4] = [("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const EXPECTED: &str = "the name of a field, or { field = \"…\", above = 0 }, or { between = [\"from\", \"to\"], unit = \"min\" }";

pub(super) fn read(report: &mut Report<'_>, section: &Section<'_>) -> Option<Measure> {
    let value = section.require(report, "value", "the field that is aggregated")?;
    match value.get_ref() {
        DeValue::String(_) => path(report, "value", value).map(Measure::field),
        DeValue::Table(_) => computed(report, &table(value, "`value`")?),
        _ => {
            wrong_type(report, "value", value, EXPECTED);
            None
        }
    }
}

fn path(report: &mut Report<'_>, key: &str, value: Value<'_>) -> Option<String> {
    let path = string(report, key, value)?;
    check_path(report, path.value, path.at()).then(|| path.value.to_owned())
}

fn computed(report: &mut Report<'_>, value: &Section<'_>) -> Option<Measure> {
    value.check_keys(report, &["field", "between", "unit", "above", "below"]);
    let of = match (value.get("field"), value.get("between")) {
        (Some(field), None) => {
            value.refuse(report, &["unit"], "`field`", "a field has the unit that it has in the documents");
            path(report, "field", field).map(Quantity::Field)
        }
        (None, Some(dates)) => between(report, value, dates),
        (both, _) => {
            let what = if both.is_some() { "both `field` and `between`" } else { "no field" };
            report.missing(value.at, format!("`value` has {what}"), format!("expected {EXPECTED}"));
            None
        }
    };
    let (above, below) = (bound(report, value, "above"), bound(report, value, "below"));
    if let (Some(above), Some(below)) = (above, below)
        && above >= below
    {
        let help = format!("nothing is above {above} and below {below}");
        report.problem(value.key_at("below"), "`below` is not more than `above`", help);
    }
    Some(Measure { of: of?, above, below })
}

fn between(report: &mut Report<'_>, value: &Section<'_>, dates: Value<'_>) -> Option<Quantity> {
    let expected = "a list of two dates, [\"from\", \"to\"]";
    let unit = value.require_str(report, "unit", "unit = \"s\", \"min\", \"h\" or \"d\"");
    let unit_ms = unit.and_then(|unit| unit_ms(report, &unit));
    let Some(list) = dates.get_ref().as_array() else {
        wrong_type(report, "between", dates, expected);
        return None;
    };
    let paths: Vec<_> = list.iter().filter_map(|date| path(report, "between", date)).collect();
    let at = dates.span().start;
    if list.len() != 2 {
        report.problem(at, "`between` does not have two fields", format!("expected {expected}"));
        return None;
    }
    let [from, to] = <[String; 2]>::try_from(paths).ok()?;
    if from == to {
        report.problem(at, "`between` has the same date twice", format!("expected {expected}"));
    }
    Some(Quantity::Between { from, to, unit_ms: unit_ms? })
}

fn unit_ms(report: &mut Report<'_>, unit: &Str<'_>) -> Option<i64> {
    let found = UNITS.iter().find(|(name, _)| *name == unit.value);
    if found.is_none() {
        let help = "known: s, min, h and d";
        report.problem(unit.at(), format!("unknown unit `{}`", unit.value), help);
    }
    found.map(|(_, ms)| *ms)
}

fn bound(report: &mut Report<'_>, value: &Section<'_>, key: &str) -> Option<f64> {
    let given = value.get(key)?;
    let bound = number(given);
    if bound.is_none() {
        wrong_type(report, key, given, "a number");
    }
    bound
}
