//! The owner's rule files together with those that Portner comes with.

use std::collections::HashSet;
use std::path::Path;

use super::{Source, shipped, switches};

/// The rule files that are in force, or would be: the owner's after those of Portner's, if these count.
#[must_use]
pub fn after_shipped(own: Vec<Source>, with_shipped: bool) -> Vec<Source> {
    let mut sources = Vec::new();
    if with_shipped {
        sources = shipped_beside(&own);
    }
    sources.extend(own);
    sources
}

/// Portner's files that count beside these of the owner's: all but those of which he has a copy, changed
/// or not. A file of his that only has the name of one stands beside it.
#[must_use]
pub fn shipped_beside(own: &[Source]) -> Vec<Source> {
    let mut sources = shipped();
    sources.retain(|shipped| {
        let namesakes = own.iter().filter(|own| is_namesake(own, shipped));
        let mut texts = namesakes.map(|own| &own.text);
        !texts.any(|text| is_copy(text, &shipped.text))
    });
    sources
}

/// Whether this was made of a file of Portner's: it has a rule of it, or, of a file without any, all of its
/// classes of words.
fn is_copy(text: &str, of: &str) -> bool {
    let ids = |text| switches(text).into_iter().map(|rule| rule.id);
    let shipped: HashSet<String> = ids(of).collect();
    if !shipped.is_empty() {
        return ids(text).any(|id| shipped.contains(&id));
    }
    let classes = |text: &str| -> HashSet<String> {
        let table = text.parse::<toml::Table>().unwrap_or_default();
        let classes = table.get("classes").and_then(toml::Value::as_table);
        classes
            .into_iter()
            .flat_map(toml::Table::keys)
            .cloned()
            .collect()
    };
    classes(of).is_subset(&classes(text))
}

/// Whether every file that Portner comes with is among these.
#[must_use]
pub fn is_whole_pack(own: &[Source]) -> bool {
    let has = |shipped: &Source| own.iter().any(|own| is_namesake(own, shipped));
    shipped().iter().all(has)
}

fn is_namesake(own: &Source, shipped: &Source) -> bool {
    let inner = shipped.path.strip_prefix("rules/").unwrap_or(&shipped.path);
    Path::new(&own.path).ends_with(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stands_for_the_file_that_it_was_made_of_and_a_namesake_beside_it() {
        let shipped = shipped();
        let copy = |source: &Source| Source {
            path: source.path.replace("rules/", "/etc/portner/rules/"),
            text: source.text.clone(),
        };
        let mut own: Vec<Source> = shipped.iter().map(copy).collect();
        assert_eq!(after_shipped(own.clone(), true), own);
        // One that lacks a file, as after an upgrade that has another one.
        own.pop();
        assert_eq!(after_shipped(own.clone(), true).len(), shipped.len());
        own.truncate(1);
        assert_eq!(after_shipped(own.clone(), false), own);
        own[0].text = "version = 1".into();
        assert_eq!(after_shipped(own, true).len(), shipped.len() + 1);
    }
}
