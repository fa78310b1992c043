//! The policies to begin with. What is wrong with the owner's rules keeps no phone from being answered:
//! he may be away when the machine starts anew, long after he mistyped something.

use super::policies::{PolicyError, compile, compile_of};
use crate::config::{Config, OwnRules};
use crate::rules::{self, Diagnostic, Problems, Severity, Source};
use crate::service::{Policies, Trouble};

/// How often what is wrong is left out before every file of the owner's is: one that goes may take words
/// with it that another one needs.
const MOST_TRIES: usize = 4;
/// How many mistakes are logged; one often brings others.
const MOST_SHOWN: usize = 20;

/// Compiles the policies of all lines, as far as it can be done: files of the owner's that are wrong are
/// left out and told of in the log, and the policies know of the trouble.
///
/// # Errors
/// [`PolicyError`], where something else than the owner's rules is wrong.
pub(super) fn begin(config: &Config) -> Result<Policies, PolicyError> {
    let wrong = match compile(config) {
        Ok((policies, _)) => return Ok(policies),
        Err(PolicyError::Rules(problems)) => PolicyError::Rules(problems),
        Err(PolicyError::Read(error)) => PolicyError::Read(error),
        Err(other) => return Err(other),
    };
    let trouble = Trouble::Wrong(wrong.told());
    tracing::error!("the rules on disk cannot be used as they are: {wrong}");
    let own = config.rules.folder.as_ref().map(OwnRules::readable);
    let known = match wrong {
        PolicyError::Rules(problems) => Some(problems),
        _ => None,
    };
    let (policies, kept) = without_what_is_wrong(config, own.unwrap_or_default(), known)?;
    tracing::error!(
        own_files = kept,
        "calls are judged without the files that are wrong, until they are mended; `portner check` \
         shows all that is wrong with them"
    );
    Ok(policies.without_files(trouble))
}

/// The policies of what is left, and how many of the owner's files are among that. Where nothing is, the
/// rules that Portner comes with judge, even if the settings turn them off: without any, no answer would
/// mean anything. `known` is what is wrong with all of them.
fn without_what_is_wrong(
    config: &Config,
    mut own: Vec<Source>,
    mut known: Option<Problems>,
) -> Result<(Policies, usize), PolicyError> {
    for _ in 0..MOST_TRIES {
        if let Some(problems) = known.take() {
            show(&problems, &own);
            let before = own.len();
            own.retain(|source| !errors(&problems).any(|error| error.file == source.path));
            if own.len() == before {
                break;
            }
        }
        if own.is_empty() {
            break;
        }
        let sources = rules::after_shipped(own.clone(), config.rules.shipped);
        match compile_of(config, &sources) {
            Ok((policies, _)) => return Ok((policies, own.len())),
            Err(PolicyError::Rules(problems)) => known = Some(problems),
            Err(other) => return Err(other),
        }
    }
    let (policies, _) = compile_of(config, &rules::shipped())?;
    Ok((policies, 0))
}

/// Writes mistakes into the log, each with the line that it stands in.
fn show(problems: &Problems, own: &[Source]) {
    for error in errors(problems).take(MOST_SHOWN) {
        tracing::error!("this file is left out:\n{}", error.render(own, false));
    }
}

fn errors(problems: &Problems) -> impl Iterator<Item = &Diagnostic> {
    let problems = problems.0.iter();
    problems.filter(|problem| problem.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::call::Language;

    const GOOD: &str = "version = 1\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\ntactic = \"D1\"\n\
                        kind = \"sell\"\npoints = 1\nphrases = [\"kviksølvtermometer*\"]\n";

    fn config(rules: &Path, shipped: bool) -> Config {
        let folder = rules.display();
        let text = format!(
            "[rules]\nfolder = {:?}\nshipped = {shipped}\n",
            folder.to_string()
        );
        Config::from_text(None, &text, &BTreeMap::new()).unwrap()
    }

    /// How many of these rules are the owner's and Portner's.
    fn counts(policies: &Policies) -> (usize, usize) {
        let rules = policies.lines()[0].rules.rules();
        let own = rules.iter().filter(|rule| rule.id.starts_with("mine"));
        let own = own.count();
        (own, rules.len() - own)
    }

    #[test]
    fn a_rule_that_is_wrong_goes_with_its_file_and_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
        write("good.toml", GOOD.as_bytes());
        let shipped = rules::shipped();
        let (alone, _) = compile(&config(folder.path(), true)).unwrap();
        let (_, theirs) = counts(&alone);
        assert!(
            begin(&config(folder.path(), true))
                .unwrap()
                .trouble()
                .is_none()
        );

        write(
            "wrong.toml",
            GOOD.replace("tactic = \"D1\"\n", "").as_bytes(),
        );
        write("latin.toml", b"# \xe6\nversion = 1\n");
        let begun = begin(&config(folder.path(), true)).unwrap();
        assert_eq!(counts(&begun), (1, theirs));
        let told = begun.trouble().unwrap().told();
        assert_ne!(told.told_in(Language::Da), told.english());
        assert!(
            !begun.are_of(&shipped),
            "its version is that of what is in it"
        );

        write("good.toml", b"version = 1\n[[rule]]\n");
        let begun = begin(&config(folder.path(), true)).unwrap();
        assert_eq!(counts(&begun), (0, theirs));
        assert!(begun.are_of(&shipped));
    }

    #[test]
    fn a_file_that_needs_what_another_one_had_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "a.toml",
            "version = 1\n[classes]\nfrugt = [\"banan*\"]\n[[rule]]\n",
        );
        write("b.toml", &GOOD.replace("kviksølvtermometer*", "{frugt}"));
        let other = GOOD.replace("\"mine\"", "\"mine-too\"");
        write("c.toml", &other);
        let begun = begin(&config(folder.path(), true)).unwrap();
        assert_eq!(counts(&begun).0, 1);
    }

    #[test]
    fn where_no_rule_is_left_those_that_portner_comes_with_judge() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        for (rules, shipped) in [
            (gone.as_path(), true),
            (&gone, false),
            (folder.path(), false),
        ] {
            let begun = begin(&config(rules, shipped)).unwrap();
            assert!(begun.are_of(&rules::shipped()) && begun.trouble().is_some());
        }
        let empty = begin(&config(folder.path(), true)).unwrap();
        assert!(empty.are_of(&rules::shipped()) && empty.trouble().is_none());
    }
}
