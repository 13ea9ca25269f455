//! How many come to the emergency department, and when.

use super::calendar::{DAY, HOUR, MINUTE};
use super::world::{Hospital, instants};
use super::{alerts, ambulances, emergency};

/// Per cent of a day's arrivals in each hour from midnight.
const BY_HOUR: [f64; 24] = [
    2.6, 2.1, 1.8, 1.6, 1.5, 1.7, 2.2, 3.2, 4.4, 5.4, 6.0, 6.2, 6.1, 5.9, 5.8, 5.8, 5.8, 5.8, 5.6, 5.3, 4.8,
    4.1, 3.4, 2.9,
];
const A_DAY: f64 = 240.0;
/// From Monday.
const BY_WEEKDAY: [f64; 7] = [1.10, 1.0, 1.0, 1.0, 1.0, 0.95, 0.95];
/// How much days differ.
const DAY_VARIATION: f64 = 0.10;
/// A day outside this has never been, but for a mass arrival; it is drawn again.
const POSSIBLE: std::ops::RangeInclusive<usize> = 205..=280;
const SURGES_A_DAY: f64 = 2.0 / 7.0;
const SURGE: f64 = 1.8;
const MASS_ARRIVALS_A_DAY: f64 = 1.0 / 30.0;
const MASS_ARRIVAL: usize = 25;

pub(super) fn plan_day(hospital: &mut Hospital) {
    let mut shares = BY_HOUR;
    if hospital.dice.chance(SURGES_A_DAY) {
        let from = hospital.dice.between(8, 20) as usize;
        let hours = hospital.dice.between(2, 3) as usize;
        shares.iter_mut().skip(from).take(hours).for_each(|share| *share *= SURGE);
    }
    let weekday = BY_WEEKDAY[hospital.calendar.weekday(hospital.now)];
    let mean = A_DAY * weekday * shares.iter().sum::<f64>() / BY_HOUR.iter().sum::<f64>();
    let count = draw_day(hospital, mean);
    for at in instants(hospital, count, &shares) {
        plan_arrival(hospital, at);
    }
    if hospital.dice.chance(MASS_ARRIVALS_A_DAY) {
        let begins = hospital.midnight() + hospital.dice.between(8 * HOUR, DAY - 2 * HOUR);
        hospital.at(begins, |hospital| {
            alerts::raise(hospital, "mass_casualty", "critical", "ED");
            mass_arrival(hospital, MASS_ARRIVAL, 40 * MINUTE);
        });
    }
}

/// Poisson around a gamma, given that it is a day that can be.
fn draw_day(hospital: &mut Hospital, mean: f64) -> usize {
    loop {
        let factor = hospital.dice.gamma(DAY_VARIATION);
        let count = hospital.dice.poisson(mean * factor);
        if POSSIBLE.contains(&count) {
            return count;
        }
    }
}

/// Many at once, from now on.
pub(super) fn mass_arrival(hospital: &mut Hospital, count: usize, within: i64) {
    for _ in 0..count {
        let at = hospital.now + hospital.dice.between(0, within);
        plan_arrival(hospital, at);
    }
}

fn plan_arrival(hospital: &mut Hospital, at: i64) {
    let acuity = emergency::acuity(hospital);
    if hospital.dice.chance(ambulances::SHARE[acuity as usize - 1]) {
        ambulances::plan(hospital, acuity, at);
    } else {
        let mode = if hospital.dice.chance(0.87) { "walk_in" } else { "referral" };
        hospital.at(at, move |hospital| {
            emergency::arrive(hospital, acuity, mode);
        });
    }
}
