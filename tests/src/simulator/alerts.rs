//! Emergency alerts: raised, acknowledged, resolved.

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::operation::{Operation, Write, date};
use super::state::{Alert, Hospital};
use super::words::{ALERTS, CANARY, WARDS};

/// More than so many at once would be a disaster, which this first form does not play.
const MOST_OPEN: usize = 9;

pub(super) fn raise(hospital: &mut Hospital) -> Option<Operation> {
    if hospital.alerts.len() >= MOST_OPEN {
        return None;
    }
    let id = hospital.id();
    let document = alert_document(hospital, id, hospital.now);
    hospital.alerts.push(Alert { id, acknowledged: false });
    Operation::one("raises an alert", Write::insert("emergency_alerts", document))
}

pub(super) fn acknowledge(hospital: &mut Hospital) -> Option<Operation> {
    let now = hospital.now;
    let alert = hospital.alerts.iter_mut().find(|alert| !alert.acknowledged)?;
    alert.acknowledged = true;
    let fields = doc! { "acknowledged_at": date(now) };
    Operation::one("acknowledges an alert", Write::set("emergency_alerts", alert.id, fields))
}

pub(super) fn resolve(hospital: &mut Hospital) -> Option<Operation> {
    let index = (0..hospital.alerts.len()).find(|index| hospital.alerts[*index].acknowledged)?;
    let alert = hospital.alerts.remove(index);
    let fields = doc! { "resolved_at": date(hospital.now) };
    Operation::one("resolves an alert", Write::set("emergency_alerts", alert.id, fields))
}

pub(super) fn alert_document(hospital: &mut Hospital, id: ObjectId, raised_at: i64) -> Document {
    let weights = ALERTS.map(|(_, _, weight)| weight);
    let (kind, severity, _) = ALERTS[hospital.dice.weighted(&weights)];
    let ward = WARDS[hospital.dice.below(WARDS.len())].id;
    let mut document = doc! {
        "_id": id, "kind": kind, "severity": severity, "ward_id": ward, "raised_at": date(raised_at),
        "note": format!("{CANARY}: {kind} on {ward}"),
    };
    // null beside missing: both mean that nobody has acknowledged it.
    if hospital.dice.chance(0.5) {
        document.insert("acknowledged_at", Bson::Null);
    }
    document
}
