//! Who gets which bed. Nobody's wait is drawn: it lasts until a bed of the kind is free.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::beds::{self, BedStatus};
use super::calendar::{DAY, HOUR, MINUTE};
use super::cleaning;
use super::electives;
use super::stays::{self, Stage, Visit};
use super::words::{ED, WARDS, ward_index};
use super::world::{Hospital, VisitId};

/// How long the bed manager holds out for a bed of the right kind before lending one of another.
const LEND_CRITICAL: i64 = 2 * HOUR;
const LEND_TO_CHILDREN: i64 = 90 * MINUTE;
const LEND_DAY_BED: i64 = 45 * MINUTE;
const LEND_ANY_BED: i64 = 3 * HOUR;
/// Beds that should be left over when everybody of the day has come and gone.
const SPARE: i64 = 22;
/// With so many more left over, some may stay another day.
const ROOM: i64 = 2;
/// So many may be asked to go a day earlier; after that, planned stays are put off.
const MOST_HURRIED: i64 = 22;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Icu,
    Hdu,
    Child,
    Cot,
    Maternity,
    Medical,
    Surgical,
    Day,
}

impl Need {
    /// On the wards for adults, which lend each other beds.
    pub fn is_adult(self) -> bool {
        matches!(self, Need::Medical | Need::Surgical | Need::Day)
    }
}

pub(super) struct BedManager {
    /// Free beds by ward.
    pub free: Vec<BTreeSet<usize>>,
    pub waiting: Vec<VisitId>,
}

impl Default for BedManager {
    fn default() -> BedManager {
        BedManager { free: vec![BTreeSet::new(); WARDS.len()], waiting: Vec::new() }
    }
}

pub(super) fn plan_day(hospital: &mut Hospital) {
    let midnight = hospital.midnight();
    hospital.at(midnight + 7 * HOUR, morning_meeting);
    hospital.at(midnight + cleaning::MORNING, cleaning::morning);
    // What was held out for is lent after a while.
    for half_hour in 1..=48 {
        hospital.at(midnight + half_hour * 30 * MINUTE, give_beds);
    }
}

/// The visit wants a bed, or another one, from now on.
pub(super) fn request(hospital: &mut Hospital, visit: VisitId) {
    let now = hospital.now;
    let Some(there) = hospital.visits.get_mut(&visit) else { return };
    if there.reserved.is_some() || hospital.bed_manager.waiting.contains(&visit) {
        return;
    }
    there.wants_since = now;
    hospital.bed_manager.waiting.push(visit);
    give_beds(hospital);
}

/// Who waits gets what is free, the most urgent first.
pub(super) fn give_beds(hospital: &mut Hospital) {
    if hospital.bed_manager.waiting.is_empty() {
        return;
    }
    let mut order: Vec<(u8, i64, VisitId)> = hospital
        .bed_manager
        .waiting
        .iter()
        .filter_map(|id| hospital.visits.get(id).map(|visit| (rank(hospital, visit), visit.wants_since, *id)))
        .collect();
    order.sort_unstable();
    for (_, _, id) in order {
        if let Some(bed) = best_bed(hospital, id) {
            give(hospital, id, bed);
        }
    }
}

fn rank(hospital: &Hospital, visit: &Visit) -> u8 {
    let waited = hospital.now - visit.wants_since;
    match (visit.need, visit.stage) {
        (Need::Icu, _) => 0,
        (Need::Hdu, _) => 1,
        (_, Stage::Boarding) if visit.acuity <= 2 => 2,
        (_, Stage::Boarding) => 3,
        (_, Stage::Lounge) if waited > 2 * HOUR => 3,
        (_, Stage::Lounge) => 4,
        (_, Stage::Admitted) => {
            if waited > 12 * HOUR {
                3
            } else {
                5
            }
        }
        (_, _) => 6,
    }
}

fn best_bed(hospital: &Hospital, visit: VisitId) -> Option<usize> {
    let visit = hospital.visits.get(&visit)?;
    let waited = hospital.now - visit.wants_since;
    let there = visit.bed.map(|bed| hospital.beds[bed].ward);
    (0..ED)
        .filter(|ward| Some(*ward) != there && !hospital.bed_manager.free[*ward].is_empty())
        .filter_map(|ward| Some((suits(visit.need, visit.home, ward, waited)?, ward)))
        // Of equally good wards the emptier.
        .min_by_key(|(rank, ward)| (*rank, Reverse(hospital.bed_manager.free[*ward].len()), *ward))
        .and_then(|(_, ward)| hospital.free_bed(ward))
}

/// How well a ward suits, 0 the best; not at all is none.
fn suits(need: Need, home: usize, ward: usize, waited: i64) -> Option<u8> {
    let kind = WARDS[ward].kind;
    let (own, day_ward, other) = match need {
        Need::Icu | Need::Hdu => {
            let wanted = if need == Need::Icu { "icu" } else { "hdu" };
            let is_right = WARDS[ward].bed_kind == wanted;
            return if kind == "critical" { lent_after(!is_right, LEND_CRITICAL, waited) } else { None };
        }
        Need::Cot if kind == "paediatric" => {
            return lent_after(WARDS[ward].bed_kind != "cot", LEND_TO_CHILDREN, waited);
        }
        Need::Child if kind == "paediatric" => {
            return lent_after(WARDS[ward].bed_kind == "cot", LEND_TO_CHILDREN, waited);
        }
        Need::Cot | Need::Child => {
            return if kind == "surgical" { lent_after(true, 2 * LEND_ANY_BED, waited) } else { None };
        }
        Need::Maternity if kind == "maternity" => return Some(u8::from(ward != home)),
        Need::Maternity => {
            return if kind == "surgical" { lent_after(true, LEND_ANY_BED, waited) } else { None };
        }
        Need::Day => return (kind == "daycase").then_some(u8::from(ward != home)),
        Need::Medical => ("medical", "D2", "surgical"),
        Need::Surgical => ("surgical", "D1", "medical"),
    };
    match kind {
        kind if kind == own => Some(u8::from(ward != home)),
        "daycase" => {
            lent_after(true, if WARDS[ward].id == day_ward { LEND_DAY_BED } else { LEND_ANY_BED }, waited)
        }
        kind if kind == other => lent_after(true, LEND_ANY_BED, waited),
        _ => None,
    }
}

fn lent_after(lent: bool, hold_out: i64, waited: i64) -> Option<u8> {
    match (lent, waited >= hold_out) {
        (false, _) => Some(0),
        (true, true) => Some(2),
        (true, false) => None,
    }
}

/// The bed is kept; whoever it is for is brought.
fn give(hospital: &mut Hospital, visit: VisitId, bed: usize) {
    hospital.bed_manager.waiting.retain(|waiting| *waiting != visit);
    let write = beds::reserve(hospital, bed, visit);
    hospital.write("is given a bed", write);
    let minutes = match hospital.visits.get_mut(&visit) {
        Some(there) => {
            there.reserved = Some(bed);
            if there.need == Need::Icu { (6, 18) } else { (12, 48) }
        }
        None => (0, 0),
    };
    let delay = hospital.dice.between(minutes.0, minutes.1) * MINUTE;
    hospital.after(delay, move |hospital| stays::move_in(hospital, visit, bed));
}

/// The visit wants no bed any more; one that was kept for it is free.
pub(super) fn give_up(hospital: &mut Hospital, visit: VisitId) -> Option<super::operation::Write> {
    hospital.bed_manager.waiting.retain(|waiting| *waiting != visit);
    let bed = hospital.visits.get_mut(&visit)?.reserved.take()?;
    (hospital.beds[bed].status == BedStatus::Reserved).then(|| beds::unreserve(hospital, bed))
}

/// At seven it is known who may come and who may go. When they would not fit, wards are asked to let go
/// today some who were to go tomorrow.
fn morning_meeting(hospital: &mut Hospital) {
    let tomorrow = hospital.midnight() + DAY;
    let is_free = |bed: &&beds::Bed| {
        let of_adults = matches!(WARDS[bed.ward].kind, "medical" | "surgical" | "daycase");
        of_adults && matches!(bed.status, BedStatus::Free | BedStatus::Cleaning)
    };
    let free = hospital.beds.iter().filter(is_free).count() as i64;
    let (mut coming, mut going, mut could_go, mut could_wait) = (0, Vec::new(), Vec::new(), Vec::new());
    for (id, visit) in hospital.visits.iter().filter(|(_, visit)| visit.need.is_adult()) {
        match visit.stage {
            Stage::Admitted if visit.leaves_at < tomorrow => going.push(*id),
            Stage::Admitted if visit.leaves_at < tomorrow + DAY => could_go.push(*id),
            Stage::Planned if visit.leaves_at < tomorrow => {
                coming += 1;
                could_wait.push(*id);
            }
            Stage::Boarding | Stage::Lounge => coming += 1,
            _ => {}
        }
    }
    // About so many adults come through the emergency department until the morning.
    let short = coming + 46 + SPARE - going.len() as i64 - free;
    for _ in 0..short.clamp(0, MOST_HURRIED) {
        if could_go.is_empty() {
            break;
        }
        let id = could_go.swap_remove(hospital.dice.below(could_go.len()));
        stays::leave_today(hospital, id);
    }
    // When there is room, nobody is hurried.
    for _ in 0..(-short - ROOM).clamp(0, going.len() as i64 / 3) {
        let id = going.swap_remove(hospital.dice.below(going.len()));
        stays::leave_tomorrow(hospital, id);
    }
    for _ in 0..(short - MOST_HURRIED).clamp(0, could_wait.len() as i64 / 3) {
        let id = could_wait.swap_remove(hospital.dice.below(could_wait.len()));
        electives::postpone(hospital, id);
    }
}

/// The ward that a specialty and a need call their own.
pub(super) fn home_ward(hospital: &mut Hospital, need: Need, specialty: &str) -> usize {
    let wards: &[&str] = match (need, specialty) {
        (Need::Icu, _) => &["C1"],
        (Need::Hdu, _) => &["C2"],
        (Need::Child, _) => &["P1"],
        (Need::Cot, _) => &["P2"],
        (Need::Maternity, _) => &["B1", "B2"],
        (Need::Day, _) => &["D1", "D2"],
        (Need::Surgical, "orthopaedics") => &["S2", "S3"],
        (Need::Surgical, "neurology") => &["S6"],
        (Need::Surgical, _) => &["S1", "S4", "S5", "S7", "S8"],
        (Need::Medical, "cardiology") => &["M1"],
        (Need::Medical, "oncology") => &["M6", "M7"],
        (Need::Medical, "neurology") => &["M5"],
        (Need::Medical, _) => &["M2", "M3", "M4", "M8", "M9", "M10"],
    };
    ward_index(hospital.dice.pick(wards).copied().unwrap_or("M9"))
}
