//! Finds phrases in a text, all at once.
//!
//! Each heard word is looked up once and gives symbols. Each symbol that is there names the few
//! phrases of which it is the rarest needed part; for most of these a second needed part is
//! missing, and only the rest are run.

use std::ops::Range;

use super::buckets::Lists;
use super::builtin;
use super::normalise::{Normalised, Word};
use super::occurrences::{LAST_PLACE, Occurrences};
use super::program::{Op, Places, run, trace};
use super::symbol::Symbol;
use super::vocabulary::{Heard, Vocabulary};
use crate::call::MAX_UTTERANCE_CHARS;

/// A phrase, compiled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// The rule it belongs to, or the class.
    pub head: u32,
    /// Which phrase of the rule.
    pub phrase: u32,
    pub start: u32,
    pub end: u32,
}

/// A phrase that is looked at when a symbol is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub pattern: u32,
    /// What must be there too.
    pub needs: [Need; 3],
}

/// A symbol that must be there, or `Need::CUT` and the number of a set of symbols of which one
/// must be, or `Need::NOTHING`.
pub(super) type Need = u32;

/// Marks the number of a set of symbols.
pub(super) const CUT: Need = 1 << 31;
/// Nothing more must be there.
pub(super) const NOTHING: Need = Need::MAX;

/// A phrase that cancels a hit: it is looked at by itself, so its rarest part is checked too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    pub anchor: Need,
    pub candidate: Candidate,
}

/// All phrases of a pack.
#[derive(Debug)]
pub(super) struct Matcher {
    pub vocabulary: Vocabulary,
    pub ops: Vec<Op>,
    pub patterns: Vec<Pattern>,
    /// What is in classes, by level and by symbol.
    pub levels: Vec<Lists<Candidate>>,
    /// Phrases of rules by symbol.
    pub rules: Lists<Candidate>,
    pub cuts: Lists,
}

/// A text that was read; memory that is used for one after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub normalised: Normalised,
    tokens: Vec<Token>,
    symbols: Vec<Symbol>,
    windows: Vec<Window>,
    /// How many windows belong to this text.
    pieces: usize,
    marks: Vec<(Symbol, u32, u32)>,
}

impl Scratch {
    /// The text in pieces: in one, unless it is long.
    pub fn pieces(&self) -> &[Window] {
        &self.windows[..self.pieces]
    }

    /// Keeps no more memory than most texts need.
    pub fn shrink(&mut self) {
        self.pieces = 0;
        self.windows.truncate(1);
    }
}

/// A word of the text and what it stands for.
#[derive(Debug, Clone, Copy)]
struct Token {
    word: Word,
    meaning: Meaning,
    /// The two words it may be read as: the first, and what the second stands for.
    parts: Option<(u32, (u32, u32))>,
    /// The word that it makes with the next.
    joined: Option<u32>,
    filler: u8,
}

#[derive(Debug, Clone, Copy)]
enum Meaning {
    Known(u32),
    Guessed(u32, u32),
}

/// A piece of the text of at most [`LAST_PLACE`] steps.
#[derive(Debug, Default)]
pub(super) struct Window {
    pub text: Occurrences,
    /// The word that each step is in.
    words: Vec<Word>,
}

impl Window {
    /// Where in the original words of a symbol stand, the longest at each place.
    pub fn occurrences(&self, symbol: Symbol) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut starts = if self.text.may_have(symbol) {
            self.text.begins(symbol) & self.text.bounds()
        } else {
            0
        };
        std::iter::from_fn(move || {
            while starts != 0 {
                let start = starts.trailing_zeros();
                starts &= starts - 1;
                let ends = self.text.after(symbol, 1 << start) & self.text.bounds();
                if ends != 0 {
                    let end = Places::BITS - 1 - ends.leading_zeros();
                    return Some(self.span(start, end));
                }
            }
            None
        })
    }

    /// The place in the original between two places.
    pub fn span(&self, from: u32, to: u32) -> Range<usize> {
        let first = self.words.get(from as usize);
        let last = self.words.get((to as usize).saturating_sub(1));
        match (first, last) {
            (Some(first), Some(last)) => first.from as usize..last.to as usize,
            _ => 0..0,
        }
    }
}

impl Matcher {
    /// Reads a text: all its words and classes are marked in its pieces.
    pub fn read(&self, text: &str, scratch: &mut Scratch) {
        scratch.normalised.fill(text, MAX_UTTERANCE_CHARS);
        self.understand(scratch);
        scratch.pieces = 0;
        let mut start = 0;
        loop {
            if scratch.pieces == scratch.windows.len() {
                scratch.windows.push(Window::default());
            }
            let end = self.lay_out(scratch, start);
            self.find_classes(scratch);
            scratch.pieces += 1;
            if end >= scratch.tokens.len() {
                break;
            }
            // Phrases are at most half a piece long, so that each lies whole in one of them.
            start += ((end - start) / 2).max(1);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a text has few words")]
    fn understand(&self, scratch: &mut Scratch) {
        let Scratch {
            normalised,
            tokens,
            symbols,
            ..
        } = scratch;
        tokens.clear();
        symbols.clear();
        let mut last = "";
        for (at, word) in normalised.words.iter().enumerate() {
            let heard = normalised.spelling(*word);
            let next = normalised
                .words
                .get(at + 1)
                .map(|word| normalised.spelling(*word));
            let begin = symbols.len() as u32;
            let (meaning, parts) = match self.vocabulary.understand(heard, symbols) {
                Heard::Known(word) => (Meaning::Known(word), None),
                Heard::Guessed => {
                    let meaning = Meaning::Guessed(begin, symbols.len() as u32);
                    let second = symbols.len() as u32;
                    let parts = self
                        .vocabulary
                        .part(heard, symbols)
                        .map(|first| (first, (second, symbols.len() as u32)));
                    (meaning, parts)
                }
            };
            let may_be = match meaning {
                Meaning::Known(word) => self.vocabulary.filler(word),
                Meaning::Guessed(..) => 0,
            };
            let is_pair = |next| builtin::FILLERS_OF_TWO.contains(&(heard, next));
            let filler = match may_be {
                _ if heard == last => 1,
                2 if !next.is_some_and(is_pair) => 0,
                _ => may_be,
            };
            tokens.push(Token {
                word: *word,
                meaning,
                parts,
                joined: next.and_then(|next| self.vocabulary.join(heard, next)),
                filler,
            });
            last = heard;
        }
    }

    /// Marks the words from `start` on, as many as there is room for; where it stopped.
    fn lay_out(&self, scratch: &mut Scratch, start: usize) -> usize {
        let Scratch {
            tokens,
            symbols,
            windows,
            pieces,
            ..
        } = scratch;
        let Window { text, words } = &mut windows[*pieces];
        text.clear();
        words.clear();
        let steps = |token: &Token| if token.parts.is_some() { 2 } else { 1 };
        let mut place = 0;
        for (at, token) in tokens.iter().enumerate().skip(start) {
            let length = steps(token);
            if place + length > LAST_PLACE {
                return at;
            }
            text.word(place, length);
            for _ in 0..length {
                words.push(token.word);
            }
            let meaning = match token.meaning {
                Meaning::Known(word) => self.vocabulary.meaning(word),
                Meaning::Guessed(from, to) => &symbols[from as usize..to as usize],
            };
            for symbol in meaning {
                text.mark(*symbol, place, length);
            }
            if let Some((first, (from, to))) = token.parts {
                for symbol in self.vocabulary.meaning(first) {
                    text.mark(*symbol, place, 1);
                }
                for symbol in &symbols[from as usize..to as usize] {
                    text.mark(*symbol, place + 1, 1);
                }
            }
            let both = length + tokens.get(at + 1).map_or(0, steps);
            if place + both <= LAST_PLACE {
                if let Some(joined) = token.joined {
                    for symbol in self.vocabulary.meaning(joined) {
                        text.mark(*symbol, place, both);
                    }
                }
                match token.filler {
                    2 => text.filler(place, both),
                    1 => text.filler(place, length),
                    _ => {}
                }
            }
            place += length;
        }
        tokens.len()
    }

    fn find_classes(&self, scratch: &mut Scratch) {
        let Scratch {
            windows,
            pieces,
            marks,
            ..
        } = scratch;
        let text = &mut windows[*pieces].text;
        for level in &self.levels {
            let mut nth = 0;
            while let Some(symbol) = text.symbol(nth) {
                nth += 1;
                for candidate in level.get(symbol) {
                    if !self.may_match(*candidate, text) {
                        continue;
                    }
                    let pattern = self.patterns[candidate.pattern as usize];
                    self.class_entry(pattern, text, marks);
                    for (symbol, from, steps) in marks.drain(..) {
                        text.mark(symbol, from, steps);
                    }
                }
            }
        }
    }

    fn class_entry(&self, pattern: Pattern, text: &Occurrences, out: &mut Vec<(Symbol, u32, u32)>) {
        let ops = self.ops(pattern);
        let mut starts = self.starts(ops, text);
        while starts != 0 {
            let start = starts.trailing_zeros();
            starts &= starts - 1;
            let mut ends = run(ops, text, 1 << start) & text.bounds();
            while ends != 0 {
                let end = ends.trailing_zeros();
                ends &= ends - 1;
                if end > start {
                    let classes = self.vocabulary.closure(pattern.head);
                    out.extend(classes.iter().map(|class| (*class, start, end - start)));
                }
            }
        }
    }

    fn ops(&self, pattern: Pattern) -> &[Op] {
        &self.ops[pattern.start as usize..pattern.end as usize]
    }

    fn starts(&self, ops: &[Op], text: &Occurrences) -> Places {
        let first = match ops.first() {
            Some(Op::Symbol(symbol) | Op::Many(symbol)) => text.begins(*symbol),
            _ => Places::MAX,
        };
        first & text.bounds()
    }

    /// Whether a phrase is worth running.
    #[inline]
    fn may_match(&self, candidate: Candidate, text: &Occurrences) -> bool {
        let mut needs = candidate.needs.iter();
        needs.all(|need| self.is_met(*need, text))
    }

    #[inline]
    fn is_met(&self, need: Need, text: &Occurrences) -> bool {
        if need & CUT == 0 {
            text.has(need)
        } else if need == NOTHING {
            true
        } else {
            let cut = self.cuts.get(need & !CUT);
            cut.iter().any(|symbol| text.has(*symbol))
        }
    }

    /// Calls `found` with each phrase of a rule that matches, and where its matches end; `wanted` says
    /// which rules are of interest. The same phrase may be found twice.
    pub fn find_rules(
        &self,
        window: &Window,
        wanted: impl Fn(u32) -> bool,
        mut found: impl FnMut(Pattern, Places),
    ) {
        let text = &window.text;
        let mut nth = 0;
        while let Some(symbol) = text.symbol(nth) {
            nth += 1;
            for candidate in self.rules.get(symbol) {
                if !self.may_match(*candidate, text) {
                    continue;
                }
                let pattern = self.patterns[candidate.pattern as usize];
                if !wanted(pattern.head) {
                    continue;
                }
                let ends = self.ends(pattern, text);
                if ends != 0 {
                    found(pattern, ends);
                }
            }
        }
    }

    /// Where the matches of a phrase end.
    fn ends(&self, pattern: Pattern, text: &Occurrences) -> Places {
        let ops = self.ops(pattern);
        run(ops, text, self.starts(ops, text)) & text.bounds()
    }

    /// Which phrase of its rule it is.
    pub fn phrase(&self, guard: Guard) -> usize {
        self.patterns[guard.candidate.pattern as usize].phrase as usize
    }

    /// Whether a phrase that cancels a hit is there.
    pub fn is_there(&self, guard: Guard, window: &Window) -> bool {
        self.is_met(guard.anchor, &window.text)
            && self.may_match(guard.candidate, &window.text)
            && self.ends(
                self.patterns[guard.candidate.pattern as usize],
                &window.text,
            ) != 0
    }

    /// Where in the original the first match of a phrase stands, without what its gaps passed
    /// over; `ends` is where its matches end.
    pub fn spans(&self, pattern: Pattern, ends: Places, window: &Window) -> Vec<Range<usize>> {
        let text = &window.text;
        let ops = self.ops(pattern);
        let starts = self.starts(ops, text);
        let end = ends & ends.wrapping_neg();
        // The latest beginning that leads there is the tightest match.
        let leads = |starts: Places| run(ops, text, starts) & end != 0;
        let mut open = starts & (end - 1);
        if open == 0 {
            return Vec::new();
        }
        while open & (open - 1) != 0 {
            let later = later_half(open);
            open = if leads(later) { later } else { open & !later };
        }
        let mut pieces = Vec::new();
        trace(ops, text, open.trailing_zeros(), end, &mut pieces);
        joined(&pieces, window)
    }
}

/// The later half of two or more places.
fn later_half(places: Places) -> Places {
    let (first, last) = (places.trailing_zeros(), places.ilog2());
    places & (Places::MAX << ((first + last) / 2 + 1))
}

/// Pieces as places in the original, neighbours in one.
fn joined(pieces: &[(u32, u32)], window: &Window) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut last = u32::MAX;
    for (from, to) in pieces {
        let span = window.span(*from, *to);
        match spans.last_mut() {
            Some(before) if last == *from => before.end = span.end,
            _ => spans.push(span),
        }
        last = *to;
    }
    spans
}
