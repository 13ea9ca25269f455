use crate::report::Report;
use crate::section::{Section, Str, string, wrong_type};

const UNITS: [(&str, i64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];
/// Ten years; keeps every instant that is computed from a duration within range.
const LONGEST_MS: i64 = 3_660 * 86_400_000;

/// Milliseconds of a key, where the table has it.
pub(crate) fn optional(report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Option<i64> {
    let text = text(report, section, key)?;
    read(report, key, &text)
}

/// The same, where nothing at all is a duration too: `0d`.
pub(crate) fn optional_or_zero(report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Option<i64> {
    let text = text(report, section, key)?;
    bounded(report, key, &text, 0)
}

fn text<'a>(report: &mut Report<'_>, section: &Section<'a>, key: &str) -> Option<Str<'a>> {
    let value = section.get(key)?;
    if !value.get_ref().is_str() {
        wrong_type(report, key, value, "a duration in a string, such as \"30s\"");
        return None;
    }
    string(report, key, value)
}

/// Milliseconds of a text such as `100ms`, `5s`, `15m`, `24h`, `30d`, `4w`; a day is 24 hours.
pub(crate) fn read(report: &mut Report<'_>, key: &str, text: &Str<'_>) -> Option<i64> {
    bounded(report, key, text, 1)
}

fn bounded(report: &mut Report<'_>, key: &str, text: &Str<'_>, least_ms: i64) -> Option<i64> {
    let value = text.value;
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = value.split_at(digits);
    let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit).filter(|_| digits > 0) else {
        report.problem(
            text.at(),
            format!("`{value}` is not a duration for `{key}`"),
            "expected a whole number and one unit of ms, s, m, h, d, w, such as \"100ms\", \"15m\" or \"24h\"",
        );
        return None;
    };
    let ms = number.parse::<i64>().ok().and_then(|n| n.checked_mul(*factor));
    let ms = ms.filter(|ms| (least_ms..=LONGEST_MS).contains(ms));
    if ms.is_none() {
        let least = if least_ms > 0 { "more than 0 and " } else { "" };
        report.problem(
            text.at(),
            format!("`{value}` is out of range for `{key}`"),
            format!("expected {least}at most ten years"),
        );
    }
    ms
}
