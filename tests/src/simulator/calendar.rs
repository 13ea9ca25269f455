use std::str::FromStr;

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// As they are asked for.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The site's clock and weekdays. The zone is fixed; instants are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calendar {
    offset_ms: i64,
    /// Days by which the curves' weekday is ahead of the true one.
    shift_days: i64,
}

impl Calendar {
    /// `offset_min`: local time minus UTC, in minutes.
    pub fn new(offset_min: i64) -> Calendar {
        Calendar { offset_ms: offset_min * MINUTE, shift_days: 0 }
    }

    /// The curves take the day of this instant for this weekday (0 is Monday).
    pub fn taking(self, now_ms: i64, weekday: usize) -> Calendar {
        let there = Calendar { shift_days: 0, ..self }.weekday(now_ms) as i64;
        Calendar { shift_days: (weekday as i64 - there).rem_euclid(7), ..self }
    }

    /// 0 is Monday.
    pub fn weekday(&self, at: i64) -> usize {
        let day = (at + self.offset_ms).div_euclid(DAY) + self.shift_days;
        // 1 January 1970 was a Thursday.
        (day + 3).rem_euclid(7) as usize
    }

    pub fn is_weekend(&self, at: i64) -> bool {
        self.weekday(at) >= 5
    }

    /// Local midnight before or at an instant.
    pub fn midnight(&self, at: i64) -> i64 {
        let local = at + self.offset_ms;
        local - local.rem_euclid(DAY) - self.offset_ms
    }

    /// Local hour of the day.
    pub fn hour(&self, at: i64) -> usize {
        ((at + self.offset_ms).rem_euclid(DAY) / HOUR) as usize
    }
}

/// What a clock should seem to show: `10:30`, or with a weekday `Tue 10:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsIf {
    /// 0 is Monday; none leaves the weekday as it is.
    pub weekday: Option<usize>,
    /// Minutes after midnight.
    pub minute: u32,
}

impl AsIf {
    /// The offset from UTC that makes it so at this instant, within twelve hours either way, in minutes.
    pub fn offset_min(&self, now_ms: i64) -> i64 {
        let utc = now_ms.div_euclid(MINUTE).rem_euclid(24 * 60);
        (i64::from(self.minute) - utc + 12 * 60).rem_euclid(24 * 60) - 12 * 60
    }
}

impl FromStr for AsIf {
    type Err = String;

    fn from_str(text: &str) -> Result<AsIf, String> {
        let parsed = || {
            let (weekday, time) = match text.trim().split_once(' ') {
                Some((day, time)) => (Some(weekday(day)?), time),
                None => (None, text.trim()),
            };
            let (hours, minutes) = time.split_once(':')?;
            let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours < 24 && minutes < 60).then_some(AsIf { weekday, minute: hours * 60 + minutes })
        };
        parsed().ok_or_else(|| format!("{text:?} is no time of day; say 10:30, or \"Tue 10:30\""))
    }
}

/// 0 is Monday, from a name of at least three letters.
pub fn weekday(name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    WEEKDAYS.iter().position(|day| name.starts_with(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tuesday, 15 September 2026, 12:00 UTC.
    const TUESDAY: i64 = 1_789_473_600_000;

    #[test]
    fn days_begin_at_local_midnight() {
        let calendar = Calendar::new(120);
        assert_eq!((calendar.weekday(TUESDAY), calendar.hour(TUESDAY)), (1, 14));
        assert_eq!(TUESDAY - calendar.midnight(TUESDAY), 14 * HOUR);
        assert_eq!(calendar.weekday(TUESDAY + 10 * HOUR), 2);
    }

    #[test]
    fn a_calendar_can_take_today_for_another_weekday() {
        for weekday in 0..7 {
            let calendar = Calendar::new(-90).taking(TUESDAY, weekday);
            assert_eq!(calendar.weekday(TUESDAY), weekday);
            assert_eq!(calendar.weekday(TUESDAY + 3 * DAY), (weekday + 3) % 7);
        }
    }

    #[test]
    fn a_wished_time_is_read_and_made_so() {
        let wish: AsIf = "Tue 10:30".parse().unwrap_or(AsIf { weekday: None, minute: 0 });
        assert_eq!(wish, AsIf { weekday: Some(1), minute: 630 });
        assert_eq!("9:05".parse(), Ok(AsIf { weekday: None, minute: 545 }));
        for wrong in ["", "24:00", "10:60", "10", "Xyz 10:30", "Tue"] {
            assert!(wrong.parse::<AsIf>().is_err(), "{wrong}");
        }
        let calendar = Calendar::new(wish.offset_min(TUESDAY + 7 * HOUR));
        let at = TUESDAY + 7 * HOUR;
        assert_eq!(at - calendar.midnight(at), 10 * HOUR + 30 * MINUTE);
    }
}
