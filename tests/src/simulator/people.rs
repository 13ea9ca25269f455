//! The registration desk: who somebody is, and everything about them that must stay in MongoDB.

use bson::oid::ObjectId;
use bson::{Document, doc};

use super::calendar::{DAY, MINUTE};
use super::operation::{Write, date};
use super::words::{CANARY, FIRST_NAMES, LAST_NAMES};
use super::world::{Hospital, instants};

/// So many are remembered, to come again.
const KNOWN: usize = 4_000;
/// Registrations of a weekday that are for no visit of the day: by the hour.
const BY_HOUR: [f64; 24] = [
    0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 1.0, 4.0, 9.0, 11.0, 11.0, 9.0, 6.0, 8.0, 9.0, 8.0, 6.0, 4.0, 3.0, 3.0,
    2.5, 2.0, 1.0, 0.5,
];

pub(super) fn plan_day(hospital: &mut Hospital) {
    let mean = if hospital.calendar.is_weekend(hospital.now) { 22.0 } else { 80.0 };
    let count = hospital.dice.poisson(mean);
    for at in instants(hospital, count, &BY_HOUR) {
        hospital.at(at, |hospital| {
            let channel = ["desk", "online", "transfer"][hospital.dice.weighted(&[55.0, 40.0, 5.0])];
            let (patient, write) = register(hospital, channel);
            remember(hospital, patient);
            hospital.write("is registered", write);
        });
    }
}

/// Somebody who was never here before.
pub(super) fn register(hospital: &mut Hospital, channel: &str) -> (ObjectId, Write) {
    let patient = hospital.id();
    (patient, Write::insert("patients", person(hospital, patient, channel, hospital.now)))
}

/// Somebody who comes: one who was here before and has no visit now, or somebody new, who is registered.
pub(super) fn whoever_comes(hospital: &mut Hospital, channel: &str) -> (ObjectId, Option<Write>) {
    if hospital.dice.chance(0.25) {
        let index = hospital.dice.below(hospital.known.len());
        let known = hospital.known.get(index).copied();
        if let Some(patient) = known.filter(|patient| !hospital.engaged.contains(patient)) {
            return (patient, None);
        }
    }
    let (patient, write) = register(hospital, channel);
    (patient, Some(write))
}

/// May come again.
pub(super) fn remember(hospital: &mut Hospital, patient: ObjectId) {
    hospital.known.push_back(patient);
    if hospital.known.len() > KNOWN {
        hospital.known.pop_front();
    }
}

/// A person's document.
pub(super) fn person(hospital: &mut Hospital, id: ObjectId, channel: &str, registered_at: i64) -> Document {
    let number = hospital.number();
    let (first, last) = (hospital.dice.one_of(FIRST_NAMES), hospital.dice.one_of(LAST_NAMES));
    let born = registered_at - hospital.dice.between(0, 36_500) * DAY;
    let phone = hospital.dice.between(0, 9_999_999);
    let minutes = registered_at / MINUTE;
    doc! {
        "_id": id, "registered_at": date(registered_at), "channel": channel, "active": true,
        "name": format!("{first} {CANARY} {last}"), "mrn": format!("{CANARY}-{number:09}"),
        "birth_date": date(born), "phone": format!("+49 30 {CANARY} {phone:07}"),
        "address": { "street": format!("{CANARY} Str. {}", number % 200), "city": "Berlin" },
        "note": format!("{CANARY}: came in at minute {minutes}"),
    }
}
