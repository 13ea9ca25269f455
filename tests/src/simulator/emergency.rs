//! The emergency department: arrival, triage, treatment, home or a request for a bed.

use bson::{Bson, Document, doc};

use super::house::{occupy, patient_document, release};
use super::operation::{Operation, Write, date};
use super::state::{BedStatus, Hospital, Stage, Visit};
use super::words::{SPECIALTIES, WARDS};

/// The department is about full with so many.
const USUAL_CENSUS: usize = 46;

pub(super) fn is_bay(ward: usize) -> bool {
    WARDS[ward].kind == "ed"
}

pub(super) fn arrive(hospital: &mut Hospital) -> Option<Operation> {
    let present = hospital.visits.iter().filter(|visit| visit.stage < Stage::Admitted).count();
    // More come than go until it is full; then about as many.
    if present > USUAL_CENSUS && hospital.dice.chance(0.75) {
        return None;
    }
    let patient = hospital.id();
    let now = hospital.now;
    let acuity = acuity(hospital);
    let visit = hospital.id();
    let mut document = encounter_document(hospital, visit, patient, acuity, now);
    // Some systems write what is not known yet as null, some leave it out.
    if hospital.dice.chance(0.3) {
        document.insert("triaged_at", Bson::Null);
        document.insert("seen_at", Bson::Null);
    }
    let person = patient_document(hospital, patient, "ed", now);
    hospital.remember_patient(patient);
    hospital.visits.push(Visit {
        id: visit,
        patient,
        stage: Stage::Arrived,
        acuity,
        bed: None,
        arrived_at: now,
        triaged_at: None,
        ready: false,
        expected: false,
    });
    let writes = vec![Write::insert("patients", person), Write::insert("encounters", document)];
    Operation::in_turn("arrives in the emergency department", writes)
}

pub(super) fn triage(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Arrived)?;
    let now = hospital.now;
    let visit = &mut hospital.visits[index];
    visit.stage = Stage::Triaged;
    visit.triaged_at = Some(now);
    let fields = doc! { "status": "triaged", "triaged_at": date(now), "acuity": visit.acuity };
    Operation::one("is triaged", Write::set("encounters", visit.id, fields))
}

/// Seen by a physician, in a bay.
pub(super) fn see(hospital: &mut Hospital) -> Option<Operation> {
    // The most urgent first, then who came first.
    let index = (0..hospital.visits.len())
        .filter(|index| hospital.visits[*index].stage == Stage::Triaged)
        .min_by_key(|index| (hospital.visits[*index].acuity, hospital.visits[*index].arrived_at))?;
    let bay = hospital.bed_with(BedStatus::Free, |bed| is_bay(bed.ward))?;
    let now = hospital.now;
    let taken = occupy(hospital, bay, index);
    let visit = &mut hospital.visits[index];
    visit.stage = Stage::InTreatment;
    let fields = doc! { "status": "in_treatment", "seen_at": date(now) };
    Operation::in_turn("is seen", vec![Write::set("encounters", visit.id, fields), taken])
}

pub(super) fn request_bed(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::InTreatment)?;
    let now = hospital.now;
    let specialty = hospital.dice.one_of(SPECIALTIES);
    let visit = &mut hospital.visits[index];
    visit.stage = Stage::Boarding;
    let fields = doc! { "bed_requested_at": date(now), "specialty": specialty };
    Operation::one("needs a bed", Write::set("encounters", visit.id, fields))
}

pub(super) fn send_home(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::InTreatment)?;
    leave(hospital, index, "discharged", "is sent home")
}

pub(super) fn leave_unseen(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Triaged)?;
    leave(hospital, index, "left_unseen", "leaves unseen")
}

fn leave(hospital: &mut Hospital, index: usize, status: &str, what: &'static str) -> Option<Operation> {
    let visit = hospital.visits.swap_remove(index);
    let fields = doc! { "status": status, "discharged_at": date(hospital.now) };
    let mut writes = vec![Write::set("encounters", visit.id, fields)];
    if let Some(bed) = visit.bed {
        writes.extend(release(hospital, bed));
    }
    Operation::in_turn(what, writes)
}

/// 1 is the most urgent.
pub(super) fn acuity(hospital: &mut Hospital) -> i32 {
    [1, 2, 3, 4, 5][hospital.dice.weighted(&[1.0, 14.0, 45.0, 32.0, 8.0])]
}

/// An emergency visit as it is written on arrival.
pub(super) fn encounter_document(
    hospital: &mut Hospital,
    id: bson::oid::ObjectId,
    patient: bson::oid::ObjectId,
    acuity: i32,
    arrived_at: i64,
) -> Document {
    let mode = ["walk_in", "ambulance", "referral"][hospital.dice.weighted(&[65.0, 25.0, 10.0])];
    doc! {
        "_id": id, "patient_id": patient, "class": "emergency", "status": "arrived", "ward_id": "ED",
        "acuity": acuity, "arrival_mode": mode, "arrived_at": date(arrived_at), "ventilated": false,
    }
}
