//! The hour, the day, the weekday of a date by the clock on the site's wall.

use std::sync::Arc;

use bson::RawBsonRef;
use jiff::{ToSpan, civil};
use vigil_board::TimeUnit;
use vigil_wire::Millis;

use crate::window::{Dated, dated};
use crate::zone::Zone;

pub(crate) const HOUR_MS: i64 = 3_600_000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// UTC dates that have a part: from the year 1 to before the year 9999, so that the local date has
/// four digits in every zone. Others are as no date.
pub(crate) const DATED_FROM: Millis = -62_135_596_800_000 + DAY_MS;
pub(crate) const DATED_UNTIL: Millis = 253_370_764_800_000;

#[derive(Debug)]
pub(crate) struct TimeKey {
    unit: TimeUnit,
    zone: Arc<Zone>,
}

/// A part of a date; null where there is none.
pub(crate) enum Part {
    None,
    Number(i32),
    Day(String),
}

impl Part {
    pub(crate) fn get(&self) -> Option<RawBsonRef<'_>> {
        match self {
            Part::None => None,
            Part::Number(n) => Some(RawBsonRef::Int32(*n)),
            Part::Day(text) => Some(RawBsonRef::String(text)),
        }
    }
}

impl TimeKey {
    pub(crate) fn new(unit: TimeUnit, zone: Arc<Zone>) -> Self {
        TimeKey { unit, zone }
    }

    pub(crate) fn part(&self, value: Option<RawBsonRef<'_>>) -> Part {
        let Dated::At(t) = dated(value) else { return Part::None };
        if !(DATED_FROM..DATED_UNTIL).contains(&t) {
            return Part::None;
        }
        let local = t + self.zone.offset_ms(t);
        let day = local.div_euclid(DAY_MS);
        match self.unit {
            TimeUnit::Hour => number(local.rem_euclid(DAY_MS) / HOUR_MS),
            // Day 0 was a Thursday.
            TimeUnit::Weekday => number((day + 3).rem_euclid(7) + 1),
            TimeUnit::Day => match civil::date(1970, 1, 1).checked_add(day.days()) {
                Ok(date) => Part::Day(date.to_string()),
                Err(_) => Part::None,
            },
        }
    }
}

fn number(n: i64) -> Part {
    i32::try_from(n).map_or(Part::None, Part::Number)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::value::json;

    #[track_caller]
    fn check(zone: &str, t: &str, hour: &str, day: &str, weekday: &str) {
        let zone = Arc::new(Zone::new(&TimeZone::get(zone).unwrap()));
        let t = t.parse::<Timestamp>().unwrap().as_millisecond();
        let date = RawBsonRef::DateTime(bson::DateTime::from_millis(t));
        let text = |unit| json::text(TimeKey::new(unit, zone.clone()).part(Some(date)).get());
        let found = [TimeUnit::Hour, TimeUnit::Day, TimeUnit::Weekday].map(text);
        assert_eq!(found, [hour.to_owned(), format!("\"{day}\""), weekday.to_owned()]);
    }

    #[test]
    fn parts_are_those_of_the_clock_on_the_wall() {
        check("Europe/Berlin", "2026-11-22T23:00:00Z", "0", "2026-11-23", "1");
        check("Europe/Berlin", "2026-11-22T22:59:59.999Z", "23", "2026-11-22", "7");
        // The hour that comes twice, and the one that does not come.
        check("Europe/Berlin", "2026-10-25T00:30:00Z", "2", "2026-10-25", "7");
        check("Europe/Berlin", "2026-10-25T01:30:00Z", "2", "2026-10-25", "7");
        check("Europe/Berlin", "2026-03-29T01:00:00Z", "3", "2026-03-29", "7");
        // Before 1970, with an offset of odd seconds.
        check("Europe/Amsterdam", "1930-01-01T23:40:28Z", "0", "1930-01-02", "4");
        check("America/St_Johns", "1969-12-31T23:59:59.999Z", "20", "1969-12-31", "3");
        check("UTC", "0001-01-02T00:00:00Z", "0", "0001-01-02", "2");
    }

    #[test]
    fn what_is_no_date_has_no_part() {
        let utc = Arc::new(Zone::new(&TimeZone::UTC));
        let hour = TimeKey::new(TimeUnit::Hour, utc);
        let at = |t| RawBsonRef::DateTime(bson::DateTime::from_millis(t));
        for value in [
            None,
            Some(RawBsonRef::Null),
            Some(RawBsonRef::Int32(5)),
            Some(at(i64::MAX)),
            Some(at(i64::MIN)),
            Some(at(DATED_UNTIL)),
            Some(at(DATED_FROM - 1)),
        ] {
            assert_eq!(hour.part(value).get(), None, "{value:?}");
        }
        assert!(hour.part(Some(at(DATED_FROM))).get().is_some());
    }
}
