//! Sets of instants as intervals.

use vigil_wire::Millis;

/// enter ≤ t < exit. The least instant is "since ever", the greatest "for ever".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stay {
    enter: Millis,
    exit: Millis,
}

impl Stay {
    fn is_empty(self) -> bool {
        self.enter >= self.exit
    }
}

/// When a row counts: intervals in the order of time that neither touch nor overlap.
///
/// Nearly always one, which needs no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stays {
    first: Stay,
    more: Vec<Stay>,
}

impl Stays {
    pub(crate) const NONE: Stays =
        Stays { first: Stay { enter: Millis::MIN, exit: Millis::MIN }, more: Vec::new() };

    /// enter ≤ t < exit; never when the exit is not later.
    pub(crate) fn one(enter: Millis, exit: Millis) -> Stays {
        Stays { first: Stay { enter, exit }, more: Vec::new() }
    }

    fn iter(&self) -> impl Iterator<Item = Stay> {
        std::iter::once(self.first).chain(self.more.iter().copied()).filter(|stay| !stay.is_empty())
    }

    fn from_ordered(mut stays: impl Iterator<Item = Stay>) -> Stays {
        stays.next().map_or(Stays::NONE, |first| Stays { first, more: stays.collect() })
    }

    pub(crate) fn cover(&self, t: Millis) -> bool {
        self.iter().any(|stay| stay.enter <= t && t < stay.exit)
    }

    /// The next instant after `t` at which the row begins or ceases to count.
    pub(crate) fn next_after(&self, t: Millis) -> Option<Millis> {
        let turns = self.iter().flat_map(|stay| [stay.enter, stay.exit]);
        turns.into_iter().find(|turn| *turn > t).filter(|turn| *turn != Millis::MAX)
    }

    /// In at least one of them.
    pub(crate) fn union(sets: &[Stays]) -> Stays {
        let mut all: Vec<Stay> = sets.iter().flat_map(Stays::iter).collect();
        all.sort_unstable();
        let mut merged: Vec<Stay> = Vec::new();
        for stay in all {
            match merged.last_mut() {
                Some(last) if stay.enter <= last.exit => last.exit = last.exit.max(stay.exit),
                _ => merged.push(stay),
            }
        }
        Stays::from_ordered(merged.into_iter())
    }

    /// In each of them.
    pub(crate) fn intersection(sets: &[Stays]) -> Stays {
        let Some((first, others)) = sets.split_first() else { return Stays::NONE };
        others.iter().fold(first.clone(), |set, other| {
            let both = set.iter().flat_map(|a| {
                other.iter().map(move |b| Stay { enter: a.enter.max(b.enter), exit: a.exit.min(b.exit) })
            });
            Stays::from_ordered(both.filter(|stay| !stay.is_empty()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(stays: &[(Millis, Millis)]) -> Stays {
        Stays::union(&stays.iter().map(|(enter, exit)| Stays::one(*enter, *exit)).collect::<Vec<_>>())
    }

    #[test]
    fn sets_join_where_they_touch_and_meet_where_they_overlap() {
        assert_eq!(set(&[(5, 7), (1, 3), (3, 4), (9, 9)]), set(&[(1, 4), (5, 7)]));
        let both = Stays::intersection(&[set(&[(0, 10), (20, 30)]), set(&[(5, 25), (29, 40)])]);
        assert_eq!(both, set(&[(5, 10), (20, 25), (29, 30)]));
        assert_eq!(Stays::intersection(&[set(&[(0, 5)]), set(&[(5, 9)])]), Stays::NONE);
    }

    #[test]
    fn a_turn_is_an_instant_at_which_it_really_changes() {
        let stays = set(&[(Millis::MIN, 3), (5, 7), (7, 9), (20, Millis::MAX)]);
        let mut turns = Vec::new();
        let mut t = Millis::MIN;
        while let Some(turn) = stays.next_after(t) {
            assert_ne!(stays.cover(turn - 1), stays.cover(turn));
            turns.push(turn);
            t = turn;
        }
        assert_eq!(turns, [3, 5, 9, 20]);
        assert!(stays.cover(Millis::MIN) && stays.cover(Millis::MAX - 1));
        assert_eq!(Stays::NONE.next_after(Millis::MIN), None);
    }
}
