use crate::duration;
use crate::model::{Day, Window};
use crate::names::check_path;
use crate::report::Report;
use crate::section::{Section, table, wrong_type};

const LATER: [&str; 8] = ["until", "next", "older_than", "from", "to", "covers", "any", "all"];
const EXPECTED: &str = "{ field = \"…\", day = \"today\" } or { field = \"…\", last = \"24h\" }";

pub(crate) fn read(report: &mut Report<'_>, section: &Section<'_>) -> Option<Window> {
    let value = section.get("window")?;
    let Some(window) = table(value, "`window`") else {
        wrong_type(report, "window", value, EXPECTED);
        return None;
    };
    window.check_keys(report, &["field", "day", "last", "bucket"], &LATER);
    if LATER.iter().any(|key| window.has(key)) {
        return None;
    }
    let field = window.require_str(report, "field", "the date that puts a row into the window")?;
    let known = check_path(report, field.value, field.at());
    let kind = match (window.has("day"), window.has("last")) {
        (true, false) => day(report, &window, field.value),
        (false, true) => last(report, &window, field.value),
        (both, _) => {
            let message = if both { "`window` has both `day` and `last`" } else { "`window` has no extent" };
            report.missing(window.at, message, format!("expected {EXPECTED}"));
            None
        }
    };
    kind.filter(|_| known)
}

fn day(report: &mut Report<'_>, window: &Section<'_>, field: &str) -> Option<Window> {
    window.refuse(report, &["bucket"], "`day`", "`bucket` coarsens the beginning of `last`");
    let field = field.to_owned();
    let day = window.choice(report, "day", &[("today", Day::Today), ("yesterday", Day::Yesterday)])?;
    Some(Window::Day { field, day, until_ms: None })
}

fn last(report: &mut Report<'_>, window: &Section<'_>, field: &str) -> Option<Window> {
    let span_ms = duration::optional(report, window, "last");
    let bucket_ms = duration::optional(report, window, "bucket");
    let at = window.key_at("bucket");
    let span_ms = span_ms?;
    if bucket_ms.is_some_and(|bucket| bucket > span_ms) {
        report.problem(
            at,
            "`bucket` is longer than `last`",
            "expected a part of it, such as last = \"24h\", bucket = \"5m\"",
        );
    }
    Some(Window::Last { field: field.to_owned(), span_ms, bucket_ms })
}
