//! Whether a database holds a hospital that could be.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::Database;

use crate::harness::Outcome;
use crate::harness::While;

const ENCOUNTER_ORDER: &[&str] =
    &["arrived_at", "triaged_at", "seen_at", "bed_requested_at", "admitted_at", "discharged_at"];
const APPOINTMENT_ORDER: &[&str] = &["checked_in_at", "started_at", "ended_at"];
const ALERT_ORDER: &[&str] = &["raised_at", "acknowledged_at", "resolved_at"];
const SHIFT_ORDER: &[&str] = &["clocked_in_at", "clocked_out_at"];
const CLEAN_ORDER: &[&str] = &["requested_at", "started_at", "done_at"];

/// What is wrong; empty when the hospital is consistent.
pub async fn violations(database: &Database) -> Outcome<Vec<String>> {
    let mut wrong = Vec::new();
    let beds = read(database, "beds").await?;
    let encounters = read(database, "encounters").await?;
    who_lies_where(&beds, &encounters, &mut wrong);
    nobody_twice(&encounters, &mut wrong);
    if beds.len() != 648 {
        wrong.push(format!("{} beds and bays, not 648", beds.len()));
    }
    for (collection, order) in [
        ("appointments", APPOINTMENT_ORDER),
        ("emergency_alerts", ALERT_ORDER),
        ("shifts", SHIFT_ORDER),
        ("bed_cleans", CLEAN_ORDER),
    ] {
        in_order(collection, &read(database, collection).await?, order, &mut wrong);
    }
    in_order("encounters", &encounters, ENCOUNTER_ORDER, &mut wrong);
    for payment in read(database, "payments").await? {
        if payment.contains_key("refund_of") && !payment.get("amount").is_some_and(is_negative) {
            wrong.push(format!("a refund that is not negative: {payment}"));
        }
    }
    Ok(wrong)
}

/// Every occupied bed has one visit that is there, and every admitted visit one bed.
fn who_lies_where(beds: &[Document], encounters: &[Document], wrong: &mut Vec<String>) {
    let by_id: BTreeMap<String, &Document> =
        encounters.iter().map(|one| (key(one.get("_id")), one)).collect();
    let mut lying = BTreeSet::new();
    for bed in beds {
        let id = bed.get_str("_id").unwrap_or("?");
        let visit = bed.get("encounter_id").filter(|id| **id != Bson::Null);
        let occupied = has_status(bed, "occupied");
        match visit {
            None if occupied => wrong.push(format!("{id} is occupied by nobody")),
            Some(_) if !occupied => wrong.push(format!("{id} is not occupied and has a visit")),
            None => {}
            Some(visit) => {
                let visit = key(Some(visit));
                match by_id.get(&visit) {
                    None => wrong.push(format!("{id} has a visit that is nowhere")),
                    Some(there) if is_over(there) => wrong.push(format!("{id} has a visit that is over")),
                    Some(there) if there.get("ward_id") != bed.get("ward_id") => {
                        wrong.push(format!("{id} is not on its visit's ward"));
                    }
                    Some(_) => {}
                }
                if !lying.insert(visit) {
                    wrong.push(format!("{id} has a visit that lies elsewhere too"));
                }
            }
        }
    }
    for encounter in encounters.iter().filter(|one| has_status(one, "admitted")) {
        if !lying.contains(&key(encounter.get("_id"))) {
            wrong.push(format!("admitted, and in no bed: {encounter}"));
        }
    }
}

fn nobody_twice(encounters: &[Document], wrong: &mut Vec<String>) {
    let mut in_house = BTreeSet::new();
    for encounter in encounters.iter().filter(|one| !is_over(one)) {
        if !in_house.insert(key(encounter.get("patient_id"))) {
            wrong.push(format!("in house twice: {encounter}"));
        }
    }
}

fn in_order(collection: &str, documents: &[Document], fields: &[&str], wrong: &mut Vec<String>) {
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

async fn read(database: &Database, collection: &str) -> Outcome<Vec<Document>> {
    let all = database.collection::<Document>(collection).find(doc! {}).await.doing(collection)?;
    all.try_collect().await.doing(collection)
}
