//! What holds for every file and every text.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::phrase::{self, Piece, Shape};
use super::*;
use crate::call::Question;

/// The default pack, compiled once.
static SHIPPED: LazyLock<RuleSet> = LazyLock::new(|| {
    let lexicon = Lexicon(BTreeMap::from([
        ("owner".into(), vec!["Per Topp".into()]),
        (
            "we_sell".into(),
            vec!["hjemmesider".into(), "web hosting".into()],
        ),
    ]));
    RuleSet::compile(&shipped(), &lexicon).unwrap().rules
});

/// What an answer to the greeting hits.
fn hits<'r>(rules: &'r RuleSet, text: &str) -> Vec<Hit<'r>> {
    rules
        .read(text)
        .evaluate(Question::Open, &Situation::default())
}

/// The plainest way to match a phrase: try everything.
fn ends(pieces: &[Piece], words: &[&str], from: usize) -> Vec<usize> {
    let Some((first, rest)) = pieces.split_first() else {
        return vec![from];
    };
    let word = words.get(from);
    let step = |yes: bool| if yes { vec![from + 1] } else { Vec::new() };
    let branches = |branches: &[Vec<Piece>]| -> Vec<usize> {
        branches
            .iter()
            .flat_map(|branch| ends(branch, words, from))
            .collect()
    };
    let next = match &first.shape {
        Shape::Word(wanted) => step(word == Some(&wanted.as_str())),
        Shape::Stem(stem) => step(word.is_some_and(|word| word.starts_with(stem.as_str()))),
        Shape::Tail(tail) => step(word.is_some_and(|word| word.ends_with(tail.as_str()))),
        Shape::Part(part) => step(word.is_some_and(|word| word.contains(part.as_str()))),
        Shape::Any => step(word.is_some()),
        Shape::Gap(width) => (from..=(from + *width as usize).min(words.len())).collect(),
        Shape::Optional(inner) => [branches(inner), vec![from]].concat(),
        Shape::Choice(inner) => branches(inner),
        Shape::Class(name) => step(name == "cd" && matches!(word, Some(&"c" | &"d"))),
    };
    next.into_iter()
        .flat_map(|at| ends(rest, words, at))
        .collect()
}

fn phrases() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => "[abcd]",
        1 => Just("abb*".to_owned()),
        1 => Just("*baa".to_owned()),
        1 => Just("{cd}".to_owned()),
        1 => Just("{any}".to_owned()),
        1 => "<[123]>",
    ];
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        let sequence = || prop::collection::vec(inner.clone(), 1..3).prop_map(|all| all.join(" "));
        prop_oneof![
            sequence().prop_map(|all| format!("[{all}]")),
            (sequence(), sequence()).prop_map(|(one, other)| format!("({one}|{other})")),
            (sequence(), sequence()).prop_map(|(one, other)| format!("[{one}|{other}]")),
        ]
    });
    prop::collection::vec(tree, 1..5).prop_map(|all| all.join(" "))
}

fn texts() -> impl Strategy<Value = Vec<&'static str>> {
    let word = prop::sample::select(&["a", "b", "c", "d", "abb", "abba", "baa"][..]);
    prop::collection::vec(word, 0..12).prop_map(|mut words| {
        // A word said twice is passed over, which the plain way does not know.
        words.dedup();
        words
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn agrees_with_the_plainest_way(phrase in phrases(), words in texts()) {
        let source = Source {
            path: "x.toml".into(),
            text: format!(
                "version = 1\n[classes]\ncd = ['c', 'd']\n[[rule]]\nid = 'x'\nname = 'x'\n\
                 tactic = 'A1'\nkind = 'sell'\npoints = 1\nphrases = ['{phrase}']"
            ),
        };
        // Phrases that need no word are refused.
        let Ok(compiled) = RuleSet::compile(&[source], &Lexicon::default()) else {
            return Ok(());
        };
        let pieces = phrase::parse(&phrase).unwrap();
        let text = words.join(" ");
        let expected = (0..words.len()).any(|from| !ends(&pieces, &words, from).is_empty());
        let hits = hits(&compiled.rules, &text);
        prop_assert_eq!(!hits.is_empty(), expected, "{:?} in {:?}", phrase, text);
        for span in hits.iter().flat_map(|hit| &hit.spans) {
            prop_assert!(span.start < span.end && text.get(span.clone()).is_some());
        }
    }

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,300}|([a-zæøå]{1,9} ){0,400}|\u{0}*[\\s\\S]{0,200}") {
        for hit in hits(&SHIPPED, &text) {
            for span in hit.spans {
                prop_assert!(text.get(span).is_some());
            }
        }
        for span in SHIPPED.class_hits("number", &text) {
            prop_assert!(text.get(span).is_some());
        }
    }

    #[test]
    fn words_of_the_pack_in_any_order_are_no_trouble(seed in any::<u64>(), count in 0_usize..300) {
        let words: Vec<&str> = SHIPPED
            .rules()
            .iter()
            .flat_map(|rule| &rule.examples)
            .flat_map(|text| text.split(' '))
            .collect();
        let mut state = seed;
        let text: Vec<&str> = (0..count)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                words[(state >> 33) as usize % words.len()]
            })
            .collect();
        let text = text.join(" ");
        let first = hits(&SHIPPED, &text);
        prop_assert_eq!(&first, &hits(&SHIPPED, &text));
        for span in first.iter().flat_map(|hit| &hit.spans) {
            prop_assert!(span.start < span.end && text.get(span.clone()).is_some());
        }
    }

    #[test]
    fn any_file_is_read_or_refused(text in "\\PC{0,200}|(\\[|\\{|rule|=|\"|\n|1|classes|[a-z]| ){0,60}") {
        let source = Source { path: "x.toml".into(), text };
        let report = check(std::slice::from_ref(&source), &Lexicon::default());
        for problem in report.diagnostics {
            prop_assert!(source.text.get(problem.span.clone()).is_some());
            prop_assert!(!problem.render(std::slice::from_ref(&source), false).is_empty());
        }
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(at in 0_usize..4_000, with in "[\\[\\]{}()<>|*\"'=\n#0-9a-zæ]{0,3}", cut in 0_usize..40) {
        let whole = &shipped()[0].text;
        let edge = |mut at: usize| {
            at = at.min(whole.len());
            while !whole.is_char_boundary(at) { at -= 1; }
            at
        };
        let (from, to) = (edge(at), edge(at + cut));
        let text = format!("{}{with}{}", &whole[..from], &whole[to..edge(6_000)]);
        let source = Source { path: "x.toml".into(), text };
        let report = check(std::slice::from_ref(&source), &Lexicon::default());
        for problem in report.diagnostics {
            prop_assert!(source.text.get(problem.span.clone()).is_some());
            prop_assert!(!problem.render(std::slice::from_ref(&source), false).is_empty());
        }
    }
}

#[test]
fn deep_and_wide_files_are_refused() {
    let refused = |text: String| {
        let source = Source {
            path: "x.toml".into(),
            text,
        };
        assert!(RuleSet::compile(&[source], &Lexicon::default()).is_err());
    };
    refused("[".repeat(100_000));
    refused(format!("a = {}1", "[".repeat(100_000)));
    refused(format!("a = {}1", "{a=".repeat(100_000)));
    let rule =
        "version = 1\n[[rule]]\nid = 'x'\nname = 'x'\ntactic = 'A1'\nkind = 'sell'\npoints = 1\n";
    refused(format!(
        "{rule}regex = ['\\w{{500}}', '(?:\\pL{{1,100}}){{1,10}}']"
    ));
    refused(format!("{rule}regex = ['x*']"));
    refused(format!("{rule}phrases = ['{}']", "(a|b) ".repeat(99)));
    refused(format!(
        "{rule}when = {}withheld = true{}",
        "{not = ".repeat(200),
        "}".repeat(200)
    ));
    refused(format!("{rule}phrases = [{}]", "'a b c', ".repeat(5_000)));
    let classes: String = (0..50)
        .map(|n| format!("c{n} = ['{{c{}}} x']\n", n + 1))
        .collect();
    refused(format!("version = 1\n[classes]\n{classes}c50 = ['y']\n"));
}

#[test]
fn doubts_are_told() {
    let rule = |id: &str, kind: &str, phrases: &str, more: &str| {
        format!(
            "[[rule]]\nid = '{id}'\nname = 'x'\ntactic = 'A1'\nkind = '{kind}'\npoints = 2\n\
             phrases = [{phrases}]\n{more}\n"
        )
    };
    let told = |rules: &[String]| -> Vec<&'static str> {
        let source = Source {
            path: "x.toml".into(),
            text: format!("version = 1\n{}", rules.concat()),
        };
        let report = check(&[source], &Lexicon::default());
        report
            .diagnostics
            .iter()
            .map(|problem| problem.code.as_str())
            .collect()
    };
    let fine = "examples = ['mobil aftale nu']\ncounter_examples = ['en mobil']";
    assert!(told(&[rule("a", "sell", "'mobil aftale'", fine)]).is_empty());
    assert_eq!(
        told(&[rule("a", "sell", "'mobil aftale'", "")]),
        ["no-examples"]
    );
    assert_eq!(
        told(&[rule("a", "sell", "'mobil aftale'", "examples = ['mobil']")]),
        ["example-missed"]
    );
    assert_eq!(
        told(&[rule(
            "a",
            "sell",
            "'mobil'",
            "examples = ['mobil']\ncounter_examples = ['en mobil']"
        )]),
        ["counter-example-hit"]
    );
    assert_eq!(
        told(&[rule("a", "sell", "'mobil aftale', 'Mobil  aftale'", fine)]),
        ["duplicate-phrase"]
    );
    assert_eq!(
        told(&[rule("a", "sell", "'mobil aftale', 'har du lige'", fine)]),
        Vec::<&str>::new()
    );
    assert_eq!(
        told(&[rule("a", "sell", "'mobil aftale', 'har du'", fine)]),
        ["small-words"]
    );
    assert_eq!(
        told(&[rule("a", "sell", "'mobil aftale', 'bil'", fine)]),
        ["broad-phrase"]
    );
    let twice = |kind| {
        [
            rule("a", "sell", "'mobil aftale'", fine),
            rule("b", kind, "'mobil aftale'", fine),
        ]
    };
    assert_eq!(told(&twice("sell")), ["shadowed-rule"]);
    assert_eq!(told(&twice("trust")), ["contradiction"]);
    assert!(told(&twice("scam")).is_empty());
    assert_eq!(told(&["[classes]\nleer = []\n".into()]), ["empty-class"]);
    let strong = rule("a", "sell", "'mobil aftale'", fine).replace("points = 2", "points = 4");
    assert_eq!(told(std::slice::from_ref(&strong)), ["rejects-alone"]);
    assert!(told(&[strong + "i_mean_it = true\n"]).is_empty());
    let action = format!("{fine}\naction = 'reject'");
    assert_eq!(
        told(&[rule("a", "trust", "'mobil aftale'", &action)]),
        ["rejects-alone"]
    );
    let when = format!("{action}\nwhen = {{ withheld = true }}");
    assert_eq!(
        told(&[rule("a", "trust", "'mobil aftale'", &when)]),
        ["rejects-alone"]
    );
    let meant = format!("{when}\ni_mean_it = true");
    assert!(told(&[rule("a", "trust", "'mobil aftale'", &meant)]).is_empty());
    let many: Vec<String> = (0..25)
        .map(|n| {
            rule(
                &format!("r{n}"),
                "sell",
                &format!("'mobil ting{n}'"),
                &format!("examples = ['mobil ting{n}']"),
            )
        })
        .chain([rule("all", "sell", "'mobil'", "examples = ['mobil']")])
        .collect();
    assert_eq!(told(&many), ["hits-almost-always"]);
}
