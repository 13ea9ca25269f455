use toml::de::DeValue;

use crate::duration;
use crate::model::{TierTimes, Tiers};
use crate::report::Report;
use crate::section::{Section, string, table, wrong_type};

const MINUTE_MS: u64 = 60_000;

/// The product's promise where the board says nothing.
pub(crate) const DEFAULT: Tiers = Tiers {
    critical: TierTimes { interval_ms: 100, confirm_ms: 5_000 },
    standard: period(30_000),
    historical: period(5 * MINUTE_MS),
    report: period(15 * MINUTE_MS),
};

const fn period(ms: u64) -> TierTimes {
    TierTimes { interval_ms: ms, confirm_ms: ms }
}

pub(crate) fn read(report: &mut Report<'_>, tiers: &Section<'_>) -> Tiers {
    tiers.check_keys(report, &["critical", "standard", "historical", "report"]);
    Tiers {
        critical: critical(report, tiers),
        standard: plain(report, tiers, "standard", DEFAULT.standard),
        historical: plain(report, tiers, "historical", DEFAULT.historical),
        report: plain(report, tiers, "report", DEFAULT.report),
    }
}

fn plain(report: &mut Report<'_>, tiers: &Section<'_>, key: &str, default: TierTimes) -> TierTimes {
    milliseconds(report, tiers, key).map_or(default, period)
}

/// A duration is the longest time between confirmations; a table may say the coalescing time too.
fn critical(report: &mut Report<'_>, tiers: &Section<'_>) -> TierTimes {
    let mut times = DEFAULT.critical;
    let Some(value) = tiers.get("critical") else { return times };
    match value.get_ref() {
        DeValue::String(_) => {
            let confirm =
                string(report, "critical", value).and_then(|text| duration::read(report, "critical", &text));
            times.confirm_ms = confirm.map_or(times.confirm_ms, i64::unsigned_abs);
        }
        DeValue::Table(_) => {
            let Some(section) = table(value, "critical") else { return times };
            section.check_keys(report, &["interval", "confirm"]);
            times.interval_ms = milliseconds(report, &section, "interval").unwrap_or(times.interval_ms);
            times.confirm_ms = milliseconds(report, &section, "confirm").unwrap_or(times.confirm_ms);
        }
        _ => {
            wrong_type(report, "critical", value, "a duration, or { interval = \"100ms\", confirm = \"5s\" }")
        }
    }
    if times.interval_ms > times.confirm_ms {
        report.problem(
            value.span().start,
            "`critical` is confirmed more often than it is pushed",
            format!("expected interval ({} ms) ≤ confirm ({} ms)", times.interval_ms, times.confirm_ms),
        );
    }
    times
}

fn milliseconds(report: &mut Report<'_>, section: &Section<'_>, key: &str) -> Option<u64> {
    duration::optional(report, section, key).map(i64::unsigned_abs)
}
