//! Rooms: theatres and clinics follow what is done in them; imaging and treatment rooms have a rhythm of their own.

use bson::{Document, doc};

use super::calendar::{HOUR, MINUTE};
use super::operation::{Write, date};
use super::words::WARDS;
use super::world::Hospital;

/// Kind, letter of the id, how many.
pub(super) const KINDS: [(&str, &str, usize); 4] =
    [("theatre", "T", 14), ("clinic", "K", 60), ("imaging", "I", 12), ("ward", "W", 60)];
/// Theatres that are open at night, for emergencies.
const NIGHT_THEATRES: [&str; 3] = ["T12", "T13", "T14"];

#[derive(Debug, Clone)]
pub(super) struct Room {
    pub id: String,
    pub kind: &'static str,
    pub ward: Option<&'static str>,
    pub status: RoomStatus,
    pub since: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoomStatus {
    Free,
    InUse,
    Turnover,
    Closed,
}

impl RoomStatus {
    fn word(self) -> &'static str {
        match self {
            RoomStatus::Free => "free",
            RoomStatus::InUse => "in_use",
            RoomStatus::Turnover => "turnover",
            RoomStatus::Closed => "closed",
        }
    }
}

pub(super) fn build(hospital: &mut Hospital) -> Vec<Document> {
    let since = hospital.now;
    for (kind, letter, count) in KINDS {
        for number in 1..=count {
            let id = format!("{letter}{number:02}");
            let ward = (kind == "ward").then(|| WARDS[number % 26].id);
            let by_day = matches!(kind, "clinic" | "theatre") && !NIGHT_THEATRES.contains(&id.as_str());
            let status = if by_day { RoomStatus::Closed } else { RoomStatus::Free };
            hospital.rooms.push(Room { id, kind, ward, status, since });
        }
    }
    hospital.rooms.iter().map(document).collect()
}

fn document(room: &Room) -> Document {
    let mut document = doc! {
        "_id": &room.id, "kind": room.kind, "status": room.status.word(), "status_since": date(room.since),
    };
    if let Some(ward) = room.ward {
        document.insert("ward_id", ward);
    }
    document
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let midnight = hospital.midnight();
    hospital.at(midnight + 3 * HOUR + 20 * MINUTE, |hospital| {
        // Facility management's nightly export, renamed over what was there.
        let documents = hospital.rooms.iter().map(document).collect();
        hospital.write("rebuilds the rooms", Write::Rebuild { collection: "rooms", documents });
    });
    for index in 0..hospital.rooms.len() {
        if matches!(hospital.rooms[index].kind, "imaging" | "ward") {
            let at = midnight + 7 * HOUR + hospital.dice.between(0, 50) * MINUTE;
            hospital.at(at, move |hospital| be_used(hospital, index));
        }
    }
    if !hospital.calendar.is_weekend(midnight) {
        hospital.at(midnight + 7 * HOUR + 15 * MINUTE, |hospital| turn_clinics(hospital, RoomStatus::Free));
        hospital
            .at(midnight + 18 * HOUR + 30 * MINUTE, |hospital| turn_clinics(hospital, RoomStatus::Closed));
        for index in 0..hospital.rooms.len() {
            let room = &hospital.rooms[index];
            if room.kind == "theatre" && !NIGHT_THEATRES.contains(&room.id.as_str()) {
                let (opens, closes) = (hospital.dice.between(400, 425), hospital.dice.between(1_080, 1_200));
                hospital.at(midnight + opens * MINUTE, move |hospital| open_theatre(hospital, index));
                hospital.at(midnight + closes * MINUTE, move |hospital| close_theatre(hospital, index));
            }
        }
    }
}

/// One command over all of them.
fn turn_clinics(hospital: &mut Hospital, to: RoomStatus) {
    let from = if to == RoomStatus::Free { RoomStatus::Closed } else { RoomStatus::Free };
    let now = hospital.now;
    for room in hospital.rooms.iter_mut().filter(|room| room.kind == "clinic" && room.status == from) {
        (room.status, room.since) = (to, now);
    }
    let write = Write::UpdateMany {
        collection: "rooms",
        filter: doc! { "kind": "clinic", "status": from.word() },
        update: doc! { "$set": { "status": to.word(), "status_since": date(now) } },
    };
    hospital.write(if to == RoomStatus::Free { "opens the clinics" } else { "closes the clinics" }, write);
}

fn open_theatre(hospital: &mut Hospital, index: usize) {
    if hospital.rooms[index].status == RoomStatus::Closed {
        replace(hospital, index, RoomStatus::Free, "opens a theatre");
    }
}

/// As soon as it is done with.
fn close_theatre(hospital: &mut Hospital, index: usize) {
    match hospital.rooms[index].status {
        RoomStatus::Free => replace(hospital, index, RoomStatus::Closed, "closes a theatre"),
        RoomStatus::Closed => {}
        RoomStatus::InUse | RoomStatus::Turnover => {
            hospital.after(30 * MINUTE, move |hospital| close_theatre(hospital, index));
        }
    }
}

/// Facility management writes whole documents.
fn replace(hospital: &mut Hospital, index: usize, to: RoomStatus, what: &'static str) {
    let now = hospital.now;
    let room = &mut hospital.rooms[index];
    (room.status, room.since) = (to, now);
    let document = document(room);
    let filter = doc! { "_id": &room.id };
    hospital.write(what, Write::Replace { collection: "rooms", filter, document });
}

fn be_used(hospital: &mut Hospital, index: usize) {
    if hospital.calendar.hour(hospital.now) >= 19 {
        return;
    }
    if hospital.rooms[index].status == RoomStatus::Free {
        let write = take(hospital, index);
        hospital.write("takes a room", write);
        let minutes = hospital.dice.log_normal(17.0, 0.5).clamp(4.0, 70.0);
        hospital.after((minutes * MINUTE as f64) as i64, move |hospital| {
            let write = leave(hospital, index, 5.0);
            hospital.write("leaves a room", write);
        });
    }
    let minutes = hospital.dice.exponential(34.0) + 26.0;
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| be_used(hospital, index));
}

/// Index of a free room of a kind.
pub(super) fn free(hospital: &Hospital, kind: &str) -> Option<usize> {
    hospital.rooms.iter().position(|room| room.kind == kind && room.status == RoomStatus::Free)
}

pub(super) fn take(hospital: &mut Hospital, index: usize) -> Write {
    turn(hospital, index, RoomStatus::InUse)
}

/// Made ready for the next, which takes about so many minutes.
pub(super) fn leave(hospital: &mut Hospital, index: usize, minutes: f64) -> Write {
    let delay = hospital.dice.normal(minutes, minutes / 4.0).max(1.0);
    hospital.after((delay * MINUTE as f64) as i64, move |hospital| {
        if hospital.rooms[index].status == RoomStatus::Turnover {
            let write = turn(hospital, index, RoomStatus::Free);
            hospital.write("has turned a room over", write);
        }
    });
    turn(hospital, index, RoomStatus::Turnover)
}

fn turn(hospital: &mut Hospital, index: usize, status: RoomStatus) -> Write {
    let now = hospital.now;
    let room = &mut hospital.rooms[index];
    (room.status, room.since) = (status, now);
    let fields = doc! { "status": status.word(), "status_since": date(now) };
    Write::set("rooms", room.id.as_str(), fields)
}
