//! A hash table that is built once: many keys, each with a few numbers. And the hash itself.

/// Numbers by key; made once, then only asked.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// For each place of the table the first entry with such a key, plus one.
    table: Vec<u32>,
    shift: u32,
    entries: Vec<(u64, u32)>,
    /// A bit for each key, by other bits of it: most keys that are not there are told so here.
    filter: Vec<u64>,
}

impl Buckets {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "packs are far below 4 Gi entries"
    )]
    pub fn build(mut entries: Vec<(u64, u32)>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        if entries.is_empty() {
            return Self::default();
        }
        let bits = (entries.len() * 2)
            .next_power_of_two()
            .trailing_zeros()
            .max(1);
        let mut buckets = Self {
            table: vec![0; 1 << bits],
            shift: 64 - bits,
            entries,
            filter: vec![0; (1 << (bits + 2)) / 64 + 1],
        };
        let mut last = None;
        for at in 0..buckets.entries.len() {
            let key = buckets.entries[at].0;
            if last == Some(key) {
                continue;
            }
            last = Some(key);
            let (word, bit) = buckets.filter_bit(key);
            buckets.filter[word] |= bit;
            let mut place = buckets.place(key);
            while buckets.table[place] != 0 {
                place = (place + 1) & (buckets.table.len() - 1);
            }
            buckets.table[place] = at as u32 + 1;
        }
        buckets
    }

    #[inline]
    fn filter_bit(&self, key: u64) -> (usize, u64) {
        let at = (key.wrapping_mul(OTHER_SPREAD) >> (self.shift - 2)) as usize;
        (at / 64, 1 << (at % 64))
    }

    #[inline]
    fn place(&self, key: u64) -> usize {
        (key.wrapping_mul(SPREAD) >> self.shift) as usize
    }

    /// Whether no key has a number.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The numbers of a key.
    #[inline]
    pub fn find(&self, key: u64) -> impl Iterator<Item = u32> + '_ {
        self.first(key)
            .map_or(&[][..], |at| &self.entries[at..])
            .iter()
            .take_while(move |entry| entry.0 == key)
            .map(|entry| entry.1)
    }

    #[inline]
    fn first(&self, key: u64) -> Option<usize> {
        if self.table.is_empty() {
            return None;
        }
        let (word, bit) = self.filter_bit(key);
        if self.filter[word] & bit == 0 {
            return None;
        }
        let mut place = self.place(key);
        loop {
            let at = self.table[place].checked_sub(1)? as usize;
            if self.entries[at].0 == key {
                return Some(at);
            }
            place = (place + 1) & (self.table.len() - 1);
        }
    }
}

/// Lists of numbers, one list for each of the numbers from 0 on.
#[derive(Debug, Default)]
pub(super) struct Lists<T = u32> {
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> Lists<T> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "packs are far below 4 Gi entries"
    )]
    pub fn build<L: IntoIterator<Item = T>>(lists: impl IntoIterator<Item = L>) -> Self {
        let mut built = Self {
            ends: vec![0],
            items: Vec::new(),
        };
        for list in lists {
            built.items.extend(list);
            built.ends.push(built.items.len() as u32);
        }
        built.ends.shrink_to_fit();
        built.items.shrink_to_fit();
        built
    }

    #[inline]
    pub fn get(&self, at: u32) -> &[T] {
        let at = at as usize;
        match self.ends.get(at..at + 2) {
            Some(ends) => &self.items[ends[0] as usize..ends[1] as usize],
            None => &[],
        }
    }
}

const OTHER_SPREAD: u64 = 0xd6e8_feb8_6659_fd93;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Texts of the same length that are no longer than this, and different, have different hashes of
/// the same seed: each step of the hash can be undone.
pub(super) const HASHED_WHOLE: usize = 8;

/// A fast hash for short words. Not for secrets: equal hashes are always compared in full.
#[inline]
pub(super) fn hash(bytes: &[u8], seed: u64) -> u64 {
    let mut state = seed ^ (bytes.len() as u64).wrapping_mul(SPREAD);
    let mut rest = bytes;
    while let Some((chunk, next)) = rest.split_first_chunk::<8>() {
        state = mix(state ^ u64::from_le_bytes(*chunk));
        rest = next;
    }
    if rest.is_empty() {
        state
    } else {
        mix(state ^ few(rest))
    }
}

/// One to seven bytes as a number, the first byte lowest. Long reads that overlap are faster than
/// short ones one by one.
#[inline]
fn few(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let first = u64::from(u32::from_le_bytes(*first));
        let last = u64::from(u32::from_le_bytes(*last));
        return first | last << (8 * (bytes.len() - 4));
    }
    let byte = |at: usize| u64::from(bytes[at]) << (8 * at);
    byte(0) | byte(bytes.len() / 2) | byte(bytes.len() - 1)
}

#[inline]
fn mix(state: u64) -> u64 {
    let state = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^ state >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in() {
        let entries: Vec<(u64, u32)> = (0..1000).map(|n| (u64::from(n / 3) * 7, n)).collect();
        let buckets = Buckets::build(entries);
        assert_eq!(buckets.find(14).collect::<Vec<_>>(), [6, 7, 8]);
        assert_eq!(buckets.find(15).count(), 0);
        assert_eq!(Buckets::build(Vec::new()).find(1).count(), 0);
    }

    #[test]
    fn reads_few_bytes_as_one_number() {
        let bytes = [1, 2, 3, 4, 5, 6, 7];
        for length in 1..=7 {
            let mut padded = [0; 8];
            padded[..length].copy_from_slice(&bytes[..length]);
            assert_eq!(few(&bytes[..length]), u64::from_le_bytes(padded));
        }
    }

    #[test]
    fn keeps_lists_apart() {
        let lists: Lists = Lists::build([vec![1, 2], vec![], vec![3]]);
        assert_eq!(
            (lists.get(0), lists.get(1), lists.get(2)),
            (&[1, 2][..], &[][..], &[3][..])
        );
        assert!(lists.get(3).is_empty());
    }
}
