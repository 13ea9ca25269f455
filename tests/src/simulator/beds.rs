//! Beds and bays: who lies where, and which are out of use.

use bson::{Bson, doc};

use super::bed_manager;
use super::calendar::{HOUR, MINUTE};
use super::cleaning;
use super::operation::{Write, date};
use super::words::{ED, WARDS};
use super::world::{Hospital, VisitId};

/// Of the beds so many may be blocked at once, and of those that were cleaned so many are.
const MOST_BLOCKED: usize = 22;
const BLOCKED_AFTER_CLEANING: f64 = 0.1;

#[derive(Debug, Clone)]
pub(super) struct Bed {
    pub id: String,
    /// Index into the wards.
    pub ward: usize,
    pub status: BedStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BedStatus {
    Free,
    Reserved,
    Occupied,
    Cleaning,
    Blocked,
    Closed,
}

impl BedStatus {
    pub fn word(self) -> &'static str {
        match self {
            BedStatus::Free => "free",
            BedStatus::Reserved => "reserved",
            BedStatus::Occupied => "occupied",
            BedStatus::Cleaning => "cleaning",
            BedStatus::Blocked => "blocked",
            BedStatus::Closed => "closed",
        }
    }
}

impl Hospital {
    /// Index of one of a ward's free beds.
    pub(super) fn free_bed(&self, ward: usize) -> Option<usize> {
        self.bed_manager.free[ward].first().copied()
    }

    /// Every change of a bed goes through here, so that the list of free beds is right.
    pub(super) fn turn(&mut self, bed: usize, status: BedStatus) {
        let ward = self.beds[bed].ward;
        self.beds[bed].status = status;
        if status == BedStatus::Free {
            self.bed_manager.free[ward].insert(bed);
        } else {
            self.bed_manager.free[ward].remove(&bed);
        }
    }

    pub(super) fn beds_with(&self, status: BedStatus) -> usize {
        self.beds.iter().filter(|bed| bed.ward != ED && bed.status == status).count()
    }
}

/// The bed is the visit's from now on.
pub(super) fn occupy(hospital: &mut Hospital, bed: usize, visit: VisitId) -> Write {
    hospital.turn(bed, BedStatus::Occupied);
    let id = hospital.visits.get_mut(&visit).map(|visit| {
        visit.bed = Some(bed);
        visit.id
    });
    let fields = doc! { "status": "occupied", "encounter_id": id, "status_since": date(hospital.now) };
    Write::set("beds", hospital.beds[bed].id.as_str(), fields)
}

/// Kept for somebody who is on the way.
pub(super) fn reserve(hospital: &mut Hospital, bed: usize, visit: VisitId) -> Write {
    hospital.turn(bed, BedStatus::Reserved);
    let id = hospital.visits.get(&visit).map(|visit| visit.id);
    let fields = doc! { "status": "reserved", "encounter_id": id, "status_since": date(hospital.now) };
    Write::set("beds", hospital.beds[bed].id.as_str(), fields)
}

/// Whoever it was kept for does not come.
pub(super) fn unreserve(hospital: &mut Hospital, bed: usize) -> Write {
    hospital.turn(bed, BedStatus::Free);
    let fields = doc! { "status": "free", "encounter_id": Bson::Null, "status_since": date(hospital.now) };
    Write::set("beds", hospital.beds[bed].id.as_str(), fields)
}

/// A bed's new status, and nothing else.
pub(super) fn status(hospital: &Hospital, bed: usize) -> Write {
    let bed = &hospital.beds[bed];
    let fields = doc! { "status": bed.status.word(), "status_since": date(hospital.now) };
    Write::set("beds", bed.id.as_str(), fields)
}

/// The bed is nobody's and must be cleaned; a bay is wiped by whoever is there.
pub(super) fn release(hospital: &mut Hospital, bed: usize) -> Vec<Write> {
    hospital.turn(bed, BedStatus::Cleaning);
    let now = date(hospital.now);
    let id = hospital.beds[bed].id.clone();
    if hospital.beds[bed].ward == ED {
        let minutes = hospital.dice.between(4, 11);
        hospital.after(minutes * MINUTE, move |hospital| {
            hospital.turn(bed, BedStatus::Free);
            let write = status(hospital, bed);
            hospital.write("has wiped a bay", write);
            super::emergency::call_in(hospital);
        });
        let fields = doc! { "status": "cleaning", "encounter_id": Bson::Null, "status_since": now };
        return vec![Write::set("beds", id, fields)];
    }
    let update = doc! {
        "$set": { "status": "cleaning", "status_since": now }, "$unset": { "encounter_id": "" },
    };
    vec![Write::update("beds", id, update), cleaning::order(hospital, bed)]
}

/// A clean bed is free, or turns out to be broken.
pub(super) fn cleaned(hospital: &mut Hospital, bed: usize) -> Write {
    let blocked = hospital.beds_with(BedStatus::Blocked);
    if blocked < MOST_BLOCKED && hospital.dice.chance(BLOCKED_AFTER_CLEANING) {
        hospital.turn(bed, BedStatus::Blocked);
        let hours = hospital.dice.exponential(26.0).clamp(3.0, 120.0);
        hospital.after((hours * HOUR as f64) as i64, move |hospital| unblock(hospital, bed));
    } else {
        hospital.turn(bed, BedStatus::Free);
    }
    status(hospital, bed)
}

pub(super) fn unblock(hospital: &mut Hospital, bed: usize) {
    if hospital.beds[bed].status != BedStatus::Blocked {
        return;
    }
    hospital.turn(bed, BedStatus::Free);
    let write = status(hospital, bed);
    hospital.write("opens a blocked bed", write);
    bed_manager::give_beds(hospital);
}

/// `M1-07`.
pub(super) fn bed_id(ward: usize, number: usize) -> String {
    format!("{}-{number:02}", WARDS[ward].id)
}
