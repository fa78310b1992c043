//! The phrase language: `(taler|snakker) [jeg] med <3> {it} ansvarlig*`.
//!
//! A phrase is read into a tree here; which words there are and what classes hold is not known
//! yet.

use std::ops::Range;

use super::file::is_class_name;
use super::normalise;
use super::reader::shorten;

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
    pub message: String,
    pub help: Option<&'static str>,
}

/// Reads a phrase.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, PhraseError> {
    if text.chars().count() > MAX_CHARS {
        return Err(PhraseError {
            span: 0..text.len(),
            message: format!("a phrase may have {MAX_CHARS} characters"),
            help: Some("make two phrases of it, or a word class"),
        });
    }
    let mut parser = Parser {
        text,
        at: 0,
        pieces: 0,
    };
    let branches = parser.branches(None, 0)?;
    let [pieces] = <[Vec<Piece>; 1]>::try_from(branches).map_err(|_| {
        let at = text.find('|').unwrap_or(0);
        PhraseError {
            span: at..at + 1,
            message: "alternatives stand in round brackets".into(),
            help: Some("write (this|that), or two phrases"),
        }
    })?;
    Ok(pieces)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    pieces: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn fail<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<&'static str>,
    ) -> Result<T, PhraseError> {
        Err(PhraseError {
            span,
            message: message.into(),
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
                    let message = format!("this “{bracket}” is never closed");
                    return self.fail(at..at + 1, message, None);
                }
                break;
            };
            match character {
                _ if character.is_whitespace() => self.at += character.len_utf8(),
                '|' => {
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
                        let message = format!("there is nothing open that “{character}” closes");
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
            && branches.iter().any(Vec::is_empty) {
                let help = Some("what may be left out stands in square brackets: [word]");
                let message = format!("“{bracket}” has an empty alternative");
                return self.fail(at..self.at + 1, message, help);
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
            let message = format!("a phrase may have {MAX_PIECES} parts");
            let help = Some("make two phrases of it, or a word class");
            return self.fail(start..start + 1, message, help);
        }
        match character {
            '(' | '[' => {
                if depth == MAX_DEPTH {
                    let message = format!("brackets stand more than {MAX_DEPTH} deep in brackets");
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
                    let help =
                        Some("the name of a class has small letters, digits and underscores");
                    return self.fail(span, format!("“{}” is no class", shorten(name)), help);
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
                        let message = format!("a gap is a number of words from 1 to {MAX_GAP}");
                        return self.fail(span, message, Some("write <3> for up to three words"));
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
                let message = format!("a “{closing}” is missing");
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
            let help = Some(
                "what may be left out stands in square brackets: [word]; for more there is `regex`",
            );
            return self.fail(at..at + 1, "this sign has no meaning in a phrase", help);
        }
        let tail = written.starts_with('*');
        let stem = written.len() > 1 && written.ends_with('*');
        let inner = written
            .strip_prefix('*')
            .unwrap_or(written)
            .strip_suffix('*')
            .unwrap_or(written.trim_start_matches('*'));
        if inner.contains('*') || inner.is_empty() {
            let help = Some("stem* begins a word, *tail ends it, *part* is anywhere in it");
            return self.fail(
                span,
                "a star stands at the beginning or the end of a word",
                help,
            );
        }
        let words = normalise::words(inner);
        if words.is_empty() {
            return self.fail(span, "there is no letter or digit in this", None);
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
                let message = format!("a part of a word needs at least {least} letters");
                return self.fail(span, message, Some("fewer would hit too much"));
            }
            if letters > MAX_WORD {
                return self.fail(span, format!("a word may have {MAX_WORD} letters"), None);
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
    fn says_where_it_is_wrong() {
        for (text, span) in [
            ("ab (cd", 3..4),
            ("ab cd)", 5..6),
            ("ab <x>", 3..6),
            ("ab <13>", 3..7),
            ("ab {It}", 3..7),
            ("an? account", 2..3),
            ("a|b", 1..2),
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
