//! `[[feed]]`: a live list of documents.

mod alert;
mod column;

use toml::de::DeValue;

use crate::filter;
use crate::metric::{Draft, window};
use crate::model::{Direction, Feed, Filter, Path};
use crate::names::{check_collection, check_path};
use crate::report::Report;
use crate::section::{Section, integer, table, wrong_type};
use crate::text;

const KEYS: [&str; 9] = ["id", "title", "from", "match", "window", "sort", "limit", "columns", "alert"];
const DEFAULT_LIMIT: usize = 50;
const MOST_ROWS: i64 = 500;
const SORT: &str = "{ field = 1 } for rising or { field = -1 } for falling";

pub(crate) fn read(report: &mut Report<'_>, drafts: &mut Vec<Draft>, section: &Section<'_>) -> Feed {
    section.check_keys(report, &KEYS);
    let from = section.require_str(report, "from", "the collection whose documents are listed");
    if let Some(from) = &from {
        if from.value == "$system" {
            report.problem(from.at(), "the sidecar itself has no documents", "expected a collection");
        } else {
            check_collection(report, from);
        }
    }
    let filter = section.get("match").and_then(|value| filter::read(report, value));
    let columns = column::read(report, drafts, section);
    Feed {
        id: section.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default().to_owned(),
        title: text::required(report, section, "title"),
        from: from.map(|from| from.value.to_owned()).unwrap_or_default(),
        filter: filter.unwrap_or(Filter::everything()),
        window: window(report, section),
        sort: sort(report, section),
        limit: limit(report, section).unwrap_or(DEFAULT_LIMIT),
        alerts: alert::read(report, section, &columns),
        columns,
    }
}

/// As written, first key first.
fn sort(report: &mut Report<'_>, section: &Section<'_>) -> Vec<(Path, Direction)> {
    let Some(value) = section.get("sort") else { return Vec::new() };
    let Some(keys) = table(value, "`sort`") else {
        wrong_type(report, "sort", value, SORT);
        return Vec::new();
    };
    let mut entries: Vec<_> = keys.table.iter().collect();
    entries.sort_by_key(|(field, _)| field.span().start);
    let mut sort = Vec::new();
    for (field, direction) in entries {
        let path = field.get_ref().as_ref();
        if path == "_id" {
            report.problem(
                field.span().start,
                "`sort` by `_id`",
                "leave it out: `_id` is always the last key",
            );
            continue;
        }
        if let DeValue::Table(_) = direction.get_ref() {
            let help = "a dotted path needs quotes: { \"place.since\" = -1 }";
            report.problem(field.span().start, format!("`{path}` in `sort` is a table"), help);
            continue;
        }
        let direction = match integer(direction) {
            Some(1) => Some(Direction::Rising),
            Some(-1) => Some(Direction::Falling),
            _ => {
                report.problem(
                    direction.span().start,
                    format!("`{path}` in `sort` has no direction"),
                    format!("expected {SORT}"),
                );
                None
            }
        };
        if check_path(report, path, field.span().start)
            && let Some(direction) = direction
        {
            sort.push((path.to_owned(), direction));
        }
    }
    sort
}

fn limit(report: &mut Report<'_>, section: &Section<'_>) -> Option<usize> {
    let value = section.get("limit")?;
    if !value.get_ref().is_integer() {
        wrong_type(report, "limit", value, "a whole number of rows");
        return None;
    }
    let rows = integer(value).filter(|n| (1..=MOST_ROWS).contains(n)).and_then(|n| usize::try_from(n).ok());
    if rows.is_none() {
        report.problem(
            value.span().start,
            "`limit` is out of range",
            format!("expected 1 to {MOST_ROWS} rows"),
        );
    }
    rows
}
