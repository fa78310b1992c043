//! Which rules of a file count, read and switched in its text; everything else in it stays as it is
//! written.

use toml_edit::{DocumentMut, Item, Value, value};

use super::Life;
use super::file::LIVES;
use super::key;
use crate::call::Language;

/// A rule of a file, as far as switching it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Its id.
    pub id: String,
    /// What it sees, in plain words.
    pub name: String,
    /// The language of its file, where that says one.
    pub language: Option<Language>,
    /// Whether it counts.
    pub life: Life,
}

/// The rules that stand in a file, in its order; none when the file cannot be read.
#[must_use]
pub fn switches(text: &str) -> Vec<Switch> {
    let Ok(document) = text.parse::<DocumentMut>() else {
        return Vec::new();
    };
    let written_in = document.get("language").and_then(Item::as_str);
    let language = Language::ALL
        .into_iter()
        .find(|language| written_in == Some(language.code()));
    let rules = document.get("rule").and_then(Item::as_array_of_tables);
    rules
        .into_iter()
        .flatten()
        .filter_map(|table| {
            let word = |key: &str| table.get(key).and_then(Item::as_str);
            let life = match word("life") {
                Some(life) => Life::parse(life)?,
                None => Life::Live,
            };
            Some(Switch {
                id: word("id")?.to_owned(),
                name: word("name").unwrap_or_default().to_owned(),
                language,
                life,
            })
        })
        .collect()
}

/// The file with a rule switched; `None`, when the rule does not stand in it in the usual form.
#[must_use]
pub fn switched(text: &str, rule: &str, life: Life) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let rules = document.get_mut("rule")?.as_array_of_tables_mut()?;
    let table = rules
        .iter_mut()
        .find(|table| table.get("id").and_then(Item::as_str) == Some(rule))?;
    match table.get_mut("life") {
        Some(old) => {
            let old = old.as_value_mut()?;
            let decor = old.decor().clone();
            *old = Value::from(life.as_str());
            *old.decor_mut() = decor;
        }
        None if life == Life::Live => {}
        None => drop(table.insert("life", value(life.as_str()))),
    }
    Some(document.to_string())
}

impl Life {
    /// Every one, the one that counts least first.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Shadow, Self::Live];

    /// The word for it in rule files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let named = key::LIVES.iter().zip(LIVES);
        let found = named.into_iter().find(|(_, life)| *life == self);
        found.map_or("live", |(word, _)| word)
    }

    /// The one with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|life| life.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "version = 1\n\n# mine\n[[rule]]\nid = \"a\" # first\nname = \"A\"\nlife = \"shadow\" # for now\nphrases = [\"x\"]\n\n[[rule]]\nid = \"b\"\nphrases = [\"y\"]\n";

    #[test]
    fn rules_are_switched_and_nothing_else_changes() {
        let live = switched(FILE, "a", Life::Live).unwrap();
        assert_eq!(live, FILE.replace("\"shadow\" # for", "\"live\" # for"));
        let draft = switched(FILE, "b", Life::Draft).unwrap();
        assert_eq!(
            draft,
            FILE.replace("[\"y\"]\n", "[\"y\"]\nlife = \"draft\"\n")
        );
        assert_eq!(switched(FILE, "b", Life::Live).unwrap(), FILE);
        assert_eq!(switched(FILE, "c", Life::Live), None);
        assert_eq!(switched("rule = 1", "c", Life::Live), None);
    }

    #[test]
    fn the_switches_are_as_the_file_says() {
        let lives = |text: &str| -> Vec<(String, Life)> {
            switches(text)
                .into_iter()
                .map(|one| (one.id, one.life))
                .collect()
        };
        assert_eq!(
            lives(FILE),
            [("a".into(), Life::Shadow), ("b".into(), Life::Live)]
        );
        assert!(lives("[[rule").is_empty());
        assert!(
            Life::ALL
                .iter()
                .all(|life| Life::parse(life.as_str()) == Some(*life))
        );
    }
}
