//! An answer as words, each with its place.

use std::borrow::Cow;
use std::ops::Range;

/// A word of an answer.
pub(super) struct Word<'a> {
    /// Where it begins in the text, in bytes.
    pub(super) at: usize,
    pub(super) text: &'a str,
    pub(super) folded: Cow<'a, str>,
    /// Whether a comma or another stop stands behind it.
    pub(super) stops: bool,
}

/// A full stop behind a word of so many letters may only shorten it, as in “Chr. Holm”.
const ABBREVIATED: usize = 3;

impl Word<'_> {
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// A word in small letters; most are heard in them.
fn folded(word: &str) -> Cow<'_, str> {
    let is_small = |letter: char| {
        if letter.is_ascii() {
            !letter.is_ascii_uppercase()
        } else {
            letter.to_lowercase().eq(std::iter::once(letter))
        }
    };
    if word.chars().all(is_small) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase())
    }
}

pub(super) fn parts_words(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, ',' | '.' | ';' | '!' | '?' | ':' | '"' | '(' | ')')
}

/// The words of a text, one after the other.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut next = 0;
    let pieces = text.split_inclusive(parts_words).map(move |piece| {
        let at = next;
        next += piece.len();
        (at, piece, piece.trim_end_matches(parts_words))
    });
    pieces
        .filter(|(.., text)| !text.is_empty())
        .map(|(at, piece, text)| Word {
            at,
            text,
            folded: folded(text),
            stops: stops(text, &piece[text.len()..]),
        })
}

fn stops(word: &str, behind: &str) -> bool {
    match behind.chars().next() {
        None => false,
        Some('.') => word.chars().count() > ABBREVIATED,
        Some(behind) => !behind.is_whitespace(),
    }
}

/// The first of these beginnings from a word on: from which word, and to which.
pub(super) fn find_cue(words: &[Word<'_>], cues: &[&[&str]], from: usize) -> Option<Range<usize>> {
    (from..words.len()).find_map(|start| {
        cues.iter()
            .find(|cue| {
                words.len() >= start + cue.len()
                    && cue
                        .iter()
                        .zip(&words[start..])
                        .all(|(cue, word)| *cue == word.folded)
            })
            .map(|cue| start..start + cue.len())
    })
}
