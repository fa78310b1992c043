//! What people are told in their own language, whoever reads it in the end.

use serde::{Serialize, Serializer};

use super::Language;

/// A text in both languages. Who finds something to tell does not know who reads it; who shows it
/// does, and chooses by [`Bilingual::told_in`]. Made by `bilingual!`, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bilingual {
    danish: Box<str>,
    english: Box<str>,
}

impl Bilingual {
    /// Both texts. They say the same.
    #[must_use]
    pub fn new(danish: impl Into<String>, english: impl Into<String>) -> Self {
        Self {
            danish: danish.into().into_boxed_str(),
            english: english.into().into_boxed_str(),
        }
    }

    /// A text that is put together of others, once for each language.
    #[must_use]
    pub fn of(text: impl Fn(Language) -> String) -> Self {
        Self {
            danish: text(Language::Da).into_boxed_str(),
            english: text(Language::En).into_boxed_str(),
        }
    }

    /// The text for who reads this language.
    #[must_use]
    pub fn told_in(&self, language: Language) -> &str {
        language.choose(&self.danish, &self.english)
    }

    /// The text of one language in the place of both.
    #[must_use]
    pub fn only(&self, language: Language) -> Self {
        Self::new(self.told_in(language), self.told_in(language))
    }

    /// The text of the command line and of what machines read.
    #[must_use]
    pub fn english(&self) -> &str {
        &self.english
    }
}

/// Machines are told English.
impl Serialize for Bilingual {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.english)
    }
}

/// A [`Bilingual`] from two texts with the same placeholders, Danish first. Placeholders are filled
/// as `format!` does it.
macro_rules! bilingual {
    ($danish:literal, $english:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::call::Bilingual::new(
            format!($danish $(, $name = $value)*),
            format!($english $(, $name = $value)*),
        )
    };
}
pub(crate) use bilingual;
