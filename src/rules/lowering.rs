//! From phrases as they are written to instructions over symbols.

use std::collections::HashSet;
use std::ops::Range;

use super::Source;
use super::builtin;
use super::diagnostic::{Code, Diagnostic};
use super::findings::Findings;
use super::phrase::{self, Piece, Shape};
use super::program::Op;
use super::reader::{Text, locate, nearest};
use super::symbol::{Atom, Symbols};
use crate::call::{Bilingual, Language, bilingual};

/// What was meant is looked for in so many problems at most.
const MOST_GUESSED: usize = 1_000;

/// Where a phrase stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub source: &'a Source,
    pub language: Option<Language>,
    pub text: &'a Text,
}

impl Place<'_> {
    /// A problem of a part of the phrase, in bytes of the phrase.
    pub fn error(&self, code: Code, within: Range<usize>, message: Bilingual) -> Diagnostic {
        let span = locate(&self.source.text, self.text, within);
        Diagnostic::error(code, self.source, span, message)
    }

    /// A doubt about the whole phrase.
    pub fn warning(&self, code: Code, message: Bilingual) -> Diagnostic {
        let span = locate(&self.source.text, self.text, 0..self.text.value.len());
        Diagnostic::warning(code, self.source, span, message)
    }
}

/// Where a phrase is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Rule,
    Class,
}

/// What is collected while phrases are lowered.
#[derive(Debug, Clone, Default)]
pub(super) struct Lowering {
    pub symbols: Symbols,
    /// The classes that there are.
    pub known: HashSet<String>,
    pub problems: Findings,
}

impl Lowering {
    /// The instructions of a phrase; nothing, when something is wrong with it.
    pub fn phrase(&mut self, place: Place<'_>, used: Use) -> Option<Vec<Op>> {
        let pieces = match phrase::parse(&place.text.value) {
            Ok(pieces) => pieces,
            Err(error) => {
                let mut problem = place.error(Code::Phrase, error.span, error.message);
                problem.help = error.help;
                self.problems.push(problem);
                return None;
            }
        };
        if pieces.is_empty() {
            let message = bilingual!("vendingen er tom", "the phrase is empty");
            self.problems
                .push(place.error(Code::Phrase, 0..place.text.value.len(), message));
            return None;
        }
        let before = self.problems.len();
        let mut ops = Vec::new();
        self.pieces(&pieces, place, used, &mut ops);
        (self.problems.len() == before).then_some(ops)
    }

    fn pieces(&mut self, pieces: &[Piece], place: Place<'_>, used: Use, ops: &mut Vec<Op>) {
        for piece in pieces {
            let op = match &piece.shape {
                Shape::Word(word) => self.symbol(Atom::Word(word.clone())),
                Shape::Stem(stem) => self.symbol(Atom::Stem(stem.clone())),
                Shape::Tail(tail) => self.symbol(Atom::Tail(tail.clone())),
                Shape::Part(part) => self.symbol(Atom::Part(part.clone())),
                Shape::Class(name) => self.class(name, piece, place),
                Shape::Any | Shape::Gap(_) if used == Use::Class => {
                    let message =
                        bilingual!("en ordklasse har ingen huller", "a word class has no gaps");
                    self.problems
                        .push(place.error(Code::Phrase, piece.span.clone(), message));
                    continue;
                }
                Shape::Any => Op::Any(1),
                Shape::Gap(width) => Op::Gap(*width),
                Shape::Optional(branches) => {
                    let at = ops.len();
                    ops.push(Op::Optional(0));
                    if let [branch] = &branches[..] {
                        self.pieces(branch, place, used, ops);
                    } else {
                        self.choice(branches, place, used, ops);
                    }
                    ops[at] = Op::Optional(distance(at, ops));
                    continue;
                }
                Shape::Choice(branches) => {
                    self.choice(branches, place, used, ops);
                    continue;
                }
            };
            ops.push(op);
        }
    }

    fn choice(&mut self, branches: &[Vec<Piece>], place: Place<'_>, used: Use, ops: &mut Vec<Op>) {
        if let [branch] = branches {
            return self.pieces(branch, place, used, ops);
        }
        let at = ops.len();
        ops.push(Op::Choice(0));
        for branch in branches {
            let begin = ops.len();
            ops.push(Op::Branch(0));
            self.pieces(branch, place, used, ops);
            ops[begin] = Op::Branch(distance(begin, ops));
        }
        ops[at] = Op::Choice(distance(at, ops));
    }

    fn symbol(&mut self, atom: Atom) -> Op {
        Op::Symbol(self.symbols.intern(atom))
    }

    fn class(&mut self, name: &str, piece: &Piece, place: Place<'_>) -> Op {
        if name == "number" {
            let name = builtin::number_class(place.language);
            return Op::Many(self.symbols.intern(Atom::Class(name.into())));
        }
        if !self.known.contains(name) {
            let message = bilingual!(
                "der er ingen ordklasse “{name}”",
                "there is no word class “{name}”"
            );
            let mut problem = place.error(Code::UnknownClass, piece.span.clone(), message);
            let known = self.known.iter().map(String::as_str);
            let near = (self.problems.len() < MOST_GUESSED)
                .then(|| nearest(name, known))
                .flatten();
            problem.help = Some(match near {
                Some(near) => bilingual!("mente du {{{near}}}?", "did you mean {{{near}}}?"),
                None => bilingual!(
                    "forklar den i en fil: [classes] {name} = [\"…\"]",
                    "define it in a file: [classes] {name} = [\"…\"]"
                ),
            });
            self.problems.push(problem);
        }
        self.symbol(Atom::Class(name.to_owned()))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a phrase has few parts")]
fn distance(from: usize, ops: &[Op]) -> u32 {
    (ops.len() - from - 1) as u32
}
