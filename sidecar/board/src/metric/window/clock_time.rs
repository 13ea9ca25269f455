use crate::report::Report;
use crate::section::Str;

const MINUTE_MS: i64 = 60_000;

/// Milliseconds after midnight of a text such as `12:00`.
pub(super) fn read(report: &mut Report<'_>, text: &Str<'_>) -> Option<i64> {
    let part = |part: &str, below: i64| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten().filter(|n| *n < below)
    };
    let time = text.value.split_once(':').and_then(|(hour, minute)| part(hour, 24).zip(part(minute, 60)));
    let time_ms = time.map(|(hour, minute)| (hour * 60 + minute) * MINUTE_MS).filter(|ms| *ms > 0);
    if time_ms.is_none() {
        report.problem(
            text.at(),
            format!("`{}` is not a time of the day for `until`", text.value),
            "expected hours and minutes after midnight, from \"00:01\" to \"23:59\", such as \"12:00\"",
        );
    }
    time_ms
}
