//! The phrase language: `(taler|snakker) [jeg] med <3> {it} ansvarlig*`.
//!
//! A phrase is read into a tree here; which words there are and what classes hold is not known
//! yet.

use std::ops::Range;

use super::file::is_class_name;
use super::normalise;
use super::reader::shorten;
use crate::call::{Bilingual, bilingual};

/// The longest phrase, in characters.
pub(super) const MAX_CHARS: usize = 600;
/// The widest gap, in words.
pub(super) const MAX_GAP: u8 = 12;
const MAX_PIECES: usize = 200;
const MAX_DEPTH: usize = 6;
const LEAST_STEM: usize = 3;
const LEAST_PART: usize = 4;
const MAX_WORD: usize = 40;

/// A part of a phrase and where it stands in it, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub shape: Shape,
    pub span: Range<usize>,
}

/// What a part of a phrase is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// `word`
    Word(String),
    /// `stem*`
    Stem(String),
    /// `*tail`
    Tail(String),
    /// `*part*`
    Part(String),
    /// `{class}`
    Class(String),
    /// `{any}`
    Any,
    /// `<3>`
    Gap(u8),
    /// `[a b|c]`
    Optional(Vec<Vec<Piece>>),
    /// `(a|b c)`
    Choice(Vec<Vec<Piece>>),
}

/// What is wrong with a phrase, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PhraseError {
    pub span: Range<usize>,
    pub message: Bilingual,
    pub help: Option<Bilingual>,
}

/// Reads a phrase.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, PhraseError> {
    if text.chars().count() > MAX_CHARS {
        return Err(PhraseError {
            span: 0..text.len(),
            message: bilingual!(
                "en vending må højst have {MAX_CHARS} tegn",
                "a phrase may have at most {MAX_CHARS} characters"
            ),
            help: Some(make_two()),
        });
    }
    let mut parser = Parser {
        text,
        at: 0,
        pieces: 0,
        bar: 0,
    };
    let branches = parser.branches(None, 0)?;
    let [pieces] = <[Vec<Piece>; 1]>::try_from(branches).map_err(|_| PhraseError {
        span: parser.bar..parser.bar + 1,
        message: bilingual!(
            "valgmuligheder står i runde parenteser",
            "alternatives stand in round brackets"
        ),
        help: Some(bilingual!(
            "skriv (dette|hint), eller to vendinger",
            "write (this|that), or two phrases"
        )),
    })?;
    Ok(pieces)
}

/// What a phrase looks for, however it is written: the same of two phrases that find the same words.
pub(super) fn sought(pieces: &[Piece]) -> String {
    let branches = |branches: &[Vec<Piece>]| {
        let branches: Vec<String> = branches.iter().map(|branch| sought(branch)).collect();
        branches.join("|")
    };
    let pieces = pieces.iter().map(|piece| match &piece.shape {
        Shape::Word(word) => word.clone(),
        Shape::Stem(stem) => format!("{stem}*"),
        Shape::Tail(tail) => format!("*{tail}"),
        Shape::Part(part) => format!("*{part}*"),
        Shape::Class(name) => format!("{{{name}}}"),
        Shape::Any => "{any}".to_owned(),
        Shape::Gap(width) => format!("<{width}>"),
        Shape::Optional(any) => format!("[{}]", branches(any)),
        Shape::Choice(any) => match &any[..] {
            [one] => sought(one),
            _ => format!("({})", branches(any)),
        },
    });
    pieces.collect::<Vec<_>>().join(" ")
}

fn make_two() -> Bilingual {
    bilingual!(
        "lav to vendinger af den, eller en ordklasse",
        "make two phrases of it, or a word class"
    )
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    pieces: usize,
    /// Where the first bar is that stands in no brackets, if one does.
    bar: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn fail<T>(
        &self,
        span: Range<usize>,
        message: Bilingual,
        help: Option<Bilingual>,
    ) -> Result<T, PhraseError> {
        Err(PhraseError {
            span,
            message,
            help,
        })
    }

    /// Reads branches up to the closing bracket, which is left standing.
    fn branches(
        &mut self,
        open: Option<(usize, char)>,
        depth: usize,
    ) -> Result<Vec<Vec<Piece>>, PhraseError> {
        let mut branches = vec![Vec::new()];
        loop {
            let start = self.at;
            let Some(character) = self.peek() else {
                if let Some((at, bracket)) = open {
                    let message = bilingual!(
                        "dette “{bracket}” bliver aldrig lukket",
                        "this “{bracket}” is never closed"
                    );
                    return self.fail(at..at + 1, message, None);
                }
                break;
            };
            match character {
                _ if character.is_whitespace() => self.at += character.len_utf8(),
                '|' => {
                    if open.is_none() && branches.len() == 1 {
                        self.bar = start;
                    }
                    self.at += 1;
                    branches.push(Vec::new());
                }
                ')' | ']' | '}' | '>' => {
                    let closes = match open {
                        Some((_, '(')) => ')',
                        Some((_, '[')) => ']',
                        _ => ' ',
                    };
                    if character != closes {
                        let message = bilingual!(
                            "her er intet åbent, som “{character}” lukker",
                            "there is nothing open that “{character}” closes"
                        );
                        return self.fail(start..start + 1, message, None);
                    }
                    break;
                }
                _ => {
                    let branch = branches.len() - 1;
                    self.piece(character, depth, &mut branches[branch])?;
                }
            }
        }
        if let Some((at, bracket)) = open
            && branches.iter().any(Vec::is_empty)
        {
            let help = bilingual!(
                "det, der kan udelades, står i kantede parenteser: [ord]",
                "what may be left out stands in square brackets: [word]"
            );
            let message = bilingual!(
                "“{bracket}” har en tom valgmulighed",
                "“{bracket}” has an empty alternative"
            );
            return self.fail(at..self.at + 1, message, Some(help));
        }
        Ok(branches)
    }

    fn piece(
        &mut self,
        character: char,
        depth: usize,
        out: &mut Vec<Piece>,
    ) -> Result<(), PhraseError> {
        let start = self.at;
        self.pieces += 1;
        if self.pieces > MAX_PIECES {
            let message = bilingual!(
                "en vending må højst have {MAX_PIECES} dele",
                "a phrase may have at most {MAX_PIECES} parts"
            );
            return self.fail(start..start + 1, message, Some(make_two()));
        }
        match character {
            '(' | '[' => {
                if depth == MAX_DEPTH {
                    let message = bilingual!(
                        "parenteser står mere end {MAX_DEPTH} dybt i parenteser",
                        "brackets stand more than {MAX_DEPTH} deep in brackets"
                    );
                    return self.fail(start..start + 1, message, None);
                }
                self.at += 1;
                let branches = self.branches(Some((start, character)), depth + 1)?;
                self.at += 1;
                let shape = if character == '(' {
                    Shape::Choice(branches)
                } else {
                    Shape::Optional(branches)
                };
                out.push(Piece {
                    shape,
                    span: start..self.at,
                });
            }
            '{' => {
                let name = self.until('}')?;
                let span = start..self.at;
                let name = name.trim();
                let shape = if name == "any" {
                    Shape::Any
                } else if is_class_name(name) {
                    Shape::Class(name.to_owned())
                } else {
                    let help = bilingual!(
                        "en ordklasses navn har små bogstaver (a-z), cifre og understreger",
                        "the name of a class has small letters, digits and underscores"
                    );
                    let name = shorten(name);
                    let message = bilingual!("“{name}” er ingen ordklasse", "“{name}” is no class");
                    return self.fail(span, message, Some(help));
                };
                out.push(Piece { shape, span });
            }
            '<' => {
                let width = self.until('>')?;
                let span = start..self.at;
                match width.trim().parse::<u8>() {
                    Ok(width) if (1..=MAX_GAP).contains(&width) => out.push(Piece {
                        shape: Shape::Gap(width),
                        span,
                    }),
                    _ => {
                        let message = bilingual!(
                            "et hul er et antal ord fra 1 til {MAX_GAP}",
                            "a gap is a number of words from 1 to {MAX_GAP}"
                        );
                        let help = bilingual!(
                            "skriv <3> for op til tre ord",
                            "write <3> for up to three words"
                        );
                        return self.fail(span, message, Some(help));
                    }
                }
            }
            _ => self.word(out)?,
        }
        Ok(())
    }

    fn until(&mut self, closing: char) -> Result<&'a str, PhraseError> {
        let start = self.at;
        match self.text[start..].find(closing) {
            Some(length) => {
                self.at = start + length + 1;
                Ok(&self.text[start + 1..start + length])
            }
            None => {
                let message = bilingual!("der mangler et “{closing}”", "a “{closing}” is missing");
                self.fail(start..start + 1, message, None)
            }
        }
    }

    fn word(&mut self, out: &mut Vec<Piece>) -> Result<(), PhraseError> {
        let start = self.at;
        let text = self.text;
        let rest = &text[start..];
        let length = rest
            .find(|c: char| c.is_whitespace() || "()[]{}<>|".contains(c))
            .unwrap_or(rest.len());
        self.at += length;
        let span = start..self.at;
        let written = &text[span.clone()];
        if let Some(at) = written.find(['?', '^', '\\', '=', '#', '@', '~', '+', '_']) {
            let at = start + at;
            let message = bilingual!(
                "dette tegn betyder intet i en vending",
                "this sign has no meaning in a phrase"
            );
            let help = bilingual!(
                "det, der kan udelades, står i kantede parenteser: [ord]; til mere er der `regex`",
                "what may be left out stands in square brackets: [word]; for more there is `regex`"
            );
            return self.fail(at..at + 1, message, Some(help));
        }
        let tail = written.starts_with('*');
        let stem = written.len() > 1 && written.ends_with('*');
        let inner = written
            .strip_prefix('*')
            .unwrap_or(written)
            .strip_suffix('*')
            .unwrap_or(written.trim_start_matches('*'));
        if inner.contains('*') || inner.is_empty() {
            let message = bilingual!(
                "en stjerne står forrest eller sidst i et ord",
                "a star stands at the beginning or the end of a word"
            );
            let help = bilingual!(
                "stamme* begynder et ord, *hale slutter det, *del* er hvor som helst i det",
                "stem* begins a word, *tail ends it, *part* is anywhere in it"
            );
            return self.fail(span, message, Some(help));
        }
        let words = normalise::words(inner);
        if words.is_empty() {
            let message = bilingual!(
                "der er hverken bogstav eller ciffer i dette",
                "there is no letter or digit in this"
            );
            return self.fail(span, message, None);
        }
        let last = words.len() - 1;
        for (at, word) in words.into_iter().enumerate() {
            let (tail, stem) = (tail && at == 0, stem && at == last);
            let least = match (tail, stem) {
                (false, false) => 1,
                (true, true) => LEAST_PART,
                _ => LEAST_STEM,
            };
            let letters = word.chars().count();
            if letters < least {
                let message = bilingual!(
                    "en del af et ord skal have mindst {least} bogstaver",
                    "a part of a word needs at least {least} letters"
                );
                let help = bilingual!("færre ville ramme for meget", "fewer would hit too much");
                return self.fail(span, message, Some(help));
            }
            if letters > MAX_WORD {
                let message = bilingual!(
                    "et ord må højst have {MAX_WORD} bogstaver",
                    "a word may have at most {MAX_WORD} letters"
                );
                return self.fail(span, message, None);
            }
            let shape = match (tail, stem) {
                (false, false) => Shape::Word(word),
                (false, true) => Shape::Stem(word),
                (true, false) => Shape::Tail(word),
                (true, true) => Shape::Part(word),
            };
            out.push(Piece {
                shape,
                span: span.clone(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<Shape> {
        let pieces = parse(text).unwrap();
        pieces.into_iter().map(|piece| piece.shape).collect()
    }

    fn word(text: &str) -> Shape {
        Shape::Word(text.into())
    }

    #[test]
    fn reads_every_element() {
        assert_eq!(
            shapes("Tal med <3> {it} ansvarlig* *aftale *svarl* {any}"),
            [
                word("tal"),
                word("med"),
                Shape::Gap(3),
                Shape::Class("it".into()),
                Shape::Stem("ansvarlig".into()),
                Shape::Tail("aftale".into()),
                Shape::Part("svarl".into()),
                Shape::Any,
            ]
        );
        assert_eq!(
            shapes("IT-ansvarlig*"),
            [word("it"), Shape::Stem("ansvarlig".into())]
        );
        assert!(matches!(&shapes("(a|b (c|d)) [e|f g]")[..],
            [Shape::Choice(a), Shape::Optional(b)] if a.len() == 2 && b.len() == 2));
    }

    #[test]
    fn what_is_sought_does_not_hang_on_how_it_is_written() {
        let of = |text: &str| sought(&parse(text).unwrap());
        for text in [
            "maling på træ",
            "maling paa trae",
            "Maling-på-træ",
            "(maling)  på træ",
        ] {
            assert_eq!(of(text), "maling paa trae", "{text}");
        }
        let all = "(tal|snak) med <3> {it} ansvarlig* [*aftale|*svarl*] {any}";
        assert_eq!(of(all), all);
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (text, span) in [
            ("ab (cd", 3..4),
            ("ab cd)", 5..6),
            ("ab <x>", 3..6),
            ("ab <13>", 3..7),
            ("ab {It}", 3..7),
            ("an? account", 2..3),
            ("a|b", 1..2),
            ("(ab|cd) ef | gh | ij", 11..12),
            ("ab (c|)", 3..7),
            ("a*b", 0..3),
            ("ab x* y", 3..5),
            ("ab {c", 3..4),
            ("ab ...", 3..6),
        ] {
            assert_eq!(parse(text).unwrap_err().span, span, "{text}");
        }
        assert!(parse(&"(".repeat(600)).is_err());
        assert!(parse(&"a ".repeat(250)).is_err());
        assert!(parse(&"a".repeat(601)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-zæ*()\\[\\]{}<>|0-9 ?-]{0,60}|\\PC{0,60}") {
            if let Err(error) = parse(&text) {
                assert!(text.get(error.span).is_some());
            }
        }
    }
}
