use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan, civil::Date};
use vigil_wire::Millis;

/// The days of a zone as intervals of instants.
///
/// A day begins where the local date's first instant is: at midnight, or after it where the clock
/// skips midnight. A day that the zone skips altogether is none; where the clock goes back over
/// midnight the day that has begun goes on.
#[derive(Debug)]
pub(crate) struct Days {
    zone: TimeZone,
    /// Yesterday, today, tomorrow of the last `turn_to`: most dates are there.
    near: [(Millis, Millis); 3],
}

impl Days {
    pub(crate) fn new(zone: TimeZone, now: Millis) -> Self {
        let mut days = Days { zone, near: [(0, 0); 3] };
        days.turn_to(now);
        days
    }

    /// Moves what is quick to find to around `now`; changes no answer.
    pub(crate) fn turn_to(&mut self, now: Millis) {
        if (self.near[1].0..self.near[1].1).contains(&now) {
            return;
        }
        if let Some(today) = self.find(now) {
            let yesterday = self.find(today.0 - 1).unwrap_or(today);
            let tomorrow = self.find(today.1).unwrap_or(today);
            self.near = [yesterday, today, tomorrow];
        }
    }

    /// First instant of the day that holds `t`, and of the next one. `None` outside jiff's years.
    pub(crate) fn day_of(&self, t: Millis) -> Option<(Millis, Millis)> {
        self.near.into_iter().find(|(start, end)| (*start..*end).contains(&t)).or_else(|| self.find(t))
    }

    /// Before yesterday: its day and the one after it are over.
    pub(crate) fn is_long_past(&self, date: Millis) -> bool {
        date < self.near[0].0
    }

    /// The first instant of the day from `start` to `end` at which the clock on the wall shows that
    /// time, in milliseconds after midnight, or a later one: where the clock skips it, when it skips;
    /// where it comes twice, the first.
    pub(crate) fn clock_shows(&self, start: Millis, end: Millis, time_ms: i64) -> Option<Millis> {
        let date = Timestamp::from_millisecond(start).ok()?.to_zoned(self.zone.clone()).date();
        let time = date.at(0, 0, 0, 0).checked_add(time_ms.milliseconds()).ok()?;
        let instant = match self.zone.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(time).ok()?,
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(time).ok()?,
            AmbiguousOffset::Gap { after, .. } => {
                self.zone.following(after.to_timestamp(time).ok()?).next()?.timestamp()
            }
        };
        Some(instant.as_millisecond().clamp(start, end))
    }

    fn find(&self, t: Millis) -> Option<(Millis, Millis)> {
        let mut date = Timestamp::from_millisecond(t).ok()?.to_zoned(self.zone.clone()).date();
        let mut start = self.start_of(date)?;
        while start > t {
            date = date.checked_sub(1.day()).ok()?;
            start = self.start_of(date)?;
        }
        loop {
            date = date.checked_add(1.day()).ok()?;
            let next = self.start_of(date)?;
            if next > t {
                return Some((start, next));
            }
            start = next;
        }
    }

    fn start_of(&self, date: Date) -> Option<Millis> {
        let start = date.to_zoned(self.zone.clone()).ok()?.start_of_day().ok()?;
        // A transition inside a millisecond does not exist; round up so that the day holds its start.
        let ns = start.timestamp().as_nanosecond();
        i64::try_from(ns.div_euclid(1_000_000) + i128::from(ns.rem_euclid(1_000_000) > 0)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(zone: &str, t: &str) -> (String, String) {
        let zone = TimeZone::get(zone).unwrap();
        let t = t.parse::<Timestamp>().unwrap().as_millisecond();
        let (start, end) = Days::new(zone, 0).day_of(t).unwrap();
        let text = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
        (text(start), text(end))
    }

    #[track_caller]
    fn check(zone: &str, t: &str, start: &str, end: &str) {
        assert_eq!(day(zone, t), (start.to_owned(), end.to_owned()), "{zone} {t}");
    }

    #[test]
    fn a_time_of_the_day_is_when_the_clock_first_shows_it_or_a_later_one() {
        let check = |zone: &str, t: &str, time_ms: i64, expected: &str| {
            let zone = if zone.contains(',') { TimeZone::posix(zone) } else { TimeZone::get(zone) };
            let days = Days::new(zone.unwrap(), 0);
            let (start, end) = days.day_of(t.parse::<Timestamp>().unwrap().as_millisecond()).unwrap();
            let shown = days.clock_shows(start, end, time_ms).unwrap();
            assert_eq!(Timestamp::from_millisecond(shown).unwrap().to_string(), expected, "{t} {time_ms}");
        };
        const MINUTE: i64 = 60_000;
        check("Europe/Berlin", "2026-06-01T12:00:00Z", 12 * 60 * MINUTE, "2026-06-01T10:00:00Z");
        // From 02:00 to 03:00 is skipped, or comes twice.
        let posix = "CET-1CEST,M3.5.0,M10.5.0/3";
        for zone in ["Europe/Berlin", posix] {
            check(zone, "2026-03-29T12:00:00Z", 90 * MINUTE, "2026-03-29T00:30:00Z");
            check(zone, "2026-03-29T12:00:00Z", 150 * MINUTE, "2026-03-29T01:00:00Z");
            check(zone, "2026-03-29T12:00:00Z", 12 * 60 * MINUTE, "2026-03-29T10:00:00Z");
            check(zone, "2026-10-25T12:00:00Z", 150 * MINUTE, "2026-10-25T00:30:00Z");
            check(zone, "2026-10-25T12:00:00Z", 12 * 60 * MINUTE, "2026-10-25T11:00:00Z");
        }
        // The day begins at 01:00.
        check("America/Sao_Paulo", "2018-11-04T12:00:00Z", 30 * MINUTE, "2018-11-04T03:00:00Z");
        // The first 00:30 of two.
        check("America/Havana", "2025-11-02T12:00:00Z", 30 * MINUTE, "2025-11-02T04:30:00Z");
    }

    #[test]
    fn days_follow_the_zone() {
        // 23 and 25 hours.
        check("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        check("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        // Midnight does not exist: the day begins at 01:00.
        check("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z");
        // Midnight happens twice: the day begins at the first.
        check("America/Havana", "2025-11-02T05:30:00Z", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z");
        // The clock went back at 00:01: the new day that had begun goes on.
        check("America/St_Johns", "2010-11-07T02:45:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z");
        // A date that the zone skipped: the 29th is followed by the 31st.
        check("Pacific/Apia", "2011-12-30T05:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z");
        check("Pacific/Apia", "2011-12-30T11:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z");
    }
}
