use toml::de::DeValue;

use super::statistics;
use crate::model::{Aggregate, Format, Quantity, Rows, Source};
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
    check(report, value.span().start, section, source, &format);
    format
}

/// What the values are must be what the format draws.
fn check(report: &mut Report<'_>, at: usize, section: &Section<'_>, source: &Source, format: &Format) {
    let is_word = matches!(source, Source::System(figure) if figure.is_word());
    let is_date = matches!(source, Source::System(figure) if figure.is_date());
    let is_extreme = is_extreme(section, source);
    if *format == Format::Age && !is_extreme && !is_date {
        report.problem(
            at,
            "`age` is the format of a date",
            "expected aggregate = \"min\" or \"max\" of a date",
        );
    }
    if is_word && *format != Format::Text {
        report.problem(at, "this figure is a word", "expected format = \"text\"");
    }
    if *format == Format::Text && !is_word && !is_extreme {
        report.problem(
            at,
            "this value is a number, not a text",
            "expected number, percent, money or duration",
        );
    }
    if *format == Format::Duration && unit_ms(source).is_some_and(|unit| unit != 1_000) {
        report.problem(at, "`duration` draws seconds", "expected unit = \"s\" in `value`");
    }
}

/// Whether its values are values of a field, which may be dates and texts: all else are numbers.
fn is_extreme(section: &Section<'_>, source: &Source) -> bool {
    let Source::Rows(rows) = source else { return false };
    let is = |aggregate: &Aggregate| matches!(aggregate, Aggregate::Min | Aggregate::Max);
    unit_ms(source).is_none()
        && is(&rows.aggregate)
        && statistics(section).iter().all(|(_, aggregate)| is(aggregate))
}

/// The unit of a time between two dates.
fn unit_ms(source: &Source) -> Option<i64> {
    let Source::Rows(Rows { value: Some(value), .. }) = source else { return None };
    match value.of {
        Quantity::Field(_) => None,
        Quantity::Between { unit_ms, .. } => Some(unit_ms),
    }
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
            section.check_keys(report, &["kind", "decimals", "currency"]);
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
