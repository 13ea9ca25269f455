//! What was written wrong and is put right, and other habits of real systems.

use bson::{Bson, doc};

use super::house::patient_document;
use super::operation::{Operation, Write, date};
use super::state::{Hospital, MINUTE, RoomStatus, Stage};

pub(super) fn arrival_was_earlier(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Triaged).or_else(|| hospital.visit_at(Stage::Arrived))?;
    let earlier = hospital.dice.between(1, 25) * MINUTE;
    let visit = &mut hospital.visits[index];
    visit.arrived_at -= earlier;
    let fields = doc! { "arrived_at": date(visit.arrived_at) };
    Operation::one("had come earlier", Write::set("encounters", visit.id, fields))
}

pub(super) fn acuity_was_wrong(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.visit_at(Stage::Triaged)?;
    let acuity = super::emergency::acuity(hospital);
    let visit = &mut hospital.visits[index];
    visit.acuity = acuity;
    Operation::one("is triaged again", Write::set("encounters", visit.id, doc! { "acuity": acuity }))
}

pub(super) fn register_twice(hospital: &mut Hospital) -> Option<Operation> {
    let (id, now) = (hospital.id(), hospital.now);
    let mut document = patient_document(hospital, id, "desk", now);
    document.insert("maybe_same_as", hospital.recent_patients.back().copied());
    hospital.duplicates.push(id);
    Operation::one("is registered twice", Write::insert("patients", document))
}

pub(super) fn merge_duplicate(hospital: &mut Hospital) -> Option<Operation> {
    let id = hospital.duplicates.pop()?;
    let write = Write::Delete { collection: "patients", filter: doc! { "_id": id } };
    Operation::one("is merged with the first registration", write)
}

/// Taken away, or written as null: readers must not tell the two apart.
pub(super) fn forget_expected_discharge(hospital: &mut Hospital) -> Option<Operation> {
    let index = (0..hospital.visits.len()).find(|index| hospital.visits[*index].expected)?;
    let as_null = hospital.dice.chance(0.5);
    let visit = &mut hospital.visits[index];
    visit.expected = false;
    let update = match as_null {
        true => doc! { "$set": { "expected_discharge_at": Bson::Null } },
        false => doc! { "$unset": { "expected_discharge_at": "" } },
    };
    Operation::one("has no day of discharge any more", Write::update("encounters", visit.id, update))
}

/// Facility management writes whole documents.
pub(super) fn replace_room(hospital: &mut Hospital) -> Option<Operation> {
    let index = hospital.dice.below(hospital.rooms.len());
    let now = date(hospital.now);
    let room = hospital.rooms.get_mut(index)?;
    let (status, word) = match room.status {
        RoomStatus::Free => (RoomStatus::Closed, "closed"),
        RoomStatus::Closed => (RoomStatus::Free, "free"),
        RoomStatus::InUse | RoomStatus::Turnover => return None,
    };
    room.status = status;
    let document = doc! { "_id": &room.id, "kind": room.kind, "status": word, "status_since": now };
    let write = Write::Replace { collection: "rooms", filter: doc! { "_id": &room.id }, document };
    Operation::one("closes or opens a room", write)
}

/// One command over many documents.
pub(super) fn touch_many(hospital: &mut Hospital) -> Option<Operation> {
    let write = Write::UpdateMany {
        collection: "shifts",
        filter: doc! { "status": "planned", "starts_at": { "$lte": date(hospital.now) } },
        update: doc! { "$set": { "status": "confirmed" } },
    };
    Operation::one("confirms every shift that has begun", write)
}
