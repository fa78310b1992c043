//! Who presents himself, and with which words.

use std::ops::Range;

use super::filled;
use super::no_name::is_no_name;
use super::words::{OPENERS, Word, find_cue, words};
use crate::call::{Filled, Question, Slot};

/// How people begin when they say who they are.
const CUES: &[&[&str]] = &[
    &["mit", "navn", "er"],
    &["mit", "navn", "det", "er"],
    &["navnet", "er"],
    &["jeg", "hedder"],
    &["du", "taler", "med"],
    &["det", "er"],
    &["det", "æ"],
    &["de", "er"],
    &["her", "er"],
    &["jeg", "er"],
    &["my", "name", "is"],
    &["the", "name", "is"],
    &["this", "is"],
    &["it", "is"],
    &["it's"],
    &["its"],
    &["i", "am"],
    &["i'm"],
    &["im"],
    &["you're", "speaking", "with"],
];

/// What comes between a name and a firm.
const FROM: &[&str] = &["fra", "hos", "ved", "from", "at", "with", "of"];

/// How people name a firm without a name before it.
const FIRM_CUES: &[&[&str]] = &[
    &["jeg", "ringer", "fra"],
    &["vi", "ringer", "fra"],
    &["ringer", "fra"],
    &["i'm", "calling", "from"],
    &["i", "am", "calling", "from"],
    &["calling", "from"],
    &["ringing", "from"],
];

/// What follows a name that stands alone (“hej, Lone her”).
const AFTER_NAME: &[&str] = &["her", "here", "speaking"];

/// About how many bytes a word takes with the blank behind it; most take more.
const BYTES_A_WORD: usize = 4;

/// The words from here on that can be a name: up to `most`, up to the first that cannot.
fn name_at<'a>(words: &'a [Word<'a>], start: usize, most: usize) -> Vec<&'a str> {
    let words = &words[start.min(words.len())..];
    words
        .iter()
        .enumerate()
        .take_while(|(at, word)| {
            let may_be_name =
                !is_no_name(&word.folded) || is_hans(word, words.get(at + 1).filter(|_| *at == 0));
            may_be_name && !FROM.contains(&&*word.folded) && !word.folded.contains(char::is_numeric)
        })
        .take(most)
        .map(|(_, word)| word.text)
        .collect()
}

/// “Hans” is a man's name where a firm follows, and “his” elsewhere.
fn is_hans(word: &Word<'_>, next: Option<&Word<'_>>) -> bool {
    word.folded == "hans" && next.is_some_and(|next| FROM.contains(&&*next.folded))
}

/// Who presents himself in an answer: a name, a firm, or both; and where in it he does.
pub(super) fn presented(text: &str, question: Question) -> Option<(Filled, Range<usize>)> {
    let mut all = Vec::with_capacity(text.len() / BYTES_A_WORD + 1);
    all.extend(words(text));
    let named = named(&all)
        .or_else(|| alone(&all))
        .or_else(|| bare(&all).filter(|_| question == Question::Who));
    let firm = match &named {
        Some(named) => all
            .get(named.end)
            .filter(|word| FROM.contains(&&*word.folded))
            .map(|_| named.end..named.end + 1),
        None => None,
    };
    let firm = firm
        .or_else(|| find_cue(&all, FIRM_CUES, 0))
        .and_then(|cue| {
            let name = name_at(&all, cue.end, 3);
            let end = cue.end + name.len();
            (!name.is_empty()).then_some(Named {
                name,
                start: cue.start,
                end,
            })
        });
    let (text, specificity) = match (&named, &firm) {
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) => (one.name.join(" "), 1),
        (Some(named), Some(firm)) => (
            format!("{}, {}", named.name.join(" "), firm.name.join(" ")),
            2,
        ),
    };
    let both = || named.iter().chain(&firm);
    let first = both().map(|one| one.start).min()?;
    let last = both().map(|one| one.end).max()?;
    let place = all.get(first)?.at..all.get(last.checked_sub(1)?)?.end();
    Some((filled(Slot::Who, &text, specificity), place))
}

/// A name or a firm that was heard, and the words that present it.
struct Named<'a> {
    name: Vec<&'a str>,
    start: usize,
    end: usize,
}

/// “Det er Lone”, “my name is Anna Holm”.
fn named<'a>(words: &'a [Word<'a>]) -> Option<Named<'a>> {
    let mut from = 0;
    while let Some(cue) = find_cue(words, CUES, from) {
        let name = name_at(words, cue.end, 3);
        if !name.is_empty() {
            let end = cue.end + name.len();
            return Some(Named {
                name,
                start: cue.start,
                end,
            });
        }
        from = cue.end;
    }
    None
}

/// “Hej, Lone her”.
fn alone<'a>(words: &'a [Word<'a>]) -> Option<Named<'a>> {
    let is_opener = |word: &Word<'_>| OPENERS.contains(&&*word.folded);
    let start = words.iter().position(|word| !is_opener(word))?;
    let name = name_at(words, start, 3);
    let end = start + name.len() + 1;
    let after = words.get(end - 1)?;
    (!name.is_empty() && AFTER_NAME.contains(&&*after.folded)).then_some(Named { name, start, end })
}

/// The first words that can be a name, where a name was asked for.
fn bare<'a>(words: &'a [Word<'a>]) -> Option<Named<'a>> {
    let start = words.iter().position(|word| !is_no_name(&word.folded))?;
    let name = name_at(words, start, 3);
    let end = start + name.len();
    (!name.is_empty()).then_some(Named { name, start, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str, question: Question) -> Option<String> {
        presented(text, question).map(|(filled, _)| filled.text)
    }

    #[test]
    fn people_present_themselves() {
        for (text, name) in [
            ("hej det er lone min hjemmeside er nede", "lone"),
            (
                "Ja goddag, du taler med Per Topp fra Nordlys Telefoni",
                "Per Topp, Nordlys Telefoni",
            ),
            (
                "hi this is anna holm from holm timber",
                "anna holm, holm timber",
            ),
            (
                "hi it's anne o'brien from brook street i'd like to order twenty chairs",
                "anne o'brien, brook street",
            ),
            ("jeg ringer fra skattestyrelsen", "skattestyrelsen"),
            ("det er hans fra papirhuset vi har", "hans, papirhuset"),
            ("det er fordi jeg hedder jens", "jens"),
            ("det æ karl fra tømmerhandlen", "karl, tømmerhandlen"),
            ("hej lone her fra blomsterhjørnet", "lone, blomsterhjørnet"),
            ("yeah hi dave speaking", "dave"),
        ] {
            assert_eq!(who(text, Question::Open).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_matter_is_no_name() {
        for text in [
            "det er angående en faktura",
            "det er privat",
            "det er hans mor",
            "it's about my order",
            "taler jeg med den it-ansvarlige",
            "hej er per her",
            "",
        ] {
            assert_eq!(who(text, Question::Open), None, "{text}");
        }
    }

    #[test]
    fn asked_for_a_name_people_just_say_it() {
        assert_eq!(
            who("lone fra blomsterhjørnet", Question::Who).as_deref(),
            Some("lone, blomsterhjørnet")
        );
    }
}
