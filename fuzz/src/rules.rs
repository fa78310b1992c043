//! Rule files, phrases, what callers say, and phrases against what callers say.

use std::ops::Range;
use std::sync::LazyLock;

use portner::call::Question;
use portner::rules::{Hit, Lexicon, RuleSet, Situation, Source, check, shipped};

/// The rules that Portner comes with.
static SHIPPED: LazyLock<RuleSet> = LazyLock::new(|| {
    RuleSet::compile(&shipped(), &Lexicon::default())
        .expect("the shipped rules compile")
        .rules
});

/// A whole rule file: read or refused, and every problem points into it.
pub fn rule_file(bytes: &[u8]) {
    let source = Source {
        path: "any.toml".into(),
        text: String::from_utf8_lossy(bytes).into_owned(),
    };
    let sources = [source];
    for problem in check(&sources, &Lexicon::default()).diagnostics {
        assert!(sources[0].text.get(problem.span.clone()).is_some());
        assert!(!problem.render(&sources, false).is_empty());
    }
}

/// One phrase, in a file that is otherwise sound; if it compiles, it is tried on its own text.
pub fn phrase(bytes: &[u8]) {
    let phrase = String::from_utf8_lossy(bytes);
    rule_file(file_with(&phrase).as_bytes());
    try_on(&phrase, &phrase);
}

/// Anything a caller may say to the shipped rules: hits and classes stand within it, in order.
pub fn normaliser(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for hit in hits(&SHIPPED, &text) {
        stand_within(&hit.spans, &text);
    }
    for class in ["number", "weekday", "month"] {
        let spans = SHIPPED.class_hits(class, &text);
        stand_within(&spans, &text);
        assert!(spans.windows(2).all(|two| two[0].end <= two[1].start));
    }
}

/// A phrase on the first line, against what is said on the others.
pub fn matcher(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (phrase, said) = text.split_once('\n').unwrap_or((&text, &text));
    try_on(phrase, said);
}

fn try_on(phrase: &str, said: &str) {
    let source = Source {
        path: "any.toml".into(),
        text: file_with(phrase),
    };
    let Ok(compiled) = RuleSet::compile(&[source], &Lexicon::default()) else {
        return;
    };
    let first = hits(&compiled.rules, said);
    for hit in &first {
        assert!(!hit.spans.is_empty());
        stand_within(&hit.spans, said);
    }
    assert_eq!(first, hits(&compiled.rules, said), "the same twice");
}

fn stand_within(spans: &[Range<usize>], text: &str) {
    for span in spans {
        assert!(
            span.start < span.end && text.get(span.clone()).is_some(),
            "{span:?}"
        );
    }
}

/// What an answer to the greeting hits.
fn hits<'r>(rules: &'r RuleSet, text: &str) -> Vec<Hit<'r>> {
    rules
        .read(text)
        .evaluate(Question::Open, &Situation::default())
}

/// A file with one rule that looks for this phrase, and a class for it to use.
fn file_with(phrase: &str) -> String {
    let written: String = phrase
        .chars()
        .map(|letter| match letter {
            '"' | '\\' => format!("\\{letter}"),
            _ if letter.is_control() => format!("\\u{:04X}", u32::from(letter)),
            _ => letter.to_string(),
        })
        .collect();
    format!(
        "version = 1\nlanguage = \"da\"\n[classes]\nrole = [\"chef*\", \"den ansvarlige\"]\n\
         [[rule]]\nid = \"x\"\nname = \"x\"\ntactic = \"A1\"\nkind = \"sell\"\npoints = 1\n\
         phrases = [\"{written}\"]\n"
    )
}
