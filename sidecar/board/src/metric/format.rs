use toml::de::DeValue;

use crate::model::{Aggregate, Format, Source};
use crate::report::Report;
use crate::section::{Section, Str, Value, choose, integer, table, wrong_type};

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Percent,
    Money,
    Age,
    Duration,
    Text,
}

const KINDS: [(&str, Kind); 6] = [
    ("number", Kind::Number),
    ("percent", Kind::Percent),
    ("money", Kind::Money),
    ("age", Kind::Age),
    ("duration", Kind::Duration),
    ("text", Kind::Text),
];
const MOST_DECIMALS: i64 = 6;
const MONEY: &str = "{ kind = \"money\", currency = \"EUR\" }";

pub(super) fn read(report: &mut Report<'_>, section: &Section<'_>, source: &Source) -> Format {
    let is_state = matches!(source, Source::System(figure) if figure.is_word());
    let default = if is_state { Format::Text } else { Format::Number { decimals: 0 } };
    let Some(value) = section.get("format") else { return default };
    let Some(format) = stated(report, value) else { return default };
    let is_extreme =
        matches!(source, Source::Rows(rows) if matches!(rows.aggregate, Aggregate::Min | Aggregate::Max));
    let at = value.span().start;
    let is_date = matches!(source, Source::System(figure) if figure.is_date());
    if format == Format::Age && !is_extreme && !is_date {
        report.problem(
            at,
            "`age` is the format of a date",
            "expected aggregate = \"min\" or \"max\" of a date",
        );
    }
    if is_state && format != Format::Text {
        report.problem(at, "this figure is a word", "expected format = \"text\"");
    }
    if format == Format::Text && !is_state && !is_extreme {
        report.problem(
            at,
            "this value is a number, not a text",
            "expected number, percent, money or duration",
        );
    }
    format
}

/// A word, or `{ kind = … }` with what the kind takes.
pub(crate) fn stated(report: &mut Report<'_>, value: Value<'_>) -> Option<Format> {
    match value.get_ref() {
        DeValue::String(word) => {
            let word = Str { value: word, span: value.span() };
            let kind = choose(report, "format", &word, &KINDS)?;
            if matches!(kind, Kind::Money) {
                report.problem(word.at(), "`money` needs a currency", format!("expected {MONEY}"));
                return None;
            }
            Some(build(kind, 0, String::new()))
        }
        DeValue::Table(_) => {
            let section = table(value, "`format`")?;
            section.check_keys(report, &["kind", "decimals", "currency"], &[]);
            let word =
                section.require_str(report, "kind", "one of number, percent, money, age, duration, text")?;
            let kind = choose(report, "format", &word, &KINDS)?;
            let decimals = decimals(report, &section, kind)?;
            let currency = currency(report, &section, kind)?;
            Some(build(kind, decimals, currency))
        }
        _ => {
            wrong_type(
                report,
                "format",
                value,
                &format!("a word such as \"number\", or a table such as {MONEY}"),
            );
            None
        }
    }
}

fn build(kind: Kind, decimals: u8, currency: String) -> Format {
    match kind {
        Kind::Number => Format::Number { decimals },
        Kind::Percent => Format::Percent { decimals },
        Kind::Money => Format::Money { currency },
        Kind::Age => Format::Age,
        Kind::Duration => Format::Duration,
        Kind::Text => Format::Text,
    }
}

fn decimals(report: &mut Report<'_>, section: &Section<'_>, kind: Kind) -> Option<u8> {
    let Some(value) = section.get("decimals") else { return Some(0) };
    if !matches!(kind, Kind::Number | Kind::Percent) {
        section.refuse(report, &["decimals"], "this kind", "only number and percent have decimals");
        return None;
    }
    let decimals =
        integer(value).filter(|n| (0..=MOST_DECIMALS).contains(n)).and_then(|n| u8::try_from(n).ok());
    if decimals.is_none() {
        report.problem(
            value.span().start,
            "`decimals` is out of range",
            format!("expected 0 to {MOST_DECIMALS}"),
        );
    }
    decimals
}

/// ISO 4217: three capital letters; empty for what is no money.
fn currency(report: &mut Report<'_>, section: &Section<'_>, kind: Kind) -> Option<String> {
    if !matches!(kind, Kind::Money) {
        let has = section.has("currency");
        section.refuse(report, &["currency"], "this kind", "only money has a currency");
        return (!has).then(String::new);
    }
    let code = section.require_str(report, "currency", "an ISO 4217 code such as \"EUR\"")?;
    if code.value.len() != 3 || !code.value.bytes().all(|b| b.is_ascii_uppercase()) {
        report.problem(
            code.at(),
            format!("`{}` is not a currency", code.value),
            "expected an ISO 4217 code such as \"EUR\"",
        );
        return None;
    }
    Some(code.value.to_owned())
}
