//! The house, and those who lie in it when the first day begins.

use bson::{Document, doc};

use super::bed_manager::Need;
use super::beds::{self, Bed, BedStatus, bed_id};
use super::calendar::{DAY, HOUR, MINUTE};
use super::operation::{Write, date};
use super::people::person;
use super::stays::{self, Stage, Visit, biased_median, biased_sigma, median_days};
use super::words::{ED, WARDS, Ward};
use super::world::{Hospital, VisitId};
use super::{clinics, electives, emergency, invoices, rooms, staff, theatres};

/// Share of the beds that can be isolated.
pub(super) const ISOLATION: f64 = 0.12;

pub(super) fn everything(hospital: &mut Hospital) {
    let wards = WARDS.iter().map(ward).collect();
    hospital.write("builds the wards", insert("wards", wards));
    let rooms = rooms::build(hospital);
    hospital.write("builds the rooms", insert("rooms", rooms));
    let staff = staff::build(hospital);
    hospital.write("employs the staff", insert("staff", staff));
    let invoices = invoices::open_before(hospital);
    hospital.write("has open invoices", insert("invoices", invoices));
    full_house(hospital);
    electives::booked_before(hospital);
    clinics::booked_before(hospital);
    theatres::write_lists(hospital, hospital.midnight());
}

fn insert(collection: &'static str, documents: Vec<Document>) -> Write {
    Write::Insert { collection, documents }
}

fn ward(ward: &Ward) -> Document {
    let beds = i32::try_from(ward.beds).unwrap_or_default();
    doc! { "_id": ward.id, "name": ward.name, "kind": ward.kind, "beds_funded": beds }
}

fn full_house(hospital: &mut Hospital) {
    let (mut bed_documents, mut encounters, mut patients) = (Vec::new(), Vec::new(), Vec::new());
    for (index, ward) in WARDS.iter().enumerate() {
        for number in 1..=ward.beds {
            let bed = hospital.beds.len();
            let status = match ward.one_unstaffed && number == ward.beds {
                true => BedStatus::Closed,
                false => first_status(hospital, index),
            };
            let isolation = index != ED && hospital.dice.chance(ISOLATION);
            hospital.beds.push(Bed { id: bed_id(index, number), ward: index, status });
            hospital.turn(bed, status);
            let since = hospital.now - hospital.dice.between(5, 600) * MINUTE;
            let mut document = doc! {
                "_id": &hospital.beds[bed].id, "ward_id": ward.id, "kind": ward.bed_kind,
                "status": status.word(), "staffed": status != BedStatus::Closed, "status_since": date(since),
            };
            if isolation {
                document.insert("isolation", true);
            }
            match status {
                BedStatus::Occupied => {
                    let (encounter, patient) = lies_here(hospital, bed);
                    document.insert("encounter_id", encounter.get_object_id("_id").ok());
                    encounters.push(encounter);
                    patients.push(patient);
                }
                BedStatus::Blocked => {
                    let hours = hospital.dice.between(3, 40);
                    hospital.after(hours * HOUR, move |hospital| beds::unblock(hospital, bed));
                }
                BedStatus::Free | BedStatus::Reserved | BedStatus::Cleaning | BedStatus::Closed => {}
            }
            bed_documents.push(document);
        }
    }
    hospital.write("has its beds", insert("beds", bed_documents));
    hospital.write("has those who lie in them", insert("encounters", encounters));
    hospital.write("knows who they are", insert("patients", patients));
}

/// At midnight.
fn first_status(hospital: &mut Hospital, ward: usize) -> BedStatus {
    let occupied = match WARDS[ward].kind {
        "ed" => 0.0,
        "daycase" => 55.0,
        "critical" => 72.0,
        "paediatric" => 82.0,
        "maternity" => 82.0,
        _ => 91.0,
    };
    let blocked = if ward == ED { 0.0 } else { 2.4 };
    [BedStatus::Occupied, BedStatus::Blocked, BedStatus::Free]
        [hospital.dice.weighted(&[occupied, blocked, (100.0f64 - occupied - blocked).max(0.0)])]
}

/// Somebody who came before, as long ago as those who lie in a hospital at some moment have come.
fn lies_here(hospital: &mut Hospital, bed: usize) -> (Document, Document) {
    let ward = &WARDS[hospital.beds[bed].ward];
    let need = match (ward.kind, ward.bed_kind) {
        (_, "icu") => Need::Icu,
        (_, "hdu") => Need::Hdu,
        (_, "cot") => Need::Cot,
        ("paediatric", _) => Need::Child,
        ("maternity", _) => Need::Maternity,
        ("surgical", _) => Need::Surgical,
        _ => Need::Medical,
    };
    let specialty = emergency::specialty(hospital, need);
    let median = biased_median(median_days(specialty, need));
    let whole = hospital.dice.log_normal(median, biased_sigma()).clamp(0.3, 60.0);
    let passed = ((whole * hospital.dice.unit()) * DAY as f64) as i64;
    let admitted_at = hospital.now - passed - HOUR;
    let arrived_at = admitted_at - hospital.dice.between(30, 400) * MINUTE;
    let (id, encounter, patient): (VisitId, _, _) =
        (hospital.number(), hospital.dice.object_id(arrived_at), hospital.dice.object_id(arrived_at));
    let mut visit = Visit::new(encounter, patient, Stage::Admitted, arrived_at);
    (visit.specialty, visit.need, visit.home) = (specialty, need, hospital.beds[bed].ward);
    (visit.bed, visit.admitted_at) = (Some(bed), Some(admitted_at));
    hospital.visits.insert(id, visit);
    hospital.engaged.insert(patient);
    stays::draw_end(hospital, id, admitted_at + (whole * DAY as f64) as i64);
    stays::stay_until_better(hospital, id);
    let document = doc! {
        "_id": encounter, "patient_id": patient, "class": "inpatient", "status": "admitted", "ward_id": ward.id,
        "specialty": specialty, "bed_id": &hospital.beds[bed].id,
        "ventilated": need == Need::Icu && hospital.dice.chance(0.4),
        "arrived_at": date(arrived_at), "admitted_at": date(admitted_at),
    };
    (document, person(hospital, patient, "desk", arrived_at))
}
