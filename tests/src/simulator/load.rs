//! More updates than a hospital has by itself: real fields with values that could be.

use bson::doc;

use super::calendar::{HOUR, MINUTE};
use super::dice::Dice;
use super::operation::{Operation, Write, date};
use super::stays::Stage;
use super::words::{CANARY, ED, WARDS};
use super::world::Hospital;

/// Says one after the other. It has chance of its own: the hospital's course is the same with it and without.
pub struct Load(Dice);

impl Load {
    pub fn new(seed: u64) -> Load {
        Load(Dice::new(seed ^ 0x10ad))
    }

    /// An update of a field of what is there at `now_ms`.
    pub fn next(&mut self, hospital: &Hospital, now_ms: i64) -> Operation {
        let bed = &hospital.beds[self.0.below(hospital.beds.len() - WARDS[ED].beds)];
        let in_bed: Vec<_> =
            hospital.visits.values().filter(|visit| visit.stage == Stage::Admitted).collect();
        let visit = self.0.pick(&in_bed);
        let (what, write) = match (self.0.weighted(&[45.0, 25.0, 30.0]), visit) {
            (0, Some(visit)) => {
                let at = (now_ms + self.0.between(HOUR, 96 * HOUR)) / (30 * MINUTE) * 30 * MINUTE;
                let fields = doc! { "expected_discharge_at": date(at) };
                ("has another day of discharge", Write::set("encounters", visit.id, fields))
            }
            (1, Some(visit)) => {
                let phone = format!("+49 30 {CANARY} {:07}", self.0.between(0, 9_999_999));
                ("has another number", Write::set("patients", visit.patient, doc! { "phone": phone }))
            }
            _ => {
                let fields = doc! { "isolation": self.0.chance(super::setup::ISOLATION) };
                ("sets a bed's isolation", Write::set("beds", bed.id.as_str(), fields))
            }
        };
        Operation { at_ms: now_ms, what, writes: vec![write], transaction: false }
    }
}
