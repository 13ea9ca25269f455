use std::collections::BTreeSet;

use vigil_engine::audit;
use vigil_wire::MetricState;

use super::asking::Answered;
use super::{Drift, Outcome};

/// At most so many differing groups of a metric are listed.
const LISTED_DRIFTS: usize = 20;

pub(super) fn compare(ours: &MetricState, theirs: &Answered) -> Outcome {
    let mut listed: Vec<Drift> = match theirs {
        Answered::Asked(answer) => audit::compare(ours, answer).into_iter().map(Drift::from).collect(),
        Answered::Computed(state) => differences(ours, state),
    };
    if listed.is_empty() {
        return Outcome::Exact { total: ours.total.clone(), groups: ours.groups.len() };
    }
    let differences = listed.len();
    listed.truncate(LISTED_DRIFTS);
    Outcome::Drift { differences, listed }
}

fn differences(ours: &MetricState, theirs: &MetricState) -> Vec<Drift> {
    let keys: BTreeSet<_> = ours.groups.keys().chain(theirs.groups.keys()).collect();
    let groups =
        keys.into_iter().map(|key| (Some(key.1.clone()), ours.groups.get(key), theirs.groups.get(key)));
    let total = (None, Some(&ours.total), Some(&theirs.total));
    std::iter::once(total)
        .chain(groups)
        .filter(|(_, ours, theirs)| {
            !ours.zip(*theirs).is_some_and(|(ours, theirs)| audit::equal(ours, theirs))
        })
        .map(|(group, ours, theirs)| Drift { group, vigil: ours.cloned(), mongodb: theirs.cloned() })
        .collect()
}

impl From<audit::Difference> for Drift {
    fn from(difference: audit::Difference) -> Self {
        Drift {
            group: difference.group.map(|(_, key)| key),
            vigil: difference.ours,
            mongodb: difference.theirs,
        }
    }
}
