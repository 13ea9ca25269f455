use crate::metric::{CLASSES, Draft, column_names, stated_format};
use crate::model::{Class, Column, Format};
use crate::names::check_path;
use crate::report::Report;
use crate::section::{Section, table, wrong_type};
use crate::text;

const KEYS: [&str; 5] = ["field", "title", "format", "class", "labels"];
/// A table with more is not read on a screen.
const MOST: usize = 16;
const EXPECTED: &str = "a list of { field = \"…\", title = …, class = \"internal\" }";

pub(super) fn read(report: &mut Report<'_>, drafts: &mut Vec<Draft>, section: &Section<'_>) -> Vec<Column> {
    if section.require(report, "columns", EXPECTED).is_none() {
        return Vec::new();
    }
    let mut columns: Vec<Column> = Vec::new();
    let values = section.list(report, "columns", EXPECTED);
    let at = section.get("columns").map_or(section.at, |value| value.span().start);
    if values.is_empty() && section.get("columns").is_some_and(|value| value.get_ref().is_array()) {
        report.problem(at, "`columns` is empty", format!("expected {EXPECTED}"));
    }
    for value in values {
        let Some(one) = table(value, "a column") else {
            wrong_type(report, "columns", value, EXPECTED);
            continue;
        };
        let Some(column) = column(report, drafts, section, &one) else { continue };
        if columns.iter().any(|earlier| earlier.field == column.field) {
            let message = format!("`columns` has the field `{}` twice", column.field);
            report.problem(one.at, message, "expected each field once");
        } else if columns.len() == MOST {
            report.problem(one.at, format!("`columns` has more than {MOST} fields"), "use a further feed");
            break;
        } else {
            columns.push(column);
        }
    }
    columns
}

fn column(
    report: &mut Report<'_>,
    drafts: &mut Vec<Draft>,
    feed: &Section<'_>,
    section: &Section<'_>,
) -> Option<Column> {
    section.check_keys(report, &KEYS);
    let field = section.require_str(report, "field", "the field that is shown");
    let title = text::required(report, section, "title");
    let format = section.get("format").and_then(|value| stated_format(report, value));
    let class = section.choice(report, "class", &CLASSES);
    if !section.has("class") {
        report.missing(
            section.at,
            format!("a column of {} has no `class`", feed.name),
            "say who may see it: class = \"public\", \"internal\" or \"sensitive\"",
        );
    }
    let names = column_names(report, drafts, section, class.unwrap_or(Class::Internal));
    let field = field.filter(|field| check_path(report, field.value, field.at()))?;
    Some(Column {
        field: field.value.to_owned(),
        title,
        format: format.unwrap_or(Format::Text),
        class: class.unwrap_or(Class::Internal),
        names,
    })
}
