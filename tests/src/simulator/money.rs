//! Payments, to the cent: a refund is a payment of its own, negative, and leaves the first as it was.

use bson::oid::ObjectId;
use bson::{Bson, Decimal128, Document, doc};

use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::operation::{Write, date};
use super::words::{DEPARTMENTS, METHODS};
use super::world::{Hospital, instants};

const FAILED: f64 = 0.02;
const RETRIED: f64 = 0.85;
const REFUNDED: f64 = 0.03;
const PARTLY: f64 = 0.4;
const CORRECTED: f64 = 0.006;
/// First written as pending, and captured soon after.
const PENDING: f64 = 0.12;
/// Median cents and spread, in the order of the departments.
const MEDIANS: [f64; 9] =
    [14_250.0, 11_900.0, 23_780.0, 12_640.0, 6_350.0, 9_470.0, 17_930.0, 5_860.0, 3_490.0];
const SIGMA: f64 = 0.62;
/// Paid at home, by the hour.
const AT_HOME: [f64; 24] = [
    1.0, 0.5, 0.3, 0.2, 0.2, 0.4, 1.0, 2.0, 3.0, 3.5, 4.0, 4.0, 5.0, 4.0, 4.0, 4.0, 5.0, 6.0, 7.0, 9.0, 10.0,
    9.0, 6.0, 3.0,
];

#[derive(Debug, Clone, Copy)]
struct Payment {
    id: ObjectId,
    department: &'static str,
    method: &'static str,
    cents: i64,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let count = hospital.dice.poisson(55.0);
    for at in instants(hospital, count, &AT_HOME) {
        hospital.at(at, |hospital| {
            let department = hospital.dice.one_of(DEPARTMENTS);
            pay(hospital, department);
        });
    }
}

/// At the desk, on the way out.
pub(super) fn after_clinic(hospital: &mut Hospital, department: &'static str) {
    let minutes = hospital.dice.between(2, 18);
    hospital.after(minutes * MINUTE, move |hospital| pay(hospital, department));
}

pub(super) fn after_emergency(hospital: &mut Hospital) {
    if hospital.dice.chance(0.25) {
        let department = hospital.dice.one_of(["radiology", "laboratory", "orthopaedics", "cardiology"]);
        after_clinic(hospital, department);
    }
}

pub(super) fn at_discharge(hospital: &mut Hospital, specialty: &str) {
    if hospital.dice.chance(0.6) {
        let department = DEPARTMENTS.into_iter().find(|department| *department == specialty);
        after_clinic(hospital, department.unwrap_or("laboratory"));
    }
}

fn pay(hospital: &mut Hospital, department: &'static str) {
    let which = DEPARTMENTS.iter().position(|one| *one == department).unwrap_or_default();
    let cents = hospital.dice.log_normal(MEDIANS[which], SIGMA).round().max(1.0) as i64;
    let method = METHODS[hospital.dice.weighted(&METHODS.map(|(_, weight)| weight))].0;
    let payment = Payment { id: hospital.id(), department, method, cents };
    if hospital.dice.chance(FAILED) {
        hospital
            .write("could not pay", Write::insert("payments", document(&payment, "failed", hospital.now)));
        if hospital.dice.chance(RETRIED) {
            let minutes = hospital.dice.between(1, 25);
            hospital.after(minutes * MINUTE, move |hospital| {
                let again = Payment { id: hospital.id(), ..payment };
                let document = document(&again, "captured", hospital.now);
                hospital.write("pays at the second try", Write::insert("payments", document));
            });
        }
        return;
    }
    let pending = hospital.dice.chance(PENDING);
    let status = if pending { "pending" } else { "captured" };
    hospital.write("pays", Write::insert("payments", document(&payment, status, hospital.now)));
    if pending {
        let seconds = hospital.dice.log_normal(9.0, 0.8).clamp(1.0, 300.0) as i64;
        hospital.after(seconds * SECOND, move |hospital| {
            let write = Write::set("payments", payment.id, doc! { "status": "captured" });
            hospital.write("has a payment captured", write);
        });
    }
    if hospital.dice.chance(REFUNDED) {
        // On the same day, or on one of the next.
        let delay = match hospital.dice.chance(0.5) {
            true => hospital.dice.between(10 * MINUTE, 5 * HOUR),
            false => hospital.dice.between(16 * HOUR, 3 * DAY),
        };
        hospital.after(delay, move |hospital| refund(hospital, payment));
    } else if hospital.dice.chance(CORRECTED) {
        let delay = hospital.dice.between(6 * MINUTE, 30 * HOUR);
        hospital.after(delay, move |hospital| correct(hospital, payment));
    }
}

/// All of it, or a part.
fn refund(hospital: &mut Hospital, paid: Payment) {
    let part = hospital.dice.chance(PARTLY);
    let cents = if part { hospital.dice.between(1, paid.cents) } else { paid.cents };
    let refund = Payment { id: hospital.id(), cents: -cents, ..paid };
    let mut document = document(&refund, "captured", hospital.now);
    document.insert("refund_of", paid.id);
    let what = if part { "is refunded in part" } else { "is refunded" };
    hospital.write(what, Write::insert("payments", document));
}

/// The amount or the department was typed wrong.
fn correct(hospital: &mut Hospital, paid: Payment) {
    let fields = if hospital.dice.chance(0.3) {
        doc! { "department": hospital.dice.one_of(DEPARTMENTS) }
    } else {
        // Two digits were swapped, or one was left out.
        let cents = if hospital.dice.chance(0.5) {
            paid.cents / 10
        } else {
            paid.cents + 9 * hospital.dice.between(1, 90)
        };
        doc! { "amount": amount(cents.max(1)) }
    };
    hospital.write("has a payment corrected", Write::set("payments", paid.id, fields));
}

/// A large one, for all to see.
pub(super) fn refund_at_once(hospital: &mut Hospital, cents: i64) {
    let paid = Payment { id: hospital.id(), department: "oncology", method: "transfer", cents };
    hospital.write("pays", Write::insert("payments", document(&paid, "captured", hospital.now)));
    let refund = Payment { id: hospital.id(), cents: -cents, ..paid };
    hospital.after(20 * SECOND, move |hospital| {
        let mut document = document(&refund, "captured", hospital.now);
        document.insert("refund_of", paid.id);
        hospital.write("is refunded", Write::insert("payments", document));
    });
}

fn document(payment: &Payment, status: &str, paid_at: i64) -> Document {
    doc! {
        "_id": payment.id, "department": payment.department, "method": payment.method,
        "amount": amount(payment.cents), "status": status, "paid_at": date(paid_at),
    }
}

/// Cents as Decimal128 with two places.
pub(super) fn amount(cents: i64) -> Bson {
    let sign = if cents < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    text.parse::<Decimal128>().map_or(Bson::Null, Bson::Decimal128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_cents() {
        for (cents, text) in [(5, "0.05"), (-5, "-0.05"), (123_450, "1234.50"), (-100, "-1.00")] {
            assert_eq!(amount(cents).to_string(), text);
        }
    }
}
