//! Stays on the wards, from the admission to the discharge. Encounter, bed and patient move together.

use bson::doc;
use bson::oid::ObjectId;

use super::bed_manager::{self, Need, home_ward};
use super::beds::{occupy, release};
use super::calendar::{DAY, HOUR, MINUTE};
use super::operation::{Write, date};
use super::words::{ED, WARDS};
use super::world::{Hospital, VisitId};
use super::{corrections, invoices, money, people};

/// Discharges by the hour, in per cent.
const DISCHARGES: [f64; 24] = [
    0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 2.0, 4.0, 8.0, 12.0, 11.0, 10.0, 12.0, 13.0, 11.0, 8.0, 5.0, 2.0,
    0.3, 0.2, 0.2, 0.1,
];
/// Of the discharges that fall on a day of the weekend so many are on the Friday before or wait.
const WEEKEND_WAITS: f64 = 0.4;
const FRIDAY_BEFORE: f64 = 0.6;
const SIGMA: f64 = 0.99;
const DEATHS: f64 = 0.02;
const TRANSFERS: f64 = 0.10;
const DETERIORATES: f64 = 0.012;
/// So many are ready days before they can go.
const DELAYED: f64 = 0.17;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Planned,
    Arrived,
    Triaged,
    InTreatment,
    /// In the emergency department, and waits for a bed.
    Boarding,
    /// Has come for a planned stay, and waits for a bed.
    Lounge,
    Admitted,
}

#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub id: ObjectId,
    pub patient: ObjectId,
    pub specialty: &'static str,
    pub stage: Stage,
    pub need: Need,
    /// Index of the ward that would be right.
    pub home: usize,
    pub acuity: i32,
    /// Index of the bed or bay.
    pub bed: Option<usize>,
    pub reserved: Option<usize>,
    pub arrived_at: i64,
    pub triaged_at: Option<i64>,
    pub seen_at: Option<i64>,
    pub wants_since: i64,
    pub admitted_at: Option<i64>,
    /// When it is to end; of a planned stay, when it is to begin.
    pub leaves_at: i64,
    pub dies: bool,
    pub to_be_admitted: bool,
    pub ready: bool,
    pub expected: bool,
}

impl Visit {
    pub fn new(id: ObjectId, patient: ObjectId, stage: Stage, arrived_at: i64) -> Visit {
        Visit {
            id,
            patient,
            specialty: "general_medicine",
            stage,
            need: Need::Medical,
            home: ED,
            acuity: 3,
            bed: None,
            reserved: None,
            arrived_at,
            triaged_at: None,
            seen_at: None,
            wants_since: arrived_at,
            admitted_at: None,
            leaves_at: arrived_at,
            dies: false,
            to_be_admitted: false,
            ready: false,
            expected: false,
        }
    }
}

/// In the bed that was kept: an admission, or a move within the house.
pub(super) fn move_in(hospital: &mut Hospital, id: VisitId, bed: usize) {
    let now = hospital.now;
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    if visit.reserved != Some(bed) {
        return;
    }
    visit.reserved = None;
    let (encounter, patient, first, left) =
        (visit.id, visit.patient, visit.admitted_at.is_none(), visit.bed.take());
    visit.stage = Stage::Admitted;
    visit.admitted_at.get_or_insert(now);
    let mut writes = left.map(|left| release(hospital, left)).unwrap_or_default();
    writes.push(occupy(hospital, bed, id));
    let ward = WARDS[hospital.beds[bed].ward].id;
    let mut fields = doc! { "ward_id": ward, "bed_id": &hospital.beds[bed].id };
    if first {
        fields.insert("status", "admitted");
        fields.insert("admitted_at", date(now));
    }
    if WARDS[hospital.beds[bed].ward].bed_kind == "icu" {
        fields.insert("ventilated", hospital.dice.chance(0.4));
    }
    if first && hospital.dice.chance(corrections::WARD_MIX_UPS) {
        corrections::mix_up_ward(hospital, id, &mut fields);
    }
    writes.push(Write::set("encounters", encounter, fields));
    writes.push(Write::set("patients", patient, doc! { "active": true, "ward_id": ward }));
    hospital.together(if first { "is admitted" } else { "moves to another ward" }, writes);
    if first {
        begin_stay(hospital, id, now);
    }
    stay_until_better(hospital, id);
    super::emergency::call_in(hospital);
}

/// When and how the stay of somebody who was admitted then will end.
fn begin_stay(hospital: &mut Hospital, id: VisitId, admitted_at: i64) {
    let Some(visit) = hospital.visits.get(&id).cloned() else { return };
    if visit.need == Need::Day {
        let leaves_at =
            admitted_at + (hospital.dice.log_normal(5.5, 0.3).clamp(2.0, 11.0) * HOUR as f64) as i64;
        return end_at(hospital, id, leaves_at);
    }
    let days = hospital.dice.log_normal(median_days(visit.specialty, visit.need), SIGMA).clamp(0.2, 60.0);
    let target = admitted_at + (days * DAY as f64) as i64;
    draw_end(hospital, id, target);
}

/// The end of a stay that would by nature end at an instant: wards let go by day, and less at weekends.
pub(super) fn draw_end(hospital: &mut Hospital, id: VisitId, target: i64) {
    let dies = hospital.dice.chance(DEATHS);
    let leaves_at = if dies { target.max(hospital.now + HOUR) } else { discharge_instant(hospital, target) };
    if let Some(visit) = hospital.visits.get_mut(&id) {
        visit.dies = dies;
    }
    end_at(hospital, id, leaves_at);
    course(hospital, id, leaves_at);
}

fn end_at(hospital: &mut Hospital, id: VisitId, leaves_at: i64) {
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    visit.leaves_at = leaves_at;
    hospital.at(leaves_at, move |hospital| {
        let stands = |visit: &Visit| visit.stage == Stage::Admitted && visit.leaves_at == leaves_at;
        if hospital.visits.get(&id).is_some_and(stands) {
            discharge(hospital, id);
        }
    });
}

fn discharge_instant(hospital: &mut Hospital, target: i64) -> i64 {
    let mut day = hospital.calendar.midnight(target);
    loop {
        let hour = hospital.dice.weighted(&DISCHARGES) as i64;
        let at = day + hour * HOUR + hospital.dice.between(0, HOUR - 1);
        let too_soon = at < hospital.now + 2 * HOUR;
        let waits = hospital.calendar.is_weekend(at) && hospital.dice.chance(WEEKEND_WAITS);
        if !too_soon && !waits {
            return at;
        }
        let friday = day - (hospital.calendar.weekday(day) as i64 - 4) * DAY;
        let before = waits && friday > hospital.now && hospital.dice.chance(FRIDAY_BEFORE);
        day = if before { friday } else { day + DAY };
    }
}

/// What is written on the way: expected, ready, moved.
fn course(hospital: &mut Hospital, id: VisitId, leaves_at: i64) {
    let (now, left) = (hospital.now, leaves_at - hospital.now);
    let delayed = left > 3 * DAY && hospital.dice.chance(DELAYED);
    let before = match delayed {
        true => ((1.0 + hospital.dice.exponential(2.6)) * DAY as f64).min(left as f64 * 0.7) as i64,
        false => hospital.dice.between(90, 420) * MINUTE,
    };
    hospital.at((leaves_at - before).max(now + 30 * MINUTE), move |hospital| declare_ready(hospital, id));
    if left > 14 * HOUR {
        // A first guess, and what the ward round says on the day.
        let hours = hospital.dice.between(2, 12);
        hospital.after(hours * HOUR, move |hospital| expect(hospital, id, true));
        let round = hospital.calendar.midnight(leaves_at) + hospital.dice.between(450, 585) * MINUTE;
        hospital.at(round, move |hospital| expect(hospital, id, false));
    }
    let movable = |need| matches!(need, Need::Medical | Need::Surgical);
    if left > DAY && hospital.visits.get(&id).is_some_and(|visit| movable(visit.need)) {
        let share = 0.15 + 0.6 * hospital.dice.unit();
        let at = now + (left as f64 * share) as i64;
        if hospital.dice.chance(TRANSFERS) {
            hospital.at(at, move |hospital| bed_manager::request(hospital, id));
        } else if hospital.dice.chance(DETERIORATES) {
            hospital.at(at, move |hospital| now_needs(hospital, id, Need::Icu));
        }
    }
}

/// Intensive care ends before the stay does.
pub(super) fn stay_until_better(hospital: &mut Hospital, id: VisitId) {
    let Some(visit) = hospital.visits.get(&id) else { return };
    let (need, left) = (visit.need, visit.leaves_at - hospital.now);
    let median_days = match need {
        Need::Icu => 1.9,
        Need::Hdu => 1.6,
        _ => return,
    };
    let days = hospital.dice.log_normal(median_days, 0.7);
    let better_after = ((days * DAY as f64) as i64).min(left.max(0) * 9 / 10);
    let next = match hospital.dice.weighted(&[35.0, 35.0, 30.0]) {
        0 if need == Need::Icu => Need::Hdu,
        0 | 1 => Need::Medical,
        _ => Need::Surgical,
    };
    hospital.after(better_after, move |hospital| now_needs(hospital, id, next));
}

fn now_needs(hospital: &mut Hospital, id: VisitId, need: Need) {
    let Some(specialty) = hospital.visits.get(&id).map(|visit| visit.specialty) else { return };
    let home = home_ward(hospital, need, specialty);
    let Some(visit) = hospital.visits.get_mut(&id) else { return };
    if visit.stage != Stage::Admitted {
        return;
    }
    let was_critical = visit.need == Need::Icu;
    (visit.need, visit.home) = (need, home);
    let encounter = visit.id;
    if was_critical {
        let write = Write::set("encounters", encounter, doc! { "ventilated": false });
        hospital.write("can leave intensive care", write);
    }
    bed_manager::request(hospital, id);
}

fn declare_ready(hospital: &mut Hospital, id: VisitId) {
    let now = hospital.now;
    let Some(visit) = hospital.visits.get_mut(&id).filter(|visit| !visit.ready && !visit.dies) else {
        return;
    };
    visit.ready = true;
    let write = Write::set("encounters", visit.id, doc! { "medically_ready_at": date(now) });
    hospital.write("is ready to go", write);
}

fn expect(hospital: &mut Hospital, id: VisitId, is_guess: bool) {
    let Some(visit) = hospital.visits.get_mut(&id).filter(|visit| !visit.dies) else { return };
    visit.expected = true;
    let (encounter, leaves_at) = (visit.id, visit.leaves_at);
    let at = match is_guess {
        true => {
            let days = [-1, 0, 1, 2][hospital.dice.weighted(&[15.0, 60.0, 15.0, 10.0])];
            let day = hospital.calendar.midnight(leaves_at) + days * DAY;
            day.max(hospital.midnight() + DAY) + 12 * HOUR
        }
        // To the half hour, as people say it.
        false => (leaves_at + hospital.dice.between(-60, 30) * MINUTE) / (30 * MINUTE) * 30 * MINUTE,
    };
    let fields = doc! { "expected_discharge_at": date(at) };
    hospital.write("has a day of discharge", Write::set("encounters", encounter, fields));
    if is_guess && hospital.dice.chance(0.12) {
        let hours = hospital.dice.between(3, 30);
        hospital.after(hours * HOUR, move |hospital| corrections::expects_no_more(hospital, id));
    }
}

/// Who was to go tomorrow goes today.
pub(super) fn leave_today(hospital: &mut Hospital, id: VisitId) {
    let midnight = hospital.midnight();
    if hospital.calendar.is_weekend(hospital.now) && hospital.dice.chance(WEEKEND_WAITS) {
        return;
    }
    let mut at = hospital.now;
    while at < hospital.now + HOUR {
        at =
            midnight + hospital.dice.weighted(&DISCHARGES) as i64 * HOUR + hospital.dice.between(0, HOUR - 1);
    }
    end_at(hospital, id, at);
    hospital.at(at - 50 * MINUTE, move |hospital| declare_ready(hospital, id));
    let minutes = hospital.dice.between(5, 40);
    hospital.after(minutes * MINUTE, move |hospital| expect(hospital, id, false));
}

/// Who was to go today may stay another day.
pub(super) fn leave_tomorrow(hospital: &mut Hospital, id: VisitId) {
    let leaves_at = hospital.visits.get(&id).map(|visit| visit.leaves_at + DAY);
    if let Some(leaves_at) = leaves_at {
        end_at(hospital, id, leaves_at);
    }
}

pub(super) fn discharge(hospital: &mut Hospital, id: VisitId) {
    let mut writes: Vec<Write> = bed_manager::give_up(hospital, id).into_iter().collect();
    let Some(visit) = hospital.visits.remove(&id) else { return };
    hospital.engaged.remove(&visit.patient);
    if let Some(bed) = visit.bed {
        writes.extend(release(hospital, bed));
    }
    let status = if visit.dies { "died" } else { "discharged" };
    let fields = doc! { "status": status, "discharged_at": date(hospital.now) };
    writes.push(Write::set("encounters", visit.id, fields));
    let left = doc! { "$set": { "active": !visit.dies }, "$unset": { "ward_id": "" } };
    writes.push(Write::update("patients", visit.patient, left));
    hospital.together(if visit.dies { "dies" } else { "is discharged" }, writes);
    if !visit.dies {
        people::remember(hospital, visit.patient);
        money::at_discharge(hospital, visit.specialty);
    }
    invoices::after_stay(hospital, visit.admitted_at.unwrap_or(hospital.now));
    bed_manager::give_beds(hospital);
}

/// Half of the stays of a specialty are longer.
pub(super) fn median_days(specialty: &str, need: Need) -> f64 {
    let by_specialty = match specialty {
        "orthopaedics" => 3.75,
        "oncology" => 4.0,
        "neurology" => 3.9,
        "paediatrics" => 1.95,
        "obstetrics" => 2.1,
        "cardiology" => 3.0,
        "general_surgery" => 3.0,
        _ => 3.35,
    };
    if matches!(need, Need::Icu | Need::Hdu) { by_specialty + 2.5 } else { by_specialty }
}

/// Length-biased: of those who lie here at an instant, whose whole stay has this median.
pub(super) fn biased_median(median: f64) -> f64 {
    median * (SIGMA * SIGMA).exp()
}

pub(super) fn biased_sigma() -> f64 {
    SIGMA
}
