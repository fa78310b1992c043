//! A compiled phrase, and how it runs.
//!
//! A text is looked at as at most 63 places between which words stand. A set of places is one
//! number with a bit for each. A phrase is run over all places at once: from the set of places
//! where it may begin, each of its parts makes the set of places where it may go on. So there is
//! nothing to go back on, and the time does not depend on how often a phrase begins in vain.

use super::occurrences::Occurrences;
use super::symbol::Symbol;

/// A set of places in a text.
pub(super) type Places = u64;

/// One instruction. Those with a body are followed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// A word of this symbol.
    Symbol(Symbol),
    /// One or more words of this symbol.
    Many(Symbol),
    /// So many words of any kind.
    Any(u8),
    /// Up to so many words of any kind.
    Gap(u8),
    /// What follows in so many instructions, or nothing.
    Optional(u32),
    /// One of the branches that follow in so many instructions.
    Choice(u32),
    /// A branch of a choice, of so many instructions.
    Branch(u32),
}

/// Where a program may go on from a set of places.
pub(super) fn run(ops: &[Op], text: &Occurrences, from: Places) -> Places {
    let mut places = from;
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        let (next, length) = step(*op, &ops[at + 1..], text, places);
        places = next;
        at += 1 + length;
        if places == 0 {
            return 0;
        }
    }
    places
}

/// One instruction; also how many instructions its body has.
#[inline]
fn step(op: Op, rest: &[Op], text: &Occurrences, from: Places) -> (Places, usize) {
    match op {
        Op::Symbol(symbol) if !text.may_have(symbol) => (0, 0),
        Op::Symbol(symbol) => (text.after(symbol, text.past_fillers(from)), 0),
        Op::Many(symbol) => {
            let mut all = 0;
            let mut last = from;
            loop {
                last = text.after(symbol, text.past_fillers(last)) & !all;
                if last == 0 {
                    return (all, 0);
                }
                all |= last;
            }
        }
        Op::Any(count) => {
            let mut places = from;
            for _ in 0..count {
                places = text.after_any(text.past_fillers(places));
            }
            (places, 0)
        }
        Op::Gap(width) => {
            let mut places = from;
            for _ in 0..width {
                let wider = places | text.after_any(text.past_fillers(places));
                if wider == places {
                    break;
                }
                places = wider;
            }
            (places, 0)
        }
        Op::Optional(length) => {
            let length = length as usize;
            (from | run(&rest[..length], text, from), length)
        }
        Op::Choice(length) => {
            let length = length as usize;
            (choice(&rest[..length], text, from), length)
        }
        Op::Branch(_) => (0, 0),
    }
}

/// Where any branch of a choice may go on. Most branches are one word, and most are not there.
#[inline]
fn choice(body: &[Op], text: &Occurrences, from: Places) -> Places {
    let past = text.past_fillers(from);
    let mut places = 0;
    let mut rest = body;
    while let [Op::Branch(length), after @ ..] = rest {
        let length = *length as usize;
        match (length, after.first()) {
            (1.., Some(Op::Symbol(symbol))) if !text.may_have(*symbol) => {}
            (1, Some(Op::Symbol(symbol))) => places |= text.after(*symbol, past),
            _ => places |= run(&after[..length], text, from),
        }
        rest = &after[length..];
    }
    places
}

/// Whether the first word of a branch may be there at all.
#[inline]
fn may_begin(branch: &[Op], text: &Occurrences) -> bool {
    match branch.first() {
        Some(Op::Symbol(symbol)) => text.may_have(*symbol),
        _ => true,
    }
}

fn branches(body: &[Op]) -> impl Iterator<Item = &[Op]> {
    let mut rest = body;
    std::iter::from_fn(move || match rest {
        [Op::Branch(length), after @ ..] => {
            let (branch, next) = after.split_at(*length as usize);
            rest = next;
            Some(branch)
        }
        _ => None,
    })
}

/// The first way through a program: from `start` to the first of `ends`. The words that were
/// asked for go to `out` as pairs of places, what gaps passed over does not.
///
/// There must be a way: `run` from `start` must reach one of `ends`.
pub(super) fn trace(
    ops: &[Op],
    text: &Occurrences,
    start: u32,
    ends: Places,
    out: &mut Vec<(u32, u32)>,
) -> u32 {
    let mut place = start;
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        let rest = &ops[at + 1..];
        let (reached, length) = step(*op, rest, text, 1 << place);
        let after = &rest[length..];
        let mut open = reached;
        let mut next = place;
        while open != 0 {
            let candidate = open.trailing_zeros();
            open &= open - 1;
            // There is a way, so the only one left is it.
            let is_last = open == 0;
            if is_last || run(after, text, 1 << candidate) & ends != 0 {
                next = candidate;
                break;
            }
        }
        match *op {
            Op::Symbol(_) | Op::Many(_) | Op::Any(_) => {
                let from = last_start(*op, text, place, next);
                out.push((from, next));
            }
            Op::Gap(_) | Op::Branch(_) => {}
            Op::Optional(length) => {
                if next != place {
                    trace(&rest[..length as usize], text, place, 1 << next, out);
                }
            }
            Op::Choice(length) => {
                let taken = branches(&rest[..length as usize])
                    .filter(|branch| may_begin(branch, text))
                    .find(|branch| run(branch, text, 1 << place) & 1 << next != 0);
                if let Some(branch) = taken {
                    trace(branch, text, place, 1 << next, out);
                }
            }
        }
        place = next;
        at += 1 + length;
    }
    place
}

/// Where the words of an instruction begin, after the fillers before them.
fn last_start(op: Op, text: &Occurrences, place: u32, next: u32) -> u32 {
    let mut open = text.past_fillers(1 << place) & !(1 << place);
    let mut best = place;
    while open != 0 {
        let candidate = open.trailing_zeros();
        open &= open - 1;
        if step(op, &[], text, 1 << candidate).0 & 1 << next != 0 {
            best = candidate;
        }
    }
    best
}

/// The fewest and the most words a program takes, each class counted as one word.
pub(super) fn width(ops: &[Op]) -> (u32, u32) {
    let mut total = (0_u32, 0_u32);
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        let body = |length: u32| &ops[at + 1..at + 1 + length as usize];
        let (least, most, length) = match *op {
            Op::Symbol(_) | Op::Many(_) => (1, 1, 0),
            Op::Any(count) => (u32::from(count), u32::from(count), 0),
            Op::Gap(width) => (0, u32::from(width), 0),
            Op::Optional(length) => (0, width(body(length)).1, length),
            Op::Choice(length) => {
                let widths = branches(body(length)).map(width);
                let (least, most) = widths.fold((u32::MAX, 0), |all, one| {
                    (all.0.min(one.0), all.1.max(one.1))
                });
                (least, most, length)
            }
            Op::Branch(_) => (0, 0, 0),
        };
        total = (total.0.saturating_add(least), total.1.saturating_add(most));
        at += 1 + length as usize;
    }
    total
}

/// Sets of symbols of which a match must have one each: with none of such a set in a text, the
/// program cannot match.
pub(super) fn required(ops: &[Op]) -> Vec<Vec<Symbol>> {
    let mut cuts = Vec::new();
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        let mut length = 0;
        match *op {
            Op::Symbol(symbol) | Op::Many(symbol) => cuts.push(vec![symbol]),
            Op::Optional(body) => length = body as usize,
            Op::Choice(body) => {
                length = body as usize;
                cuts.extend(required_of_choice(&ops[at + 1..at + 1 + length]));
            }
            Op::Any(_) | Op::Gap(_) | Op::Branch(_) => {}
        }
        at += 1 + length;
    }
    cuts
}

/// The shortest set that every branch has one of, if there is any.
fn required_of_choice(body: &[Op]) -> Option<Vec<Symbol>> {
    let mut all = Vec::new();
    for branch in branches(body) {
        let cuts = required(branch);
        all.extend(cuts.into_iter().min_by_key(Vec::len)?);
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}
