//! The emergency department: arrival, triage, physician, home or a request for a bed.

use bson::{Bson, doc};

use super::bed_manager::{self, Need, home_ward};
use super::beds::{occupy, release};
use super::calendar::MINUTE;
use super::operation::{Write, date};
use super::people::{remember, whoever_comes};
use super::stays::{Stage, Visit};
use super::words::{ED, WARDS};
use super::world::{Hospital, VisitId};
use super::{ambulances, arrivals, corrections, money};

/// Of acuity 1 to 5.
const ACUITY: [f64; 5] = [1.0, 14.0, 45.0, 32.0, 8.0];
/// By acuity; 27 % of all.
const ADMITTED: [f64; 5] = [0.55, 0.55, 0.33, 0.11, 0.04];
/// Median minutes to triage, and from there to a physician.
const TO_TRIAGE: [f64; 5] = [1.0, 3.0, 6.0, 8.0, 9.0];
const TO_PHYSICIAN: [f64; 5] = [1.0, 3.0, 25.0, 38.0, 44.0];
/// Minutes from arrival to leaving for home, log-normal; the mean is 196.
const STAY: (f64, f64) = (165.0, 0.587);
/// Who is admitted stays so much longer, and then waits for a bed.
const ADMITTED_STAYS: f64 = 1.7;

/// Who has been triaged and would be seen if there were a bay.
#[derive(Default)]
pub(super) struct Emergency {
    due: Vec<VisitId>,
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    arrivals::plan_day(hospital);
    ambulances::plan_day(hospital);
}

/// 1 is the most urgent.
pub(super) fn acuity(hospital: &mut Hospital) -> i32 {
    [1, 2, 3, 4, 5][hospital.dice.weighted(&ACUITY)]
}

pub(super) fn arrive(hospital: &mut Hospital, acuity: i32, mode: &str) {
    let now = hospital.now;
    let (patient, person) = whoever_comes(hospital, "ed");
    let (id, visit) = (hospital.number(), hospital.id());
    let mut document = doc! {
        "_id": visit, "patient_id": patient, "class": "emergency", "status": "arrived", "ward_id": "ED",
        "acuity": acuity, "arrival_mode": mode, "arrived_at": date(now), "ventilated": acuity == 1 && hospital.dice.chance(0.2),
    };
    // Some systems write what is not known yet as null, some leave it out.
    if hospital.dice.chance(0.3) {
        document.insert("triaged_at", Bson::Null);
        document.insert("seen_at", Bson::Null);
    }
    let mut there = Visit::new(visit, patient, Stage::Arrived, now);
    there.acuity = acuity;
    let stay = hospital.dice.log_normal(STAY.0, STAY.1).clamp(22.0, 1_300.0);
    let admitted = hospital.dice.chance(ADMITTED[acuity as usize - 1]);
    let stay = if admitted { stay * ADMITTED_STAYS } else { stay };
    there.leaves_at = now + (stay * MINUTE as f64) as i64;
    hospital.visits.insert(id, there);
    hospital.engaged.insert(patient);
    let writes = person.into_iter().chain([Write::insert("encounters", document)]).collect();
    hospital.in_turn("arrives in the emergency department", writes);
    corrections::after_arrival(hospital, id);
    let minutes = hospital.dice.log_normal(TO_TRIAGE[acuity as usize - 1], 0.5).clamp(0.2, 40.0);
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| triage(hospital, id, admitted));
}

fn triage(hospital: &mut Hospital, id: VisitId, admitted: bool) {
    let now = hospital.now;
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    (visit.stage, visit.triaged_at) = (Stage::Triaged, Some(now));
    let (encounter, acuity) = (visit.id, visit.acuity);
    // Nobody waits for the physician longer than the whole visit was to take.
    let longest = (visit.leaves_at - now).max(0) as f64 * 0.7 / MINUTE as f64;
    let fields = doc! { "status": "triaged", "triaged_at": date(now), "acuity": acuity };
    hospital.write("is triaged", Write::set("encounters", encounter, fields));
    let minutes =
        hospital.dice.log_normal(TO_PHYSICIAN[acuity as usize - 1], 0.5).clamp(0.2, longest.max(0.3));
    hospital.after((minutes * MINUTE as f64) as i64, move |hospital| {
        if !admitted && leaves_unseen(hospital, acuity) {
            return leave(hospital, id, "left_unseen", "leaves unseen");
        }
        let Some(visit) = hospital.visits.get_mut(&id) else { return };
        visit.dies = acuity == 1 && !admitted && hospital.dice.chance(0.1);
        visit.to_be_admitted = admitted;
        hospital.emergency.due.push(id);
        call_in(hospital);
    });
}

/// More go when more wait.
fn leaves_unseen(hospital: &mut Hospital, acuity: i32) -> bool {
    let waiting = hospital.visits.values().filter(|visit| visit.stage == Stage::Triaged).count();
    let crowd = waiting.saturating_sub(9) as f64 * 0.0035;
    let by_acuity = if acuity >= 4 { 1.6 } else { 0.7 };
    acuity > 2 && hospital.dice.chance(((0.013 + crowd) * by_acuity).min(0.12))
}

/// Calls in who is due as far as there are bays; the most urgent are seen wherever they are.
pub(super) fn call_in(hospital: &mut Hospital) {
    let mut order: Vec<(i32, i64, VisitId)> = Vec::new();
    for id in &hospital.emergency.due {
        if let Some(visit) = hospital.visits.get(id) {
            order.push((visit.acuity, visit.arrived_at, *id));
        }
    }
    order.sort_unstable();
    for (acuity, _, id) in order {
        let bay = hospital.free_bed(ED);
        if bay.is_some() || acuity <= 2 {
            hospital.emergency.due.retain(|due| *due != id);
            see(hospital, id, bay);
        }
    }
}

fn see(hospital: &mut Hospital, id: VisitId, bay: Option<usize>) {
    let now = hospital.now;
    let taken = bay.map(|bay| occupy(hospital, bay, id));
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    (visit.stage, visit.seen_at) = (Stage::InTreatment, Some(now));
    let admitted = visit.to_be_admitted;
    visit.leaves_at = visit.leaves_at.max(now + 12 * MINUTE);
    let (encounter, leaves_at) = (visit.id, visit.leaves_at);
    let mut fields = doc! { "status": "in_treatment", "seen_at": date(now) };
    if let Some(bay) = bay {
        fields.insert("bed_id", &hospital.beds[bay].id);
    }
    let writes = [Write::set("encounters", encounter, fields)].into_iter().chain(taken).collect();
    hospital.in_turn("is seen", writes);
    corrections::after_seen(hospital, id);
    hospital.at(leaves_at, move |hospital| match admitted {
        true => request_bed(hospital, id),
        false => {
            let dies = hospital.visits.get(&id).is_some_and(|visit| visit.dies);
            let (status, what) = if dies {
                ("died", "dies in the emergency department")
            } else {
                ("discharged", "is sent home")
            };
            leave(hospital, id, status, what);
        }
    });
}

/// The stay is decided. Which bed it will be, and when, is not drawn.
fn request_bed(hospital: &mut Hospital, id: VisitId) {
    let now = hospital.now;
    let Some(acuity) = hospital.visits.get(&id).map(|visit| visit.acuity) else { return };
    let need = what_is_needed(hospital, acuity);
    let specialty = specialty(hospital, need);
    let home = home_ward(hospital, need, specialty);
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    (visit.stage, visit.need, visit.specialty, visit.home) = (Stage::Boarding, need, specialty, home);
    // From now on the visit is the wanted ward's.
    let fields = doc! { "bed_requested_at": date(now), "specialty": specialty, "ward_id": WARDS[home].id };
    let write = Write::set("encounters", visit.id, fields);
    hospital.write("needs a bed", write);
    bed_manager::request(hospital, id);
}

fn what_is_needed(hospital: &mut Hospital, acuity: i32) -> Need {
    // Icu, Hdu, Child, Cot, Maternity, Medical, Surgical
    let weights = match acuity {
        1 => [42.0, 22.0, 3.0, 2.0, 1.0, 16.0, 14.0],
        2 => [12.0, 7.0, 6.0, 3.0, 2.0, 45.0, 25.0],
        _ => [1.0, 2.0, 8.0, 4.0, 3.0, 54.0, 28.0],
    };
    [Need::Icu, Need::Hdu, Need::Child, Need::Cot, Need::Maternity, Need::Medical, Need::Surgical]
        [hospital.dice.weighted(&weights)]
}

/// One that goes with the bed that is needed.
pub(super) fn specialty(hospital: &mut Hospital, need: Need) -> &'static str {
    let medical = ["general_medicine", "cardiology", "neurology", "oncology"];
    match need {
        Need::Child | Need::Cot => "paediatrics",
        Need::Maternity => "obstetrics",
        Need::Surgical | Need::Day => {
            ["general_surgery", "orthopaedics", "neurology"][hospital.dice.weighted(&[55.0, 38.0, 7.0])]
        }
        Need::Medical => medical[hospital.dice.weighted(&[55.0, 18.0, 15.0, 12.0])],
        Need::Icu | Need::Hdu => ["general_surgery", "general_medicine", "cardiology", "neurology"]
            [hospital.dice.weighted(&[30.0, 30.0, 25.0, 15.0])],
    }
}

fn leave(hospital: &mut Hospital, id: VisitId, status: &str, what: &'static str) {
    let Some(visit) = hospital.visits.remove(&id) else { return };
    hospital.engaged.remove(&visit.patient);
    let fields = doc! { "status": status, "discharged_at": date(hospital.now) };
    let mut writes = vec![Write::set("encounters", visit.id, fields)];
    if let Some(bay) = visit.bed {
        writes.extend(release(hospital, bay));
    }
    hospital.in_turn(what, writes);
    if status == "discharged" {
        money::after_emergency(hospital);
    }
    if status != "died" {
        remember(hospital, visit.patient);
    }
}
