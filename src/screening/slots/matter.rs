//! What it is about, in the caller's words.

use std::ops::Range;

use super::MAX_SLOT_CHARS;
use super::words::{OPENERS, Word, parts_words, words};

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

/// What joins a matter to what was said before; whoever tells it on says it himself.
const ABOUT: &[&str] = &["om", "angående", "vedrørende", "about", "regarding"];

/// The matter in which words fired: what he says beside who he is, without how people begin.
pub(super) fn around<'a>(
    text: &'a str,
    fired: &'a str,
    presented: Option<Range<usize>>,
) -> &'a str {
    let Some(at) = text.find(fired) else {
        return fired;
    };
    let part = match presented {
        None => text,
        Some(presented) if at + fired.len() > presented.end => &text[presented.end..],
        Some(presented) if at < presented.start => &text[..presented.start],
        // Between his name and his firm.
        Some(_) => fired,
    };
    let matter = clipped(without_openers(matter(part)), MAX_SLOT_CHARS);
    let last = fired.split_whitespace().next_back();
    if last.is_some_and(|last| matter.contains(last)) {
        matter
    } else {
        without_openers(fired)
    }
}

fn without_openers(text: &str) -> &str {
    let words = words(text);
    let is_opener =
        |word: &&Word<'_>| OPENERS.contains(&&*word.folded) || ABOUT.contains(&&*word.folded);
    let first = words.iter().find(|word| !is_opener(word));
    first.map_or(text, |first| &text[first.at..])
}

pub(super) fn matter(text: &str) -> &str {
    let folded = text.to_lowercase();
    MATTER_CUES
        .iter()
        .filter_map(|cue| folded.find(cue).map(|at| at + cue.len()))
        .min()
        .and_then(|start| text.get(start..))
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
