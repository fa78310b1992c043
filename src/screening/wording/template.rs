//! A text with placeholders and sections that are left out when they have nothing to say.

use crate::call::Bilingual;
use crate::screening::wording::prompt::{Audience, Prompt};

/// The longest text, in characters; about 20 seconds of speech.
pub const MAX_CHARS: usize = 300;

/// The longest value that is filled in, in characters.
const MAX_VALUE_CHARS: usize = 80;

/// What may be filled into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The owner's firm.
    Company,
    /// The owner's name.
    Owner,
    /// Who calls.
    Caller,
    /// The firm that the caller calls from.
    Firm,
    /// What the call is about, as “about” goes before it.
    Matter,
    /// What he said that it is about, in words of his own that no “about” goes before.
    Words,
    /// Why exactly here.
    Why,
    /// The caller's number.
    Number,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 8] = [
        Self::Company,
        Self::Owner,
        Self::Caller,
        Self::Firm,
        Self::Matter,
        Self::Words,
        Self::Why,
        Self::Number,
    ];

    /// How it is written, in English and Danish; both hold in every text.
    #[must_use]
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Self::Company => ["company", "firma"],
            Self::Owner => ["owner", "ejer"],
            Self::Caller => ["caller", "opkalder"],
            Self::Firm => ["firm", "opkalders_firma"],
            Self::Matter => ["matter", "sag"],
            Self::Words => ["words", "ord"],
            Self::Why => ["why", "hvorfor"],
            Self::Number => ["number", "nummer"],
        }
    }

    /// Whether it may stand in a text for these ears: a caller is told nothing from the call.
    #[must_use]
    pub fn allowed(self, audience: Audience) -> bool {
        audience == Audience::Owner || matches!(self, Self::Company | Self::Owner)
    }
}

/// Why a text cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordingError {
    /// There is nothing to say.
    #[error("the text is empty")]
    Empty,
    /// Longer than [`MAX_CHARS`].
    #[error("the text has {0} characters; {MAX_CHARS} is the most that anybody listens to")]
    TooLong(usize),
    /// Nothing of this name can be filled in here.
    #[error("there is no placeholder {{{name}}} in this text")]
    UnknownPlaceholder {
        /// What was written.
        name: String,
        /// What may be written.
        known: Vec<&'static str>,
    },
    /// A bracket is not closed, or closed without being open.
    #[error("“{0}” stands alone: brackets belong in pairs")]
    Unpaired(char),
    /// A section in a section.
    #[error("a section in square brackets cannot hold another one")]
    Nested,
}

impl WordingError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Empty => "teksten er tom".to_owned(),
            Self::TooLong(count) => {
                format!("teksten har {count} tegn; {MAX_CHARS} er det meste, nogen hører på")
            }
            Self::UnknownPlaceholder { name, .. } => {
                format!("der er ingen pladsholder {{{name}}} i denne tekst")
            }
            Self::Unpaired(sign) => {
                format!("“{sign}” står alene: parenteser hører sammen to og to")
            }
            Self::Nested => "et afsnit i kantede parenteser kan ikke rumme et andet".to_owned(),
        };
        Bilingual::new(danish, self.to_string())
    }
}

/// A text that can be filled in. Made by [`Template::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Piece(Piece),
    Section {
        first: Vec<Piece>,
        otherwise: Vec<Piece>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`WordingError`], saying what is wrong.
    pub fn parse(prompt: Prompt, text: &str) -> Result<Self, WordingError> {
        if !text.chars().any(char::is_alphanumeric) {
            return Err(WordingError::Empty);
        }
        let length = text.chars().count();
        if length > MAX_CHARS {
            return Err(WordingError::TooLong(length));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['[', ']']) {
            let (before, bracket) = rest.split_at(at);
            parts.extend(pieces(prompt, before)?.into_iter().map(Part::Piece));
            let Some(inside) = bracket.strip_prefix('[') else {
                return Err(WordingError::Unpaired(']'));
            };
            let end = inside.find(']').ok_or(WordingError::Unpaired('['))?;
            let (section, after) = inside.split_at(end);
            if section.contains('[') {
                return Err(WordingError::Nested);
            }
            let (first, otherwise) = section.split_once('|').unwrap_or((section, ""));
            parts.push(Part::Section {
                first: pieces(prompt, first)?,
                otherwise: pieces(prompt, otherwise)?,
            });
            rest = after.strip_prefix(']').unwrap_or(after);
        }
        parts.extend(pieces(prompt, rest)?.into_iter().map(Part::Piece));
        Ok(Self(parts))
    }

    /// A text that Portner comes with. A test holds that each of them reads.
    pub(super) fn shipped(text: &'static str) -> Self {
        Self::parse(Prompt::OwnerText, text)
            .unwrap_or_else(|_| Self(vec![Part::Piece(Piece::Text(text.to_owned()))]))
    }

    /// Whether the text asks for this.
    pub(super) fn asks_for(&self, placeholder: Placeholder) -> bool {
        let asked = Piece::Value(placeholder);
        self.0.iter().any(|part| match part {
            Part::Piece(piece) => *piece == asked,
            Part::Section { first, otherwise } => {
                first.contains(&asked) || otherwise.contains(&asked)
            }
        })
    }

    /// The text with everything filled in.
    pub(super) fn fill<'a>(&self, value: impl Fn(Placeholder) -> &'a str) -> String {
        let mut text = String::with_capacity(128);
        for part in &self.0 {
            match part {
                Part::Piece(piece) => piece.write(&mut text, &value),
                Part::Section { first, otherwise } => {
                    let silent = first.iter().any(|piece| {
                        matches!(piece, Piece::Value(name) if value(*name).trim().is_empty())
                    });
                    for piece in if silent { otherwise } else { first } {
                        piece.write(&mut text, &value);
                    }
                }
            }
        }
        text.trim().to_owned()
    }
}

impl Piece {
    fn write<'a>(&self, text: &mut String, value: &impl Fn(Placeholder) -> &'a str) {
        match self {
            Self::Text(own) => text.push_str(own),
            Self::Value(name) => {
                for (place, word) in value(*name)
                    .split(|c: char| c.is_whitespace() || c.is_control())
                    .filter(|word| !word.is_empty())
                    .flat_map(|word| [" ", word])
                    .skip(1)
                    .flat_map(str::chars)
                    .enumerate()
                {
                    if place == MAX_VALUE_CHARS {
                        break;
                    }
                    text.push(word);
                }
            }
        }
    }
}

fn pieces(prompt: Prompt, text: &str) -> Result<Vec<Piece>, WordingError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(plain(before)));
        }
        let inside = brace.strip_prefix('{').ok_or(WordingError::Unpaired('}'))?;
        let (name, after) = inside.split_once('}').ok_or(WordingError::Unpaired('{'))?;
        pieces.push(Piece::Value(placeholder(prompt, name)?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(plain(rest)));
    }
    Ok(pieces)
}

fn placeholder(prompt: Prompt, name: &str) -> Result<Placeholder, WordingError> {
    let audience = prompt.audience();
    let allowed = || {
        Placeholder::ALL
            .into_iter()
            .filter(move |placeholder| placeholder.allowed(audience))
    };
    allowed()
        .find(|placeholder| placeholder.names().contains(&name.trim()))
        .ok_or_else(|| WordingError::UnknownPlaceholder {
            name: name.to_owned(),
            known: allowed().flat_map(Placeholder::names).collect(),
        })
}

/// Line breaks and the like are blanks when spoken.
fn plain(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> WordingError {
        Template::parse(Prompt::Goodbye, text).unwrap_err()
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(problem("  "), WordingError::Empty);
        assert_eq!(problem(&"a".repeat(301)), WordingError::TooLong(301));
        assert_eq!(problem("Hej {firma"), WordingError::Unpaired('{'));
        assert_eq!(problem("Hej firma}"), WordingError::Unpaired('}'));
        assert_eq!(problem("Hej [du"), WordingError::Unpaired('['));
        assert_eq!(problem("Hej du]"), WordingError::Unpaired(']'));
        assert_eq!(problem("Hej [du [der]]"), WordingError::Nested);
        assert_eq!(
            problem("Hej {navn}"),
            WordingError::UnknownPlaceholder {
                name: "navn".into(),
                known: vec!["company", "firma", "owner", "ejer"]
            }
        );
    }

    #[test]
    fn callers_are_told_nothing_from_the_call() {
        assert!(Template::parse(Prompt::No, "Farvel {caller}").is_err());
        assert!(Template::parse(Prompt::Whisper, "{caller} {number}").is_ok());
    }

    #[test]
    fn sections_need_all_they_name() {
        let template = Template::parse(
            Prompt::Whisper,
            "[{caller}|Nobody][ from {firm}][, {matter}/{why}].",
        )
        .unwrap();
        let filled = template.fill(|name| match name {
            Placeholder::Firm => "X",
            Placeholder::Matter => "m",
            _ => "",
        });
        assert_eq!(filled, "Nobody from X.");
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[\\[\\]{}|a-c firma]{0,40}") {
            if let Ok(template) = Template::parse(Prompt::Whisper, &text) {
                let _ = template.fill(|_| "x");
            }
        }
    }
}
