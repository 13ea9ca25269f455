//! A zone's offsets from UTC as a table of instants, the same for the engine and for the audit.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vigil_wire::Millis;

/// 1900-01-01 and 2100-01-01, UTC: before and after them the zone keeps the offset that it has there.
const FROM_S: i64 = -2_208_988_800;
const UNTIL_S: i64 = 4_102_444_800;

#[derive(Debug)]
pub(crate) struct Zone {
    /// Before the first change.
    first_ms: i64,
    /// From when on, and how far local time is ahead of UTC then; rising.
    changes: Vec<(Millis, i64)>,
}

impl Zone {
    pub(crate) fn new(zone: &TimeZone) -> Zone {
        let offset_at = |second| {
            Timestamp::from_second(second).map_or(0, |at| i64::from(zone.to_offset(at).seconds()) * 1000)
        };
        let first_ms = offset_at(FROM_S);
        let mut changes: Vec<(Millis, i64)> = Vec::new();
        let from = Timestamp::from_second(FROM_S).unwrap_or(Timestamp::UNIX_EPOCH);
        for change in zone.following(from) {
            let second = change.timestamp().as_second();
            if second >= UNTIL_S {
                break;
            }
            let offset_ms = i64::from(change.offset().seconds()) * 1000;
            // A new name for the same time is no change.
            if offset_ms != changes.last().map_or(first_ms, |(_, offset_ms)| *offset_ms) {
                changes.push((second * 1000, offset_ms));
            }
        }
        Zone { first_ms, changes }
    }

    /// How far local time is ahead of UTC at `t`.
    pub(crate) fn offset_ms(&self, t: Millis) -> i64 {
        self.offset_after(self.changes.partition_point(|(from, _)| *from <= t))
    }

    /// After so many changes.
    fn offset_after(&self, changes: usize) -> i64 {
        changes.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.first_ms, |(_, ms)| *ms)
    }

    /// The offset at `from`, and the changes after it and before `until`.
    pub(crate) fn between(&self, from: Millis, until: Millis) -> (i64, &[(Millis, i64)]) {
        let first = self.changes.partition_point(|(at, _)| *at <= from);
        let last = self.changes.partition_point(|(at, _)| *at < until).max(first);
        (self.offset_after(first), &self.changes[first..last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(t: &str) -> Millis {
        t.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// Every change of the years, a second on both sides of it, against jiff's own answer.
    #[test]
    fn offsets_are_the_zones_own() {
        for name in
            ["Europe/Berlin", "Europe/Amsterdam", "America/St_Johns", "Pacific/Apia", "UTC", "<+0537>-05:37"]
        {
            let zone = TimeZone::get(name).or_else(|_| TimeZone::posix(name)).unwrap();
            let table = Zone::new(&zone);
            let mut instants =
                vec![ms("1900-01-01T00:00:00Z"), ms("2026-11-22T12:00:00Z"), ms("2099-12-31T23:59:59Z")];
            instants.extend(table.changes.iter().flat_map(|(at, _)| [at - 1, *at]));
            for t in instants {
                let expected = zone.to_offset(Timestamp::from_millisecond(t).unwrap()).seconds();
                assert_eq!(table.offset_ms(t), i64::from(expected) * 1000, "{name} {t}");
            }
        }
    }

    #[test]
    fn beyond_the_table_the_offset_stays() {
        let berlin = Zone::new(&TimeZone::get("Europe/Berlin").unwrap());
        assert_eq!(berlin.offset_ms(ms("1800-07-01T00:00:00Z")), 3_600_000);
        assert_eq!(berlin.offset_ms(ms("2200-07-01T00:00:00Z")), 3_600_000);
        assert_eq!(berlin.offset_ms(ms("2099-07-01T00:00:00Z")), 7_200_000);
    }

    #[test]
    fn a_span_has_the_changes_inside_it() {
        let berlin = Zone::new(&TimeZone::get("Europe/Berlin").unwrap());
        let change = ms("2026-03-29T01:00:00Z");
        assert_eq!(berlin.between(change - 1, change), (3_600_000, &[][..]));
        assert_eq!(berlin.between(change - 1, change + 1), (3_600_000, &[(change, 7_200_000)][..]));
        assert_eq!(berlin.between(change, change + 1), (7_200_000, &[][..]));
    }
}
