//! Fields of a form, each a setting: what they are, and what was typed into them.

mod change;
mod rows;
mod shown;
#[cfg(test)]
mod tests;
mod week;

pub(in crate::web::desk) use change::changes;
pub(super) use change::join;
pub(super) use shown::{LANGUAGES, is_set, target_text, typed};
pub(super) use week::{day_name, week_of};

/// A text in Danish and in English.
pub(in crate::web::desk) type Words = (&'static str, &'static str);

/// A field.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) struct Field {
    /// The setting, as it is called in its table.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// What people call it.
    pub(super) name: Words,
    /// What they should know of it; perhaps nothing.
    pub(super) hint: Words,
}

/// How a field is shown and read.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) enum Kind {
    /// A line of text.
    Text,
    /// A few lines of text.
    Long,
    /// A telephone number.
    Phone,
    /// The numbers of a line, one a row: `number`, then `numbers`.
    Phones,
    /// Words or names, one a row.
    Words,
    /// A whole number.
    Number,
    /// Something that is never shown again: empty leaves it as it is.
    Secret,
    /// Yes or no.
    Flag,
    /// One of a few: the value, and what it means.
    Choice(&'static [(&'static str, Words)]),
    /// The languages of a line, the greeting's first.
    Languages,
    /// Opening hours by weekday.
    Week,
    /// Whom to ring: a number, a SIP address, a client.
    Target,
}

/// A list of tables, a few fields each.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) struct Rows {
    pub(super) key: &'static str,
    /// What they are.
    pub(super) name: Words,
    /// What one of them is.
    pub(super) one: Words,
    pub(super) hint: Words,
    pub(super) columns: &'static [Field],
    /// Whether their order means something.
    pub(super) ordered: bool,
}

impl Rows {
    /// The setting, as it is called in its table.
    pub(in crate::web::desk) fn key(&self) -> &'static str {
        self.key
    }
}

/// A part of a form.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) enum Part {
    One(Field),
    Many(Rows),
}

impl Field {
    pub(in crate::web::desk) const fn new(key: &'static str, kind: Kind, name: Words) -> Self {
        Self {
            key,
            kind,
            name,
            hint: ("", ""),
        }
    }

    pub(in crate::web::desk) const fn hint(
        self,
        danish: &'static str,
        english: &'static str,
    ) -> Part {
        Part::One(self.with(danish, english))
    }

    pub(super) const fn with(mut self, danish: &'static str, english: &'static str) -> Self {
        self.hint = (danish, english);
        self
    }

    /// The setting, as it is called in its table.
    pub(in crate::web::desk) fn key(&self) -> &'static str {
        self.key
    }

    pub(in crate::web::desk) const fn part(self) -> Part {
        Part::One(self)
    }
}

/// What was typed, field by field.
#[derive(Debug, Clone, Default)]
pub(in crate::web::desk) struct Posted(pub(in crate::web::desk) Vec<(String, String)>);

impl Posted {
    pub(in crate::web::desk) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// How many rows of a list there are.
    pub(super) fn rows(&self, key: &str) -> usize {
        let number = |name: &str| {
            let rest = name.strip_prefix(key)?.strip_prefix('[')?;
            rest.split_once(']')?.0.parse::<usize>().ok()
        };
        let rows = self.0.iter().filter_map(|(name, _)| number(name));
        rows.max().map_or(0, |most| most.min(MOST_ROWS) + 1)
    }
}

/// More rows than this are not read.
const MOST_ROWS: usize = 500;
