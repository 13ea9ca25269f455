//! Beds, their cleaning, rooms, and the registration desk.

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::emergency::is_bay;
use super::operation::{Operation, Write, date};
use super::state::{BedStatus, DAY, Hospital, RoomStatus};
use super::words::{CANARY, FIRST_NAMES, LAST_NAMES, WARDS};

/// The bed is the visit's from now on.
pub(super) fn occupy(hospital: &mut Hospital, bed: usize, visit: usize) -> Write {
    hospital.visits[visit].bed = Some(bed);
    hospital.beds[bed].status = BedStatus::Occupied;
    let fields = doc! { "status": "occupied", "encounter_id": hospital.visits[visit].id, "status_since": date(hospital.now) };
    Write::set("beds", hospital.beds[bed].id.as_str(), fields)
}

/// The bed is nobody's; a ward's bed is cleaned before the next, a bay is wiped at once.
pub(super) fn release(hospital: &mut Hospital, bed: usize) -> Vec<Write> {
    let now = date(hospital.now);
    if is_bay(hospital.beds[bed].ward) {
        hospital.beds[bed].status = BedStatus::Free;
        let fields = doc! { "status": "free", "encounter_id": Bson::Null, "status_since": now };
        return vec![Write::set("beds", hospital.beds[bed].id.as_str(), fields)];
    }
    let clean = hospital.id();
    let bed = &mut hospital.beds[bed];
    bed.status = BedStatus::Cleaning;
    bed.clean = Some(clean);
    let update = doc! {
        "$set": { "status": "cleaning", "status_since": now.clone() }, "$unset": { "encounter_id": "" },
    };
    let order = doc! {
        "_id": clean, "bed_id": &bed.id, "ward_id": WARDS[bed.ward].id, "status": "waiting", "requested_at": now,
    };
    vec![Write::update("beds", bed.id.as_str(), update), Write::insert("bed_cleans", order)]
}

pub(super) fn start_clean(hospital: &mut Hospital) -> Option<Operation> {
    let bed = hospital.bed_with(BedStatus::Cleaning, |bed| bed.clean.is_some())?;
    let clean = hospital.beds[bed].clean?;
    // Saying it again later only moves the start: cleaners are called away, and start over.
    let fields = doc! { "status": "started", "started_at": date(hospital.now) };
    Operation::one("begins to clean", Write::set("bed_cleans", clean, fields))
}

pub(super) fn finish_clean(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.bed_with(BedStatus::Cleaning, |_| true)?;
    let now = date(hospital.now);
    let bed = &mut hospital.beds[index];
    bed.status = BedStatus::Free;
    let mut writes =
        vec![Write::set("beds", bed.id.as_str(), doc! { "status": "free", "status_since": now.clone() })];
    if let Some(clean) = bed.clean.take() {
        writes.push(Write::set("bed_cleans", clean, doc! { "status": "done", "done_at": now }));
    }
    Operation::in_turn("has cleaned a bed", writes)
}

pub(super) fn block_or_open_bed(hospital: &mut Hospital) -> Option<Operation> {
    let blocked = hospital.beds.iter().filter(|bed| bed.status == BedStatus::Blocked).count();
    let (from, to, what) = if blocked > 14 || (blocked > 0 && hospital.dice.chance(0.5)) {
        (BedStatus::Blocked, BedStatus::Free, "opens a blocked bed")
    } else {
        (BedStatus::Free, BedStatus::Blocked, "blocks a bed")
    };
    let index = hospital.bed_with(from, |bed| !is_bay(bed.ward))?;
    hospital.beds[index].status = to;
    let fields = doc! { "status": to.word(), "status_since": date(hospital.now) };
    Operation::one(what, Write::set("beds", hospital.beds[index].id.as_str(), fields))
}

pub(super) fn flag_isolation(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.dice.below(hospital.beds.len());
    let isolation = hospital.dice.chance(0.08);
    let bed = hospital.beds.get(index)?;
    // Some systems drop the flag where others write false.
    let update = match isolation || index.is_multiple_of(3) {
        true => doc! { "$set": { "isolation": isolation } },
        false => doc! { "$unset": { "isolation": "" } },
    };
    Operation::one("sets a bed's isolation", Write::update("beds", bed.id.as_str(), update))
}

/// Free, in use, turnover, and free again.
pub(super) fn turn_room(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.dice.below(hospital.rooms.len());
    let leave_free = hospital.dice.chance(0.35);
    let now = date(hospital.now);
    let room = hospital.rooms.get_mut(index)?;
    let (to, word, what) = match room.status {
        RoomStatus::Free if leave_free => return None,
        RoomStatus::Free => (RoomStatus::InUse, "in_use", "takes a room"),
        RoomStatus::InUse => (RoomStatus::Turnover, "turnover", "leaves a room"),
        RoomStatus::Turnover => (RoomStatus::Free, "free", "has turned a room over"),
        RoomStatus::Closed => return None,
    };
    room.status = to;
    Operation::one(what, Write::set("rooms", room.id.as_str(), doc! { "status": word, "status_since": now }))
}

pub(super) fn register(hospital: &mut Hospital) -> Option<Operation> {
    let (id, now) = (hospital.id(), hospital.now);
    let channel = ["desk", "online", "transfer"][hospital.dice.weighted(&[60.0, 35.0, 5.0])];
    let document = patient_document(hospital, id, channel, now);
    hospital.remember_patient(id);
    Operation::one("is registered", Write::insert("patients", document))
}

/// A person, with everything that must stay in MongoDB.
pub(super) fn patient_document(
    hospital: &mut Hospital,
    id: ObjectId,
    channel: &str,
    registered_at: i64,
) -> Document {
    let number = hospital.number();
    let (first, last) = (hospital.dice.one_of(FIRST_NAMES), hospital.dice.one_of(LAST_NAMES));
    let born = registered_at - hospital.dice.between(0, 36_500) * DAY;
    doc! {
        "_id": id, "registered_at": date(registered_at), "channel": channel, "active": true,
        "name": format!("{first} {CANARY} {last}"), "mrn": format!("{CANARY}-{number:08}"),
        "birth_date": date(born), "phone": format!("+49 30 {CANARY} {:07}", hospital.dice.between(0, 9_999_999)),
        "address": { "street": format!("{CANARY} Str. {}", number % 200), "city": "Berlin" },
        "note": format!("{CANARY}: came in at {registered_at}"),
    }
}
