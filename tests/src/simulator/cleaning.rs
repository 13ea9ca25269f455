//! Cleaning of beds: first come, first served, by fewer people at night.

use std::collections::VecDeque;

use bson::doc;
use bson::oid::ObjectId;

use super::calendar::{HOUR, MINUTE};
use super::operation::{Write, date};
use super::world::Hospital;
use super::{bed_manager, beds};

/// Minutes of a clean.
const MINUTES: (f64, f64) = (45.0, 20.0);

#[derive(Default)]
pub(super) struct Cleaning {
    orders: VecDeque<(ObjectId, usize)>,
    busy: usize,
}

/// A bed is to be cleaned.
pub(super) fn order(hospital: &mut Hospital, bed: usize) -> Write {
    let id = hospital.id();
    hospital.cleaning.orders.push_back((id, bed));
    // Somebody has to read the order first.
    let minutes = hospital.dice.between(2, 9);
    hospital.after(minutes * MINUTE, begin);
    let bed = &hospital.beds[bed];
    let document = doc! {
        "_id": id, "bed_id": &bed.id, "ward_id": super::words::WARDS[bed.ward].id, "status": "waiting",
        "requested_at": date(hospital.now),
    };
    Write::insert("bed_cleans", document)
}

fn begin(hospital: &mut Hospital) {
    let at_work = if (6..22).contains(&hospital.calendar.hour(hospital.now)) { 16 } else { 3 };
    if hospital.cleaning.busy >= at_work {
        return;
    }
    let Some((id, bed)) = hospital.cleaning.orders.pop_front() else { return };
    hospital.cleaning.busy += 1;
    let fields = doc! { "status": "started", "started_at": date(hospital.now) };
    hospital.write("begins to clean", Write::set("bed_cleans", id, fields));
    let minutes = hospital.dice.normal(MINUTES.0, MINUTES.1).clamp(12.0, 110.0);
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| end(hospital, id, bed));
}

fn end(hospital: &mut Hospital, id: ObjectId, bed: usize) {
    hospital.cleaning.busy -= 1;
    let fields = doc! { "status": "done", "done_at": date(hospital.now) };
    let writes = vec![beds::cleaned(hospital, bed), Write::set("bed_cleans", id, fields)];
    hospital.in_turn("has cleaned a bed", writes);
    bed_manager::give_beds(hospital);
    begin(hospital);
}

/// The day's people come and find what the night has left.
pub(super) fn morning(hospital: &mut Hospital) {
    let waiting = hospital.cleaning.orders.len() as i64;
    for turn in 0..waiting {
        hospital.after(turn * MINUTE, begin);
    }
}

/// When the morning's people come, after midnight.
pub(super) const MORNING: i64 = 6 * HOUR;
