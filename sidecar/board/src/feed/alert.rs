use crate::alert::SEVERITIES;
use crate::model::{Column, FeedAlert, Path, Severity};
use crate::report::Report;
use crate::section::{Section, Str, table, wrong_type};
use crate::{duration, filter, suggest};

const KEYS: [&str; 5] = ["severity", "match", "after", "title", "place"];
const EXPECTED: &str =
    "a list of rules such as { severity = \"high\", match = '…', after = \"2m\", title = \"kind\" }";

/// Each severity once, in their order.
pub(super) fn read(report: &mut Report<'_>, feed: &Section<'_>, columns: &[Column]) -> Vec<FeedAlert> {
    let mut alerts: Vec<FeedAlert> = Vec::new();
    for value in feed.list(report, "alert", EXPECTED) {
        let Some(section) = table(value, "an entry of `alert`") else {
            wrong_type(report, "alert", value, EXPECTED);
            continue;
        };
        section.check_keys(report, &KEYS);
        let Some(alert) = rule(report, feed, &section, columns) else { continue };
        if alerts.iter().any(|earlier| earlier.severity == alert.severity) {
            let word = section.get("severity").and_then(|word| word.get_ref().as_str()).unwrap_or_default();
            let message = format!("`alert` has `{word}` twice");
            report.problem(section.key_at("severity"), message, "expected each severity once");
        } else {
            alerts.push(alert);
        }
    }
    alerts.sort_by_key(|alert| alert.severity);
    alerts
}

fn rule(
    report: &mut Report<'_>,
    feed: &Section<'_>,
    section: &Section<'_>,
    columns: &[Column],
) -> Option<FeedAlert> {
    let severity: Option<Severity> = section
        .require(report, "severity", "severity = \"low\", \"high\" or \"critical\"")
        .and_then(|_| section.choice(report, "severity", &SEVERITIES));
    let filter = section
        .require(report, "match", "which of the feed's rows are alerts")
        .and_then(|value| filter::read(report, value));
    let title = section
        .require_str(report, "title", "the column that names the alert")
        .and_then(|field| column(report, feed, "title", &field, columns));
    let place = section.str(report, "place").and_then(|field| column(report, feed, "place", &field, columns));
    let after_ms = duration::optional_or_zero(report, section, "after").unwrap_or(0);
    Some(FeedAlert { severity: severity?, filter: filter?, after_ms, title: title?, place })
}

/// The field of one of the feed's columns.
fn column(
    report: &mut Report<'_>,
    feed: &Section<'_>,
    key: &str,
    field: &Str<'_>,
    columns: &[Column],
) -> Option<Path> {
    let found = columns.iter().any(|column| column.field == field.value);
    if !found {
        let help = suggest::help(field.value, columns.iter().map(|column| column.field.as_str()));
        let message = format!("`{key}` names `{}`, which is no column of {}", field.value, feed.name);
        report.missing(field.at(), message, help);
    }
    found.then(|| field.value.to_owned())
}
