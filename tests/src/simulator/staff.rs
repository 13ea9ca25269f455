//! Shifts: planned, clocked in and out, sick, and the roster's import.

use bson::{Document, doc};

use super::operation::{Operation, Write, date};
use super::state::{HOUR, Hospital, MINUTE, Shift};
use super::words::{ROLES, WARDS};

pub(super) fn clock_in(hospital: &mut Hospital) -> Option<Operation> {
    let now = hospital.now;
    let due =
        |shift: &Shift| !shift.clocked_in && shift.starts_at <= now + 15 * MINUTE && shift.ends_at > now;
    let index = one_of(hospital, due)?;
    let shift = &mut hospital.shifts[index];
    shift.clocked_in = true;
    Operation::one("clocks in", Write::set("shifts", shift.id, doc! { "clocked_in_at": date(now) }))
}

/// Those whose shift is over; now and then somebody goes early.
pub(super) fn clock_out(hospital: &mut Hospital) -> Option<Operation> {
    let now = hospital.now;
    let early = hospital.dice.chance(0.2);
    let index = one_of(hospital, |shift| shift.clocked_in && (early || shift.ends_at <= now))?;
    let shift = hospital.shifts.swap_remove(index);
    Operation::one("clocks out", Write::set("shifts", shift.id, doc! { "clocked_out_at": date(now) }))
}

/// The shift stands open until somebody else takes it.
pub(super) fn call_in_sick(hospital: &mut Hospital) -> Option<Operation> {
    let index = one_of(hospital, |shift| !shift.clocked_in)?;
    let sick = hospital.shifts.swap_remove(index);
    let (starts_at, ends_at) = (sick.starts_at, sick.ends_at);
    let status = if hospital.dice.chance(0.5) { "open" } else { "confirmed" };
    let replacement = shift(hospital, starts_at, ends_at, status, false);
    let writes = vec![
        Write::set("shifts", sick.id, doc! { "status": "sick" }),
        Write::Insert { collection: "shifts", documents: vec![replacement] },
    ];
    Operation::in_turn("calls in sick", writes)
}

/// Many shifts in one insert, for the hours to come.
pub(super) fn import_roster(hospital: &mut Hospital) -> Option<Operation> {
    let starts_at = hospital.now + hospital.dice.between(-10, 30) * MINUTE;
    let documents: Vec<Document> =
        (0..40).map(|_| shift(hospital, starts_at, starts_at + 8 * HOUR, "planned", false)).collect();
    Operation::one("imports a roster", Write::Insert { collection: "shifts", documents })
}

/// A shift's document, remembered when somebody will work it.
pub(super) fn shift(
    hospital: &mut Hospital,
    starts_at: i64,
    ends_at: i64,
    status: &str,
    clocked_in: bool,
) -> Document {
    let id = hospital.id();
    let role = ROLES[hospital.dice.weighted(&[60.0, 20.0, 12.0, 8.0])];
    let ward = WARDS[hospital.dice.below(WARDS.len())].id;
    let staff = format!("W{:04}", hospital.dice.below(super::setup::STAFF));
    let mut document = doc! {
        "_id": id, "staff_id": staff, "role": role, "ward_id": ward, "status": status,
        "starts_at": date(starts_at), "ends_at": date(ends_at),
    };
    if clocked_in {
        let at = (starts_at + hospital.dice.between(-7, 7) * MINUTE).min(hospital.now);
        document.insert("clocked_in_at", date(at));
    }
    if matches!(status, "planned" | "confirmed") && ends_at > hospital.now {
        hospital.shifts.push(Shift { id, starts_at, ends_at, clocked_in });
    }
    document
}

fn one_of(hospital: &mut Hospital, wanted: impl Fn(&Shift) -> bool) -> Option<usize> {
    let there: Vec<usize> =
        (0..hospital.shifts.len()).filter(|index| wanted(&hospital.shifts[*index])).collect();
    hospital.dice.pick(&there).copied()
}
