//! Ambulances: announced, at the door, handed over, or sent elsewhere.

use bson::doc;
use bson::oid::ObjectId;

use super::calendar::{MINUTE, SECOND};
use super::emergency;
use super::operation::{Write, date};
use super::words::ED;
use super::world::{Hospital, instants};

/// Of those with acuity 1 to 5 so many come by ambulance; 25 % of all.
pub(super) const SHARE: [f64; 5] = [0.95, 0.58, 0.27, 0.11, 0.05];
/// Announced, and then sent elsewhere.
const DIVERTED_A_DAY: f64 = 1.6;

pub(super) fn plan_day(hospital: &mut Hospital) {
    let count = hospital.dice.poisson(DIVERTED_A_DAY);
    for at in instants(hospital, count, &[1.0; 24]) {
        hospital.at(at, |hospital| {
            let acuity = emergency::acuity(hospital);
            let minutes = hospital.dice.between(8, 20);
            let id = announce(hospital, acuity, hospital.now + minutes * MINUTE);
            let turned = hospital.dice.between(2, 7);
            hospital.after(turned * MINUTE, move |hospital| {
                let write = Write::set("ambulances", id, doc! { "status": "diverted" });
                hospital.write("is sent to another hospital", write);
            });
        });
    }
}

/// Somebody who will arrive at an instant in an ambulance.
pub(super) fn plan(hospital: &mut Hospital, acuity: i32, at: i64) {
    let minutes = hospital.dice.between(4, 19);
    hospital.at(at - minutes * MINUTE, move |hospital| {
        let late = hospital.dice.between(-3 * MINUTE, 4 * MINUTE);
        let id = announce(hospital, acuity, (at + late).max(hospital.now));
        hospital.at(at, move |hospital| at_the_door(hospital, id, acuity));
    });
}

fn announce(hospital: &mut Hospital, acuity: i32, eta: i64) -> ObjectId {
    let id = hospital.id();
    let document = doc! { "_id": id, "status": "inbound", "acuity": acuity, "eta": date(eta) };
    hospital.write("is announced by ambulance", Write::insert("ambulances", document));
    id
}

fn at_the_door(hospital: &mut Hospital, id: ObjectId, acuity: i32) {
    let fields = doc! { "status": "at_door", "at_door_at": date(hospital.now) };
    hospital.write("is at the door", Write::set("ambulances", id, fields));
    emergency::arrive(hospital, acuity, "ambulance");
    // A crew cannot put down whom nobody can take.
    let median = if hospital.free_bed(ED).is_some() || acuity <= 2 { 11.0 } else { 19.0 };
    let minutes = hospital.dice.log_normal(median, 0.45).clamp(3.0, 75.0);
    hospital.after((minutes * 60.0) as i64 * SECOND, move |hospital| {
        let fields = doc! { "status": "handed_over", "handed_over_at": date(hospital.now) };
        hospital.write("is handed over", Write::set("ambulances", id, fields));
    });
}
