//! Three minutes in which what a board is for happens one after the other.

use bson::doc;

use super::bed_manager::Need;
use super::beds::{self, BedStatus, occupy};
use super::calendar::{MINUTE, SECOND};
use super::operation::{Write, date};
use super::people::register;
use super::stays::{self, Stage, Visit};
use super::words::{WARDS, ward_index};
use super::world::Hospital;
use super::{alerts, arrivals, money};

/// The ward that is closed, and the euro cents that are paid back.
const CLOSED: &str = "S8";
const REFUND: i64 = 1_234_567;

/// In seconds from the beginning.
const SURGE: i64 = 10;
const ALERT: i64 = 40;
const ICU_FULL: i64 = 65;
const PAID_BACK: i64 = 80;
const WARD_CLOSES: i64 = 115;
const WARD_OPENS: i64 = 175;
/// Nothing is written from the first second to the second; that is the driver's part.
pub(super) const STALL: std::ops::Range<u64> = 140..160;

impl Hospital {
    /// Plans the story from `begin_ms` on.
    pub fn plan_story(&mut self, begin_ms: i64) {
        let at = |second: i64| begin_ms + second * SECOND;
        self.at(at(SURGE), |hospital| arrivals::mass_arrival(hospital, 18, 25 * SECOND));
        self.at(at(ALERT), |hospital| alerts::raise(hospital, "code_blue", "critical", "M1"));
        self.at(at(ICU_FULL), fill_icu);
        self.at(at(PAID_BACK), |hospital| money::refund_at_once(hospital, REFUND));
        self.at(at(WARD_CLOSES), |hospital| turn_ward(hospital, BedStatus::Free, BedStatus::Closed));
        self.at(at(WARD_OPENS), |hospital| turn_ward(hospital, BedStatus::Closed, BedStatus::Free));
    }
}

/// Another hospital sends its intensive care over.
fn fill_icu(hospital: &mut Hospital) {
    let ward = ward_index("C1");
    while let Some(bed) = hospital.free_bed(ward) {
        let now = hospital.now;
        let (patient, person) = register(hospital, "transfer");
        let (id, encounter) = (hospital.number(), hospital.id());
        let mut visit = Visit::new(encounter, patient, Stage::Admitted, now);
        (visit.need, visit.home, visit.admitted_at) = (Need::Icu, ward, Some(now));
        hospital.visits.insert(id, visit);
        hospital.engaged.insert(patient);
        let document = doc! {
            "_id": encounter, "patient_id": patient, "class": "inpatient", "status": "admitted",
            "ward_id": WARDS[ward].id, "specialty": "general_medicine", "ventilated": true,
            "bed_id": &hospital.beds[bed].id, "arrived_at": date(now), "bed_requested_at": date(now),
            "admitted_at": date(now),
        };
        let writes = vec![person, Write::insert("encounters", document), occupy(hospital, bed, id)];
        hospital.together("is taken over from another hospital", writes);
        let stay = hospital.dice.between(3_000, 9_000) * MINUTE;
        stays::draw_end(hospital, id, now + stay);
        stays::stay_until_better(hospital, id);
    }
}

/// Those who lie there stay; nobody else comes.
fn turn_ward(hospital: &mut Hospital, from: BedStatus, to: BedStatus) {
    let ward = ward_index(CLOSED);
    let turned: Vec<usize> = (0..hospital.beds.len())
        .filter(|bed| hospital.beds[*bed].ward == ward && hospital.beds[*bed].status == from)
        .collect();
    let mut writes = Vec::new();
    for bed in turned {
        hospital.turn(bed, to);
        writes.push(beds::status(hospital, bed));
    }
    hospital.together(if to == BedStatus::Closed { "closes a ward" } else { "opens a ward" }, writes);
}
