//! How little a phrase can be hit with: the fewest words, and how much they tell.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use super::builtin;
use super::file::{self, RuleFile};
use super::findings::Findings;
use super::lint::{is_small_word, small_word_list};
use super::normalise;
use super::phrase::{self, Piece, Shape};
use super::shipped::shipped;
use crate::call::{EvidenceKind, Question};

/// So many words are not counted further.
const MANY: u8 = 3;
/// A class of classes of classes is taken to be telling.
const MOST_NESTED: usize = 6;
/// A word of so few letters is common.
const SHORT: usize = 4;
/// In so many counter-examples a word is common.
const OFTEN: usize = 4;

/// What a word tells of who says it.
const SMALL: u8 = 0;
const COMMON: u8 = 1;
const TELLING: u8 = 2;

/// The ways to hit a phrase, one for each number of words and what they tell together, with words
/// that would do.
type Ways = BTreeMap<(u8, u8), String>;

/// The words of a phrase that has only small ones, when it can be hit with fewer than three of them.
/// Classes and parts of words are taken to be telling.
pub(super) fn small_words(pieces: &[Piece]) -> Option<String> {
    Scale::default().small(pieces, Strictness::Written)
}

/// What is known of classes, to look into them.
#[derive(Debug, Clone, Default)]
pub(super) struct Scale {
    entries: HashMap<String, Vec<String>>,
    known: HashMap<String, Ways>,
}

/// What is taken for telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// All but small words.
    Written,
    /// All but small words, those that welcome callers say too, and what such words fulfil.
    Heard,
}

impl Scale {
    /// With the classes of these files.
    pub fn of<'f>(files: impl IntoIterator<Item = &'f RuleFile>) -> Self {
        let mut scale = Self::default();
        for (name, entries) in files.into_iter().flat_map(|file| &file.classes) {
            let known = scale.entries.entry(name.value.clone()).or_default();
            known.extend(entries.iter().map(|text| text.value.clone()));
        }
        scale
    }

    /// Words that hit the phrase and that anybody might say who is asked this: one or two small ones, a
    /// single common one, or any number of small ones where no others hit it.
    pub fn anybodys(&mut self, phrase: &str, asked: &[Question]) -> Option<String> {
        let pieces = phrase::parse(phrase).ok()?;
        let few = self.small(&pieces, Strictness::Heard);
        let few = few.or_else(|| self.single(&pieces));
        // Only who seems to sell is asked why exactly here: there, three small words may be telling.
        if few.is_some() || asked == [Question::Why] {
            return few;
        }
        self.all_small(&pieces)
    }

    fn small(&mut self, pieces: &[Piece], strictness: Strictness) -> Option<String> {
        let ways = self.ways(pieces, strictness, 0);
        let few = |((words, tell), _): &(&(u8, u8), &String)| *tell == SMALL && *words < MANY;
        ways.iter().find(few).map(|(_, words)| words.clone())
    }

    fn all_small(&mut self, pieces: &[Piece]) -> Option<String> {
        if let [
            Piece {
                shape: Shape::Choice(branches),
                ..
            },
        ] = pieces
        {
            return branches.iter().find_map(|branch| self.all_small(branch));
        }
        let ways = self.ways(pieces, Strictness::Heard, 0);
        let are_small = ways.keys().all(|(_, tell)| *tell == SMALL);
        ways.into_values().next().filter(|_| are_small)
    }

    fn single(&mut self, pieces: &[Piece]) -> Option<String> {
        let mut ways = self.ways(pieces, Strictness::Heard, 0);
        ways.remove(&(1, COMMON))
    }

    fn ways(&mut self, pieces: &[Piece], strictness: Strictness, depth: usize) -> Ways {
        let mut all = Ways::from([((0, SMALL), String::new())]);
        for piece in pieces {
            let next = match &piece.shape {
                Shape::Any | Shape::Gap(_) | Shape::Optional(_) => continue,
                Shape::Word(word) => one(
                    word.clone(),
                    tells(word, strictness, |word, part| word == part),
                ),
                Shape::Stem(part) => {
                    let begins = |word: &str, part: &str| word.starts_with(part);
                    one(format!("{part}*"), tells(part, strictness, begins))
                }
                Shape::Tail(part) => {
                    let ends = |word: &str, part: &str| word.ends_with(part);
                    one(format!("*{part}"), tells(part, strictness, ends))
                }
                Shape::Part(part) => {
                    let holds = |word: &str, part: &str| word.contains(part);
                    one(format!("*{part}*"), tells(part, strictness, holds))
                }
                Shape::Class(name) => self.class(name, strictness, depth),
                Shape::Choice(branches) => {
                    let mut any = Ways::new();
                    for branch in branches {
                        any.extend(self.ways(branch, strictness, depth));
                    }
                    any
                }
            };
            all = both(&all, &next);
        }
        all
    }

    fn class(&mut self, name: &str, strictness: Strictness, depth: usize) -> Ways {
        let written = || format!("{{{name}}}");
        if strictness == Strictness::Written || depth == MOST_NESTED {
            return one(written(), TELLING);
        }
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        // A class that leads back to itself is complained of elsewhere.
        self.known.insert(name.to_owned(), one(written(), TELLING));
        let is_built_in = builtin::CLASSES.iter().any(|(own, _)| *own == name);
        let mut ways = Ways::new();
        // Whoever calls says a number, a day, or what is sold here.
        if is_built_in || builtin::OWNER.contains(&name) {
            ways = one(written(), COMMON);
        }
        for entry in self.entries.get(name).cloned().unwrap_or_default() {
            if let Ok(pieces) = phrase::parse(&entry) {
                ways.extend(self.ways(&pieces, strictness, depth + 1));
            }
        }
        self.known.insert(name.to_owned(), ways.clone());
        ways
    }
}

fn one(words: String, tells: u8) -> Ways {
    Ways::from([((1, tells), words)])
}

/// One after the other.
fn both(first: &Ways, then: &Ways) -> Ways {
    let mut all = Ways::new();
    for ((words, tell), said) in first {
        for ((more, tells), next) in then {
            let key = ((words + more).min(MANY), (tell + tells).min(TELLING));
            let blank = if said.is_empty() { "" } else { " " };
            all.entry(key)
                .or_insert_with(|| format!("{said}{blank}{next}"));
        }
    }
    all
}

/// What words tell that stand in this relation to what is written; a whole word stands to itself alone.
fn tells(part: &str, strictness: Strictness, fulfils: fn(&str, &str) -> bool) -> u8 {
    let is_word = !fulfils(&format!("{part}x"), part) && !fulfils(&format!("x{part}"), part);
    if is_word && is_small_word(part) {
        return SMALL;
    }
    if strictness == Strictness::Written {
        return TELLING;
    }
    if small_word_list().any(|word| fulfils(word, part)) {
        SMALL
    } else if part.len() <= SHORT || EVERYDAY.iter().any(|word| fulfils(word, part)) {
        COMMON
    } else {
        TELLING
    }
}

/// Words that welcome callers say, as the rules that Portner comes with know them: those of examples
/// that speak for a caller, and those that stand in several counter-examples.
static EVERYDAY: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for source in shipped() {
        for rule in file::read(&source, &mut Findings::default()).rules {
            let speaks_for = matches!(rule.kind, EvidenceKind::Trust | EvidenceKind::Protected);
            let welcome = rule.examples.iter().filter(|_| speaks_for);
            let texts = welcome
                .map(|text| (text, OFTEN))
                .chain(rule.counter_examples.iter().map(|text| (text, 1)));
            for (text, counts_for) in texts {
                for word in normalise::words(&text.value) {
                    *counts.entry(word).or_default() += counts_for;
                }
            }
        }
    }
    let often = counts.into_iter().filter(|(_, count)| *count >= OFTEN);
    often.map(|(word, _)| word).collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::file::QUESTIONS;

    fn anybodys(phrase: &str) -> Option<String> {
        let source = super::super::Source {
            path: "x.toml".into(),
            text: "version = 1\n[classes]\nsm = ['har', 'du']\nround = ['{round}', 'nix']\n\
                   fraud = ['send os koden']\n"
                .into(),
        };
        let file = file::read(&source, &mut Findings::default());
        Scale::of([&file]).anybodys(phrase, &QUESTIONS)
    }

    #[test]
    fn a_reason_is_told_by_fewer_words_than_an_opening() {
        let to_why = |phrase| Scale::default().anybodys(phrase, &[Question::Why]);
        assert_eq!(anybodys("ikke bare jer").as_deref(), Some("ikke bare jer"));
        assert_eq!(to_why("ikke bare jer"), None);
        assert_eq!(to_why("bare jer").as_deref(), Some("bare jer"));
    }

    #[test]
    fn words_that_anybody_says_are_named() {
        for (phrase, said) in [
            ("har du", "har du"),
            ("har du lige", "har du lige"),
            ("jeg skal bare lige", "jeg skal bare lige"),
            ("(det er fra|anydesk)", "det er fra"),
            ("{sm}", "du"),
            ("{sm} [billig] {sm}", "du du"),
            ("har*", "har*"),
            ("hej*", "hej*"),
            ("faktura", "faktura"),
            ("faktur*", "faktur*"),
            ("{number}", "{number}"),
            ("{we_sell}", "{we_sell}"),
            ("(send os koden|ordre)", "ordre"),
        ] {
            assert_eq!(anybodys(phrase).as_deref(), Some(said), "{phrase}");
        }
    }

    #[test]
    fn words_that_tell_are_enough() {
        for phrase in [
            "anydesk",
            "{fraud}",
            "send os koden",
            "har du lige en faktura",
            "hvem (har|leverer) jeres",
            "gratis tjek",
            "{round} segment*",
            "{nothing}",
        ] {
            assert_eq!(anybodys(phrase), None, "{phrase}");
        }
    }
}
