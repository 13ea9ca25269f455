//! A multiset in order: the value at any rank, and how many different ones there are.
//!
//! Sorted blocks of keys, with a Fenwick tree over how much each block holds: every call takes time
//! logarithmic in the size (finding a block, a place in it, a rank) plus moving one block's keys.

/// More keys than this are two blocks.
const BLOCK: usize = 256;

/// What is kept in order; keys that differ may stand for one value (1 and 1.0), side by side.
pub(crate) trait Key: Ord {
    fn is_same_value(&self, other: &Self) -> bool;
}

impl Key for i64 {
    fn is_same_value(&self, other: &Self) -> bool {
        self == other
    }
}

#[derive(Debug)]
pub(crate) struct Ordered<K> {
    blocks: Vec<Block<K>>,
    sizes: Fenwick,
    len: u64,
    values: u64,
}

/// Keys in rising order, never none, with how often each is there.
#[derive(Debug)]
struct Block<K> {
    keys: Vec<K>,
    times: Vec<u32>,
    len: u64,
}

impl<K> Default for Ordered<K> {
    fn default() -> Self {
        Ordered { blocks: Vec::new(), sizes: Fenwick::default(), len: 0, values: 0 }
    }
}

impl<K: Key> Ordered<K> {
    /// How many there are, each as often as it is there.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// How many different values there are.
    pub(crate) fn values(&self) -> u64 {
        self.values
    }

    pub(crate) fn first(&self) -> Option<&K> {
        self.blocks.first()?.keys.first()
    }

    pub(crate) fn last(&self) -> Option<&K> {
        self.blocks.last()?.keys.last()
    }

    /// The key before which `rank` others stand.
    pub(crate) fn at(&self, rank: u64) -> Option<&K> {
        let (block, mut rank) = self.sizes.find(rank);
        let block = self.blocks.get(block)?;
        let place = block.times.iter().position(|times| match rank.checked_sub((*times).into()) {
            Some(rest) => {
                rank = rest;
                false
            }
            None => true,
        });
        block.keys.get(place?)
    }

    /// Every key in order, with how often it is there.
    pub(crate) fn into_keys(self) -> impl Iterator<Item = (K, u32)> {
        self.blocks.into_iter().flat_map(|block| block.keys.into_iter().zip(block.times))
    }

    /// The block in which the key is or belongs, and its place there.
    fn find(&self, key: &K) -> (usize, Result<usize, usize>) {
        let after = self.blocks.partition_point(|block| block.keys.first().is_some_and(|first| first <= key));
        let block = after.saturating_sub(1);
        let place = self.blocks.get(block).map_or(Err(0), |block| block.keys.binary_search(key));
        (block, place)
    }

    pub(crate) fn insert(&mut self, key: K) {
        self.insert_times(key, 1);
    }

    pub(crate) fn insert_times(&mut self, key: K, times: u32) {
        self.len += u64::from(times);
        let (block, place) = self.find(&key);
        match (place, self.blocks.get_mut(block)) {
            (_, None) => {
                self.values += 1;
                self.blocks.push(Block { keys: vec![key], times: vec![times], len: times.into() });
                self.sizes = Fenwick::over(&self.blocks);
            }
            (Ok(place), Some(held)) => {
                held.times[place] += times;
                held.len += u64::from(times);
                self.sizes.add(block, times.into());
            }
            (Err(place), Some(held)) => {
                held.keys.insert(place, key);
                held.times.insert(place, times);
                held.len += u64::from(times);
                self.sizes.add(block, times.into());
                self.values += u64::from(self.is_alone(block, place));
                if self.blocks[block].keys.len() > BLOCK {
                    self.split(block, place);
                }
            }
        }
    }

    /// Takes one out again; what is not there is not missed.
    pub(crate) fn remove(&mut self, key: &K) {
        let (block, Ok(place)) = self.find(key) else { return };
        self.len -= 1;
        self.sizes.subtract(block, 1);
        let held = &mut self.blocks[block];
        held.len -= 1;
        held.times[place] -= 1;
        if held.times[place] > 0 {
            return;
        }
        self.values -= u64::from(self.is_alone(block, place));
        let held = &mut self.blocks[block];
        held.keys.remove(place);
        held.times.remove(place);
        if held.keys.len() < BLOCK / 4 {
            self.merge(block);
        }
    }

    /// Whether neither neighbour stands for the same value.
    fn is_alone(&self, block: usize, place: usize) -> bool {
        let key = &self.blocks[block].keys[place];
        let before = match place.checked_sub(1) {
            Some(place) => self.blocks[block].keys.get(place),
            None => block.checked_sub(1).and_then(|block| self.blocks[block].keys.last()),
        };
        let after = self.blocks[block]
            .keys
            .get(place + 1)
            .or_else(|| self.blocks.get(block + 1).and_then(|next| next.keys.first()));
        ![before, after].into_iter().flatten().any(|other| other.is_same_value(key))
    }

    /// Parts a block that became too long when `place` was filled; what comes in order fills blocks whole.
    fn split(&mut self, block: usize, place: usize) {
        let last = block + 1 == self.blocks.len();
        let held = &mut self.blocks[block];
        let at = match place {
            0 if block == 0 => 1,
            place if last && place + 1 == held.keys.len() => place,
            _ => held.keys.len() / 2,
        };
        let keys = held.keys.split_off(at);
        let times = held.times.split_off(at);
        let len = times.iter().map(|times| u64::from(*times)).sum();
        held.len -= len;
        held.keys.shrink_to_fit();
        held.times.shrink_to_fit();
        self.blocks.insert(block + 1, Block { keys, times, len });
        self.sizes = Fenwick::over(&self.blocks);
    }

    /// Drops a block that is empty, or joins it with a neighbour where both together are small.
    fn merge(&mut self, block: usize) {
        let length = |block: usize| self.blocks.get(block).map_or(usize::MAX, |held| held.keys.len());
        let fits = |other: usize| length(block).saturating_add(length(other)) <= BLOCK / 2;
        if length(block) == 0 {
            self.blocks.remove(block);
        } else if fits(block + 1) {
            self.join(block);
        } else if block > 0 && fits(block - 1) {
            self.join(block - 1);
        } else {
            return;
        }
        self.sizes = Fenwick::over(&self.blocks);
    }

    fn join(&mut self, block: usize) {
        let next = self.blocks.remove(block + 1);
        let held = &mut self.blocks[block];
        held.keys.extend(next.keys);
        held.times.extend(next.times);
        held.len += next.len;
    }
}

/// Sums over the first so many blocks, each changed and found in logarithmic time.
#[derive(Debug, Default)]
struct Fenwick(Vec<u64>);

impl Fenwick {
    fn over<K>(blocks: &[Block<K>]) -> Fenwick {
        let mut sums: Vec<u64> = blocks.iter().map(|block| block.len).collect();
        for i in 1..=sums.len() {
            let parent = i + (i & i.wrapping_neg());
            if parent <= sums.len() {
                sums[parent - 1] += sums[i - 1];
            }
        }
        Fenwick(sums)
    }

    fn change(&mut self, block: usize, with: impl Fn(&mut u64)) {
        let mut i = block + 1;
        while let Some(sum) = self.0.get_mut(i - 1) {
            with(sum);
            i += i & i.wrapping_neg();
        }
    }

    fn add(&mut self, block: usize, amount: u64) {
        self.change(block, |sum| *sum += amount);
    }

    fn subtract(&mut self, block: usize, amount: u64) {
        self.change(block, |sum| *sum -= amount);
    }

    /// The block that holds the one before which `rank` others stand, and how many of those are in it.
    fn find(&self, mut rank: u64) -> (usize, u64) {
        let mut before = 0;
        let mut step = self.0.len().checked_ilog2().map_or(0, |log| 1_usize << log);
        while step > 0 {
            if let Some(sum) = self.0.get(before + step - 1)
                && *sum <= rank
            {
                rank -= sum;
                before += step;
            }
            step /= 2;
        }
        (before, rank)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tens of one value: 10 to 19 differ as keys only.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Tens(i64);

    impl Key for Tens {
        fn is_same_value(&self, other: &Self) -> bool {
            self.0.div_euclid(10) == other.0.div_euclid(10)
        }
    }

    fn check<K: Key + Clone + std::fmt::Debug>(ordered: &Ordered<K>, naive: &[K]) {
        assert_eq!(ordered.len(), naive.len() as u64);
        assert_eq!((ordered.first(), ordered.last()), (naive.first(), naive.last()));
        let changes = naive.windows(2).filter(|pair| !pair[0].is_same_value(&pair[1])).count();
        assert_eq!(ordered.values(), changes as u64 + u64::from(!naive.is_empty()));
        for rank in 0..naive.len() {
            assert_eq!(ordered.at(rank as u64), naive.get(rank), "rank {rank}");
        }
        assert_eq!(ordered.at(naive.len() as u64), None);
        assert!(ordered.blocks.iter().all(|block| (1..=BLOCK).contains(&block.keys.len())));
    }

    fn insert<K: Key + Clone>(ordered: &mut Ordered<K>, naive: &mut Vec<K>, key: K) {
        naive.insert(naive.partition_point(|other| *other <= key), key.clone());
        ordered.insert(key);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Against a sorted list, while it grows past many blocks and shrinks again to nothing.
        #[test]
        fn is_what_sorting_says(spread in prop::sample::select(vec![5_i64, 900, 1_000_000]), seed: u64) {
            let (mut ordered, mut naive) = (Ordered::default(), Vec::new());
            let mut dice = seed | 1;
            let mut roll = |n: i64| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                (dice >> 1) as i64 % n
            };
            for step in 0..6000 {
                if step < 3000 && roll(4) > 0 || step >= 3000 && roll(8) == 0 {
                    insert(&mut ordered, &mut naive, Tens(roll(spread)));
                } else if !naive.is_empty() {
                    let key = naive.remove(roll(naive.len() as i64) as usize);
                    ordered.remove(&key);
                }
                if step % 500 == 0 {
                    check(&ordered, &naive);
                }
            }
            ordered.remove(&Tens(-5));
            check(&ordered, &naive);
            while let Some(key) = naive.pop() {
                ordered.remove(&key);
            }
            check(&ordered, &naive);
            prop_assert!(ordered.blocks.is_empty());
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_blocks() {
        for sign in [1, -1] {
            let (mut ordered, mut naive) = (Ordered::default(), Vec::new());
            (0..5000).for_each(|n| insert(&mut ordered, &mut naive, n * sign));
            check(&ordered, &naive);
            let held: usize =
                ordered.blocks.iter().map(|b| b.keys.capacity() * 8 + b.times.capacity() * 4).sum();
            assert!(held / 5000 <= 24, "{} bytes an entry", held / 5000);
            // As a window moves on.
            for n in 0..4990 {
                ordered.remove(&(n * sign));
                naive.remove(if sign > 0 { 0 } else { naive.len() - 1 });
            }
            check(&ordered, &naive);
        }
    }
}
