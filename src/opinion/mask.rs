//! What is true of one business only is masked, so that what is learned there holds elsewhere.
//!
//! A name of the owner, of his firm, of a customer or of something he sells becomes a sign for
//! “owner”, “firm”, “known” or “ours”; every word with a digit becomes a sign for “number”.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::hash::Fnv;
use crate::rules::{Lexicon, Normalised};

/// The most words that a name is looked for in.
const LONGEST_NAME: usize = 5;
/// Shorter words are no names: they would be found everywhere.
const SHORTEST_NAME: usize = 3;

/// What a masked word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Sign {
    /// What the business sells.
    Ours = 1,
    /// Town and street.
    Place,
    /// A role that does not exist here.
    Role,
    /// A customer, a supplier, a person known by name.
    Known,
    /// The firm.
    Firm,
    /// The owner.
    Owner,
    /// A word with a digit.
    Number,
}

/// The classes of a profile that are masked, and whether their words are names of people, which
/// are masked one by one.
const CLASSES: [(&str, Sign, bool); 11] = [
    ("owner", Sign::Owner, true),
    ("company", Sign::Firm, false),
    ("people", Sign::Known, true),
    ("contacts", Sign::Known, true),
    ("customers", Sign::Known, false),
    ("suppliers", Sign::Known, false),
    ("services", Sign::Ours, false),
    ("products", Sign::Ours, false),
    ("we_sell", Sign::Ours, false),
    ("place", Sign::Place, false),
    ("missing_roles", Sign::Role, false),
];

/// The names of one business. Compared are hashes of their letters without blanks, so that “Topp
/// Design” and “toppdesign” are the same.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    names: HashMap<u64, Sign, BuildHasherDefault<AsItIs>>,
    /// A bit for each two letters that a name begins with: few words do.
    fronts: [u64; 16],
}

/// Where the bit of two letters is.
fn front(first: u8, second: u8) -> (usize, u64) {
    let (first, second) = (usize::from(first & 31), second & 31);
    (first / 2, 1 << (32 * (first % 2)) << second)
}

/// What is looked up is a hash already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut hash = Fnv::default();
        hash.write(bytes);
        self.0 = hash.finish();
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Mask {
    /// Masks what is in the owner's word classes.
    #[must_use]
    pub fn new(lexicon: &Lexicon) -> Self {
        let mut mask = Self::default();
        for (class, sign, people) in CLASSES {
            for name in lexicon.0.get(class).into_iter().flatten() {
                mask.add(name, sign);
                let parts = name
                    .split_whitespace()
                    .filter(|part| people && part.chars().next().is_some_and(char::is_uppercase));
                for part in parts {
                    mask.add(part, sign);
                }
            }
        }
        mask
    }

    fn add(&mut self, name: &str, sign: Sign) {
        let normalised = Normalised::read(name, name.len());
        let letters: Vec<u8> = normalised
            .words
            .iter()
            .flat_map(|word| normalised.spelling(*word).bytes())
            .collect();
        if let [first, second, ..] = *letters
            && letters.len() >= SHORTEST_NAME
            && normalised.words.len() <= LONGEST_NAME
        {
            let (place, bit) = front(first, second);
            self.fronts[place] |= bit;
            let known = self.names.entry(Fnv::of(&letters)).or_insert(sign);
            *known = sign.max(*known);
        }
    }

    /// Whether a name may begin with a word of these letters.
    fn may_begin(&self, word: &[u8]) -> bool {
        match *word {
            [first, second, ..] => {
                let (place, bit) = front(first, second);
                self.fronts[place] & bit != 0
            }
            _ => true,
        }
    }

    /// The sign for the words from `at` on, and how many of them it stands for: the longest name.
    pub(super) fn at(&self, text: &Normalised, at: usize) -> Option<(Sign, usize)> {
        let mut hash = Fnv::default();
        let mut found = None;
        for (length, word) in text.words[at..].iter().take(LONGEST_NAME).enumerate() {
            let spelling = text.spelling(*word).as_bytes();
            if length == 0 {
                if spelling.iter().any(u8::is_ascii_digit) {
                    return Some((Sign::Number, 1));
                }
                if !self.may_begin(spelling) {
                    return None;
                }
            }
            hash.write(spelling);
            if let Some(sign) = self.names.get(&hash.finish()) {
                found = Some((*sign, length + 1));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        let classes = [
            ("company", vec!["Topp Design".to_owned()]),
            ("people", vec!["Birthe Topp mor".to_owned()]),
        ];
        Mask::new(&Lexicon(
            classes
                .into_iter()
                .map(|(class, words)| (class.to_owned(), words))
                .collect(),
        ))
    }

    #[test]
    fn names_are_found_joined_and_parted() {
        let text = Normalised::read(
            "er det toppdesign eller Topp Design nr 12b t opp design",
            99,
        );
        let signs: Vec<_> = (0..text.words.len())
            .map(|at| mask().at(&text, at))
            .collect();
        assert_eq!(signs[2], Some((Sign::Firm, 1)));
        assert_eq!(signs[4], Some((Sign::Firm, 2)));
        assert_eq!(signs[7], Some((Sign::Number, 1)));
        assert_eq!(signs[8], Some((Sign::Firm, 3)));
        assert_eq!(signs[0], None);
    }

    #[test]
    fn what_stands_behind_a_name_is_no_name() {
        let text = Normalised::read("birthe er mor", 99);
        assert_eq!(mask().at(&text, 0), Some((Sign::Known, 1)));
        assert_eq!(mask().at(&text, 2), None);
    }
}
