//! Shown texts and the metrics that they name in braces.

use toml::de::DeValue;

use crate::model::Text;
use crate::names::Names;
use crate::report::Report;
use crate::section::{Section, Str, Value, string, wrong_type};
use crate::suggest;

/// The languages that the app speaks, as BCP 47 primary tags.
pub(crate) const LANGUAGES: [&str; 2] = ["en", "de"];
/// Longest `short`, in characters: a wallboard's tile has no room for more.
const SHORT: usize = 16;
const EXPECTED: &str = "a string, or one for each language such as { en = \"…\", de = \"…\" }";

pub(crate) fn required(report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Text {
    section.require(report, key, EXPECTED).map(|value| read(report, key, value)).unwrap_or_default()
}

pub(crate) fn optional(report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Option<Text> {
    section.get(key).map(|value| read(report, key, value))
}

pub(crate) fn short(report: &mut Report<'_>, section: &Section<'_>) -> Option<Text> {
    let value = section.get("short")?;
    let texts = strings(report, "short", value);
    for (_, text) in &texts {
        let length = text.value.chars().count();
        if length > SHORT {
            report.problem(
                text.at(),
                format!("`short` has {length} characters"),
                format!("expected at most {SHORT}: it is shown on a wallboard"),
            );
        }
    }
    Some(collect(texts))
}

/// Singular and plural.
pub(crate) fn unit(report: &mut Report<'_>, section: &Section<'_>) -> Option<(Text, Text)> {
    let value = section.get("unit")?;
    if let DeValue::String(_) = value.get_ref() {
        let both = read(report, "unit", value);
        return Some((both.clone(), both));
    }
    let Some(forms) = crate::section::table(value, "unit") else {
        wrong_type(report, "unit", value, "a string, or { one = …, other = … } with a text each");
        return None;
    };
    forms.check_keys(report, &["one", "other"]);
    Some((required(report, &forms, "one"), required(report, &forms, "other")))
}

/// A text with `{metric}` or `{metric.unit}` in braces.
pub(crate) fn with_metrics(
    report: &mut Report<'_>,
    names: &Names<'_>,
    section: &Section<'_>,
    key: &str,
) -> Option<Text> {
    let texts = strings(report, key, section.get(key)?);
    for (_, text) in &texts {
        check_braces(report, names, key, text);
    }
    Some(collect(texts))
}

pub(crate) fn read(report: &mut Report<'_>, key: &str, value: Value<'_>) -> Text {
    collect(strings(report, key, value))
}

fn collect(texts: Vec<(&str, Str<'_>)>) -> Text {
    texts.into_iter().map(|(language, text)| (language.to_owned(), text.value.to_owned())).collect()
}

/// Language and string; the language of a plain string is empty.
fn strings<'a>(report: &mut Report<'_>, key: &str, value: Value<'a>) -> Vec<(&'a str, Str<'a>)> {
    let table = match value.get_ref() {
        DeValue::String(_) => return string(report, key, value).map(|text| ("", text)).into_iter().collect(),
        DeValue::Table(table) => table,
        _ => {
            wrong_type(report, key, value, EXPECTED);
            return Vec::new();
        }
    };
    if table.is_empty() {
        report.problem(value.span().start, format!("`{key}` has no text"), format!("expected {EXPECTED}"));
    }
    let mut texts = Vec::new();
    for (language, value) in table {
        let (name, at) = (language.get_ref().as_ref(), language.span().start);
        if !LANGUAGES.contains(&name) {
            report.problem(at, format!("unknown language `{name}`"), suggest::help(name, LANGUAGES));
        }
        texts.extend(string(report, key, value).map(|text| (name, text)));
    }
    let languages: Vec<&str> = table.keys().map(|language| language.get_ref().as_ref()).collect();
    report.translated(value.span().start, key, &languages);
    texts
}

fn check_braces(report: &mut Report<'_>, names: &Names<'_>, key: &str, text: &Str<'_>) {
    let mut from = 0;
    while let Some(found) = text.value[from..].find(['{', '}']) {
        let open = from + found;
        let at = report.inside(&text.span, text.value, open);
        let rest = &text.value[open..];
        let Some(close) = rest.find('}').filter(|_| rest.starts_with('{')) else {
            let what = if rest.starts_with('{') { "`{` without `}`" } else { "`}` without `{`" };
            report.problem(
                at,
                format!("{what} in `{key}`"),
                "braces name a metric: {metric} or {metric.unit}",
            );
            return;
        };
        check_placeholder(report, names, key, &rest[1..close], at);
        from = open + close + 1;
    }
}

fn check_placeholder(report: &mut Report<'_>, names: &Names<'_>, key: &str, inner: &str, at: usize) {
    if names.metric(inner).is_some() {
        return;
    }
    let (id, part) = match inner.rsplit_once('.') {
        Some((id, part)) if names.metric(id).is_some() || part == "unit" => (id, part),
        _ => (inner, ""),
    };
    match names.metric(id) {
        None => {
            let (what, help) = names.unknown(id);
            report.missing(at, format!("`{key}` names the {what}"), help);
        }
        Some(metric) if part == "unit" && metric.has_unit => {}
        Some(_) if part == "unit" => report.problem(
            at,
            format!("`{key}` names the unit of `{id}`, which has none"),
            format!("give `{id}` a unit, or write {{{id}}}"),
        ),
        Some(_) => report.problem(
            at,
            format!("`{{{id}.{part}}}` in `{key}` is not supported by this version"),
            format!("supported now: {{{id}}} and {{{id}.unit}}"),
        ),
    }
}
