//! Every word of a pack as a number, and from a heard word to all that it may stand for.
//!
//! What phrases are made of are *symbols*: a word, a part of a word, or a class. A heard word
//! stands for one or more symbols: itself, the stems that it begins with, the classes that they
//! are in. For the words of the pack this is worked out beforehand; for all others by look-ups
//! whose number does not grow with the pack.

use super::buckets::{Buckets, HASHED_WHOLE, Lists, hash};
use super::builtin;
use super::edit::{begins_but_one, same_but_one};
use super::lint::small_word_list;
use super::names;
use super::symbol::{Atom, Symbol, Symbols};

/// The class of words in digits, which is in every class of numbers.
pub(super) const DIGITS: &str = "digits@";

const EXACT: u64 = 1;
const STEM: u64 = 2;
const TAIL: u64 = 3;
const PART: u64 = 4;
const FRONT: u64 = 5;
const BACK: u64 = 6;
const JOINED: u64 = 7;

/// The shortest word that is heard through an error.
const FUZZY_LETTERS: usize = 6;
/// The shortest name that is.
const FUZZY_NAME_LETTERS: usize = 5;
/// The shortest stem that is.
const FUZZY_STEM_LETTERS: usize = 7;
/// The longest word that is looked at for anything but itself.
const MAX_LETTERS: usize = 40;
/// A word that has a stem, tail or part of the pack with so many letters was heard well.
const KNOWN_LETTERS: usize = 5;
const MAX_GUESSES: usize = 4;

/// Every word of a pack, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    text: String,
    words: Vec<(u32, u32)>,
    exact: Buckets,
    /// What each word stands for.
    meanings: Lists,
    /// What a part of a word stands for: itself and the classes it is in.
    closure: Lists,
    /// The stems, tails and parts, to which the tables below lead.
    fragments: Vec<Fragment>,
    stems: Buckets,
    stem_lengths: u64,
    tails: Buckets,
    tail_lengths: u64,
    parts: Buckets,
    fuzzy_words: Buckets,
    /// Which letters each word has, as bits.
    letters: Vec<u32>,
    fuzzy_stems: Buckets,
    joined: Buckets,
    /// How long the words are that begin with these two letters and stand for something, as bits.
    fronts: Vec<u64>,
    /// The same of words that may come in two.
    joinable: Vec<u64>,
    digits: Option<Symbol>,
    /// For each word, of how many words the filler is that it begins; 0 for none.
    fillers: Vec<u8>,
}

/// A stem, a tail or a part of a word.
#[derive(Debug)]
struct Fragment {
    letters: Box<str>,
    symbol: Symbol,
}

/// What a heard word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is this word of the pack.
    Known(u32),
    /// It is no word of the pack; what was found was written out.
    Guessed,
}

/// What goes into a vocabulary.
pub(super) struct Ingredients<'a> {
    pub symbols: &'a Symbols,
    /// For each symbol, itself and all classes it is in.
    pub closure: Vec<Vec<Symbol>>,
    /// Words that mean nothing to the pack and are known not to be garbled.
    pub ordinary: Vec<String>,
    /// Words that are names.
    pub names: &'a std::collections::HashSet<String>,
}

impl Vocabulary {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "packs are far below 4 Gi words"
    )]
    pub fn build(ingredients: Ingredients<'_>) -> Self {
        let Ingredients {
            symbols,
            closure,
            ordinary,
            names,
        } = ingredients;
        let mut vocabulary = Self {
            closure: Lists::build(closure),
            digits: symbols.get(&Atom::Class(DIGITS.into())),
            fronts: vec![0; FRONTS],
            joinable: vec![0; FRONTS],
            ..Self::default()
        };
        vocabulary.index_parts(&symbols.atoms);
        let mut spelt: Vec<(&str, Option<Symbol>)> = Vec::new();
        for (id, atom) in symbols.atoms.iter().enumerate() {
            if let Atom::Word(word) = atom {
                spelt.push((word, Some(id as Symbol)));
            }
        }
        let known: std::collections::HashSet<&str> = spelt.iter().map(|(word, _)| *word).collect();
        // Carsten may be Karsten, whom the owner knows.
        let is_known_so = |name: &str| {
            let nearly = |own: &String| same_but_one(name.as_bytes(), own.as_bytes());
            names.iter().any(nearly)
        };
        let strangers = names::all().filter(|name| !is_known_so(name));
        let others = builtin::filler_words().chain(small_word_list());
        let others = others.chain(strangers).map(str::to_owned);
        let ordinary: Vec<String> = ordinary.into_iter().chain(others).collect();
        let mut others: Vec<&str> = ordinary
            .iter()
            .map(String::as_str)
            .filter(|word| !known.contains(word))
            .collect();
        others.sort_unstable();
        others.dedup();
        spelt.extend(others.into_iter().map(|word| (word, None)));

        let mut meanings = Vec::with_capacity(spelt.len());
        let (mut exact, mut fuzzy, mut joined) = (Vec::new(), Vec::new(), Vec::new());
        for (id, (word, symbol)) in spelt.iter().enumerate() {
            let id = id as u32;
            let start = vocabulary.text.len() as u32;
            vocabulary.text.push_str(word);
            vocabulary.words.push((start, vocabulary.text.len() as u32));
            exact.push((hash(word.as_bytes(), EXACT), id));
            vocabulary.fillers.push(builtin::filler(word));
            vocabulary.letters.push(letters(word.as_bytes()));
            let mut meaning = Vec::new();
            if let Some(symbol) = symbol {
                meaning.extend_from_slice(vocabulary.closure.get(*symbol));
                let least = if names.contains(*word) {
                    FUZZY_NAME_LETTERS
                } else {
                    FUZZY_LETTERS
                };
                if is_plain(word) && (least..=MAX_LETTERS).contains(&word.len()) {
                    fuzzy.extend(halves(word.as_bytes(), word.len()).map(|key| (key, id)));
                }
                if (FUZZY_LETTERS..=MAX_LETTERS).contains(&word.len()) {
                    joined.push((ends(word.as_bytes()), id));
                    vocabulary.joinable[front(word.as_bytes()[0], word.as_bytes()[1])] |=
                        1 << word.len();
                }
            }
            if names.contains(*word) {
                vocabulary.whole_parts_of(word, &mut meaning);
            } else {
                vocabulary.parts_of(word, &mut meaning);
            }
            meaning.sort_unstable();
            meaning.dedup();
            if let ([first, second, ..], false) = (word.as_bytes(), meaning.is_empty()) {
                vocabulary.fronts[front(*first, *second)] |= 1 << word.len().min(63);
            }
            meanings.push(meaning);
        }
        vocabulary.meanings = Lists::build(meanings);
        vocabulary.exact = Buckets::build(exact);
        vocabulary.fuzzy_words = Buckets::build(fuzzy);
        vocabulary.joined = Buckets::build(joined);
        vocabulary
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "packs are far below 4 Gi words"
    )]
    fn index_parts(&mut self, atoms: &[Atom]) {
        let (mut stems, mut tails) = (Vec::new(), Vec::new());
        let (mut parts, mut fuzzy) = (Vec::new(), Vec::new());
        for (symbol, atom) in (0..).zip(atoms) {
            let id = self.fragments.len() as u32;
            let letters = match atom {
                Atom::Stem(stem) => {
                    stems.push((hash(stem.as_bytes(), STEM), id));
                    self.stem_lengths |= 1 << stem.len().min(63);
                    if is_plain(stem) && (FUZZY_STEM_LETTERS..=MAX_LETTERS).contains(&stem.len()) {
                        let bytes = stem.as_bytes();
                        fuzzy.push((hash(&bytes[..3], FRONT), id));
                        fuzzy.push((hash(&bytes[3..6], BACK), id));
                    }
                    stem
                }
                Atom::Tail(tail) => {
                    tails.push((hash(tail.as_bytes(), TAIL), id));
                    self.tail_lengths |= 1 << tail.len().min(63);
                    tail
                }
                Atom::Part(part) => {
                    let first = part.as_bytes().first_chunk::<4>();
                    parts.extend(first.map(|first| (hash(first, PART), id)));
                    part
                }
                Atom::Word(_) | Atom::Class(_) => continue,
            };
            self.fragments.push(Fragment {
                letters: letters.as_str().into(),
                symbol,
            });
        }
        self.stems = Buckets::build(stems);
        self.tails = Buckets::build(tails);
        self.parts = Buckets::build(parts);
        self.fuzzy_stems = Buckets::build(fuzzy);
    }

    /// Every symbol that the words and parts stand for, by its number.
    pub fn closure(&self, symbol: Symbol) -> &[Symbol] {
        self.closure.get(symbol)
    }

    /// What a word of the pack stands for.
    #[inline]
    pub fn meaning(&self, word: u32) -> &[Symbol] {
        self.meanings.get(word)
    }

    /// Whether a filler begins with this word: 1 for a filler of one word, 2 for one that may be
    /// of two, 0 for none.
    #[inline]
    pub fn filler(&self, word: u32) -> u8 {
        self.fillers.get(word as usize).copied().unwrap_or(0)
    }

    /// The word of the pack with this spelling.
    #[inline]
    pub fn find(&self, heard: &str) -> Option<u32> {
        self.exact
            .find(hash(heard.as_bytes(), EXACT))
            .find(|word| self.is_spelt(*word, heard))
    }

    /// Whether a word that hashes like this one is this one.
    #[inline]
    fn is_spelt(&self, word: u32, heard: &str) -> bool {
        let length = self
            .words
            .get(word as usize)
            .map_or(0, |(start, end)| (end - start) as usize);
        // Words of one length and of at most this many letters have hashes of their own.
        length == heard.len() && (length <= HASHED_WHOLE || self.spelling(word) == heard)
    }

    fn spelling(&self, word: u32) -> &str {
        self.words
            .get(word as usize)
            .and_then(|(start, end)| self.text.get(*start as usize..*end as usize))
            .unwrap_or_default()
    }

    /// What a heard word stands for. If it is none of the pack's, its symbols go to `out`.
    pub fn understand(&self, heard: &str, out: &mut Vec<Symbol>) -> Heard {
        if let Some(word) = self.find(heard) {
            return Heard::Known(word);
        }
        let known = self.parts_of(heard, out);
        if known < KNOWN_LETTERS && (5..=MAX_LETTERS + 1).contains(&heard.len()) && is_plain(heard)
        {
            self.garbled(heard, out);
        }
        Heard::Guessed
    }

    /// The stems, tails and parts that a word has, and the classes they are in; also how many
    /// letters the longest of them has.
    fn parts_of(&self, heard: &str, out: &mut Vec<Symbol>) -> usize {
        let bytes = heard.as_bytes();
        let mut longest = 0;
        if bytes.len() > 2 * MAX_LETTERS {
            return longest;
        }
        if let Some(digits) = self.digits.filter(|_| builtin::is_digits(heard)) {
            out.extend_from_slice(self.closure(digits));
        }
        for length in lengths(self.stem_lengths, bytes.len()) {
            for id in self.stems.find(hash(&bytes[..length], STEM)) {
                let fragment = self.fragment(id);
                if heard.starts_with(&*fragment.letters) {
                    longest = longest.max(length);
                    out.extend_from_slice(self.closure(fragment.symbol));
                }
            }
        }
        for length in lengths(self.tail_lengths, bytes.len()) {
            for id in self.tails.find(hash(&bytes[bytes.len() - length..], TAIL)) {
                let fragment = self.fragment(id);
                if heard.ends_with(&*fragment.letters) {
                    longest = longest.max(length);
                    out.extend_from_slice(self.closure(fragment.symbol));
                }
            }
        }
        let windows = if self.parts.is_empty() { &[] } else { bytes };
        for window in windows.windows(4) {
            for id in self.parts.find(hash(window, PART)) {
                let fragment = self.fragment(id);
                if heard.contains(&*fragment.letters) {
                    longest = longest.max(fragment.letters.len());
                    out.extend_from_slice(self.closure(fragment.symbol));
                }
            }
        }
        longest
    }

    /// The stems and tails that a name is from its first letter to its last. A firm or an office may be
    /// called by what it is.
    fn whole_parts_of(&self, name: &str, out: &mut Vec<Symbol>) {
        let stems = self.stems.find(hash(name.as_bytes(), STEM));
        let tails = self.tails.find(hash(name.as_bytes(), TAIL));
        for id in stems.chain(tails) {
            let fragment = self.fragment(id);
            if *fragment.letters == *name {
                out.extend_from_slice(self.closure(fragment.symbol));
            }
        }
    }

    fn fragment(&self, id: u32) -> &Fragment {
        &self.fragments[id as usize]
    }

    /// Words and stems at one edit.
    fn garbled(&self, heard: &str, out: &mut Vec<Symbol>) {
        let bytes = heard.as_bytes();
        let has = letters(bytes);
        let mut guesses = [u32::MAX; MAX_GUESSES];
        let mut count = 0;
        let mut guess = |word: u32, out: &mut Vec<Symbol>| {
            // One edit takes at most one letter out and puts one in.
            let other = self.letters.get(word as usize).copied().unwrap_or_default();
            if (has ^ other).count_ones() <= 2
                && count < MAX_GUESSES
                && !guesses[..count].contains(&word)
                && same_but_one(bytes, self.spelling(word).as_bytes())
            {
                guesses[count] = word;
                count += 1;
                out.extend_from_slice(self.meaning(word));
            }
        };
        for length in bytes.len() - 1..=bytes.len() + 1 {
            for key in halves(bytes, length) {
                for word in self.fuzzy_words.find(key) {
                    guess(word, out);
                }
            }
        }
        let mut crossed = [0; MAX_LETTERS + 1];
        let crossed = &mut crossed[..bytes.len()];
        crossed.copy_from_slice(bytes);
        let middle = half(bytes.len());
        crossed.swap(middle - 1, middle);
        if let Some(key) = halves(crossed, bytes.len()).next() {
            for word in self.fuzzy_words.find(key) {
                guess(word, out);
            }
        }
        if bytes.len() + 1 >= FUZZY_STEM_LETTERS && !self.fuzzy_stems.is_empty() {
            self.garbled_stems(bytes, out);
        }
    }

    fn garbled_stems(&self, bytes: &[u8], out: &mut Vec<Symbol>) {
        let crossed = [bytes[0], bytes[1], bytes[3]];
        let fronts = [hash(&bytes[..3], FRONT), hash(&crossed, FRONT)];
        let backs = [2, 3, 4].map(|at| hash(&bytes[at.min(bytes.len() - 3)..][..3], BACK));
        for key in fronts.into_iter().chain(backs) {
            for id in self.fuzzy_stems.find(key) {
                let fragment = self.fragment(id);
                if begins_but_one(bytes, fragment.letters.as_bytes()) {
                    out.extend_from_slice(self.closure(fragment.symbol));
                }
            }
        }
    }

    /// Two words of the pack that recognition joined, if the heard word is two such: the first
    /// word. What the second stands for goes to `out`.
    pub fn part(&self, heard: &str, out: &mut Vec<Symbol>) -> Option<u32> {
        let length = heard.len();
        if !(5..=MAX_LETTERS).contains(&length) || !heard.is_ascii() {
            return None;
        }
        let mut best = None;
        let mut evenness = 0;
        let first = heard.as_bytes();
        let fronts = self.fronts.get(front(first[0], first[1])).copied();
        for at in lengths(fronts.unwrap_or_default(), length - 3) {
            if at.min(length - at) <= evenness {
                continue;
            }
            let (left, right) = heard.split_at(at);
            let Some(first) = self.find(left).filter(|word| self.means_something(*word)) else {
                continue;
            };
            let before = out.len();
            self.second(right, out);
            if out.len() > before {
                evenness = at.min(length - at);
                best = Some((first, right));
            }
            out.truncate(before);
        }
        let (first, right) = best?;
        self.second(right, out);
        Some(first)
    }

    fn second(&self, heard: &str, out: &mut Vec<Symbol>) {
        match self.find(heard).filter(|word| self.means_something(*word)) {
            Some(word) => out.extend_from_slice(self.meaning(word)),
            None => {
                self.parts_of(heard, out);
            }
        }
    }

    fn means_something(&self, word: u32) -> bool {
        !self.meaning(word).is_empty()
    }

    /// A word of the pack that recognition split into these two.
    pub fn join(&self, left: &str, right: &str) -> Option<u32> {
        let (one, other) = (left.as_bytes(), right.as_bytes());
        let length = one.len() + other.len();
        if one.len() < 2 || other.len() < 2 || !(FUZZY_LETTERS..=MAX_LETTERS).contains(&length) {
            return None;
        }
        let lengths = self.joinable.get(front(one[0], one[1])).copied();
        if lengths.unwrap_or_default() >> length & 1 == 0 {
            return None;
        }
        let key = ends_key(
            length,
            one[0],
            one[1],
            other[other.len() - 2],
            other[other.len() - 1],
        );
        self.joined.find(key).find(|word| {
            self.spelling(*word)
                .strip_prefix(left)
                .is_some_and(|rest| rest == right)
        })
    }
}

fn is_plain(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The lengths of a set that are at most `most`.
fn lengths(set: u64, most: usize) -> impl Iterator<Item = usize> {
    let mut rest = if most < 63 {
        set & ((1 << (most + 1)) - 1)
    } else {
        set
    };
    std::iter::from_fn(move || {
        let length = rest.trailing_zeros() as usize;
        if length == 64 {
            return None;
        }
        rest &= rest - 1;
        Some(length)
    })
}

/// The letters of a word as bits.
#[inline]
fn letters(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |letters, byte| letters | 1 << (byte & 31))
}

/// How many numbers [`front`] gives.
const FRONTS: usize = 1 << 10;

/// The first two letters of a word as a number; other bytes share it.
#[inline]
fn front(first: u8, second: u8) -> usize {
    usize::from(first & 31) << 5 | usize::from(second & 31)
}

fn half(length: usize) -> usize {
    length / 2
}

/// Keys of a word of `length` letters: with one edit, one of its two halves stays whole and stays
/// at its end of the word.
fn halves(bytes: &[u8], length: usize) -> impl Iterator<Item = u64> + use<> {
    let (front, back) = (half(length), length - half(length));
    let seed = (length as u64) << 8;
    let front = (bytes.len() >= front).then(|| hash(&bytes[..front], seed | FRONT));
    let back = (bytes.len() >= back).then(|| hash(&bytes[bytes.len() - back..], seed | BACK));
    front.into_iter().chain(back)
}

fn ends(word: &[u8]) -> u64 {
    let last = word.len() - 1;
    ends_key(word.len(), word[0], word[1], word[last - 1], word[last])
}

fn ends_key(length: usize, a: u8, b: u8, c: u8, d: u8) -> u64 {
    hash(&[a, b, c, d], (length as u64) << 8 | JOINED)
}
