//! Who presents himself, and with which words.

use std::ops::Range;

use super::cues::{AFTER_NAME, CUES, FIRM_CUES, FROM, OPENERS};
use super::filled;
use super::named::Named;
use super::no_name::is_no_name;
use super::office::office;
use super::words::{Word, find_cue, parts_words, words};
use crate::call::{Filled, Question, Slot};

/// About how many bytes a word takes with the blank behind it; most take more.
const BYTES_A_WORD: usize = 4;

/// Who presents himself, and where in the answer he does.
pub(super) struct Presented {
    pub(super) who: Filled,
    pub(super) places: Vec<Range<usize>>,
}

/// Who presents himself in an answer: a name, a firm, or both. Where rules found somebody, theirs is
/// the office that was not presented in so many words.
pub(super) fn presented(
    text: &str,
    question: Question,
    found: &[Range<usize>],
) -> Option<Presented> {
    let mut all = Vec::with_capacity(text.len() / BYTES_A_WORD + 1);
    all.extend(words(text));
    let named = named(&all)
        .or_else(|| alone(&all))
        .or_else(|| bare(&all).filter(|_| question == Question::Who));
    let from = named.as_ref().and_then(|named| {
        let word = all.get(named.past)?;
        FROM.contains(&&*word.folded)
            .then_some(named.past..named.past + 1)
    });
    let firm = from
        .or_else(|| find_cue(&all, FIRM_CUES, 0))
        .and_then(|cue| Named::after(&all, &cue));
    let shortened = |named: Named| named.shortened(&all, found);
    let (named, firm) = (named.map(shortened), firm.map(shortened));
    let behind = named.as_ref().map_or(0, |named| named.past);
    let office = found
        .iter()
        .filter(|_| firm.is_none())
        .find_map(|stretch| office(&all, stretch, behind));
    let (named, firm) = match (named, firm, office) {
        (None, None, Some(found)) => (found.person, Some(found.office)),
        (named, firm, found) => (named, firm.or(found.map(|found| found.office))),
    };
    let both: Vec<&Named> = named.iter().chain(&firm).collect();
    if both.is_empty() {
        return None;
    }
    let said: Vec<String> = both.iter().map(|one| one.text(&all)).collect();
    let specificity = if both.len() == 2 { 2 } else { 1 };
    Some(Presented {
        who: filled(Slot::Who, &said.join(", "), specificity),
        places: both.iter().map(|one| one.place(&all)).collect(),
    })
}

/// Where a name stands in an answer, from the words on that present it.
pub(super) fn place_with_cue(text: &str, name: &str) -> Option<Range<usize>> {
    let all: Vec<Word<'_>> = words(text).collect();
    let at = all.iter().position(|word| {
        let behind = text.get(word.at..).and_then(|on| on.strip_prefix(name));
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(parts_words))
    })?;
    let presents = |word: &Word<'_>| {
        let folded = &&*word.folded;
        let cues = CUES.iter().chain(FIRM_CUES);
        FROM.contains(folded) || cues.copied().flatten().any(|cue| cue == folded)
    };
    let before = all[..at].iter().rev().take_while(|word| presents(word));
    let first = at - before.count();
    let end = all[at].at + name.len();
    let after = all.iter().find(|word| word.at >= end);
    let after = after.filter(|word| AFTER_NAME.contains(&&*word.folded));
    Some(all[first].at..after.map_or(end, Word::end))
}

/// “Det er Lone”, “my name is Anna Holm”.
fn named(words: &[Word<'_>]) -> Option<Named> {
    let mut from = 0;
    while let Some(cue) = find_cue(words, CUES, from) {
        let named = Named::after(words, &cue);
        if named.is_some() {
            return named;
        }
        from = cue.end;
    }
    None
}

/// “Hej, Lone her”.
fn alone(words: &[Word<'_>]) -> Option<Named> {
    let is_opener = |word: &Word<'_>| OPENERS.contains(&&*word.folded);
    let start = words.iter().position(|word| !is_opener(word))?;
    let named = Named::after(words, &(start..start))?;
    let after = words.get(named.end)?;
    AFTER_NAME.contains(&&*after.folded).then_some(Named {
        past: named.end + 1,
        ..named
    })
}

/// The first words that can be a name, where a name was asked for.
fn bare(words: &[Word<'_>]) -> Option<Named> {
    let start = words.iter().position(|word| !is_no_name(&word.folded))?;
    Named::after(words, &(start..start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str, question: Question) -> Option<String> {
        presented(text, question, &[]).map(|presented| presented.who.text)
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
