//! Packs records of calls: blocks of LZ4 that refer to a dictionary of what all of them say.
//!
//! `lz4_flex`, which also reads them, looks through the whole dictionary again for each record, and
//! records are short: that cost as much as everything else about keeping a call. Here the table of what
//! stands where in the dictionary is made once and copied. Format:
//! <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>.

use std::sync::LazyLock;

/// The words that records of calls consist of: what compression may refer to. It belongs to
/// version 1 of values; another one is another version.
pub(super) const DICTIONARY: &[u8] = include_bytes!("dictionary-1.txt");

/// The least that is worth referring to.
const LEAST: usize = 4;
/// So many bytes at the end are written as they are, and no reference begins within the next.
const PLAIN_END: usize = 5;
const NO_REFERENCE: usize = 12;
/// After so many places in a row where nothing was found, two are taken at a time, then three.
const PATIENCE: usize = 32;

const BITS: u32 = 13;

/// Where four bytes stood last, by their hash. A place that is wrong is seen to be so.
type Table = [u16; 1 << BITS];

static OF_DICTIONARY: LazyLock<Table> = LazyLock::new(|| {
    let mut table = [0; 1 << BITS];
    for at in 0..=DICTIONARY.len().saturating_sub(LEAST) {
        table[hash(four(DICTIONARY, at))] = place(at);
    }
    table
});

/// Packs a record, its length in front.
pub(super) fn pack(record: &[u8]) -> Vec<u8> {
    let text = [DICTIONARY, record].concat();
    if u16::try_from(text.len()).is_err() {
        // The table has no places for so much.
        return lz4_flex::block::compress_prepend_size_with_dict(record, DICTIONARY);
    }
    let mut packed = Vec::with_capacity(64 + record.len() / 2);
    packed.extend(u32::from(place(record.len())).to_le_bytes());
    let mut table = *OF_DICTIONARY;
    let (mut done, mut at) = (DICTIONARY.len(), DICTIONARY.len());
    let mut missed = PATIENCE;
    while at + NO_REFERENCE <= text.len() {
        let next = four(&text, at);
        let found = std::mem::replace(&mut table[hash(next)], place(at));
        let mut from = usize::from(found);
        if from >= at || four(&text, from) != next {
            at += missed / PATIENCE;
            missed += 1;
            continue;
        }
        missed = PATIENCE;
        let ahead = common(&text[from..], &text[at..text.len() - PLAIN_END]);
        let end = at + ahead;
        while at > done && from > 0 && text[at - 1] == text[from - 1] {
            (at, from) = (at - 1, from - 1);
        }
        put(&mut packed, &text[done..at], Some((at - from, end - at)));
        (done, at) = (end, end);
        let before = end - 2;
        table[hash(four(&text, before))] = place(before);
    }
    put(&mut packed, &text[done..], None);
    packed
}

/// Writes a sequence: bytes as they are, then how far back to go and how much to take from there.
fn put(packed: &mut Vec<u8>, plain: &[u8], reference: Option<(usize, usize)>) {
    let short = |length: usize| length.min(15) as u8;
    let taken = reference.map_or(0, |(_, length)| length - LEAST);
    packed.push(short(plain.len()) << 4 | short(taken));
    put_rest(packed, plain.len());
    packed.extend_from_slice(plain);
    if let Some((back, _)) = reference {
        packed.extend(place(back).to_le_bytes());
        put_rest(packed, taken);
    }
}

/// Writes what of a length did not fit into four bits.
fn put_rest(packed: &mut Vec<u8>, length: usize) {
    if let Some(rest) = length.checked_sub(15) {
        packed.resize(packed.len() + rest / 255, 255);
        packed.push((rest % 255) as u8);
    }
}

/// How many bytes are the same from the beginning on.
fn common(one: &[u8], other: &[u8]) -> usize {
    let ((ones, _), (others, _)) = (one.as_chunks(), other.as_chunks());
    let pairs = ones.iter().zip(others);
    let differs = pairs.map(|(one, other)| u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other));
    let mut same = 0;
    for differs in differs {
        if differs != 0 {
            return same + differs.trailing_zeros() as usize / 8;
        }
        same += 8;
    }
    let rest = one[same..].iter().zip(&other[same..]);
    same + rest.take_while(|(one, other)| one == other).count()
}

fn four(text: &[u8], at: usize) -> u32 {
    text.get(at..)
        .and_then(<[u8]>::first_chunk)
        .map_or(0, |four| u32::from_le_bytes(*four))
}

fn hash(four: u32) -> usize {
    (four.wrapping_mul(2_654_435_761) >> (u32::BITS - BITS)) as usize
}

/// A place or a distance; [`pack`] sees to it that none is beyond 16 bits.
fn place(at: usize) -> u16 {
    at as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use proptest::prelude::*;

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        lz4_flex::block::decompress_size_prepended_with_dict(packed, DICTIONARY).unwrap()
    }

    #[test]
    fn a_call_takes_no_more_than_the_library_makes_of_it() {
        for number in 0..50 {
            let record = serde_json::to_vec(&sample::call(number)).unwrap();
            let packed = pack(&record);
            assert_eq!(unpacked(&packed), record);
            let theirs = lz4_flex::block::compress_prepend_size_with_dict(&record, DICTIONARY);
            assert!(
                packed.len() <= theirs.len() + 8,
                "{} {}",
                packed.len(),
                theirs.len()
            );
        }
    }

    #[test]
    fn lengths_at_the_edges_come_back() {
        for length in (0..700).chain([61_000, 62_000, 70_000]) {
            for record in [vec![b'x'; length], DICTIONARY.repeat(1 + length / 3_000)] {
                let record = &record[..length.min(record.len())];
                assert_eq!(unpacked(&pack(record)), record, "{length}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_packed_comes_back(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..40),
                    (0..DICTIONARY.len(), 0..200_usize).prop_map(|(from, length)| {
                        DICTIONARY[from..(from + length).min(DICTIONARY.len())].to_vec()
                    }),
                    (any::<u8>(), 0..900_usize).prop_map(|(byte, length)| vec![byte; length]),
                ],
                0..12,
            ),
        ) {
            let record = pieces.concat();
            prop_assert_eq!(unpacked(&pack(&record)), record);
        }
    }
}
