//! Whether what is written is a hospital that could be.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document};

use super::records::Records;
use super::words::{CANARY, TEXT_DATES};

/// Fields of a collection whose times must not go back.
const ORDERS: &[(&str, &[&str])] = &[
    (
        "encounters",
        &["arrived_at", "triaged_at", "seen_at", "bed_requested_at", "admitted_at", "discharged_at"],
    ),
    ("encounters", &["admitted_at", "medically_ready_at", "discharged_at"]),
    ("ambulances", &["at_door_at", "handed_over_at"]),
    ("appointments", &["checked_in_at", "started_at", "ended_at"]),
    ("theatre_cases", &["started_at", "ended_at"]),
    ("emergency_alerts", &["raised_at", "acknowledged_at", "resolved_at"]),
    ("bed_cleans", &["requested_at", "started_at", "done_at"]),
    ("shifts", &["clocked_in_at", "clocked_out_at"]),
    ("shifts", &["starts_at", "ends_at"]),
    ("staffing_plan", &["starts_at", "ends_at"]),
    ("invoices", &["issued_at", "due_at"]),
];

const STATUSES: &[(&str, &[&str])] = &[
    ("beds", &["free", "reserved", "occupied", "cleaning", "blocked", "closed"]),
    ("rooms", &["free", "in_use", "turnover", "closed"]),
    (
        "encounters",
        &["planned", "arrived", "triaged", "in_treatment", "admitted", "discharged", "left_unseen", "died"],
    ),
    ("ambulances", &["inbound", "at_door", "handed_over", "diverted"]),
    ("appointments", &["booked", "checked_in", "in_progress", "completed", "no_show", "cancelled"]),
    ("theatre_cases", &["scheduled", "in_progress", "done", "cancelled"]),
    ("bed_cleans", &["waiting", "started", "done"]),
    ("shifts", &["planned", "confirmed", "sick", "open"]),
    ("payments", &["pending", "captured", "failed", "refunded"]),
    ("invoices", &["draft", "open", "paid", "written_off"]),
];

/// So many encounters may name a wrong ward, because that is still to be put right.
const WARD_MIX_UPS: usize = 6;

/// What is wrong; empty when the hospital is consistent.
pub fn violations_in(records: &Records) -> Vec<String> {
    let mut wrong = Vec::new();
    who_lies_where(records, &mut wrong);
    nobody_twice(records, &mut wrong);
    for (collection, fields) in ORDERS {
        in_order(collection, records.of(collection), fields, &mut wrong);
    }
    for (collection, statuses) in STATUSES {
        let is_known =
            |document: &&Document| document.get_str("status").is_ok_and(|status| statuses.contains(&status));
        let unknown = records.of(collection).filter(|document| !is_known(document));
        wrong.extend(unknown.map(|document| format!("{collection}: a status that is none: {document}")));
    }
    for (collection, count) in [("wards", 27), ("beds", 648)] {
        let there = records.of(collection).count();
        if there != count {
            wrong.push(format!("{there} {collection}, not {count}"));
        }
    }
    ended_as_they_say(records, &mut wrong);
    text_dates(records, &mut wrong);
    for payment in records.of("payments") {
        if payment.contains_key("refund_of") && !payment.get("amount").is_some_and(is_negative) {
            wrong.push(format!("a refund that is not negative: {payment}"));
        }
    }
    for patient in records.of("patients") {
        if !["name", "mrn", "phone", "note"]
            .iter()
            .all(|field| patient.get_str(field).is_ok_and(|text| text.contains(CANARY)))
        {
            wrong.push(format!("a patient without the canary: {patient}"));
        }
    }
    wrong
}

/// Every occupied bed has one visit that is there, and every admitted visit one bed.
fn who_lies_where(records: &Records, wrong: &mut Vec<String>) {
    let by_id: BTreeMap<String, &Document> =
        records.of("encounters").map(|one| (key(one.get("_id")), one)).collect();
    let (mut lying, mut mixed_up) = (BTreeSet::new(), 0);
    for bed in records.of("beds") {
        let id = bed.get_str("_id").unwrap_or("?");
        let visit = bed.get("encounter_id").filter(|id| **id != Bson::Null);
        let (occupied, reserved) = (has_status(bed, "occupied"), has_status(bed, "reserved"));
        let Some(visit) = visit else {
            if occupied {
                wrong.push(format!("{id} is occupied by nobody"));
            }
            continue;
        };
        let visit = key(Some(visit));
        match by_id.get(&visit) {
            _ if !occupied && !reserved => wrong.push(format!("{id} is not occupied and has a visit")),
            None => wrong.push(format!("{id} has a visit that is nowhere")),
            Some(there) if is_over(there) => wrong.push(format!("{id} has a visit that is over")),
            Some(there) => {
                let is_bay = bed.get_str("kind").is_ok_and(|kind| kind == "bay");
                mixed_up += usize::from(occupied && !is_bay && there.get("ward_id") != bed.get("ward_id"));
            }
        }
        if occupied && !lying.insert(visit) {
            wrong.push(format!("{id} has a visit that lies elsewhere too"));
        }
    }
    if mixed_up > WARD_MIX_UPS {
        wrong.push(format!("{mixed_up} beds are not on their visits' wards"));
    }
    for encounter in records.of("encounters").filter(|one| has_status(one, "admitted")) {
        if !lying.contains(&key(encounter.get("_id"))) {
            wrong.push(format!("admitted, and in no bed: {encounter}"));
        }
    }
}

fn nobody_twice(records: &Records, wrong: &mut Vec<String>) {
    let mut in_house = BTreeSet::new();
    let is_there = |one: &&Document| !is_over(one) && !has_status(one, "planned");
    for encounter in records.of("encounters").filter(is_there) {
        if !in_house.insert(key(encounter.get("patient_id"))) {
            wrong.push(format!("in house twice: {encounter}"));
        }
    }
}

fn in_order<'a>(
    collection: &str,
    documents: impl Iterator<Item = &'a Document>,
    fields: &[&str],
    wrong: &mut Vec<String>,
) {
    for document in documents {
        let times: Vec<i64> = fields
            .iter()
            .filter_map(|field| document.get_datetime(field).ok())
            .map(|at| at.timestamp_millis())
            .collect();
        if !times.is_sorted() {
            wrong.push(format!("{collection}: times out of order: {document}"));
        }
    }
}

fn ended_as_they_say(records: &Records, wrong: &mut Vec<String>) {
    for encounter in records.of("encounters") {
        let over = ["discharged", "left_unseen", "died"].iter().any(|status| has_status(encounter, status));
        if over != is_over(encounter) {
            wrong.push(format!("over by its status or by its time, not both: {encounter}"));
        }
    }
    for (collection, status, field) in [
        ("appointments", "completed", "ended_at"),
        ("theatre_cases", "done", "ended_at"),
        ("bed_cleans", "done", "done_at"),
        ("ambulances", "handed_over", "handed_over_at"),
    ] {
        for document in records.of(collection) {
            if has_status(document, status) != document.contains_key(field) {
                wrong.push(format!("{collection}: {status} and {field} do not go together: {document}"));
            }
        }
    }
}

/// One department writes its dates as text, and no other does.
fn text_dates(records: &Records, wrong: &mut Vec<String>) {
    for appointment in records.of("appointments") {
        let is_text = matches!(appointment.get("starts_at"), Some(Bson::String(_)));
        if is_text != appointment.get_str("department").is_ok_and(|department| department == TEXT_DATES) {
            wrong.push(format!("a date of the wrong type: {appointment}"));
        }
    }
}

fn has_status(document: &Document, status: &str) -> bool {
    document.get_str("status").is_ok_and(|there| there == status)
}

fn is_over(encounter: &Document) -> bool {
    encounter.get_datetime("discharged_at").is_ok()
}

fn is_negative(amount: &Bson) -> bool {
    matches!(amount, Bson::Decimal128(number) if number.to_string().starts_with('-'))
}

fn key(id: Option<&Bson>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}
