use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::report::Report;
use crate::section::Str;
use crate::suggest;

/// An IANA name, from the table that is built in (the host's does not matter), or a POSIX zone.
pub(crate) fn read(report: &mut Report<'_>, name: &Str<'_>) -> Option<TimeZone> {
    let zones = TimeZoneDatabase::bundled();
    if let Ok(zone) = zones.get(name.value) {
        return Some(zone);
    }
    if let Ok(zone) = TimeZone::posix(name.value) {
        return Some(zone);
    }
    let known: Vec<String> = zones.available().map(|zone| zone.as_str().to_owned()).collect();
    let near = suggest::nearest(name.value, known.iter().map(String::as_str));
    let meant = near.map(|zone| format!("did you mean `{zone}`? ")).unwrap_or_default();
    report.problem(
        name.at(),
        format!("unknown time zone `{}`", name.value),
        format!("{meant}expected an IANA name such as \"Europe/Berlin\", or a POSIX zone such as \"<+0537>-05:37\""),
    );
    None
}
