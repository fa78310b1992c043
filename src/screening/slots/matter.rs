//! What it is about, in the caller's words.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::MAX_SLOT_CHARS;
use super::cues::{ABOUT, BEFORE_MATTER, OPENERS};
use super::words::{Word, parts_words, words};

/// How an answer to “what is it about” begins, and says nothing yet.
const MATTER_CUES: &[&str] = &[
    "det drejer sig om ",
    "det handler om ",
    "jeg ringer angående ",
    "jeg ringer vedrørende ",
    "jeg ringer om ",
    "jeg ringer fordi ",
    "det er angående ",
    "det er vedrørende ",
    "det er om ",
    "det er fordi ",
    "det gælder ",
    "i forbindelse med ",
    "angående ",
    "vedrørende ",
    "it's about ",
    "it is about ",
    "i'm calling about ",
    "i am calling about ",
    "i'm calling because ",
    "it's regarding ",
    "regarding ",
    "to do with ",
    "about ",
];

/// The matter in which words fired: what he says beside who he is, without how people begin. Where
/// they are the words that say who he is, whatever else there is, even if that is nothing.
pub(super) fn around<'a>(text: &'a str, place: Range<usize>, who: &[Range<usize>]) -> &'a str {
    let fired = text.get(place.clone()).unwrap_or_default();
    let says_who = who
        .iter()
        .any(|who| who.start < place.end && place.start < who.end);
    let starts = who.iter().map(|who| who.start).min();
    let ends = who.iter().map(|who| who.end).max();
    let part = match starts.zip(ends) {
        None => text,
        Some((_, end)) if place.end > end => &text[end..],
        Some((start, _)) if place.start < start => &text[..start],
        Some(_) if says_who => return beside(text, who),
        // Between his name and his firm.
        Some(_) => fired,
    };
    if says_who {
        return told(part);
    }
    let last = fired.split_whitespace().next_back();
    let holds_it = |matter: &&str| last.is_some_and(|last| matter.contains(last));
    let matters = [
        told(part),
        clipped(without_openers(matter(part)), MAX_SLOT_CHARS),
    ];
    let found = matters.into_iter().find(holds_it);
    found.unwrap_or_else(|| without_openers(fired))
}

/// What is said beside who he is: behind it, or else before; nothing, where that is all.
pub(super) fn beside<'a>(text: &'a str, who: &[Range<usize>]) -> &'a str {
    let starts = who.iter().map(|who| who.start).min();
    let ends = who.iter().map(|who| who.end).max();
    let behind = told(&text[ends.unwrap_or_default()..]);
    match starts {
        Some(start) if behind.is_empty() => told(&text[..start]),
        _ => behind,
    }
}

/// The matter in a part of an answer, whole words of it; nothing, where people only begin.
fn told(part: &str) -> &str {
    let matter = matter(part);
    let said = if matter.len() < part.trim().len() {
        matter
    } else {
        behind_about(part).unwrap_or(part)
    };
    match first_word(said) {
        Some(first) => clipped(said[first..].trim_end_matches(parts_words), MAX_SLOT_CHARS),
        None => "",
    }
}

/// What comes behind “om” or “about”, where that is a thing and not whether or how.
fn behind_about(part: &str) -> Option<&str> {
    let all: Vec<Word<'_>> = words(part).collect();
    let thing = all.windows(2).find(|pair| {
        ABOUT.contains(&&*pair[0].folded) && BEFORE_MATTER.contains(&&*pair[1].folded)
    })?;
    part.get(thing[1].at..)
}

/// Whether a matter was said behind “om”, “about” or the like.
pub(in crate::screening) fn came_as_matter(text: &str, matter: &str) -> bool {
    let Some(before) = text.find(matter).and_then(|at| text.get(..at)) else {
        return false;
    };
    let before: Vec<Word<'_>> = words(before).collect();
    INTRODUCED.iter().any(|introduced| {
        before.len() >= introduced.len()
            && introduced
                .iter()
                .zip(&before[before.len() - introduced.len()..])
                .all(|(own, word)| *own == word.folded)
    })
}

/// What makes a matter of the words behind it.
const INTRODUCED: &[&[&str]] = &[
    &["om"],
    &["angående"],
    &["vedrørende"],
    &["gælder"],
    &["forbindelse", "med"],
    &["about"],
    &["regarding"],
    &["do", "with"],
];

fn without_openers(text: &str) -> &str {
    first_word(text).map_or(text, |first| &text[first..])
}

/// Where the first word stands that says something.
fn first_word(text: &str) -> Option<usize> {
    let is_opener =
        |word: &Word<'_>| OPENERS.contains(&&*word.folded) || ABOUT.contains(&&*word.folded);
    words(text)
        .find(|word| !is_opener(word))
        .map(|word| word.at)
}

/// All of them at once. One that holds another ends with it, so the first is the one that counts.
static MATTER_CUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let cues: Vec<String> = MATTER_CUES.iter().map(|cue| regex::escape(cue)).collect();
    Regex::new(&cues.join("|")).ok()
});

pub(super) fn matter(text: &str) -> &str {
    let folded = text.to_lowercase();
    let cue = MATTER_CUE.as_ref().and_then(|cue| cue.find(&folded));
    cue.and_then(|cue| text.get(cue.end()..))
        .unwrap_or(text)
        .trim()
}

/// As many whole words as so many characters hold.
pub(super) fn clipped(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => {
            let text = &text[..end];
            text.rfind(parts_words)
                .map_or(text, |end| &text[..end])
                .trim_end()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_first_cue_is_the_matter() {
        let first_to_end = |text: &str| {
            let ends = MATTER_CUES
                .iter()
                .filter_map(|cue| Some(text.find(cue)? + cue.len()));
            ends.min()
                .map_or(text, |end| &text[end..])
                .trim()
                .to_owned()
        };
        for one in MATTER_CUES {
            assert_eq!(matter(&format!("ja {one}taget")), "taget", "{one}");
            for other in MATTER_CUES {
                let text = format!("ja {one}{other}taget {one}det");
                assert_eq!(matter(&text), first_to_end(&text), "{text}");
            }
        }
        assert_eq!(matter(" taget "), "taget");
    }
}
