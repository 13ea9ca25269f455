//! Emergency alerts: raised, acknowledged, resolved.

use bson::oid::ObjectId;
use bson::{Bson, doc};

use super::calendar::{MINUTE, SECOND};
use super::operation::{Write, date};
use super::words::{CANARY, WARDS};
use super::world::{Hospital, instants};

/// Kind, severity, how many a day.
const KINDS: [(&str, &str, f64); 6] = [
    ("rapid_response", "high", 4.0),
    ("stroke", "critical", 2.0),
    ("security", "medium", 3.0),
    ("equipment", "low", 2.0),
    ("code_blue", "critical", 0.6),
    ("fire", "high", 0.25),
];
const BY_HOUR: [f64; 24] = [
    3.0, 2.8, 2.6, 2.6, 2.6, 2.8, 3.2, 4.0, 4.6, 5.0, 5.2, 5.0, 4.8, 4.6, 4.6, 4.6, 4.8, 5.0, 5.0, 5.0, 4.8,
    4.4, 3.8, 3.4,
];

pub(super) fn plan_day(hospital: &mut Hospital) {
    for (kind, severity, a_day) in KINDS {
        let count = hospital.dice.poisson(a_day);
        for at in instants(hospital, count, &BY_HOUR) {
            hospital.at(at, move |hospital| {
                let ward = WARDS[hospital.dice.below(WARDS.len())].id;
                raise(hospital, kind, severity, ward);
            });
        }
    }
}

pub(super) fn raise(hospital: &mut Hospital, kind: &'static str, severity: &'static str, ward: &'static str) {
    let id = hospital.id();
    let mut document = doc! {
        "_id": id, "kind": kind, "severity": severity, "ward_id": ward, "raised_at": date(hospital.now),
        "note": format!("{CANARY}: {kind} on {ward}"),
    };
    // null beside missing: both mean that nobody has acknowledged it.
    if hospital.dice.chance(0.5) {
        document.insert("acknowledged_at", Bson::Null);
    }
    hospital.write("raises an alert", Write::insert("emergency_alerts", document));
    let seconds = match hospital.dice.chance(0.03) {
        true => hospital.dice.between(300, 900) as f64,
        false => hospital.dice.log_normal(40.0, 0.55).clamp(4.0, 280.0),
    };
    hospital.after((seconds * SECOND as f64) as i64, move |hospital| acknowledge(hospital, id));
}

fn acknowledge(hospital: &mut Hospital, id: ObjectId) {
    let fields = doc! { "acknowledged_at": date(hospital.now) };
    hospital.write("acknowledges an alert", Write::set("emergency_alerts", id, fields));
    let minutes = hospital.dice.log_normal(22.0, 0.7).clamp(2.0, 240.0);
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| {
        let fields = doc! { "resolved_at": date(hospital.now) };
        hospital.write("resolves an alert", Write::set("emergency_alerts", id, fields));
    });
}
