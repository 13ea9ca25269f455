//! `active = "Mo-Fr 07:00-19:00"`: days, then times; either may be left out.

use crate::model::Hours;
use crate::report::Report;
use crate::section::Str;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const DAY_MIN: u16 = 24 * 60;
const EXPECTED: &str = "expected days, times or both, such as \"Mo-Fr 07:00-19:00\", \"Mo,We,Fr\" or \"22-06\"; \
     days: Mo Tu We Th Fr Sa Su";

pub(super) fn read(report: &mut Report<'_>, text: &Str<'_>) -> Option<Hours> {
    let hours = parse(text.value);
    if hours.is_none() {
        report.problem(text.at(), format!("`active = \"{}\"` is not understood", text.value), EXPECTED);
    }
    hours
}

fn parse(text: &str) -> Option<Hours> {
    let mut days = [true; 7];
    let mut times = (0, DAY_MIN);
    let parts: Vec<&str> = text.split_whitespace().collect();
    match parts.as_slice() {
        [day, time] => (days, times) = (days_of(day)?, times_of(time)?),
        [one] if one.starts_with(|c: char| c.is_ascii_digit()) => times = times_of(one)?,
        [one] => days = days_of(one)?,
        _ => return None,
    }
    Some(Hours { text: text.to_owned(), days, from_min: times.0, until_min: times.1 })
}

/// Days and runs of days with commas between them; a run may go over the end of the week.
fn days_of(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|known| *known == name);
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        for step in 0..=(last + 7 - first) % 7 {
            days[(first + step) % 7] = true;
        }
    }
    Some(days)
}

fn times_of(text: &str) -> Option<(u16, u16)> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minute_of(from)?, minute_of(until)?);
    (from < DAY_MIN && until > 0 && from != until).then_some((from, until))
}

/// `7`, `07` or `07:30`; up to `24:00`.
fn minute_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let number = |digits: &str, least: usize| {
        let fits = (least..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour, 1)?, number(minute, 2)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MIN).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn read(text: &str) -> Option<(String, u16, u16)> {
        let days = |days: [bool; 7]| days.iter().map(|on| if *on { 'x' } else { '-' }).collect();
        parse(text).map(|hours| (days(hours.days), hours.from_min, hours.until_min))
    }

    #[test]
    fn days_and_times() {
        assert_eq!(read("Mo-Fr 07:00-19:00"), Some(("xxxxx--".to_owned(), 420, 1_140)));
        assert_eq!(read("Mo,We,Fr"), Some(("x-x-x--".to_owned(), 0, 1_440)));
        assert_eq!(read("Sa-Mo,We 22:30-6"), Some(("x-x--xx".to_owned(), 1_350, 360)));
        assert_eq!(read("Su"), Some(("------x".to_owned(), 0, 1_440)));
        assert_eq!(read("07-24:00"), Some(("xxxxxxx".to_owned(), 420, 1_440)));
    }

    #[test]
    fn what_is_not_understood() {
        for text in
            ["Mon-Fr", "Mo-", "7", "07-07", "24-06", "07:60-08", "25-26", "7-8 Mo", "Mo 7-8 9-10", "-"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
