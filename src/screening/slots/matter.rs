//! What it is about, in the caller's words.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

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
pub(super) fn around(text: &str, place: Range<usize>, presented: Option<Range<usize>>) -> &str {
    let fired = text.get(place.clone()).unwrap_or_default();
    let part = match presented {
        None => text,
        Some(presented) if place.end > presented.end => &text[presented.end..],
        Some(presented) if place.start < presented.start => &text[..presented.start],
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
    let is_opener =
        |word: &Word<'_>| OPENERS.contains(&&*word.folded) || ABOUT.contains(&&*word.folded);
    let first = words(text).find(|word| !is_opener(word));
    first.map_or(text, |first| &text[first.at..])
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
