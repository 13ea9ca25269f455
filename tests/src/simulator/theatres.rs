//! Theatres: the day's list, one case after the other, and emergencies at any hour.

use bson::oid::ObjectId;
use bson::{Document, doc};

use super::calendar::{DAY, HOUR, MINUTE};
use super::operation::{Write, date};
use super::rooms::{self, RoomStatus};
use super::world::{Hospital, instants};

/// The others are for emergencies.
const WITH_A_LIST: usize = 12;
const BEGINS: i64 = 8 * HOUR;
/// No case begins later.
const LAST_START: i64 = 17 * HOUR;
/// Minutes of a case, log-normal, and of a turnover.
const CASE: (f64, f64) = (95.0, 0.42);
const TURNOVER: f64 = 28.0;
/// Minutes by which the first case is late.
const LATE: (f64, f64) = (8.0, 12.0);
const CANCELLED: f64 = 0.04;
const EMERGENCIES_A_DAY: f64 = 7.0;
const SPECIALTIES: [&str; 4] = ["general_surgery", "orthopaedics", "neurology", "obstetrics"];

#[derive(Debug, Clone)]
struct Case {
    id: ObjectId,
    scheduled: i64,
    cancelled: bool,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let midnight = hospital.midnight();
    hospital.at(midnight + 15 * HOUR, move |hospital| write_lists(hospital, midnight + DAY));
    let count = hospital.dice.poisson(EMERGENCIES_A_DAY);
    for at in instants(hospital, count, &[1.0; 24]) {
        hospital.at(at, emergency);
    }
}

/// The lists of a day, written the day before.
pub(super) fn write_lists(hospital: &mut Hospital, day: i64) {
    if hospital.calendar.is_weekend(day) {
        return;
    }
    let mut documents = Vec::new();
    for room in 0..WITH_A_LIST {
        let mut cases = Vec::new();
        let count = 3 + hospital.dice.weighted(&[25.0, 60.0, 15.0]) as i64;
        for number in 0..count {
            let scheduled = day + BEGINS + number * 125 * MINUTE;
            let (id, cancelled) = (hospital.id(), hospital.dice.chance(CANCELLED));
            let urgency = if hospital.dice.chance(0.08) { "urgent" } else { "elective" };
            documents.push(document(hospital, id, room, urgency, scheduled, number == 0));
            if cancelled {
                let at = scheduled - hospital.dice.between(10, 180) * MINUTE;
                hospital.at(at, move |hospital| cancel(hospital, id));
            }
            cases.push(Case { id, scheduled, cancelled });
        }
        cases.reverse();
        let late = hospital.dice.normal(LATE.0, LATE.1).clamp(-6.0, 75.0);
        let at = day + BEGINS + (late * MINUTE as f64) as i64;
        hospital.at(at, move |hospital| next_case(hospital, room, cases));
    }
    hospital.write("writes the theatres' lists", Write::Insert { collection: "theatre_cases", documents });
}

fn document(
    hospital: &mut Hospital,
    id: ObjectId,
    room: usize,
    urgency: &str,
    scheduled: i64,
    first: bool,
) -> Document {
    // Three theatres to a specialty, but for those that take what comes.
    let specialty = match urgency {
        "emergency" => hospital.dice.one_of(SPECIALTIES),
        _ => SPECIALTIES[room / 3 % SPECIALTIES.len()],
    };
    doc! {
        "_id": id, "room_id": &hospital.rooms[room].id, "specialty": specialty, "status": "scheduled",
        "scheduled_start": date(scheduled), "urgency": urgency, "first": first,
    }
}

fn cancel(hospital: &mut Hospital, id: ObjectId) {
    let write = Write::set("theatre_cases", id, doc! { "status": "cancelled" });
    hospital.write("has an operation cancelled", write);
}

/// The next of a theatre's list, the last first in `cases`.
fn next_case(hospital: &mut Hospital, room: usize, mut cases: Vec<Case>) {
    let Some(case) = cases.pop() else { return };
    let now = hospital.now;
    if case.cancelled {
        return next_case(hospital, room, cases);
    }
    if now > hospital.midnight() + LAST_START {
        cancel(hospital, case.id);
        return next_case(hospital, room, cases);
    }
    let too_early = now < case.scheduled - 45 * MINUTE;
    if too_early || hospital.rooms[room].status != RoomStatus::Free {
        let at = (case.scheduled - 45 * MINUTE).max(now + 10 * MINUTE);
        cases.push(case);
        return hospital.at(at, move |hospital| next_case(hospital, room, cases));
    }
    operate(hospital, room, case.id, cases);
}

fn operate(hospital: &mut Hospital, room: usize, id: ObjectId, cases: Vec<Case>) {
    let fields = doc! { "status": "in_progress", "started_at": date(hospital.now), "room_id": &hospital.rooms[room].id };
    let writes = vec![Write::set("theatre_cases", id, fields), rooms::take(hospital, room)];
    hospital.in_turn("begins an operation", writes);
    let minutes = hospital.dice.log_normal(CASE.0, CASE.1).clamp(20.0, 420.0);
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| {
        let fields = doc! { "status": "done", "ended_at": date(hospital.now) };
        let room_left = rooms::leave(hospital, room, TURNOVER);
        hospital.in_turn("ends an operation", vec![Write::set("theatre_cases", id, fields), room_left]);
        hospital.after((TURNOVER * 1.1) as i64 * MINUTE, move |hospital| next_case(hospital, room, cases));
    });
}

fn emergency(hospital: &mut Hospital) {
    let id = hospital.id();
    let scheduled = hospital.now + hospital.dice.between(15, 45) * MINUTE;
    let document = document(hospital, id, WITH_A_LIST, "emergency", scheduled, false);
    hospital.write("needs an operation at once", Write::insert("theatre_cases", document));
    hospital.at(scheduled, move |hospital| find_a_theatre(hospital, id));
}

fn find_a_theatre(hospital: &mut Hospital, id: ObjectId) {
    // Those without a list first.
    let is_free = |room: &usize| hospital.rooms[*room].status == RoomStatus::Free;
    match (0..rooms::KINDS[0].2).rev().find(is_free) {
        Some(room) => operate(hospital, room, id, Vec::new()),
        None => hospital.after(15 * MINUTE, move |hospital| find_a_theatre(hospital, id)),
    }
}
