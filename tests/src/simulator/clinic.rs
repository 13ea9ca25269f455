//! Clinics: appointments from booking to their end.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};

use super::operation::{Operation, Write, date};
use super::state::{Appointment, AppointmentStatus, HOUR, Hospital, MINUTE};
use super::words::{DEPARTMENTS, TEXT_DATES};

pub(super) fn check_in(hospital: &mut Hospital) -> Option<Operation> {
    advance(hospital, AppointmentStatus::Booked, AppointmentStatus::CheckedIn, "checks in", |now| {
        doc! { "status": "checked_in", "checked_in_at": now }
    })
}

pub(super) fn begin(hospital: &mut Hospital) -> Option<Operation> {
    advance(hospital, AppointmentStatus::CheckedIn, AppointmentStatus::InProgress, "is called in", |now| {
        doc! { "status": "in_progress", "started_at": now }
    })
}

pub(super) fn complete(hospital: &mut Hospital) -> Option<Operation> {
    let index = soonest(hospital, AppointmentStatus::InProgress)?;
    let ended = hospital.appointments.swap_remove(index);
    let fields = doc! { "status": "completed", "ended_at": date(hospital.now) };
    Operation::one("is done in the clinic", Write::set("appointments", ended.id, fields))
}

/// Only who was due can be missing.
pub(super) fn miss(hospital: &mut Hospital) -> Option<Operation> {
    let index = soonest(hospital, AppointmentStatus::Booked)?;
    if hospital.appointments[index].starts_at > hospital.now {
        return None;
    }
    let missed = hospital.appointments.swap_remove(index);
    Operation::one("does not come", Write::set("appointments", missed.id, doc! { "status": "no_show" }))
}

pub(super) fn cancel(hospital: &mut Hospital) -> Option<Operation> {
    let booked: Vec<usize> = with(hospital, AppointmentStatus::Booked).collect();
    let index = *hospital.dice.pick(&booked)?;
    let cancelled = hospital.appointments.swap_remove(index);
    Operation::one("cancels", Write::set("appointments", cancelled.id, doc! { "status": "cancelled" }))
}

/// A further appointment within the day; more readily when few are left.
pub(super) fn book(hospital: &mut Hospital) -> Option<Operation> {
    if hospital.appointments.len() > 300 && hospital.dice.chance(0.6) {
        return None;
    }
    let id = hospital.id();
    let starts_at = hospital.now + hospital.dice.between(-30, 120) * MINUTE;
    let mut writes = Vec::new();
    let department = hospital.dice.one_of(DEPARTMENTS);
    writes.push(appointment_document(id, department, "booked", starts_at));
    hospital.appointments.push(Appointment { id, starts_at, status: AppointmentStatus::Booked });
    Operation::one("is booked", Write::Insert { collection: "appointments", documents: writes })
}

/// As the department's system writes it.
pub(super) fn appointment_document(id: ObjectId, department: &str, status: &str, starts_at: i64) -> Document {
    let starts = match department == TEXT_DATES {
        true => Bson::String(DateTime::from_millis(starts_at).try_to_rfc3339_string().unwrap_or_default()),
        false => date(starts_at),
    };
    doc! { "_id": id, "department": department, "status": status, "starts_at": starts }
}

/// When in the working day a clinic's appointment starts: two humps, at 10 and at 14 h. Milliseconds after midnight.
pub(super) fn slot(hospital: &mut Hospital) -> i64 {
    const SHARES: [f64; 9] = [7.0, 13.0, 17.0, 14.0, 6.0, 11.0, 15.0, 11.0, 6.0];
    let hour = 8 + hospital.dice.weighted(&SHARES) as i64;
    hour * HOUR + hospital.dice.between(0, 11) * 5 * MINUTE
}

fn advance(
    hospital: &mut Hospital,
    from: AppointmentStatus,
    to: AppointmentStatus,
    what: &'static str,
    fields: impl Fn(Bson) -> Document,
) -> Option<Operation> {
    let index = soonest(hospital, from)?;
    let now = hospital.now;
    let appointment = &mut hospital.appointments[index];
    // Nobody comes more than an hour before the time.
    if appointment.starts_at > now + HOUR {
        return None;
    }
    appointment.status = to;
    Operation::one(what, Write::set("appointments", appointment.id, fields(date(now))))
}

fn soonest(hospital: &Hospital, status: AppointmentStatus) -> Option<usize> {
    with(hospital, status).min_by_key(|index| hospital.appointments[*index].starts_at)
}

fn with(hospital: &Hospital, status: AppointmentStatus) -> impl Iterator<Item = usize> {
    let appointments = &hospital.appointments;
    (0..appointments.len()).filter(move |index| appointments[*index].status == status)
}
