//! The house, those who are in it, and today so far.

use bson::{Document, doc};

use super::clinic::{appointment_document, slot};
use super::emergency::{acuity, encounter_document, is_bay};
use super::house::patient_document;
use super::money::payment;
use super::operation::{Operation, Write, date};
use super::state::{
    Alert, Appointment, AppointmentStatus, Bed, BedStatus, DAY, HOUR, Hospital, MINUTE, Room, RoomStatus,
    Stage,
};
use super::stays::in_house;
use super::words::{DEPARTMENTS, ROLES, SPECIALTIES, WARDS};
use super::{alerts, staff};

/// Who is employed.
pub(super) const STAFF: usize = 2_000;
const APPOINTMENTS_A_DAY: usize = 1_400;
const ED_PRESENT: usize = 42;
const REGISTERED_BEFORE: usize = 2_400;

pub(super) fn everything(hospital: &mut Hospital) -> Vec<Operation> {
    let documents = [
        ("wards", wards()),
        ("rooms", rooms(hospital)),
        ("staff", employees(hospital)),
        ("shifts", shifts(hospital)),
        ("appointments", appointments(hospital)),
        ("payments", payments(hospital)),
        ("emergency_alerts", alerts_so_far(hospital)),
    ];
    let house = full_house(hospital);
    documents
        .into_iter()
        .chain(house)
        .map(|(collection, documents)| Operation {
            what: collection,
            writes: vec![Write::Insert { collection, documents }],
            transaction: false,
        })
        .collect()
}

fn wards() -> Vec<Document> {
    WARDS
        .iter()
        .map(|ward| {
            let beds = i32::try_from(ward.beds).unwrap_or_default();
            doc! { "_id": ward.id, "name": ward.name, "kind": ward.kind, "beds_funded": beds }
        })
        .collect()
}

fn rooms(hospital: &mut Hospital) -> Vec<Document> {
    let mut documents = Vec::new();
    for (kind, letters, count) in
        [("theatre", "T", 14), ("clinic", "K", 40), ("imaging", "I", 12), ("ward", "W", 60)]
    {
        for number in 1..=count {
            let (status, word) = [
                (RoomStatus::Free, "free"),
                (RoomStatus::InUse, "in_use"),
                (RoomStatus::Turnover, "turnover"),
                (RoomStatus::Closed, "closed"),
            ][hospital.dice.weighted(&[25.0, 62.0, 9.0, 4.0])];
            let id = format!("{letters}{number:02}");
            let since = date(hospital.now - hospital.dice.between(1, 90) * MINUTE);
            documents.push(doc! { "_id": &id, "kind": kind, "status": word, "status_since": since });
            hospital.rooms.push(Room { id, kind, status });
        }
    }
    documents
}

fn employees(hospital: &mut Hospital) -> Vec<Document> {
    (0..STAFF)
        .map(|number| {
            let role = ROLES[hospital.dice.weighted(&[60.0, 20.0, 12.0, 8.0])];
            doc! { "_id": format!("W{number:04}"), "role": role, "department": hospital.dice.one_of(DEPARTMENTS) }
        })
        .collect()
}

/// Three shifts a day with an overlap, from yesterday's night to tomorrow's morning.
fn shifts(hospital: &mut Hospital) -> Vec<Document> {
    let midnight = hospital.midnight();
    let plan = [(390, 860, 480), (840, 1_310, 380), (1_290, 1_850, 300)];
    let mut documents = Vec::new();
    for day in -1..=1 {
        for (from, to, count) in plan {
            let (starts, ends) = (midnight + day * DAY + from * MINUTE, midnight + day * DAY + to * MINUTE);
            for _ in 0..count {
                let sick = hospital.dice.chance(0.04);
                let on = starts <= hospital.now && !sick;
                let status = if sick { "sick" } else { "confirmed" };
                let mut document = staff::shift(hospital, starts, ends, status, on);
                if on && ends <= hospital.now {
                    let left = ends + hospital.dice.between(-7, 7) * MINUTE;
                    document.insert("clocked_out_at", date(left.min(hospital.now)));
                }
                documents.push(document);
            }
        }
    }
    documents
}

fn appointments(hospital: &mut Hospital) -> Vec<Document> {
    let midnight = hospital.midnight();
    (0..APPOINTMENTS_A_DAY)
        .map(|_| {
            let starts_at = midnight + slot(hospital);
            let department = hospital.dice.one_of(DEPARTMENTS);
            let id = hospital.id();
            appointment(hospital, id, department, starts_at)
        })
        .collect()
}

fn appointment(
    hospital: &mut Hospital,
    id: bson::oid::ObjectId,
    department: &str,
    starts_at: i64,
) -> Document {
    let now = hospital.now;
    let age = now - starts_at;
    let came = (starts_at + hospital.dice.between(-21, -3) * MINUTE).min(now);
    let began = (starts_at + hospital.dice.between(0, 20) * MINUTE).min(now);
    let fate = hospital.dice.weighted(&[84.0, 7.0, 9.0]);
    let (status, kept) = match (fate, age) {
        (2, _) => ("cancelled", None),
        (1, 1..) => ("no_show", None),
        (_, ..=0) if age > -12 * MINUTE => ("checked_in", Some(AppointmentStatus::CheckedIn)),
        (_, ..=0) => ("booked", Some(AppointmentStatus::Booked)),
        (_, _) if age < 35 * MINUTE => ("in_progress", Some(AppointmentStatus::InProgress)),
        (_, _) => ("completed", None),
    };
    let mut document = appointment_document(id, department, status, starts_at);
    if matches!(status, "checked_in" | "in_progress" | "completed") {
        document.insert("checked_in_at", date(came));
    }
    if matches!(status, "in_progress" | "completed") {
        document.insert("started_at", date(began));
    }
    if status == "completed" {
        document.insert("ended_at", date((began + hospital.dice.between(8, 30) * MINUTE).min(now)));
    }
    if let Some(status) = kept {
        hospital.appointments.push(Appointment { id, starts_at, status });
    }
    document
}

/// Yesterday's and today's, in the clinics' hours.
fn payments(hospital: &mut Hospital) -> Vec<Document> {
    let midnight = hospital.midnight();
    let mut documents = Vec::new();
    for day in [-1, 0] {
        for _ in 0..900 {
            let paid_at = midnight + day * DAY + slot(hospital) + hospital.dice.between(10, 90) * MINUTE;
            if paid_at > hospital.now {
                continue;
            }
            let status = ["captured", "failed", "pending"][hospital.dice.weighted(&[96.0, 2.0, 2.0])];
            let (payment, document) = payment(hospital, paid_at, status);
            if status == "captured" {
                hospital.remember_payment(payment);
            }
            documents.push(document);
        }
    }
    documents
}

/// Twelve over the last day, the latest three of them open.
fn alerts_so_far(hospital: &mut Hospital) -> Vec<Document> {
    (0..12)
        .map(|number| {
            let raised_at = hospital.now - (12 - number) * 2 * HOUR + hospital.dice.between(0, 119) * MINUTE;
            let id = hospital.dice.object_id(raised_at);
            let mut document = alerts::alert_document(hospital, id, raised_at);
            let acknowledged_at = (raised_at + hospital.dice.between(20, 120) * 1_000).min(hospital.now);
            let acknowledged = number < 11;
            if acknowledged {
                document.insert("acknowledged_at", date(acknowledged_at));
            }
            if number < 9 {
                let resolved_at = (acknowledged_at + hospital.dice.between(5, 50) * MINUTE).min(hospital.now);
                document.insert("resolved_at", date(resolved_at));
            } else {
                hospital.alerts.push(Alert { id, acknowledged });
            }
            document
        })
        .collect()
}

/// Beds with those who lie in them, the emergency department, and those who were here before.
fn full_house(hospital: &mut Hospital) -> [(&'static str, Vec<Document>); 3] {
    let (mut beds, mut encounters, mut patients) = (Vec::new(), Vec::new(), Vec::new());
    for (index, ward) in WARDS.iter().enumerate() {
        for number in 1..=ward.beds {
            let bed = Bed {
                id: format!("{}-{number:02}", ward.id),
                ward: index,
                status: bed_status(hospital, index, number),
                clean: None,
            };
            let place = hospital.beds.len();
            let since = hospital.now - hospital.dice.between(5, 600) * MINUTE;
            let mut document = doc! {
                "_id": &bed.id, "ward_id": ward.id, "kind": ward.bed_kind, "status": bed.status.word(),
                "staffed": bed.status != BedStatus::Closed, "status_since": date(since),
            };
            if hospital.dice.chance(0.08) {
                document.insert("isolation", true);
            }
            let occupied = bed.status == BedStatus::Occupied;
            hospital.beds.push(bed);
            if occupied {
                let (encounter, patient) = stay(hospital, place);
                document.insert("encounter_id", encounter.get_object_id("_id").ok());
                encounters.push(encounter);
                patients.push(patient);
            }
            beds.push(document);
        }
    }
    emergency(hospital, &mut beds, &mut encounters, &mut patients);
    gone(hospital, &mut encounters);
    for number in 0..REGISTERED_BEFORE {
        // About 150 a day; the last 150 today.
        let before = (number as i64) * 35 * DAY / REGISTERED_BEFORE as i64;
        let at = hospital.now - before - hospital.dice.between(0, HOUR);
        let id = hospital.dice.object_id(at);
        let channel = ["desk", "ed", "online", "transfer"][hospital.dice.weighted(&[45.0, 30.0, 20.0, 5.0])];
        patients.push(patient_document(hospital, id, channel, at));
    }
    [("beds", beds), ("encounters", encounters), ("patients", patients)]
}

fn bed_status(hospital: &mut Hospital, ward: usize, number: usize) -> BedStatus {
    if is_bay(ward) {
        return BedStatus::Free;
    }
    // Twelve beds of the house are not staffed.
    if number == 24 && WARDS[ward].bed_kind == "general" {
        return BedStatus::Closed;
    }
    [BedStatus::Occupied, BedStatus::Free, BedStatus::Cleaning, BedStatus::Blocked]
        [hospital.dice.weighted(&[90.5, 4.5, 2.5, 2.5])]
}

fn stay(hospital: &mut Hospital, bed: usize) -> (Document, Document) {
    let days = hospital.dice.log_normal(2.6, 0.8).min(30.0);
    let arrived_at = hospital.now - (days * DAY as f64) as i64 - HOUR;
    let (id, patient) = (hospital.dice.object_id(arrived_at), hospital.dice.object_id(arrived_at));
    let ward = &WARDS[hospital.beds[bed].ward];
    let admitted_at = arrived_at + hospital.dice.between(10, 59) * MINUTE;
    let mut encounter = doc! {
        "_id": id, "patient_id": patient, "class": "inpatient", "status": "admitted", "ward_id": ward.id,
        "specialty": hospital.dice.one_of(SPECIALTIES), "bed_id": &hospital.beds[bed].id,
        "ventilated": ward.bed_kind == "icu" && hospital.dice.chance(0.4),
        "arrived_at": date(arrived_at), "admitted_at": date(admitted_at),
    };
    let mut visit = in_house(id, patient, arrived_at);
    if hospital.dice.chance(0.3) {
        visit.expected = true;
        let leaves = hospital.midnight() + hospital.dice.between(10, 40) * HOUR;
        encounter.insert("expected_discharge_at", date(leaves));
    }
    if hospital.dice.chance(0.08) {
        visit.ready = true;
        let ready = (hospital.now - hospital.dice.between(1, 40) * HOUR).max(admitted_at);
        encounter.insert("medically_ready_at", date(ready));
    }
    visit.bed = Some(bed);
    hospital.visits.push(visit);
    (encounter, patient_document(hospital, patient, "desk", arrived_at))
}

fn emergency(
    hospital: &mut Hospital,
    beds: &mut [Document],
    encounters: &mut Vec<Document>,
    patients: &mut Vec<Document>,
) {
    let bays: Vec<usize> = (0..hospital.beds.len()).filter(|bed| is_bay(hospital.beds[*bed].ward)).collect();
    for number in 0..ED_PRESENT {
        let stage = [Stage::Arrived, Stage::Triaged, Stage::InTreatment, Stage::Boarding]
            [hospital.dice.weighted(&[3.0, 11.0, 20.0, 8.0])];
        let acuity = acuity(hospital);
        let arrived_at = hospital.now - hospital.dice.between(4, 40) * MINUTE * (stage as i64 + 1);
        let (id, patient) = (hospital.dice.object_id(arrived_at), hospital.dice.object_id(arrived_at));
        let mut document = encounter_document(hospital, id, patient, acuity, arrived_at);
        let mut visit = in_house(id, patient, arrived_at);
        (visit.stage, visit.acuity) = (stage, acuity);
        let step = (hospital.now - arrived_at) / 4;
        let word = ["arrived", "triaged", "in_treatment", "in_treatment"][stage as usize];
        document.insert("status", word);
        if stage >= Stage::Triaged {
            visit.triaged_at = Some(arrived_at + step);
            document.insert("triaged_at", date(arrived_at + step));
        }
        if stage >= Stage::InTreatment {
            document.insert("seen_at", date(arrived_at + 2 * step));
            visit.bed = Some(bays[number]);
            hospital.beds[bays[number]].status = BedStatus::Occupied;
            beds[bays[number]].insert("status", "occupied");
            beds[bays[number]].insert("encounter_id", id);
        }
        if stage == Stage::Boarding {
            document.insert("bed_requested_at", date(arrived_at + 3 * step));
        }
        hospital.visits.push(visit);
        encounters.push(document);
        patients.push(patient_document(hospital, patient, "ed", arrived_at));
    }
}

/// Visits of the last day that are over.
fn gone(hospital: &mut Hospital, encounters: &mut Vec<Document>) {
    for _ in 0..240 {
        let left_at = hospital.now - hospital.dice.between(1, 1_440) * MINUTE;
        let arrived_at = left_at - (hospital.dice.log_normal(165.0, 0.5).min(1_200.0) as i64) * MINUTE;
        let step = (left_at - arrived_at) / 4;
        let (id, patient) = (hospital.dice.object_id(arrived_at), hospital.dice.object_id(arrived_at));
        let acuity = acuity(hospital);
        let mut document = encounter_document(hospital, id, patient, acuity, arrived_at);
        document.insert("triaged_at", date(arrived_at + step));
        document.insert("discharged_at", date(left_at));
        if hospital.dice.chance(0.03) {
            document.insert("status", "left_unseen");
        } else {
            document.insert("status", "discharged");
            document.insert("seen_at", date(arrived_at + 2 * step));
        }
        encounters.push(document);
    }
}
