use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use bson::oid::ObjectId;

use super::bed_manager::BedManager;
use super::beds::Bed;
use super::calendar::{Calendar, DAY, HOUR};
use super::cleaning::Cleaning;
use super::corrections::Corrections;
use super::dice::Dice;
use super::emergency::Emergency;
use super::invoices::Invoices;
use super::operation::{Operation, Write};
use super::rooms::Room;
use super::setup;
use super::staff::Roster;
use super::stays::Visit;
use super::{
    alerts, bed_manager, clinics, corrections, electives, emergency, invoices, money, people, rooms, staff,
    theatres,
};

/// What happens at its time. It may write, and may plan what happens later.
pub(super) type Event = Box<dyn FnOnce(&mut Hospital) + Send>;

/// A visit's number for as long as it lasts.
pub(super) type VisitId = u64;

/// The hospital as it is, and all that is going to happen in it.
///
/// Pure: no clock, no I/O. Two of them with the same seed, calendar and start do the same.
pub struct Hospital {
    pub(super) dice: Dice,
    pub(super) calendar: Calendar,
    /// Unix milliseconds; never goes back.
    pub(super) now: i64,
    queue: BinaryHeap<Reverse<Due>>,
    /// Numbers for whatever needs one.
    serial: u64,
    /// Written at `now`, and not asked for yet.
    out: VecDeque<Operation>,
    tally: BTreeMap<&'static str, u64>,
    pub(super) beds: Vec<Bed>,
    /// From the booking or the arrival to the discharge.
    pub(super) visits: BTreeMap<VisitId, Visit>,
    /// Who has a visit.
    pub(super) engaged: BTreeSet<ObjectId>,
    /// Who has been here, the latest last.
    pub(super) known: VecDeque<ObjectId>,
    pub(super) bed_manager: BedManager,
    pub(super) emergency: Emergency,
    pub(super) cleaning: Cleaning,
    pub(super) rooms: Vec<Room>,
    pub(super) roster: Roster,
    pub(super) invoices: Invoices,
    pub(super) corrections: Corrections,
}

impl Hospital {
    /// A hospital from local midnight before `start_ms` on. `set_up` must be asked for before anything else.
    pub fn new(seed: u64, start_ms: i64, calendar: Calendar) -> Hospital {
        Hospital {
            dice: Dice::new(seed),
            calendar,
            now: calendar.midnight(start_ms),
            queue: BinaryHeap::new(),
            serial: 0,
            out: VecDeque::new(),
            tally: BTreeMap::new(),
            beds: Vec::new(),
            visits: BTreeMap::new(),
            engaged: BTreeSet::new(),
            known: VecDeque::new(),
            bed_manager: BedManager::default(),
            emergency: Emergency::default(),
            cleaning: Cleaning::default(),
            rooms: Vec::new(),
            roster: Roster::default(),
            invoices: Invoices::default(),
            corrections: Corrections::default(),
        }
    }

    /// Everything that is there before the first day: the house, and those who lie in it.
    pub fn set_up(&mut self) -> Vec<Operation> {
        setup::everything(self);
        plan_day(self);
        self.out.drain(..).collect()
    }

    /// When the next operation happens, without making it happen.
    ///
    /// Events that write nothing happen on the way there.
    pub fn peek_ms(&mut self) -> i64 {
        self.fill();
        self.out.front().map_or(self.now, |operation| operation.at_ms)
    }

    /// The next operation, in the order of time.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Operation {
        self.fill();
        // There is always a next day, so there is always something to write.
        self.out.pop_front().unwrap_or(Operation {
            at_ms: self.now,
            what: "nothing",
            writes: Vec::new(),
            transaction: false,
        })
    }

    /// How often each kind of thing was written.
    pub fn tally(&self) -> &BTreeMap<&'static str, u64> {
        &self.tally
    }

    fn fill(&mut self) {
        while self.out.is_empty() {
            let Some(Reverse(due)) = self.queue.pop() else { return };
            self.now = due.at.max(self.now);
            (due.event)(self);
        }
    }

    /// Happens at an instant; what should have been earlier happens now.
    pub(super) fn at(&mut self, at: i64, event: impl FnOnce(&mut Hospital) + Send + 'static) {
        let order = self.number();
        self.queue.push(Reverse(Due { at: at.max(self.now), order, event: Box::new(event) }));
    }

    pub(super) fn after(&mut self, delay: i64, event: impl FnOnce(&mut Hospital) + Send + 'static) {
        self.at(self.now + delay, event);
    }

    /// One write by itself.
    pub(super) fn write(&mut self, what: &'static str, write: Write) {
        self.in_turn(what, vec![write]);
    }

    /// Writes of systems that know nothing of transactions.
    pub(super) fn in_turn(&mut self, what: &'static str, writes: Vec<Write>) {
        self.say(what, writes, false);
    }

    /// Writes that no reader may see apart.
    pub(super) fn together(&mut self, what: &'static str, writes: Vec<Write>) {
        self.say(what, writes, true);
    }

    fn say(&mut self, what: &'static str, writes: Vec<Write>, transaction: bool) {
        *self.tally.entry(what).or_default() += 1;
        self.out.push_back(Operation { at_ms: self.now, what, writes, transaction });
    }

    pub(super) fn id(&mut self) -> ObjectId {
        self.dice.object_id(self.now)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Local midnight of the day that it is.
    pub(super) fn midnight(&self) -> i64 {
        self.calendar.midnight(self.now)
    }
}

/// What every department intends for the day that begins, and the next midnight.
fn plan_day(hospital: &mut Hospital) {
    emergency::plan_day(hospital);
    electives::plan_day(hospital);
    bed_manager::plan_day(hospital);
    clinics::plan_day(hospital);
    theatres::plan_day(hospital);
    rooms::plan_day(hospital);
    staff::plan_day(hospital);
    money::plan_day(hospital);
    invoices::plan_day(hospital);
    alerts::plan_day(hospital);
    people::plan_day(hospital);
    corrections::plan_day(hospital);
    hospital.at(hospital.midnight() + DAY, plan_day);
}

/// So many instants of the day that begins, each hour as likely as its share says.
pub(super) fn instants(hospital: &mut Hospital, count: usize, shares: &[f64; 24]) -> Vec<i64> {
    let midnight = hospital.midnight();
    (0..count)
        .map(|_| {
            let hour = hospital.dice.weighted(shares) as i64;
            midnight + hour * HOUR + hospital.dice.between(0, HOUR - 1)
        })
        .collect()
}

/// What is due, the earliest first; at the same instant what was planned first.
struct Due {
    at: i64,
    order: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
