//! Invoices: drafted after the discharge, issued by night, paid in time or late.

use bson::oid::ObjectId;
use bson::{Document, doc};

use super::calendar::{DAY, HOUR, MINUTE};
use super::money::amount;
use super::operation::{Write, date};
use super::words::PAYERS;
use super::world::Hospital;

const DUE_AFTER: i64 = 30 * DAY;
const LATE: f64 = 0.08;
/// Of those that are late so many are never paid.
const WRITTEN_OFF: f64 = 0.1;
const A_DAY_BEFORE: i64 = 95;

/// Drafts that the next run issues.
#[derive(Default)]
pub(super) struct Invoices {
    drafts: Vec<ObjectId>,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let minutes = hospital.dice.between(5, 20);
    hospital.at(hospital.midnight() + 2 * HOUR + minutes * MINUTE, nightly_run);
}

/// For a stay that has just ended.
pub(super) fn after_stay(hospital: &mut Hospital, admitted_at: i64) {
    let days = (hospital.now - admitted_at) as f64 / DAY as f64;
    let delay = hospital.dice.between(DAY, 5 * DAY);
    hospital.after(delay, move |hospital| {
        let (id, mut document) = draft(hospital, days);
        document.insert("status", "draft");
        hospital.invoices.drafts.push(id);
        hospital.write("drafts an invoice", Write::insert("invoices", document));
    });
}

fn draft(hospital: &mut Hospital, days: f64) -> (ObjectId, Document) {
    let id = hospital.id();
    let payer = PAYERS[hospital.dice.weighted(&PAYERS.map(|(_, weight)| weight))].0;
    let cents = hospital.dice.log_normal(48_000.0 * (days + 2.5), 0.5) as i64;
    (id, doc! { "_id": id, "payer": payer, "balance": amount(cents) })
}

/// One command issues every draft.
fn nightly_run(hospital: &mut Hospital) {
    let now = hospital.now;
    let write = Write::UpdateMany {
        collection: "invoices",
        filter: doc! { "status": "draft" },
        update: doc! {
            "$set": { "status": "open", "issued_at": date(now), "due_at": date(now + DUE_AFTER) },
        },
    };
    hospital.write("issues the night's invoices", write);
    for id in std::mem::take(&mut hospital.invoices.drafts) {
        await_payment(hospital, id, now);
    }
}

fn await_payment(hospital: &mut Hospital, id: ObjectId, issued_at: i64) {
    let due_at = issued_at + DUE_AFTER;
    let at = match hospital.dice.chance(LATE) {
        true => due_at + (hospital.dice.exponential(12.0).clamp(0.2, 90.0) * DAY as f64) as i64,
        false => due_at - hospital.dice.between(HOUR, 24 * DAY),
    };
    let written_off = at > due_at && hospital.dice.chance(WRITTEN_OFF);
    hospital.at(at, move |hospital| {
        let (status, what) = if written_off {
            ("written_off", "has an invoice written off")
        } else {
            ("paid", "pays an invoice")
        };
        let fields = doc! { "status": status, "balance": amount(0) };
        hospital.write(what, Write::set("invoices", id, fields));
    });
}

/// Those of earlier stays that are still open when the first day begins.
pub(super) fn open_before(hospital: &mut Hospital) -> Vec<Document> {
    let mut documents = Vec::new();
    for days_ago in 1..=60 {
        let issued_at = hospital.midnight() - days_ago * DAY + 2 * HOUR;
        let due_at = issued_at + DUE_AFTER;
        // The later, the fewer are open.
        let open = match days_ago {
            ..=6 => 1.0,
            7..=30 => 1.0 - (days_ago - 6) as f64 / 24.0 * (1.0 - LATE),
            _ => LATE * (-(days_ago - 30) as f64 / 12.0).exp(),
        };
        for _ in 0..A_DAY_BEFORE {
            if !hospital.dice.chance(open) {
                continue;
            }
            let days = hospital.dice.log_normal(3.2, 0.9);
            let (id, mut document) = draft(hospital, days);
            document.insert("status", "open");
            document.insert("issued_at", date(issued_at));
            document.insert("due_at", date(due_at));
            documents.push(document);
            let earliest = hospital.now;
            let at = if days_ago < 28 && !hospital.dice.chance(LATE) {
                hospital.dice.between(earliest, due_at)
            } else {
                earliest.max(due_at) + (hospital.dice.exponential(12.0) * DAY as f64) as i64
            };
            hospital.at(at, move |hospital| {
                let fields = doc! { "status": "paid", "balance": amount(0) };
                hospital.write("pays an invoice", Write::set("invoices", id, fields));
            });
        }
    }
    documents
}
