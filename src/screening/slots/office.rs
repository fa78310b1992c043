//! The office, the firm or the person near to the owner whom a rule heard present himself.
//!
//! A rule knows its words (“ringer fra … kommunen”), not where a name ends. So what it found is read
//! like a name that was presented: behind how people begin, as far as it can go on.

use std::ops::Range;

use super::cues::{ABOUT, AFTER_NAME, CUES, FIRM_CUES, FROM, OPENERS};
use super::named::{Named, name_to};
use super::words::{Word, find_cue};

/// What also presents somebody, where a rule says that somebody is presented.
const SHORT_CUES: &[&[&str]] = &[&["fra"], &["from"]];

/// What may stand before a name, and what then joins a second one to it: “din rådgiver i banken”.
const LEADS: [(&[&str], &[&str]); 2] = [
    (
        &["din", "dit", "jeres", "hans", "hendes", "en", "et"],
        &["i", "på", "fra", "hos"],
    ),
    (
        &["your", "his", "her", "the", "a", "an"],
        &["in", "at", "from", "of"],
    ),
];

/// What goes on where an office begins an answer: “police, I need …”.
const AFTER_OFFICE: &[&str] = &["ringer", "calling", "jeg", "vi", "i", "we"];

/// An office, and the name of whoever calls from there, if he says it behind.
pub(super) struct Office {
    pub(super) person: Option<Named>,
    pub(super) office: Named,
}

/// The office that presents itself in a stretch of the words, or just before it. Behind a name, it is
/// one only where he says that he is from there.
pub(super) fn office(words: &[Word<'_>], stretch: &Range<usize>, behind: usize) -> Option<Office> {
    let first = words.iter().position(|word| word.end() > stretch.start)?;
    let is_in = |at: usize| words.get(at).is_some_and(|word| word.at < stretch.end);
    let mut from = behind.max(first.saturating_sub(MOST_BEFORE));
    let joined = (behind > 0 && is_from(words, behind)).then_some(behind..behind + 1);
    let mut next = joined.or_else(|| next_cue(words, from));
    while let Some(cue) = next.filter(|cue| is_in(cue.start)) {
        // “Det er” may go on with “fra”.
        let start = cue.end + usize::from(is_from(words, cue.end));
        let end = phrase_to(words, start);
        let is_from_there = behind == 0 || is_from(words, start.saturating_sub(1));
        if cue.end >= first && end > start && is_from_there {
            let office = Named {
                cue: cue.start,
                name: start,
                end,
                past: end,
            };
            return Some(Office {
                person: person(words, end),
                office,
            });
        }
        from = from.max(cue.start + 1);
        next = next_cue(words, from);
    }
    at_the_beginning(words, first).filter(|_| behind == 0)
}

/// The most words of a beginning that may stand before what a rule found.
const MOST_BEFORE: usize = 4;

fn next_cue(words: &[Word<'_>], from: usize) -> Option<Range<usize>> {
    [CUES, FIRM_CUES, SHORT_CUES]
        .into_iter()
        .filter_map(|cues| find_cue(words, cues, from))
        .min_by_key(|cue| cue.start)
}

fn is_from(words: &[Word<'_>], at: usize) -> bool {
    let word = words.get(at);
    word.is_some_and(|word| FROM.contains(&&*word.folded))
}

/// To which word an office goes that begins at this one: “the hospital”, “din rådgiver i banken”.
fn phrase_to(words: &[Word<'_>], start: usize) -> usize {
    let lead = words.get(start).and_then(|word| {
        LEADS
            .iter()
            .find(|(leads, _)| leads.contains(&&*word.folded))
    });
    let Some((leads, links)) = lead else {
        return name_to(words, start, 3);
    };
    let end = name_to(words, start + 1, 3);
    if end == start + 1 {
        return start;
    }
    let is_one_of = |at: usize, these: &[&str]| {
        words
            .get(at)
            .is_some_and(|word| these.contains(&&*word.folded))
    };
    if words[end - 1].stops || !is_one_of(end, links) {
        return end;
    }
    let second = end + 1 + usize::from(is_one_of(end + 1, leads));
    let second_end = name_to(words, second, 1);
    if second_end > second { second_end } else { end }
}

/// “Fra Skat, Jens Holm, …”: a name between two stops.
fn person(words: &[Word<'_>], at: usize) -> Option<Named> {
    let end = name_to(words, at, 3);
    let is_between =
        words[at - 1].stops && end > at && (words[end - 1].stops || end == words.len());
    is_between.then_some(Named {
        cue: at,
        name: at,
        end,
        past: end,
    })
}

/// “Statistics Denmark about your return”: an office that just begins.
fn at_the_beginning(words: &[Word<'_>], first: usize) -> Option<Office> {
    let is_opener = |word: &Word<'_>| OPENERS.contains(&&*word.folded);
    let end = phrase_to(words, first);
    let next = &*words.get(end)?.folded;
    let is_named = AFTER_NAME.contains(&next);
    let goes_on = is_named || AFTER_OFFICE.contains(&next) || ABOUT.contains(&next);
    let is_one = end > first && goes_on && words[..first].iter().all(is_opener);
    is_one.then_some(Office {
        person: None,
        office: Named {
            cue: first,
            name: first,
            end,
            past: end + usize::from(is_named),
        },
    })
}
