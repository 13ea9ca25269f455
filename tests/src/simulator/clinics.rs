//! Clinics: appointments from booking to their end.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};

use super::calendar::{DAY, HOUR, MINUTE};
use super::operation::{Write, date};
use super::words::{DEPARTMENTS, TEXT_DATES};
use super::world::Hospital;
use super::{money, rooms};

const A_WEEKDAY: f64 = 1_400.0;
const FRIDAY: f64 = 0.8;
/// From 8 h on: two humps, at 10 and at 14 h.
const BY_HOUR: [f64; 9] = [7.0, 13.0, 17.0, 14.0, 6.0, 11.0, 15.0, 11.0, 6.0];
/// Minutes by which starts are late, by the same hours: the longer it goes on, the later.
const SLIP: [f64; 9] = [2.0, 5.0, 9.0, 13.0, 14.0, 3.0, 6.0, 9.0, 12.0];
/// Booked by the department's system in one go so many days ahead; the rest one by one.
const AHEAD: i64 = 3;
const BOOKED_AHEAD: f64 = 0.9;
const NO_SHOW: f64 = 7.0;
const CANCELLED: f64 = 9.0;
const PAY: f64 = 0.55;

#[derive(Debug, Clone, Copy)]
struct Appointment {
    id: ObjectId,
    department: &'static str,
    starts_at: i64,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let midnight = hospital.midnight();
    hospital.at(midnight + 18 * HOUR, move |hospital| book_day(hospital, midnight + AHEAD * DAY));
    if hospital.calendar.is_weekend(midnight) {
        return;
    }
    let count = hospital.dice.poisson(A_WEEKDAY * (1.0 - BOOKED_AHEAD));
    for _ in 0..count {
        let department = hospital.dice.one_of(DEPARTMENTS);
        let starts_at = slot(hospital, midnight);
        let at = starts_at - hospital.dice.between(HOUR, 4 * HOUR);
        hospital.at(at, move |hospital| {
            let (appointment, document) = appointment(hospital, department, starts_at);
            hospital.write("is booked", Write::insert("appointments", document));
            plan(hospital, appointment);
        });
    }
}

/// What was booked before the first day began.
pub(super) fn booked_before(hospital: &mut Hospital) {
    for day in 0..AHEAD {
        book_day(hospital, hospital.midnight() + day * DAY);
    }
}

/// A department's system writes a whole day at once.
fn book_day(hospital: &mut Hospital, day: i64) {
    if hospital.calendar.is_weekend(day) {
        return;
    }
    let friday = if hospital.calendar.weekday(day) == 4 { FRIDAY } else { 1.0 };
    for department in DEPARTMENTS {
        let mean = A_WEEKDAY * BOOKED_AHEAD * friday / DEPARTMENTS.len() as f64;
        let count = hospital.dice.poisson(mean);
        let mut documents = Vec::new();
        for _ in 0..count {
            let starts_at = slot(hospital, day);
            let (appointment, document) = appointment(hospital, department, starts_at);
            documents.push(document);
            plan(hospital, appointment);
        }
        hospital.write("books a day", Write::Insert { collection: "appointments", documents });
    }
}

fn slot(hospital: &mut Hospital, day: i64) -> i64 {
    let hour = 8 + hospital.dice.weighted(&BY_HOUR) as i64;
    day + hour * HOUR + hospital.dice.between(0, 11) * 5 * MINUTE
}

fn appointment(hospital: &mut Hospital, department: &'static str, starts_at: i64) -> (Appointment, Document) {
    let id = hospital.id();
    let appointment = Appointment { id, department, starts_at };
    let document = doc! {
        "_id": id, "department": department, "status": "booked", "starts_at": appointment.stamp(starts_at),
    };
    (appointment, document)
}

impl Appointment {
    /// As the department's system writes it.
    fn stamp(&self, at: i64) -> Bson {
        match self.department == TEXT_DATES {
            true => Bson::String(DateTime::from_millis(at).try_to_rfc3339_string().unwrap_or_default()),
            false => date(at),
        }
    }
}

fn plan(hospital: &mut Hospital, appointment: Appointment) {
    let (now, starts_at) = (hospital.now, appointment.starts_at);
    match hospital.dice.weighted(&[NO_SHOW, CANCELLED, 100.0 - NO_SHOW - CANCELLED]) {
        0 => {
            let minutes = hospital.dice.between(15, 45);
            hospital.at(starts_at + minutes * MINUTE, move |hospital| {
                finish(hospital, &appointment, "does not come", doc! { "status": "no_show" });
            });
        }
        1 => {
            let at = hospital.dice.between(now.max(starts_at - 30 * HOUR), starts_at - 20 * MINUTE);
            hospital.at(at, move |hospital| {
                finish(hospital, &appointment, "cancels", doc! { "status": "cancelled" });
            });
        }
        _ => {
            let minutes = hospital.dice.normal(-12.0, 9.0).clamp(-45.0, 14.0);
            let at = starts_at + (minutes * MINUTE as f64) as i64;
            hospital.at(at, move |hospital| check_in(hospital, appointment));
        }
    }
}

fn finish(hospital: &mut Hospital, appointment: &Appointment, what: &'static str, fields: Document) {
    hospital.write(what, Write::set("appointments", appointment.id, fields));
}

fn check_in(hospital: &mut Hospital, appointment: Appointment) {
    let now = hospital.now;
    let fields = doc! { "status": "checked_in", "checked_in_at": appointment.stamp(now) };
    finish(hospital, &appointment, "checks in", fields);
    let hour = hospital.calendar.hour(appointment.starts_at).clamp(8, 16) - 8;
    let slip = hospital.dice.normal(SLIP[hour], 2.0 + SLIP[hour] * 0.35).clamp(0.0, 34.0);
    let starts = (appointment.starts_at + (slip * MINUTE as f64) as i64).max(now + MINUTE);
    hospital.at(starts, move |hospital| begin(hospital, appointment));
}

fn begin(hospital: &mut Hospital, appointment: Appointment) {
    let kind = match appointment.department {
        "radiology" => Some("imaging"),
        "laboratory" => None,
        _ => Some("clinic"),
    };
    let room = kind.and_then(|kind| rooms::free(hospital, kind));
    let mut fields = doc! { "status": "in_progress", "started_at": appointment.stamp(hospital.now) };
    let mut writes = Vec::new();
    if let Some(room) = room {
        fields.insert("room_id", &hospital.rooms[room].id);
        writes.push(rooms::take(hospital, room));
    }
    writes.insert(0, Write::set("appointments", appointment.id, fields));
    hospital.in_turn("is called in", writes);
    let minutes = hospital.dice.log_normal(15.0, 0.45).clamp(4.0, 70.0);
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| end(hospital, appointment, room));
}

fn end(hospital: &mut Hospital, appointment: Appointment, room: Option<usize>) {
    let fields = doc! { "status": "completed", "ended_at": appointment.stamp(hospital.now) };
    let mut writes = vec![Write::set("appointments", appointment.id, fields)];
    writes.extend(room.map(|room| rooms::leave(hospital, room, 3.0)));
    hospital.in_turn("is done in the clinic", writes);
    if hospital.dice.chance(PAY) {
        money::after_clinic(hospital, appointment.department);
    }
}
