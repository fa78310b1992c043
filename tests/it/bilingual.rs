//! What is told in two languages says the same in both.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::architecture::sources;

/// The two texts of each `bilingual!` in a source, Danish first.
fn pairs(source: &str) -> Vec<(String, String)> {
    let pair = Regex::new(r#"bilingual!\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)""#).unwrap();
    pair.captures_iter(source)
        .map(|found| (found[1].to_owned(), found[2].to_owned()))
        .collect()
}

/// What is filled in, in any order; `{{` is a bracket and nothing to fill.
fn filled(placeholder: &Regex, text: &str) -> BTreeSet<String> {
    let text = text.replace("{{", "").replace("}}", "");
    let found = placeholder.find_iter(&text);
    found.map(|one| one.as_str().to_owned()).collect()
}

#[test]
fn every_text_in_two_languages_is_filled_with_the_same_things_and_translated() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let placeholder = Regex::new(r"\{[^}]*\}").unwrap();
    let (mut told, mut wrong) = (0, Vec::new());
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        let written =
            source.matches("bilingual!(\n").count() + source.matches("bilingual!(\"").count();
        let pairs = pairs(&source);
        assert_eq!(pairs.len(), written, "{}", path.display());
        told += pairs.len();
        for (danish, english) in pairs {
            let words = placeholder.replace_all(&english, "");
            let untranslated = danish == english && words.contains(char::is_alphabetic);
            if untranslated || filled(&placeholder, &danish) != filled(&placeholder, &english) {
                wrong.push(format!("{}: “{danish}” – “{english}”", path.display()));
            }
        }
    }
    assert!(told > 100, "only {told} found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
