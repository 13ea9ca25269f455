//! `window`: which documents count now, by their dates.

mod clock_time;

use toml::de::DeValue;

use crate::duration;
use crate::model::{Day, Path, Window};
use crate::names::check_path;
use crate::report::Report;
use crate::section::{Section, Value, string, table, wrong_type};

const EXPECTED: &str = "{ field = \"…\", day = \"today\" }, { field = \"…\", last = \"24h\" } or another form: \
                        day, last, next, older_than, covers, any, all";
const KEYS: [&str; 11] =
    ["field", "day", "until", "last", "bucket", "next", "older_than", "from", "to", "covers", "any"];

/// The forms, each by the keys that say it, and the keys that go with those.
const FORMS: [(&[&str], &[&str]); 7] = [
    (&["day"], &["field", "until"]),
    (&["last"], &["field", "bucket"]),
    (&["next"], &["field"]),
    (&["older_than"], &["field"]),
    (&["covers", "from", "to"], &[]),
    (&["any"], &[]),
    (&["all"], &[]),
];

pub(crate) fn read(report: &mut Report<'_>, section: &Section<'_>) -> Option<Window> {
    window(report, "window", section.get("window")?)
}

fn window(report: &mut Report<'_>, name: &str, value: Value<'_>) -> Option<Window> {
    let Some(window) = table(value, &format!("`{name}`")) else {
        wrong_type(report, name, value, EXPECTED);
        return None;
    };
    let known: Vec<&str> = KEYS.into_iter().chain(["all"]).collect();
    window.check_keys(report, &known);
    let said: Vec<_> = FORMS.iter().filter(|(own, _)| own.iter().any(|key| window.has(key))).collect();
    let [(own, with)] = said[..] else {
        let message = match said[..] {
            [first, second, ..] => {
                let key = |form: &(&'static [&'static str], &[&str])| {
                    form.0.iter().find(|key| window.has(key)).copied().unwrap_or_default()
                };
                format!("`{name}` has both `{}` and `{}`", key(first), key(second))
            }
            _ => format!("`{name}` has no extent"),
        };
        report.missing(window.at, message, format!("expected {EXPECTED}"));
        return None;
    };
    refuse_others(report, &window, own, with);
    match own[0] {
        "day" => day(report, &window),
        "last" => last(report, &window),
        "next" => {
            let span_ms = duration::optional(report, &window, "next");
            Some(Window::Next { field: field(report, &window)?, span_ms: span_ms? })
        }
        "older_than" => {
            let span_ms = duration::optional_or_zero(report, &window, "older_than");
            Some(Window::OlderThan { field: field(report, &window)?, span_ms: span_ms? })
        }
        "any" => Some(Window::Any(parts(report, &window, "any")?)),
        "all" => Some(Window::All(parts(report, &window, "all")?)),
        _ => covers(report, &window),
    }
}

/// Reports keys that belong to another form.
fn refuse_others(report: &mut Report<'_>, window: &Section<'_>, own: &[&str], with: &[&str]) {
    let form = own.iter().find(|key| window.has(key)).copied().unwrap_or_default();
    let others: Vec<&str> =
        KEYS.into_iter().filter(|key| !own.contains(key) && !with.contains(key)).collect();
    let why = match (own, with) {
        (["covers", ..], _) => "expected `from`, `to` and `covers`".to_owned(),
        (_, []) => "each window in the list has keys of its own".to_owned(),
        _ => format!("beside it goes `{}`", with.join("`, `")),
    };
    window.refuse(report, &others, &format!("`{form}`"), &why);
}

fn field(report: &mut Report<'_>, window: &Section<'_>) -> Option<Path> {
    let field = window.require_str(report, "field", "the date that puts a row into the window")?;
    check_path(report, field.value, field.at()).then(|| field.value.to_owned())
}

fn day(report: &mut Report<'_>, window: &Section<'_>) -> Option<Window> {
    let day = window.choice(report, "day", &[("today", Day::Today), ("yesterday", Day::Yesterday)]);
    let until = window.str(report, "until");
    let until_ms = until.as_ref().and_then(|until| clock_time::read(report, until));
    let field = field(report, window)?;
    (until.is_some() == until_ms.is_some()).then_some(Window::Day { field, day: day?, until_ms })
}

fn last(report: &mut Report<'_>, window: &Section<'_>) -> Option<Window> {
    let span_ms = duration::optional(report, window, "last");
    let bucket_ms = duration::optional(report, window, "bucket");
    let field = field(report, window);
    let span_ms = span_ms?;
    if bucket_ms.is_some_and(|bucket| bucket > span_ms) {
        report.problem(
            window.key_at("bucket"),
            "`bucket` is longer than `last`",
            "expected a part of it, such as last = \"24h\", bucket = \"5m\"",
        );
    }
    Some(Window::Last { field: field?, span_ms, bucket_ms })
}

fn covers(report: &mut Report<'_>, window: &Section<'_>) -> Option<Window> {
    window.require(report, "covers", "covers = \"now\"");
    window.choice(report, "covers", &[("now", ())]);
    let from = window.require_str(report, "from", "the date from which a row counts");
    let from = from.filter(|from| check_path(report, from.value, from.at()));
    let to = window.require(report, "to", "the date at which a row ceases to count, or a list of dates")?;
    let items: Vec<Value<'_>> = match to.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![to],
    };
    if items.is_empty() {
        report.problem(to.span().start, "`to` is an empty list", "expected at least one field");
    }
    let mut fields: Vec<Path> = Vec::new();
    for item in items {
        let Some(field) = string(report, "to", item) else { continue };
        if from.as_ref().is_some_and(|from| from.value == field.value)
            || fields.iter().any(|f| f == field.value)
        {
            let message = format!("`{}` is named twice in `from` and `to`", field.value);
            report.problem(field.at(), message, "expected different dates");
        } else if check_path(report, field.value, field.at()) {
            fields.push(field.value.to_owned());
        }
    }
    let from = from?.value.to_owned();
    (!fields.is_empty()).then_some(Window::Covers { from, to: fields })
}

/// The windows of `any` or `all`; `None` where one of them is not as it should be.
fn parts(report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Option<Vec<Window>> {
    let before = report.count();
    let items = section.list(report, key, "a list of windows");
    if items.is_empty() && report.count() == before {
        let at = section.key_at(key);
        report.problem(at, format!("`{key}` is an empty list"), "expected windows in it");
    }
    let read: Vec<Option<Window>> = items.iter().map(|item| window(report, key, item)).collect();
    let parts: Option<Vec<Window>> = read.into_iter().collect();
    parts.filter(|parts| !parts.is_empty())
}
