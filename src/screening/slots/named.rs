//! A name that was heard, and how far it goes.

use std::ops::Range;

use super::cues::{FROM, TITLES};
use super::no_name::is_no_name;
use super::words::Word;

/// To which word a name goes that begins at this one: `most` words at most, up to the first that
/// cannot belong to it or behind the first stop.
pub(super) fn name_to(words: &[Word<'_>], start: usize, most: usize) -> usize {
    let end = longest_name_to(words, start, most);
    let stop = (start..end).find(|at| words[*at].stops);
    stop.map_or(end, |stop| stop + 1)
}

/// The same, whatever stops stand in it: recognisers put them where they like.
fn longest_name_to(words: &[Word<'_>], start: usize, most: usize) -> usize {
    let start = start.min(words.len());
    let may_be_name = |at: usize| {
        let word = &words[at];
        let is_name =
            !is_no_name(&word.folded) || (at == start && is_hans(word, words.get(at + 1)));
        is_name && !FROM.contains(&&*word.folded) && !word.folded.contains(char::is_numeric)
    };
    let last = words.len().min(start.saturating_add(most));
    (start..last).find(|at| !may_be_name(*at)).unwrap_or(last)
}

/// “Hans” is a man's name where a firm follows, and “his” elsewhere.
fn is_hans(word: &Word<'_>, next: Option<&Word<'_>>) -> bool {
    word.folded == "hans" && next.is_some_and(|next| FROM.contains(&&*next.folded))
}

/// A name or a firm that was heard, in words: from which it is presented, from which it is said, and
/// to which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) cue: usize,
    pub(super) name: usize,
    pub(super) end: usize,
    /// To which what presents it goes: “her” may stand behind a name.
    pub(super) past: usize,
}

impl Named {
    /// What begins with these words, unless nothing that can be a name follows.
    pub(super) fn after(words: &[Word<'_>], cue: &Range<usize>) -> Option<Self> {
        let end = longest_name_to(words, cue.end, 3);
        (end > cue.end).then_some(Self {
            cue: cue.start,
            name: cue.end,
            end,
            past: end,
        })
    }

    /// Up to its first stop, and no further than a rule knows the name to go.
    pub(super) fn shortened(self, words: &[Word<'_>], known: &[Range<usize>]) -> Self {
        let stop = name_to(words, self.name, self.end - self.name);
        let ends = known.iter().filter_map(|known| {
            let begins = known.start <= words[self.name].at && known.end > words[self.name].at;
            let end = (self.name + 1..stop).find(|at| words[*at].at >= known.end)?;
            let is_title = TITLES.contains(&&*words[end - 1].folded);
            (begins && !is_title).then_some(end)
        });
        let end = ends.min().unwrap_or(stop);
        let past = if end < self.end { end } else { self.past };
        Self { end, past, ..self }
    }

    /// The name alone.
    pub(super) fn text(&self, words: &[Word<'_>]) -> String {
        let name: Vec<&str> = words[self.name..self.end]
            .iter()
            .map(|word| word.text)
            .collect();
        name.join(" ")
    }

    /// Where it is presented, in bytes.
    pub(super) fn place(&self, words: &[Word<'_>]) -> Range<usize> {
        words[self.cue].at..words[self.past - 1].end()
    }
}
