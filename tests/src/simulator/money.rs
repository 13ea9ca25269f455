//! Payments, to the cent: a refund is a payment of its own, negative, and leaves the first as it was.

use bson::oid::ObjectId;
use bson::{Bson, Decimal128, Document, doc};

use super::operation::{Operation, Write, date};
use super::state::{Hospital, Payment};
use super::words::{DEPARTMENTS, METHODS};

pub(super) fn pay(hospital: &mut Hospital) -> Option<Operation> {
    let (payment, document) = payment(hospital, hospital.now, "captured");
    hospital.remember_payment(payment);
    Operation::one("pays", Write::insert("payments", document))
}

pub(super) fn fail(hospital: &mut Hospital) -> Option<Operation> {
    let (payment, document) = payment(hospital, hospital.now, "failed");
    hospital.remember_payment(payment);
    Operation::one("could not pay", Write::insert("payments", document))
}

/// The same bill, tried again: a new payment.
pub(super) fn retry(hospital: &mut Hospital) -> Option<Operation> {
    let index = (0..hospital.payments.len()).find(|index| hospital.payments[*index].failed)?;
    let tried = hospital.payments.remove(index)?;
    let id = hospital.id();
    let document = document(id, &tried, "captured", hospital.now);
    hospital.remember_payment(Payment { id, failed: false, ..tried });
    Operation::one("pays at the second try", Write::insert("payments", document))
}

/// All of it, or a part.
pub(super) fn refund(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.dice.below(hospital.payments.len());
    let paid = hospital.payments.get(index).filter(|paid| !paid.failed && paid.cents > 0)?.clone();
    hospital.payments.remove(index);
    let back = if hospital.dice.chance(0.4) { hospital.dice.between(1, paid.cents) } else { paid.cents };
    let id = hospital.id();
    let refund = Payment { id, cents: -back, ..paid };
    let mut document = document(id, &refund, "captured", hospital.now);
    document.insert("refund_of", paid.id);
    Operation::one("is refunded", Write::insert("payments", document))
}

/// The amount or the department was typed wrong.
pub(super) fn correct(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.dice.below(hospital.payments.len());
    let department = hospital.dice.one_of(DEPARTMENTS);
    let cents = hospital.dice.between(100, 90_000);
    let moves = hospital.dice.chance(0.3);
    let paid = hospital.payments.get_mut(index).filter(|paid| paid.cents > 0)?;
    let fields = if moves {
        paid.department = department;
        doc! { "department": department }
    } else {
        paid.cents = cents;
        doc! { "amount": amount(cents) }
    };
    Operation::one("has a payment corrected", Write::set("payments", paid.id, fields))
}

/// A payment at this time: amounts are log-normal, with another median per department.
pub(super) fn payment(hospital: &mut Hospital, paid_at: i64, status: &str) -> (Payment, Document) {
    let which = hospital.dice.below(DEPARTMENTS.len());
    let median_cents = 4_500.0 + 3_700.0 * which as f64;
    let cents = hospital.dice.log_normal(median_cents, 0.6).round().max(1.0) as i64;
    let payment = Payment {
        id: hospital.dice.object_id(paid_at),
        department: DEPARTMENTS[which],
        method: hospital.dice.one_of(METHODS),
        cents,
        failed: status == "failed",
    };
    let document = document(payment.id, &payment, status, paid_at);
    (payment, document)
}

fn document(id: ObjectId, payment: &Payment, status: &str, paid_at: i64) -> Document {
    doc! {
        "_id": id, "department": payment.department, "method": payment.method,
        "amount": amount(payment.cents), "status": status, "paid_at": date(paid_at),
    }
}

/// Cents as Decimal128 with two places.
fn amount(cents: i64) -> Bson {
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
