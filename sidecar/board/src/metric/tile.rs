//! What a tile shows beside the value, and how the value is read.

use crate::duration;
use crate::model::{Aggregate, Metric, Second, Source};
use crate::names::Names;
use crate::report::Report;
use crate::resolve::{Kind, kind};
use crate::section::Section;
use crate::text;

const DAY_MS: i64 = 86_400_000;
/// A band needs three values of the same weekday.
const LEAST_USUAL_MS: i64 = 3 * 7 * DAY_MS;
const MOST_USUAL_MS: i64 = 53 * 7 * DAY_MS;

/// Reports what a text with braces says better; comes before the check of keys, so that its help does.
pub(super) fn refuse_companion(report: &mut Report<'_>, section: &Section<'_>) {
    if section.has("companion") {
        let message = format!("unknown key `companion` in {}", section.name);
        let help = "`second` takes other metrics in braces: second = \"longest {longest_wait}\"";
        report.problem(section.key_at("companion"), message, help);
    }
}

/// `delta`, `share`, or a text with metrics in braces.
pub(super) fn second(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'_>) -> Option<Second> {
    match section.get("second")?.get_ref().as_str() {
        Some("delta") => Some(Second::Delta),
        Some("share") => {
            if !section.has("of") {
                let help = "name the metric that this one is a part of: of = \"…\"";
                report.missing(section.key_at("second"), "`second = \"share\"` without `of`", help);
            }
            Some(Second::Share)
        }
        _ => text::with_metrics(report, names, section, "second").map(Second::Text),
    }
}

/// Of how much history the usual band is made.
pub(super) fn usual(report: &mut Report<'_>, section: &Section<'_>) -> Option<i64> {
    let ms = duration::optional(report, section, "usual")?;
    let fits = (LEAST_USUAL_MS..=MOST_USUAL_MS).contains(&ms);
    if !fits {
        report.problem(
            section.get("usual").map_or(section.at, |value| value.span().start),
            "`usual` is out of range",
            "expected 3w to 53w: it compares with the same weekday, and needs three of them",
        );
    }
    fits.then_some(ms)
}

pub(super) fn counts_people(report: &mut Report<'_>, section: &Section<'_>) -> bool {
    section.choice(report, "counts", &[("people", true)]).unwrap_or(false)
}

/// Whether what the metric is goes with how it is to be read.
pub(super) fn check(report: &mut Report<'_>, section: &Section<'_>, metric: &Metric) {
    let is_number = kind(metric) == Kind::Number;
    if !is_number {
        let why = "only a number has them";
        section.refuse(report, &["usual"], "a date or a word", why);
        if matches!(metric.second, Some(Second::Delta | Second::Share)) {
            section.refuse(report, &["second"], "a date or a word", "expected a text with metrics in braces");
        }
    }
    let counts = match &metric.source {
        Source::Rows(rows) => matches!(rows.aggregate, Aggregate::Count | Aggregate::Distinct),
        Source::Formula(_) => is_number,
        Source::System(_) => false,
    };
    if !counts {
        let why = "only a count, a distinct or a formula of them counts people";
        section.refuse(report, &["counts"], "this metric", why);
    }
}
