//! The default pack: the files under `rules/`, embedded.

use super::Source;

macro_rules! pack {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../rules/", $path)))),+]
    };
}

/// Every file of the default pack, sorted by path. A test says when one is missing here.
const FILES: &[(&str, &str)] = pack!["en/words.toml"];

/// The default pack of rules, Danish and English.
#[must_use]
pub fn shipped() -> Vec<Source> {
    FILES
        .iter()
        .map(|(path, text)| Source {
            path: format!("rules/{path}"),
            text: (*text).to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Lexicon, check, read_dir};
    use super::*;

    #[test]
    fn every_file_of_the_pack_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let there: Vec<String> = read_dir(&root.join("rules"))
            .unwrap()
            .into_iter()
            .map(|source| source.path.replace(&format!("{}/", root.display()), ""))
            .collect();
        let embedded: Vec<String> = shipped().into_iter().map(|source| source.path).collect();
        assert_eq!(embedded, there);
    }

    #[test]
    fn the_pack_has_no_errors() {
        let sources = shipped();
        let report = check(&sources, &Lexicon::default());
        let shown: Vec<String> = report
            .diagnostics
            .iter()
            .map(|problem| problem.render(&sources, false))
            .collect();
        assert!(report.is_usable(), "{}", shown.join("\n"));
    }

    #[test]
    fn every_rule_of_the_pack_shows_what_it_does() {
        let compiled = super::super::RuleSet::compile(&shipped(), &Lexicon::default()).unwrap();
        for rule in compiled.rules.rules() {
            assert!(rule.examples.len() >= 4, "{} needs 4 examples", rule.id);
            assert!(rule.counter_examples.len() >= 3, "{} needs 3 counter-examples", rule.id);
        }
    }
}
