use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::harness::{Outcome, While};

const DAY_MIN: i64 = 24 * 60;

/// A fixed zone in which it is now the wished time of day, so that a demo at night shows a hospital by
/// day. No time is made up: every time stamp is real, and only the zone is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalTime {
    offset_min: i64,
    minute: i64,
}

impl LocalTime {
    pub fn now_as(minute: u32) -> Outcome<LocalTime> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).doing("read the clock")?;
        Ok(LocalTime::at(i64::try_from(since.as_secs() / 60).doing("read the clock")?, i64::from(minute)))
    }

    fn at(unix_minute: i64, minute: i64) -> LocalTime {
        let utc = unix_minute.rem_euclid(DAY_MIN);
        // Within 12 hours of UTC either way, as real zones are.
        let offset_min = (minute - utc + DAY_MIN / 2).rem_euclid(DAY_MIN) - DAY_MIN / 2;
        LocalTime { offset_min, minute }
    }

    /// Local time minus UTC, in minutes.
    pub fn offset_min(&self) -> i64 {
        self.offset_min
    }

    /// The zone as a board names it (POSIX, whose sign is the other way round).
    pub fn posix(&self) -> String {
        let (hours, minutes) = (self.offset_min.abs() / 60, self.offset_min.abs() % 60);
        let (name, sign) = if self.offset_min < 0 { ('-', "") } else { ('+', "-") };
        format!("<{name}{hours:02}{minutes:02}>{sign}{hours:02}:{minutes:02}")
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_makes_it_the_wished_time() {
        for utc in [0, 1, 719, 720, 1_439] {
            for wished in [0, 630, 1_439] {
                let local = LocalTime::at(5 * DAY_MIN + utc, wished);
                assert_eq!((utc + local.offset_min()).rem_euclid(DAY_MIN), wished);
                assert!((-720..720).contains(&local.offset_min()));
            }
        }
    }

    #[test]
    fn posix_signs_are_the_other_way_round() {
        assert_eq!(LocalTime::at(0, 337).posix(), "<+0537>-05:37");
        assert_eq!(LocalTime::at(337, 0).posix(), "<-0537>05:37");
        assert_eq!(LocalTime::at(0, 0).posix(), "<+0000>-00:00");
    }
}
