//! What was written wrong and is put right, and other habits of real systems.

use std::collections::VecDeque;

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::calendar::{HOUR, MINUTE};
use super::operation::{Write, date};
use super::people::register;
use super::stays::Stage;
use super::words::{ED, WARDS};
use super::world::{Hospital, VisitId, instants};

/// Shares of arrivals, first contacts and admissions that are written wrong at first.
const ARRIVED_EARLIER: f64 = 0.05;
const TRIAGED_AGAIN: f64 = 0.03;
const SEEN_EARLIER: f64 = 0.04;
pub(super) const WARD_MIX_UPS: f64 = 0.03;
const DOUBLES_A_DAY: f64 = 11.0;
const ISOLATIONS_A_DAY: f64 = 34.0;
const BY_DAY: [f64; 24] = [
    1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 9.0, 8.0, 7.0, 7.0, 7.0, 7.0, 6.0, 5.0, 4.0, 3.0, 3.0,
    2.0, 2.0, 1.0,
];

/// Registered twice by mistake.
#[derive(Default)]
pub(super) struct Corrections {
    doubles: VecDeque<ObjectId>,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let count = hospital.dice.poisson(DOUBLES_A_DAY);
    for at in instants(hospital, count, &BY_DAY) {
        hospital.at(at, register_twice);
    }
    let count = hospital.dice.poisson(ISOLATIONS_A_DAY);
    for at in instants(hospital, count, &BY_DAY) {
        hospital.at(at, flag_isolation);
    }
}

pub(super) fn after_arrival(hospital: &mut Hospital, id: VisitId) {
    if hospital.dice.chance(ARRIVED_EARLIER) {
        let minutes = hospital.dice.between(2, 12);
        hospital.after(minutes * MINUTE, move |hospital| {
            let earlier = hospital.dice.between(1, 25) * MINUTE;
            let Some(visit) = hospital.visits.get_mut(&id) else { return };
            visit.arrived_at -= earlier;
            let fields = doc! { "arrived_at": date(visit.arrived_at) };
            let write = Write::set("encounters", visit.id, fields);
            hospital.write("had come earlier", write);
        });
    }
    if hospital.dice.chance(TRIAGED_AGAIN) {
        let minutes = hospital.dice.between(15, 60);
        hospital.after(minutes * MINUTE, move |hospital| {
            let acuity = hospital.dice.between(2, 4) as i32;
            let Some(visit) = hospital.visits.get_mut(&id).filter(|visit| visit.stage == Stage::Triaged)
            else {
                return;
            };
            visit.acuity = acuity;
            let write = Write::set("encounters", visit.id, doc! { "acuity": acuity });
            hospital.write("is triaged again", write);
        });
    }
}

/// The time was written later than the fact.
pub(super) fn after_seen(hospital: &mut Hospital, id: VisitId) {
    if !hospital.dice.chance(SEEN_EARLIER) {
        return;
    }
    let minutes = hospital.dice.between(3, 20);
    hospital.after(minutes * MINUTE, move |hospital| {
        let earlier = hospital.dice.between(1, 8) * MINUTE;
        let Some(visit) = hospital.visits.get_mut(&id) else { return };
        let Some((triaged_at, seen_at)) = visit.triaged_at.zip(visit.seen_at) else { return };
        let seen_at = (seen_at - earlier).max(triaged_at);
        visit.seen_at = Some(seen_at);
        let write = Write::set("encounters", visit.id, doc! { "seen_at": date(seen_at) });
        hospital.write("was seen earlier", write);
    });
}

/// The encounter is written on a neighbouring ward, and put right later. The bed is right.
pub(super) fn mix_up_ward(hospital: &mut Hospital, id: VisitId, fields: &mut Document) {
    let wrong = WARDS[hospital.dice.below(ED)].id;
    fields.insert("ward_id", wrong);
    let minutes = hospital.dice.between(6, 55);
    hospital.after(minutes * MINUTE, move |hospital| {
        let Some((encounter, bed)) = hospital.visits.get(&id).and_then(|visit| Some((visit.id, visit.bed?)))
        else {
            return;
        };
        let right = WARDS[hospital.beds[bed].ward].id;
        let write = Write::set("encounters", encounter, doc! { "ward_id": right });
        hospital.write("has the ward put right", write);
    });
}

/// Taken away, or written as null: readers must not tell the two apart.
pub(super) fn expects_no_more(hospital: &mut Hospital, id: VisitId) {
    let as_null = hospital.dice.chance(0.5);
    let Some(visit) = hospital.visits.get_mut(&id).filter(|visit| visit.expected) else { return };
    visit.expected = false;
    let update = match as_null {
        true => doc! { "$set": { "expected_discharge_at": Bson::Null } },
        false => doc! { "$unset": { "expected_discharge_at": "" } },
    };
    let write = Write::update("encounters", visit.id, update);
    let what = if as_null { "has a day of discharge nulled" } else { "has a day of discharge unset" };
    hospital.write(what, write);
}

fn register_twice(hospital: &mut Hospital) {
    let first = hospital.known.back().copied();
    let (id, mut write) = register(hospital, "desk");
    if let Write::Insert { documents, .. } = &mut write
        && let Some(document) = documents.first_mut()
    {
        document.insert("maybe_same_as", first);
    }
    hospital.corrections.doubles.push_back(id);
    hospital.write("is registered twice", write);
    let delay = hospital.dice.between(10 * MINUTE, 8 * HOUR);
    hospital.after(delay, |hospital| {
        let Some(id) = hospital.corrections.doubles.pop_front() else { return };
        hospital.write("is merged with the first registration", Write::delete("patients", id));
    });
}

fn flag_isolation(hospital: &mut Hospital) {
    // The bays come last, and are none of single rooms.
    let index = hospital.dice.below(hospital.beds.len() - WARDS[ED].beds);
    let isolation = hospital.dice.chance(super::setup::ISOLATION);
    let bed = &hospital.beds[index];
    // Some systems drop the flag where others write false.
    let update = match isolation || index.is_multiple_of(3) {
        true => doc! { "$set": { "isolation": isolation } },
        false => doc! { "$unset": { "isolation": "" } },
    };
    let write = Write::update("beds", bed.id.as_str(), update);
    hospital.write("sets a bed's isolation", write);
}
