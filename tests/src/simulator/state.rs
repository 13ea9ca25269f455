use std::collections::VecDeque;

use bson::oid::ObjectId;

use super::dice::Dice;
use super::operation::Operation;
use super::{alerts, clinic, corrections, emergency, house, money, setup, staff, stays};

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The hospital as it is, and what happens next.
///
/// Two of them with the same seed, offset and start, told the same times, say the same.
pub struct Hospital {
    pub(super) dice: Dice,
    /// Unix milliseconds; never goes back.
    pub(super) now: i64,
    /// The site's local time minus UTC, in milliseconds.
    pub(super) offset: i64,
    /// Numbers for ids that people read.
    pub(super) serial: u64,
    pub(super) beds: Vec<Bed>,
    /// In house: from arrival to discharge.
    pub(super) visits: Vec<Visit>,
    pub(super) rooms: Vec<Room>,
    /// Today's that are not over.
    pub(super) appointments: Vec<Appointment>,
    /// Those who work or will.
    pub(super) shifts: Vec<Shift>,
    /// Not resolved yet.
    pub(super) alerts: Vec<Alert>,
    pub(super) payments: VecDeque<Payment>,
    /// Registered twice by mistake.
    pub(super) duplicates: Vec<ObjectId>,
    pub(super) recent_patients: VecDeque<ObjectId>,
}

#[derive(Debug, Clone)]
pub(super) struct Bed {
    pub id: String,
    /// Index into the wards.
    pub ward: usize,
    pub status: BedStatus,
    pub clean: Option<ObjectId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BedStatus {
    Free,
    Occupied,
    Cleaning,
    Blocked,
    Closed,
}

impl BedStatus {
    pub fn word(self) -> &'static str {
        match self {
            BedStatus::Free => "free",
            BedStatus::Occupied => "occupied",
            BedStatus::Cleaning => "cleaning",
            BedStatus::Blocked => "blocked",
            BedStatus::Closed => "closed",
        }
    }
}

/// Stages in the order in which they are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Arrived,
    Triaged,
    InTreatment,
    Boarding,
    Admitted,
}

#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub id: ObjectId,
    pub patient: ObjectId,
    pub stage: Stage,
    pub acuity: i32,
    /// Index into the beds; a bay before admission.
    pub bed: Option<usize>,
    pub arrived_at: i64,
    pub triaged_at: Option<i64>,
    pub ready: bool,
    pub expected: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Room {
    pub id: String,
    pub kind: &'static str,
    pub status: RoomStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoomStatus {
    Free,
    InUse,
    Turnover,
    Closed,
}

#[derive(Debug, Clone)]
pub(super) struct Appointment {
    pub id: ObjectId,
    pub starts_at: i64,
    pub status: AppointmentStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AppointmentStatus {
    Booked,
    CheckedIn,
    InProgress,
}

#[derive(Debug, Clone)]
pub(super) struct Shift {
    pub id: ObjectId,
    pub starts_at: i64,
    pub ends_at: i64,
    pub clocked_in: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Alert {
    pub id: ObjectId,
    pub acknowledged: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub id: ObjectId,
    pub department: &'static str,
    pub method: &'static str,
    pub cents: i64,
    pub failed: bool,
}

type Happening = fn(&mut Hospital) -> Option<Operation>;

/// What can happen, and how often compared with the rest.
const HAPPENINGS: &[(f64, Happening)] = &[
    (4.0, emergency::arrive),
    (4.5, emergency::triage),
    (4.5, emergency::see),
    (1.5, emergency::request_bed),
    (3.0, emergency::send_home),
    (0.1, emergency::leave_unseen),
    (3.0, stays::admit),
    (1.0, stays::arrive_planned),
    (3.0, stays::discharge),
    (0.8, stays::transfer),
    (1.0, stays::declare_ready),
    (1.0, stays::expect_discharge),
    (5.0, house::finish_clean),
    (3.0, house::start_clean),
    (0.6, house::block_or_open_bed),
    (8.0, house::turn_room),
    (2.0, house::flag_isolation),
    (3.0, house::register),
    (7.0, clinic::check_in),
    (7.0, clinic::begin),
    (7.0, clinic::complete),
    (0.6, clinic::miss),
    (0.6, clinic::cancel),
    (1.5, clinic::book),
    (6.0, money::pay),
    (0.4, money::refund),
    (0.3, money::fail),
    (0.3, money::retry),
    (0.2, money::correct),
    (4.0, staff::clock_in),
    (3.0, staff::clock_out),
    (0.3, staff::call_in_sick),
    (0.05, staff::import_roster),
    (0.4, alerts::raise),
    (0.5, alerts::acknowledge),
    (0.4, alerts::resolve),
    (0.3, corrections::arrival_was_earlier),
    (0.2, corrections::acuity_was_wrong),
    (0.3, corrections::register_twice),
    (0.3, corrections::merge_duplicate),
    (0.3, corrections::forget_expected_discharge),
    (0.2, corrections::replace_room),
    (0.05, corrections::touch_many),
];

impl Hospital {
    /// An empty hospital; `set_up` fills it. `offset_ms` is local time minus UTC.
    pub fn new(seed: u64, start_ms: i64, offset_ms: i64) -> Hospital {
        Hospital {
            dice: Dice::new(seed),
            now: start_ms,
            offset: offset_ms,
            serial: 0,
            beds: Vec::new(),
            visits: Vec::new(),
            rooms: Vec::new(),
            appointments: Vec::new(),
            shifts: Vec::new(),
            alerts: Vec::new(),
            payments: VecDeque::new(),
            duplicates: Vec::new(),
            recent_patients: VecDeque::new(),
        }
    }

    /// Everything that was there before the first operation: the house, those in it, and today so far.
    pub fn set_up(&mut self) -> Vec<Operation> {
        setup::everything(self)
    }

    /// What happens next, at `now_ms`.
    pub fn next(&mut self, now_ms: i64) -> Operation {
        self.now = self.now.max(now_ms);
        let weights: Vec<f64> = HAPPENINGS.iter().map(|(weight, _)| *weight).collect();
        loop {
            let (_, happening) = HAPPENINGS[self.dice.weighted(&weights)];
            // What cannot happen now (nobody waits, no bed is free) leaves the hospital as it is.
            if let Some(operation) = happening(self) {
                return operation;
            }
        }
    }

    /// Local midnight of the day that `now` is in.
    pub(super) fn midnight(&self) -> i64 {
        let local = self.now + self.offset;
        local - local.rem_euclid(DAY) - self.offset
    }

    pub(super) fn id(&mut self) -> ObjectId {
        self.dice.object_id(self.now)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Index of one of the visits at a stage.
    pub(super) fn visit_at(&mut self, stage: Stage) -> Option<usize> {
        let there: Vec<usize> =
            (0..self.visits.len()).filter(|index| self.visits[*index].stage == stage).collect();
        self.dice.pick(&there).copied()
    }

    /// Index of one of the beds with a status, on wards for which `wanted` holds.
    pub(super) fn bed_with(&mut self, status: BedStatus, wanted: impl Fn(&Bed) -> bool) -> Option<usize> {
        let there: Vec<usize> = (0..self.beds.len())
            .filter(|index| self.beds[*index].status == status && wanted(&self.beds[*index]))
            .collect();
        self.dice.pick(&there).copied()
    }

    pub(super) fn remember_patient(&mut self, patient: ObjectId) {
        self.recent_patients.push_back(patient);
        if self.recent_patients.len() > 500 {
            self.recent_patients.pop_front();
        }
    }

    pub(super) fn remember_payment(&mut self, payment: Payment) {
        self.payments.push_back(payment);
        if self.payments.len() > 500 {
            self.payments.pop_front();
        }
    }
}
