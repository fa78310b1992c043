//! Conditions beside the words: a file each, named in [`ALL`].
//!
//! A condition looks at the [`Situation`] only. A fact that is not known never fulfils a
//! condition that asks for it.

use std::fmt;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::Key;
use super::reader::Reader;
use super::situation::Situation;
use super::specificity::Specificity;

mod calls_before;
mod campaign;
mod countries;
mod hours;
mod lines;
mod lists;
mod logic;
mod numbers;
mod one_person;
mod says;
mod time_of_day;
mod weekdays;
mod withheld;

/// The list of conditions. To add one, write its file and name it above and here.
pub(super) const ALL: &[Kind] = &[
    withheld::KIND,
    numbers::KIND,
    countries::KIND,
    lists::KIND,
    lines::KIND,
    hours::KIND,
    weekdays::KIND,
    time_of_day::KIND,
    one_person::KIND,
    says::KIND,
    calls_before::KIND,
    campaign::KIND,
    logic::KIND,
];

/// A kind of condition: the keys it is written with, and how it is read from a table that has at
/// least one of them.
pub(super) struct Kind {
    pub keys: &'static [Key],
    pub read: fn(&DeTable<'_>, &mut Reader<'_>) -> Option<Box<dyn Condition>>,
}

/// A condition, ready to be asked.
pub(super) trait Condition: fmt::Debug + Send + Sync {
    /// Whether it holds.
    fn holds(&self, situation: &Situation) -> bool;

    /// Whether it holds of an answer that says so much, whatever the call is like; nothing, where
    /// that depends on the call.
    fn by_answer(&self, _says: Specificity) -> Option<bool> {
        None
    }
}

/// Whether all of these hold, as far as that is known.
fn all_known(conditions: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for one in conditions {
        match one {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// Conditions that must all hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions(Arc<[Named]>);

/// A condition, and the key that it is written with.
type Named = (&'static str, Box<dyn Condition>);

impl Conditions {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn hold(&self, situation: &Situation) -> bool {
        self.0.iter().all(|(_, one)| one.holds(situation))
    }

    /// The same as far as the answer alone tells.
    pub fn by_answer(&self, says: Specificity) -> Option<bool> {
        all_known(self.0.iter().map(|(_, one)| one.by_answer(says)))
    }

    /// The key of the first that does not hold of an answer that says so much, whatever the call is
    /// like.
    pub fn failing(&self, says: Specificity) -> Option<&'static str> {
        let fails = |(_, one): &&Named| one.by_answer(says) == Some(false);
        self.0.iter().find(fails).map(|(key, _)| *key)
    }
}

/// Every key that may stand in a table of conditions.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> + Clone {
    ALL.iter().flat_map(|kind| kind.keys)
}

/// Reads a table of conditions.
pub(super) fn read(reader: &mut Reader<'_>, node: &Spanned<DeValue<'_>>) -> Conditions {
    let Some(table) = reader.table(node) else {
        return Conditions::default();
    };
    reader.keys(table, keys(), node.span());
    Conditions(
        ALL.iter()
            .filter_map(|kind| {
                let mut keys = kind.keys.iter();
                let key = keys.find(|key| table.contains_key(key.name))?;
                Some((key.name, (kind.read)(table, reader)?))
            })
            .collect(),
    )
}

/// Reads conditions for the tests of each of them: with what is told of them, and how many errors that is.
#[cfg(test)]
fn told_of(text: &str) -> (Conditions, Vec<String>, usize) {
    let source = super::Source {
        path: "test.toml".into(),
        text: format!("when = {text}"),
    };
    let mut problems = crate::rules::findings::Findings::default();
    let document = DeTable::parse(&source.text).unwrap();
    let mut reader = Reader {
        source: &source,
        problems: &mut problems,
        lines: Vec::new(),
    };
    let conditions = read(&mut reader, &document.get_ref()["when"]);
    let errors = problems.errors();
    let told = problems.in_order([&source]).into_iter();
    let told = told.map(|problem| problem.message.english().to_owned());
    (conditions, told.collect(), errors)
}

/// The conditions, or what is wrong with them.
#[cfg(test)]
fn parsed(text: &str) -> Result<Conditions, Vec<String>> {
    match told_of(text) {
        (conditions, _, 0) => Ok(conditions),
        (_, told, _) => Err(told),
    }
}

/// What is doubtful about conditions.
#[cfg(test)]
fn doubts(text: &str) -> Vec<String> {
    let (_, told, errors) = told_of(text);
    assert_eq!(errors, 0);
    told
}

/// Whether the conditions hold.
#[cfg(test)]
fn holds(text: &str, situation: &Situation) -> bool {
    parsed(text).unwrap().hold(situation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_must_hold() {
        let situation = Situation {
            withheld: true,
            open: false,
            ..Situation::default()
        };
        assert!(holds("{ withheld = true, hours = \"closed\" }", &situation));
        assert!(!holds("{ withheld = true, hours = \"open\" }", &situation));
    }

    #[test]
    fn an_unknown_condition_is_refused() {
        assert_eq!(
            parsed("{ witheld = true }").unwrap_err(),
            ["there is no key `witheld` here"]
        );
    }

    #[test]
    fn no_key_is_used_twice() {
        let mut names: Vec<&str> = keys().map(|key| key.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
