/// Ancestors that are remembered; a client of an older one gets a snapshot.
const ANCESTORS: usize = 16;

/// A line of states whose continuity is proved.
///
/// `seq` goes on across epochs, so that a state up to the fork has the same `seq` in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    id: String,
    number: u64,
    /// Nearest first: an earlier epoch, and its last state that is also one of this epoch.
    ancestors: Vec<(String, u64)>,
}

impl Epoch {
    /// An epoch that goes on from nothing. `number` orders epochs in the log (see [`crate::open_number`]).
    pub fn new(random: [u8; 12], number: u64) -> Self {
        Epoch { id: hex(random), number, ancestors: Vec::new() }
    }

    /// A new epoch whose states up to `seq` are this one's.
    pub fn fork(&self, random: [u8; 12], number: u64, seq: u64) -> Self {
        let older = self.ancestors.iter().map(|(id, shared)| (id.clone(), (*shared).min(seq)));
        let mut ancestors = vec![(self.id.clone(), seq)];
        ancestors.extend(older.take(ANCESTORS - 1));
        Epoch { id: hex(random), number, ancestors }
    }

    /// The random name that clients know.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first half of its ids in the log.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The epoch that this one goes on from, and the last state they share.
    pub fn parent(&self) -> Option<(&str, u64)> {
        self.ancestors.first().map(|(id, seq)| (id.as_str(), *seq))
    }

    /// The last state that an earlier epoch shares with this one.
    pub fn shared_with(&self, epoch: &str) -> Option<u64> {
        self.ancestors.iter().find(|(id, _)| id == epoch).map(|(_, seq)| *seq)
    }
}

fn hex(bytes: [u8; 12]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ancestor_shares_no_more_than_every_fork_on_the_way() {
        let first = Epoch::new([1; 12], 10);
        let second = first.fork([2; 12], 11, 7);
        // The second epoch was left at 5 (its own later states were thrown away), though it began at 7.
        let third = second.fork([3; 12], 12, 5);
        assert_eq!(third.parent(), Some((second.id(), 5)));
        assert_eq!(third.shared_with(first.id()), Some(5));
        assert_eq!(second.shared_with(first.id()), Some(7));
        assert_eq!(third.shared_with(third.id()), None);
    }

    #[test]
    fn ancestors_are_bounded() {
        let mut epoch = Epoch::new([0; 12], 1);
        let first = epoch.id().to_owned();
        for n in 1..100_u8 {
            epoch = epoch.fork([n; 12], u64::from(n), u64::from(n));
        }
        assert_eq!(epoch.ancestors.len(), ANCESTORS);
        assert_eq!(epoch.shared_with(&first), None);
    }
}
