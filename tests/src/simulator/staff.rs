//! Staff: the roster and its import, clocking in and out, sickness, and how many there should be.

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::calendar::{DAY, HOUR, MINUTE};
use super::operation::{Write, date};
use super::words::{DEPARTMENTS, WARDS};
use super::world::Hospital;

/// Minutes after midnight at which shifts start; each ends 20 minutes after the next has started.
pub(super) const STARTS: [i64; 3] = [390, 840, 1_290];
pub(super) const ENDS: [i64; 3] = [860, 1_310, 1_850];
const OVERLAP: i64 = 20;

/// Role, letter of the staff numbers, how many there are, and how many work by day, late and at night.
pub(super) const ROLES: [(&str, &str, usize, [usize; 3]); 4] = [
    ("nurse", "N", 1_320, [300, 240, 190]),
    ("physician", "P", 330, [110, 45, 25]),
    ("support", "S", 280, [80, 50, 20]),
    ("technician", "T", 130, [40, 20, 8]),
];
const SICK: f64 = 0.04;
/// Of those who are sick so many are replaced.
const REPLACED: f64 = 0.85;
/// Open from the start.
const OPEN: f64 = 0.003;
/// More are rostered than are required, by this factor.
const ROSTERED: f64 = 1.06;
/// The roster is imported so many days ahead.
const AHEAD: i64 = 2;

/// Who was rostered last, by role: everybody in turn, so that nobody works twice a day.
#[derive(Default)]
pub(super) struct Roster {
    turn: [usize; 4],
}

struct Shift {
    id: ObjectId,
    role: usize,
    ward: usize,
    starts_at: i64,
    ends_at: i64,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let midnight = hospital.midnight();
    hospital.at(midnight + 5 * HOUR, move |hospital| import_roster(hospital, midnight + AHEAD * DAY));
    for starts in STARTS {
        let at = midnight + (starts - 60) * MINUTE;
        hospital.at(at, move |hospital| confirm(hospital, midnight + starts * MINUTE));
    }
    let changes = hospital.dice.poisson(6.0);
    for _ in 0..changes {
        let at = midnight + hospital.dice.between(8 * HOUR, 16 * HOUR);
        hospital.at(at, change_department);
    }
}

/// Everybody, and the shifts that were imported before the first day began.
pub(super) fn build(hospital: &mut Hospital) -> Vec<Document> {
    for day in -1..AHEAD {
        let midnight = hospital.midnight() + day * DAY;
        import_roster(hospital, midnight);
    }
    let mut documents = Vec::new();
    for (role, letter, count, _) in ROLES {
        for number in 0..count {
            let department = hospital.dice.one_of(DEPARTMENTS);
            documents.push(doc! { "_id": staff_id(letter, number), "role": role, "department": department });
        }
    }
    documents
}

fn staff_id(letter: &str, number: usize) -> String {
    format!("{letter}{number:04}")
}

/// A whole day in one insert, with how many there should be.
fn import_roster(hospital: &mut Hospital, day: i64) {
    let (mut shifts, mut plan) = (Vec::new(), Vec::new());
    for (role, (_, _, _, counts)) in ROLES.iter().enumerate() {
        for (which, count) in counts.iter().enumerate() {
            let (starts_at, ends_at) = (day + STARTS[which] * MINUTE, day + ENDS[which] * MINUTE);
            if ends_at <= hospital.now {
                continue;
            }
            for (ward, rostered) in over_wards(*count).into_iter().enumerate() {
                if rostered > 0 {
                    // The plan changes with the shift; only people overlap.
                    let until = ends_at - OVERLAP * MINUTE;
                    plan.push(required(hospital, role, ward, (starts_at, until), rostered));
                }
                for _ in 0..rostered {
                    shifts.push(roster(hospital, role, ward, starts_at, ends_at));
                }
            }
        }
    }
    hospital.write("imports the roster", Write::Insert { collection: "shifts", documents: shifts });
    hospital
        .write("imports the staffing plan", Write::Insert { collection: "staffing_plan", documents: plan });
}

fn required(
    hospital: &mut Hospital,
    role: usize,
    ward: usize,
    (starts_at, ends_at): (i64, i64),
    rostered: usize,
) -> Document {
    let required = (rostered as f64 / ROSTERED).round().max(1.0) as i32;
    doc! {
        "_id": hospital.id(), "ward_id": WARDS[ward].id, "role": ROLES[role].0, "required": required,
        "starts_at": date(starts_at), "ends_at": date(ends_at),
    }
}

/// A number of people over the wards, by what the wards' patients need.
pub(super) fn over_wards(count: usize) -> Vec<usize> {
    let weights: Vec<f64> = WARDS
        .iter()
        .map(|ward| {
            let each = match ward.bed_kind {
                "icu" => 3.2,
                "hdu" => 2.0,
                "bay" => 1.0,
                _ => 1.0,
            };
            each * ward.beds as f64
        })
        .collect();
    let total: f64 = weights.iter().sum();
    let (mut owed, mut given) = (0.0, 0);
    weights
        .iter()
        .map(|weight| {
            owed += weight / total * count as f64;
            let here = (owed.round() as usize).saturating_sub(given);
            given += here;
            here
        })
        .collect()
}

/// A shift's document; what becomes of it is planned.
fn roster(hospital: &mut Hospital, role: usize, ward: usize, starts_at: i64, ends_at: i64) -> Document {
    let (name, letter, people, _) = ROLES[role];
    let turn = hospital.roster.turn[role];
    hospital.roster.turn[role] = (turn + 1) % people;
    let shift = Shift { id: hospital.id(), role, ward, starts_at, ends_at };
    let mut document = doc! {
        "_id": shift.id, "staff_id": staff_id(letter, turn), "role": name, "ward_id": WARDS[ward].id,
        "status": "planned", "starts_at": date(starts_at), "ends_at": date(ends_at),
    };
    if hospital.dice.chance(0.2) {
        document.insert("clocked_in_at", Bson::Null);
    }
    if hospital.dice.chance(OPEN) {
        document.insert("status", "open");
        document.remove("staff_id");
    } else if hospital.dice.chance(SICK) {
        let at = starts_at - hospital.dice.between(HOUR, 11 * HOUR);
        hospital.at(at, move |hospital| call_in_sick(hospital, shift));
    } else {
        work(hospital, &shift);
    }
    document
}

/// Clocks in and out about on time.
fn work(hospital: &mut Hospital, shift: &Shift) {
    let (id, ends_at) = (shift.id, shift.ends_at);
    let comes = (hospital.dice.normal(0.0, 3.2).clamp(-7.0, 7.0) * MINUTE as f64) as i64;
    hospital.at(shift.starts_at + comes, move |hospital| {
        let fields = doc! { "status": "confirmed", "clocked_in_at": date(hospital.now) };
        hospital.write("clocks in", Write::set("shifts", id, fields));
        let goes = (hospital.dice.normal(0.0, 3.2).clamp(-7.0, 7.0) * MINUTE as f64) as i64;
        hospital.at(ends_at + goes, move |hospital| {
            let fields = doc! { "clocked_out_at": date(hospital.now) };
            hospital.write("clocks out", Write::set("shifts", id, fields));
        });
    });
}

/// The shift stands open until somebody takes it.
fn call_in_sick(hospital: &mut Hospital, sick: Shift) {
    let open = Shift { id: hospital.id(), ..sick };
    let document = doc! {
        "_id": open.id, "role": ROLES[open.role].0, "ward_id": WARDS[open.ward].id, "status": "open",
        "starts_at": date(open.starts_at), "ends_at": date(open.ends_at), "staff_id": Bson::Null,
    };
    let writes =
        vec![Write::set("shifts", sick.id, doc! { "status": "sick" }), Write::insert("shifts", document)];
    hospital.in_turn("calls in sick", writes);
    if hospital.dice.chance(REPLACED) {
        let minutes = hospital.dice.log_normal(40.0, 0.7).clamp(5.0, 400.0) as i64;
        let at = (hospital.now + minutes * MINUTE).min(open.starts_at - 10 * MINUTE);
        hospital.at(at, move |hospital| take_over(hospital, open));
    }
}

fn take_over(hospital: &mut Hospital, shift: Shift) {
    let (_, letter, people, _) = ROLES[shift.role];
    let staff = staff_id(letter, hospital.dice.below(people));
    let fields = doc! { "status": "confirmed", "staff_id": staff };
    hospital.write("takes an open shift", Write::set("shifts", shift.id, fields));
    work(hospital, &shift);
}

/// One command over everybody who is to start.
fn confirm(hospital: &mut Hospital, starts_at: i64) {
    let write = Write::UpdateMany {
        collection: "shifts",
        filter: doc! { "status": "planned", "starts_at": date(starts_at) },
        update: doc! { "$set": { "status": "confirmed" } },
    };
    hospital.write("confirms a shift", write);
}

/// The personnel office replaces whole documents.
fn change_department(hospital: &mut Hospital) {
    let (role, letter, people, _) = ROLES[hospital.dice.below(ROLES.len())];
    let id = staff_id(letter, hospital.dice.below(people));
    let document = doc! { "_id": &id, "role": role, "department": hospital.dice.one_of(DEPARTMENTS) };
    let write = Write::Replace { collection: "staff", filter: doc! { "_id": id }, document };
    hospital.write("changes the department", write);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_on_a_ward() {
        for count in [8, 190, 240, 300] {
            assert_eq!(over_wards(count).iter().sum::<usize>(), count);
        }
    }
}
