//! Planned stays, day cases and births: booked days ahead, arriving in the morning.

use bson::doc;

use super::bed_manager::{self, Need, home_ward};
use super::beds::BedStatus;
use super::calendar::{DAY, HOUR, MINUTE};
use super::emergency;
use super::operation::{Write, date};
use super::people::{register, whoever_comes};
use super::stays::{Stage, Visit};
use super::words::WARDS;
use super::world::{Hospital, VisitId, instants};

/// Planned stays of a weekday, day cases of a weekday, births of any day.
const STAYS: f64 = 44.0;
const DAY_CASES: f64 = 11.0;
const BIRTHS: f64 = 6.5;
/// Fewer towards the weekend; from Monday.
const BY_WEEKDAY: [f64; 5] = [1.14, 1.16, 1.08, 0.92, 0.70];
/// More are booked below this share of occupied beds, fewer above.
const AIM: f64 = 0.91;
const AHEAD: i64 = 3;
/// From six to ten.
const ARRIVE: [f64; 4] = [28.0, 34.0, 24.0, 14.0];

pub(super) fn plan_day(hospital: &mut Hospital) {
    let count = hospital.dice.poisson(BIRTHS);
    for at in instants(hospital, count, &[1.0; 24]) {
        hospital.at(at, come_for_birth);
    }
    let midnight = hospital.midnight();
    book_day(hospital, midnight + AHEAD * DAY, |hospital| hospital.midnight() + 10 * HOUR);
}

/// What was booked before the first day began.
pub(super) fn booked_before(hospital: &mut Hospital) {
    for day in 0..AHEAD {
        let midnight = hospital.midnight() + day * DAY;
        book_day(hospital, midnight, |hospital| hospital.now);
    }
}

fn book_day(hospital: &mut Hospital, day: i64, when: fn(&Hospital) -> i64) {
    if hospital.calendar.is_weekend(day) {
        return;
    }
    let occupied = hospital.beds_with(BedStatus::Occupied) as f64 / 588.0;
    let more = ((AIM - occupied) * 588.0 * 0.5).clamp(-22.0, 14.0);
    let stays = hospital.dice.poisson(STAYS * BY_WEEKDAY[hospital.calendar.weekday(day)] + more);
    let day_cases = hospital.dice.poisson(DAY_CASES);
    for number in 0..stays + day_cases {
        let at = when(hospital) + hospital.dice.between(0, 5 * HOUR);
        let is_day_case = number >= stays;
        // Before the first day all was booked already.
        let at = if day < hospital.midnight() + AHEAD * DAY { hospital.now } else { at };
        hospital.at(at, move |hospital| book(hospital, day, is_day_case));
    }
}

fn book(hospital: &mut Hospital, day: i64, is_day_case: bool) {
    let kinds =
        [Need::Surgical, Need::Medical, Need::Maternity, Need::Child, Need::Cot, Need::Hdu, Need::Icu];
    let need = match is_day_case {
        true => Need::Day,
        false => kinds[hospital.dice.weighted(&[54.0, 22.0, 7.0, 5.0, 3.0, 5.0, 4.0])],
    };
    let specialty = emergency::specialty(hospital, need);
    let home = home_ward(hospital, need, specialty);
    let hour = 6 + hospital.dice.weighted(&ARRIVE) as i64;
    let expected_at = day + hour * HOUR + hospital.dice.between(0, 3) * 15 * MINUTE;
    let (patient, person) = register(hospital, "online");
    let (id, encounter) = (hospital.number(), hospital.id());
    let class = if is_day_case { "daycase" } else { "inpatient" };
    let mut visit = Visit::new(encounter, patient, Stage::Planned, hospital.now);
    (visit.need, visit.specialty, visit.home, visit.leaves_at) = (need, specialty, home, expected_at);
    hospital.visits.insert(id, visit);
    hospital.engaged.insert(patient);
    let document = doc! {
        "_id": encounter, "patient_id": patient, "class": class, "status": "planned",
        "ward_id": WARDS[home].id, "specialty": specialty, "ventilated": false, "expected_at": date(expected_at),
    };
    hospital.in_turn("is booked for a stay", vec![person, Write::insert("encounters", document)]);
    if hospital.dice.chance(0.04) {
        let at = hospital.now + hospital.dice.between(HOUR, 40 * HOUR);
        hospital.at(at.min(expected_at - HOUR), move |hospital| cancel(hospital, id));
    }
    await_arrival(hospital, id, expected_at);
}

fn await_arrival(hospital: &mut Hospital, id: VisitId, expected_at: i64) {
    let early = (hospital.dice.normal(0.0, 13.0).clamp(-30.0, 45.0) * MINUTE as f64) as i64;
    hospital.at(expected_at + early, move |hospital| {
        // Who was put off comes another day.
        if hospital.visits.get(&id).is_some_and(|visit| visit.leaves_at == expected_at) {
            arrive(hospital, id);
        }
    });
}

/// A booking that is taken back is taken out of the books.
fn cancel(hospital: &mut Hospital, id: VisitId) {
    if hospital.visits.get(&id).is_none_or(|visit| visit.stage != Stage::Planned) {
        return;
    }
    let Some(visit) = hospital.visits.remove(&id) else { return };
    hospital.engaged.remove(&visit.patient);
    hospital.write("takes a booking back", Write::delete("encounters", visit.id));
}

fn arrive(hospital: &mut Hospital, id: VisitId) {
    let now = hospital.now;
    let Some(visit) = hospital.visits.get_mut(&id).filter(|visit| visit.stage == Stage::Planned) else {
        return;
    };
    (visit.stage, visit.arrived_at) = (Stage::Lounge, now);
    let is_day_case = visit.need == Need::Day;
    let fields = doc! { "status": "arrived", "arrived_at": date(now) };
    let write = Write::set("encounters", visit.id, fields);
    hospital.write("comes for a planned stay", write);
    // Papers and tests come first, often the operation, too.
    let minutes = if is_day_case { (10, 40) } else { (90, 540) };
    let delay = hospital.dice.between(minutes.0, minutes.1);
    hospital.after(delay * MINUTE, move |hospital| needs_bed(hospital, id));
    let no_bed_by = hospital.midnight() + 21 * HOUR;
    hospital.at(no_bed_by, move |hospital| {
        if hospital.visits.get(&id).is_some_and(|visit| visit.stage == Stage::Lounge) {
            postpone(hospital, id);
        }
    });
}

fn needs_bed(hospital: &mut Hospital, id: VisitId) {
    let now = hospital.now;
    let Some(visit) = hospital.visits.get_mut(&id).filter(|visit| visit.stage == Stage::Lounge) else {
        return;
    };
    let write = Write::set("encounters", visit.id, doc! { "bed_requested_at": date(now) });
    hospital.write("is to have a bed", write);
    bed_manager::request(hospital, id);
}

/// No bed: home again, and another day.
pub(super) fn postpone(hospital: &mut Hospital, id: VisitId) {
    let waits =
        |visit: &Visit| matches!(visit.stage, Stage::Lounge | Stage::Planned) && visit.reserved.is_none();
    if !hospital.visits.get(&id).is_some_and(waits) {
        return;
    }
    // A reserved bed is none of theirs, so nothing is written for it.
    let kept = bed_manager::give_up(hospital, id);
    let mut day = hospital.midnight() + hospital.dice.between(2, 6) * DAY;
    while hospital.calendar.is_weekend(day) {
        day += DAY;
    }
    let expected_at = day + 7 * HOUR;
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    (visit.stage, visit.leaves_at) = (Stage::Planned, expected_at);
    let update = doc! {
        "$set": { "status": "planned", "expected_at": date(expected_at) },
        "$unset": { "arrived_at": "", "bed_requested_at": "" },
    };
    let writes = [Write::update("encounters", visit.id, update)].into_iter().chain(kept).collect();
    hospital.in_turn("is sent home for want of a bed", writes);
    await_arrival(hospital, id, expected_at);
}

fn come_for_birth(hospital: &mut Hospital) {
    let now = hospital.now;
    let (patient, person) = whoever_comes(hospital, "desk");
    let (id, encounter) = (hospital.number(), hospital.id());
    let home = home_ward(hospital, Need::Maternity, "obstetrics");
    let mut visit = Visit::new(encounter, patient, Stage::Lounge, now);
    (visit.need, visit.specialty, visit.home) = (Need::Maternity, "obstetrics", home);
    hospital.visits.insert(id, visit);
    hospital.engaged.insert(patient);
    let document = doc! {
        "_id": encounter, "patient_id": patient, "class": "inpatient", "status": "arrived",
        "ward_id": WARDS[home].id, "specialty": "obstetrics", "ventilated": false,
        "arrived_at": date(now), "bed_requested_at": date(now),
    };
    let writes = person.into_iter().chain([Write::insert("encounters", document)]).collect();
    hospital.in_turn("comes for a birth", writes);
    bed_manager::request(hospital, id);
}
