//! Stays on the wards: admission, transfer, discharge. Encounter, bed and patient move together.

use bson::doc;

use super::emergency::is_bay;
use super::house::{occupy, patient_document, release};
use super::operation::{Operation, Write, date};
use super::state::{BedStatus, DAY, HOUR, Hospital, Stage, Visit};
use super::words::{SPECIALTIES, WARDS};

/// Share of the staffed beds above which discharges are pressed for, and below which they can wait.
const FULL: f64 = 0.92;

/// From the emergency department to a ward: encounter, bay, bed and patient in one transaction.
pub(super) fn admit(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Boarding)?;
    let bed = hospital.bed_with(BedStatus::Free, |bed| !is_bay(bed.ward))?;
    let now = hospital.now;
    let ward = WARDS[hospital.beds[bed].ward].id;
    let mut writes = Vec::new();
    if let Some(bay) = hospital.visits[index].bed.take() {
        writes.extend(release(hospital, bay));
    }
    writes.push(occupy(hospital, bed, index));
    let visit = &mut hospital.visits[index];
    visit.stage = Stage::Admitted;
    let bed_id = hospital.beds[bed].id.clone();
    let fields = doc! { "status": "admitted", "admitted_at": date(now), "ward_id": ward, "bed_id": bed_id };
    writes.push(Write::set("encounters", visit.id, fields));
    writes.push(Write::set("patients", visit.patient, doc! { "active": true, "ward_id": ward }));
    Operation::together("is admitted", writes)
}

/// An elective stay, straight to a ward.
pub(super) fn arrive_planned(hospital: &mut Hospital) -> Option<Operation> {
    if occupancy(hospital) > FULL && hospital.dice.chance(0.7) {
        return None;
    }
    let bed = hospital.bed_with(BedStatus::Free, |bed| !is_bay(bed.ward))?;
    let (patient, id, now) = (hospital.id(), hospital.id(), hospital.now);
    let ward = &WARDS[hospital.beds[bed].ward];
    let class = if ward.kind == "daycase" { "daycase" } else { "inpatient" };
    let person = patient_document(hospital, patient, "desk", now);
    let document = doc! {
        "_id": id, "patient_id": patient, "class": class, "status": "admitted", "ward_id": ward.id,
        "specialty": hospital.dice.one_of(SPECIALTIES), "ventilated": false, "bed_id": &hospital.beds[bed].id,
        "arrived_at": date(now), "admitted_at": date(now),
    };
    hospital.visits.push(in_house(id, patient, now));
    let taken = occupy(hospital, bed, hospital.visits.len() - 1);
    let writes = vec![Write::insert("patients", person), Write::insert("encounters", document), taken];
    Operation::together("comes for a planned stay", writes)
}

pub(super) fn discharge(hospital: &mut Hospital) -> Option<Operation> {
    if occupancy(hospital) < FULL && hospital.dice.chance(0.7) {
        return None;
    }
    let index = hospital.visit_at(Stage::Admitted)?;
    let visit = hospital.visits.swap_remove(index);
    let now = hospital.now;
    let status = if hospital.dice.chance(0.02) { "died" } else { "discharged" };
    let mut writes = Vec::new();
    if let Some(bed) = visit.bed {
        writes.extend(release(hospital, bed));
    }
    writes.push(Write::set("encounters", visit.id, doc! { "status": status, "discharged_at": date(now) }));
    writes.push(Write::set("patients", visit.patient, doc! { "active": false }));
    Operation::together("is discharged", writes)
}

pub(super) fn transfer(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Admitted)?;
    let to = hospital.bed_with(BedStatus::Free, |bed| !is_bay(bed.ward))?;
    let from = hospital.visits[index].bed.take()?;
    let mut writes = release(hospital, from);
    writes.push(occupy(hospital, to, index));
    let fields = doc! { "ward_id": WARDS[hospital.beds[to].ward].id, "bed_id": &hospital.beds[to].id };
    writes.push(Write::set("encounters", hospital.visits[index].id, fields));
    Operation::together("moves to another ward", writes)
}

pub(super) fn declare_ready(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Admitted).filter(|index| !hospital.visits[*index].ready)?;
    let now = hospital.now;
    let visit = &mut hospital.visits[index];
    visit.ready = true;
    Operation::one(
        "is ready to go",
        Write::set("encounters", visit.id, doc! { "medically_ready_at": date(now) }),
    )
}

pub(super) fn expect_discharge(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Admitted)?;
    let at = hospital.now + hospital.dice.between(HOUR, 3 * DAY);
    let visit = &mut hospital.visits[index];
    visit.expected = true;
    let fields = doc! { "expected_discharge_at": date(at) };
    Operation::one("has a day of discharge", Write::set("encounters", visit.id, fields))
}

pub(super) fn in_house(id: bson::oid::ObjectId, patient: bson::oid::ObjectId, arrived_at: i64) -> Visit {
    Visit {
        id,
        patient,
        stage: Stage::Admitted,
        acuity: 3,
        bed: None,
        arrived_at,
        triaged_at: None,
        ready: false,
        expected: false,
    }
}

/// Occupied share of the beds that are staffed.
fn occupancy(hospital: &Hospital) -> f64 {
    let (mut occupied, mut staffed) = (0.0, 0.0);
    for bed in hospital.beds.iter().filter(|bed| !is_bay(bed.ward)) {
        staffed += f64::from(u8::from(bed.status != BedStatus::Closed));
        occupied += f64::from(u8::from(bed.status == BedStatus::Occupied));
    }
    occupied / f64::max(staffed, 1.0)
}
