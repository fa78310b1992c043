//! Rules as a whole: from a file to hits.

use super::*;
use crate::call::{Bilingual, LineId, Question};

/// A rule with these phrases, and more lines of its table.
fn rule(id: &str, phrases: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nname = \"{id}\"\ntactic = \"A1\"\nkind = \"sell\"\npoints = 1\n\
         phrases = [{phrases}]\n{more}\n"
    )
}

fn source(text: &str) -> Source {
    Source {
        path: "test.toml".into(),
        text: format!("version = 1\n{text}"),
    }
}

fn compiled(text: &str, lexicon: &[(&str, &[&str])]) -> RuleSet {
    let lexicon = Lexicon(
        lexicon
            .iter()
            .map(|(name, words)| {
                let words = words.iter().map(|word| (*word).to_owned()).collect();
                ((*name).to_owned(), words)
            })
            .collect(),
    );
    match RuleSet::compile(&[source(text)], &lexicon) {
        Ok(compiled) => compiled.rules,
        Err(problems) => panic!("{problems}"),
    }
}

/// A pack of one rule with these phrases.
fn pack(phrases: &[&str]) -> RuleSet {
    let phrases: Vec<String> = phrases.iter().map(|phrase| format!("'{phrase}'")).collect();
    compiled(&rule("x", &phrases.join(", "), ""), &[])
}

/// What an answer to the greeting hits.
fn hits<'r>(rules: &'r RuleSet, text: &str) -> Vec<Hit<'r>> {
    rules
        .read(text)
        .evaluate(Question::Open, &Situation::default())
}

/// The words that made the one rule fire.
fn words<'t>(rules: &RuleSet, text: &'t str) -> Vec<&'t str> {
    let hits = hits(rules, text);
    let spans = hits
        .first()
        .map(|hit| hit.spans.clone())
        .unwrap_or_default();
    spans.into_iter().map(|span| &text[span]).collect()
}

fn ids<'r>(rules: &'r RuleSet, text: &str) -> Vec<&'r str> {
    let hits = hits(rules, text);
    hits.into_iter().map(|hit| hit.rule.id.as_str()).collect()
}

fn is_hit(phrase: &str, text: &str) -> bool {
    !words(&pack(&[phrase]), text).is_empty()
}

#[test]
fn words_must_be_whole_and_in_order() {
    assert!(is_hit("har et lån", "Vi har et Lån!"));
    for text in [
        "har lån et",
        "har et blålån",
        "har et meget lån",
        "har et",
        "",
    ] {
        assert!(!is_hit("har et lån", text), "{text}");
    }
}

#[test]
fn every_element_of_a_phrase_works() {
    for (phrase, yes, no) in [
        ("nye* aftale", "en nyeste aftale", "en gammel aftale"),
        ("*abonnement", "mobilabonnement", "abonnementer"),
        ("*svarl*", "ansvarlige", "svare"),
        ("a [b] c", "a c", "a b d c"),
        ("a [b] c", "a b c", "a d c"),
        ("a [b|d e] c", "a d e c", "a d c"),
        ("(a|b c) d", "b c d", "b d"),
        ("a <2> d", "a b c d", "a b c e d"),
        ("a {any} d", "a b d", "a d"),
        ("om {number} dage", "om tre tyve dage", "om mange dage"),
        ("om {number} dage", "om 12 500 dage", "om dage"),
        ("på {weekday}", "på mandag", "på bordet"),
        ("i {month}", "i oktober", "i may"),
        ("(a|b (c|d)) e", "b d e", "b e"),
    ] {
        assert!(is_hit(phrase, yes), "{phrase} must hit {yes}");
        assert!(!is_hit(phrase, no), "{phrase} must not hit {no}");
    }
}

#[test]
fn numbers_are_those_of_the_language() {
    let with = |language: &str| {
        compiled(
            &format!(
                "language = \"{language}\"\n{}",
                rule("x", "'for {number} days'", "")
            ),
            &[],
        )
    };
    assert!(words(&with("en"), "for to days").is_empty());
    assert!(!words(&with("da"), "for to days").is_empty());
    assert!(!words(&with("en"), "for twenty one days").is_empty());
    assert!(words(&with("en"), "for one days").is_empty());
}

#[test]
fn shows_the_words_without_what_gaps_passed_over() {
    let rules = pack(&["taler jeg <3> {weekday}"]);
    assert_eq!(
        words(&rules, "Øh, taler jeg med dig på Mandag, ja?"),
        ["taler jeg", "Mandag"]
    );
    let rules = pack(&["[den] <2> (røde|blå) bil", "ja tak"]);
    assert_eq!(
        words(&rules, "ja tak ikke Blå bil den blå bil"),
        ["ja tak", "Blå bil"]
    );
}

#[test]
fn the_tightest_match_is_shown() {
    assert_eq!(words(&pack(&["a <3> b"]), "a x a y b z b"), ["a", "b"]);
    let text = "a x a y b";
    let rules = pack(&["a <3> b"]);
    let hits = hits(&rules, text);
    assert_eq!(hits[0].spans, [4..5, 8..9]);
}

#[test]
fn hears_joined_and_split_words() {
    assert_eq!(
        words(&pack(&["it ansvarlig*"]), "er du itansvarlig her"),
        ["itansvarlig"]
    );
    assert_eq!(
        words(&pack(&["mobilabonnement"]), "jeres Mobil Abonnement"),
        ["Mobil Abonnement"]
    );
    assert!(is_hit(
        "jeres mobilabonnement nu",
        "jeres mobil abonnement nu"
    ));
    assert!(is_hit("den <1> it chef her", "den nye itchef her"));
    // Half of a joined word is no word.
    assert!(!is_hit("ansvarlig her", "itansvarlig her"));
    assert!(!is_hit("er lån", "haverlån"));
}

#[test]
fn hears_through_one_slip() {
    for text in [
        "forsikring",
        "forsikrign",
        "forsirking",
        "forskring",
        "forsigring",
        "forsiikring",
        "orsikring",
    ] {
        assert!(is_hit("forsikring", text), "{text}");
    }
    for text in ["forskrng", "forsikringer ok", "sikring"] {
        let expected = text == "forsikringer ok";
        assert!(!is_hit("forsikring", text) || expected, "{text}");
    }
    assert!(is_hit("ansvarlig*", "ansvalige"));
    assert!(is_hit("ansvarlig*", "asvarlige"));
    // Short words are not guessed at.
    assert!(!is_hit("penge", "senge"));
}

#[test]
fn a_word_of_the_pack_is_never_taken_for_another() {
    let text = rule("x", "'contact us'", "") + &rule("y", "'contract'", "");
    let rules = compiled(&text, &[]);
    assert_eq!(ids(&rules, "contract us"), ["y"]);
    assert_eq!(ids(&rules, "contract"), ["y"]);
    let ordinary = rule("x", "'levering'", "counter_examples = [\"en lejring\"]");
    assert!(ids(&compiled(&ordinary, &[]), "lejring").is_empty());
}

#[test]
fn names_are_fuzzy_but_never_by_part() {
    let text =
        rule("x", "'{people}'", "") + &rule("y", "'loan'", "") + &rule("z", "'slo* penge'", "");
    let rules = compiled(&text, &[("people", &["Sloan", "Per Topp"])]);
    assert_eq!(ids(&rules, "mr sloan"), ["x"]);
    assert_eq!(ids(&rules, "mr sloen"), ["x"]);
    assert_eq!(ids(&rules, "a loan"), ["y"]);
    assert_eq!(ids(&rules, "er Per Topp der"), ["x"]);
    assert!(ids(&rules, "er Per der").is_empty());
    assert!(ids(&rules, "sloan penge").contains(&"x"));
    assert!(!ids(&rules, "sloan penge").contains(&"z"));
}

#[test]
fn a_common_name_is_no_misheard_word_but_may_be_somebody_known() {
    let text = rule("x", "'døren'", "") + &rule("y", "'{people}'", "");
    let rules = compiled(&text, &[("people", &["Karsten"])]);
    assert!(ids(&rules, "har i en Søren").is_empty());
    assert_eq!(ids(&rules, "er det Carsten"), ["y"]);
    assert_eq!(ids(&rules, "det er dören"), ["x"]);
}

#[test]
fn a_name_that_says_what_it_is_is_that_too() {
    let text = rule("x", "'{customers}'", "") + &rule("y", "'kommune*'", "");
    let text = text + &rule("z", "'kommu*'", "");
    let rules = compiled(&text, &[("customers", &["Furesø Kommune"])]);
    assert_eq!(ids(&rules, "odense kommune"), ["y"]);
    assert_eq!(ids(&rules, "furesø kommune"), ["x", "y"]);
}

#[test]
fn what_the_owner_sells_is_no_small_word_by_an_ending() {
    let text = rule("x", "'{we_sell}'", "") + &rule("y", "'{missing_roles}'", "");
    let sold: &[&str] = &["wills", "shoulder", "tag"];
    let rules = compiled(
        &text,
        &[("we_sell", sold), ("missing_roles", &["indkøber"])],
    );
    for said in ["will", "should", "tager", "jeres indkøb"] {
        assert!(ids(&rules, said).is_empty(), "{said}");
    }
    for said in ["wills", "shoulders", "taget på huset", "tagene"] {
        assert_eq!(ids(&rules, said), ["x"], "{said}");
    }
    assert_eq!(ids(&rules, "indkøberen"), ["y"]);
}

#[test]
fn an_empty_class_of_the_owner_never_hits() {
    let text = rule("x", "'om {we_sell}'", "");
    assert!(ids(&compiled(&text, &[]), "om cykler").is_empty());
    let rules = compiled(&text, &[("we_sell", &["cykel", "el-cykler"])]);
    assert_eq!(ids(&rules, "om cyklen"), ids(&rules, "om intet"));
    assert_eq!(ids(&rules, "om cykler"), Vec::<&str>::new());
    assert_eq!(ids(&rules, "om elcyklerne"), ["x"]);
    assert_eq!(ids(&rules, "om el cykler"), ["x"]);
    assert_eq!(ids(&rules, "om cykels"), ["x"]);
}

#[test]
fn passes_over_fillers_and_stutter() {
    for text in [
        "taler jeg øh med",
        "taler altså øhm jeg med",
        "taler taler jeg med",
        "taler you know jeg med",
    ] {
        assert!(is_hit("taler jeg med", text), "{text}");
    }
    assert!(is_hit("do you know him", "do you know him"));
    assert_eq!(
        words(&pack(&["taler jeg"]), "øh taler øh jeg øh"),
        ["taler", "jeg"]
    );
}

#[test]
fn classes_may_be_made_of_classes() {
    let text = "[classes]\na = ['x1', '{b}']\nb = ['y1 y2', '{c} z1']\nc = ['q1', 'q2 q3']\n"
        .to_owned()
        + &rule("x", "'før {a} efter'", "");
    let rules = compiled(&text, &[]);
    for yes in [
        "før x1 efter",
        "før y1 y2 efter",
        "før q1 z1 efter",
        "før q2 q3 z1 efter",
    ] {
        assert_eq!(ids(&rules, yes), ["x"], "{yes}");
    }
    for no in ["før q1 efter", "før y1 efter", "før efter"] {
        assert!(ids(&rules, no).is_empty(), "{no}");
    }
    assert_eq!(rules.class_hits("b", "Øh Y1 y2, og q1 z1"), [4..9, 14..19]);
    assert!(rules.class_hits("nothing", "x1").is_empty());
    assert_eq!(rules.read("x1 q1").classes(), [("a", 0), ("c", 3)]);
}

#[test]
fn a_circle_of_classes_is_an_error() {
    let text = "[classes]\na = ['{b}']\nb = ['x {a}']\n";
    let problems = RuleSet::compile(&[source(text)], &Lexicon::default()).unwrap_err();
    assert!(
        problems
            .0
            .iter()
            .all(|problem| problem.code == Code::CircularClass)
    );
    assert_eq!(problems.0.len(), 2);
}

#[test]
fn unless_cancels_however_far_away() {
    let rules = compiled(&rule("x", "'vil du købe'", "unless = ['min ordre']"), &[]);
    assert_eq!(ids(&rules, "vil du købe"), ["x"]);
    assert!(ids(&rules, "vil du købe min ordre").is_empty());
    let far = format!("vil du købe {} min ordre", "bla ".repeat(150));
    assert!(ids(&rules, &far).is_empty());
    let far = format!(
        "{} vil du købe {}",
        "blu bla ".repeat(80),
        "bla blu ".repeat(80)
    );
    assert_eq!(ids(&rules, &far), ["x"]);
}

#[test]
fn long_texts_are_searched_to_the_end_and_no_further() {
    let rules = pack(&["a <12> b"]);
    for before in 0..140 {
        let text = format!("{}a 1 2 3 4 5 6 7 8 9 10 11 12 b", "x y ".repeat(before));
        assert_eq!(words(&rules, &text), ["a", "b"], "{before}");
    }
    let beyond = format!("{}a b", "x".repeat(2_000));
    assert!(words(&rules, &beyond).is_empty());
}

#[test]
fn regexes_see_normalised_text() {
    let rules = compiled(&rule("x", "", "regex = ['\\bpaa (moede|besoeg)\\b']"), &[]);
    assert_eq!(words(&rules, "Kom, på MØDE!"), ["på MØDE"]);
    assert!(words(&rules, "påmøde").is_empty());
}

#[test]
fn only_answers_and_conditions_that_were_asked_for() {
    let rules = compiled(
        &rule(
            "x",
            "'hej'",
            "answers = ['why']\nwhen = { withheld = true }",
        ),
        &[],
    );
    let hits = |question, withheld| {
        let situation = Situation {
            withheld,
            ..Situation::default()
        };
        rules.read("hej").evaluate(question, &situation).len()
    };
    assert_eq!(hits(Question::Why, true), 1);
    assert_eq!(hits(Question::Why, false), 0);
    assert_eq!(hits(Question::Who, true), 0);
}

#[test]
fn a_rule_of_conditions_alone_hits_without_words() {
    let text = rule("x", "", "when = { withheld = true }");
    let rules = compiled(&text, &[]);
    let situation = Situation {
        withheld: true,
        ..Situation::default()
    };
    let hits = rules.read("whatever").evaluate(Question::Open, &situation);
    assert!(hits[0].spans.is_empty());
    assert!(ids(&rules, "whatever").is_empty());
}

#[test]
fn drafts_are_not_tried() {
    let rules = compiled(&rule("x", "'hej'", "life = 'draft'"), &[]);
    assert!(ids(&rules, "hej").is_empty());
    let rules = compiled(&rule("x", "'hej'", "life = 'shadow'"), &[]);
    assert_eq!(ids(&rules, "hej"), ["x"]);
}

#[test]
fn the_version_changes_with_rules_and_profile() {
    let one = compiled(&rule("x", "'hej'", ""), &[]);
    let same = compiled(&rule("x", "'hej'", ""), &[]);
    let other = compiled(&rule("x", "'hej du'", ""), &[]);
    let owner = compiled(&rule("x", "'hej'", ""), &[("owner", &["Per"])]);
    assert_eq!(one.version(), same.version());
    assert_ne!(one.version(), other.version());
    assert_ne!(one.version(), owner.version());
}

#[test]
fn all_problems_are_told_with_their_places() {
    let text = "version = 1\nlanguag = \"da\"\n[[rule]]\nid = \"Ab\"\nname = \"n\"\ntactic = \"A1\"\n\
                kind = \"sel\"\npoints = 9\nphrases = [\"ab (cd\", \"en {nixda}\"]\nexample = []\n\
                [[rule]]\nid = \"ok\"\nname = \"n\"\ntactic = \"A1\"\nkind = \"sell\"\npoints = 1\n\
                phrases = [\"ab (cd\", \"en {weekdya}\", \"<3> [a]\", 'a <12> b <12> c <12> d']\n";
    let source = Source {
        path: "bad.toml".into(),
        text: text.into(),
    };
    let problems =
        RuleSet::compile(std::slice::from_ref(&source), &Lexicon::default()).unwrap_err();
    let found: Vec<(&str, usize, usize)> = problems
        .0
        .iter()
        .map(|problem| (problem.code.as_str(), problem.line, problem.column))
        .collect();
    assert_eq!(
        found,
        [
            ("unknown-key", 2, 1),
            ("wrong-value", 4, 6),
            ("wrong-value", 7, 8),
            ("wrong-value", 8, 10),
            ("unknown-key", 10, 1),
            ("phrase", 17, 16),
            ("unknown-class", 17, 26),
            ("phrase", 17, 39),
            ("phrase", 17, 50),
        ]
    );
    assert_eq!(
        problems.0[2].help.as_ref().map(Bilingual::english),
        Some("did you mean \"sell\"?")
    );
    assert_eq!(
        problems.0[6].help.as_ref().map(Bilingual::english),
        Some("did you mean {weekday}?")
    );
    let shown = problems.0[6].render(&[source], false);
    assert!(
        shown.contains("bad.toml:17:26") && shown.contains("^^^^^^^^^"),
        "{shown}"
    );
}

#[test]
fn a_file_of_nothing_but_mistakes_is_told_in_a_hundred_of_them() {
    let text: String = (0..3_000)
        .map(|n| format!("[[rule]]\nfoo{n} = 1\n"))
        .collect();
    let wrong = source(&text);
    let report = check(std::slice::from_ref(&wrong), &Lexicon::default());
    assert_eq!(report.diagnostics.len(), 101);
    // Of each: the unknown key, five that are missing, and nothing to look for.
    assert_eq!(report.errors(), 3_000 * 7);
    let last = report.diagnostics.last().unwrap();
    assert_eq!((last.code, last.severity), (Code::More, Severity::Error));
    assert!(last.message.english().ends_with("more"), "{last}");
    let shown = last.render(&[wrong], false);
    assert!(
        shown.contains(&format!("test.toml:{}:", last.line)),
        "{shown}"
    );
}

/// What is found in a file, with what is advised.
fn found(text: &str) -> Vec<(Code, String)> {
    let found = check(&[source(text)], &Lexicon::default()).diagnostics;
    let advice = |one: &Diagnostic| one.help.as_ref().map_or("", Bilingual::english).to_owned();
    found.iter().map(|one| (one.code, advice(one))).collect()
}

#[test]
fn what_is_meant_by_a_file_that_is_written_wrong_is_told() {
    let one = rule("x", "'billigt lån til dig'", "");
    for (text, code, advice) in [
        (
            one.replace("[[rule]]", "[rule]"),
            Code::WrongValue,
            "[[rule]]",
        ),
        (
            one.repeat(2).replace("[[rule]]", "[rule]"),
            Code::Syntax,
            "[[rule]]",
        ),
        (
            one.replace("\"A1\"", "“A1”"),
            Code::Syntax,
            "straight quotes",
        ),
        (
            one.replace("\"A1\"", "\"A1”"),
            Code::Syntax,
            "straight quotes",
        ),
    ] {
        let found = found(&text);
        let is_told = found
            .iter()
            .any(|(found, told)| *found == code && told.contains(advice));
        assert!(is_told, "{text}: {found:?}");
    }
    let as_a_text = one.replace("['billigt lån til dig']", "\"billigt lån til dig\"");
    let codes: Vec<Code> = found(&as_a_text)
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert_eq!(codes, [Code::WrongValue]);
    let open = one.replace(
        "'billigt lån til dig'",
        "\"billigt lån, \"til dig\", \"nu\"",
    );
    assert_eq!(
        found(&open).len(),
        1,
        "one line, one mistake: {:?}",
        found(&open)
    );
    // Printed quotes in a text or a remark are no mistake of the line that has another one.
    let other = "x = \"“a”\" y # “b”\n";
    assert_eq!(found(other)[0], (Code::Syntax, String::new()));
}

#[test]
fn phrases_are_the_same_that_find_the_same_words() {
    let text = rule(
        "x",
        "'maling på træ', 'maling paa trae', 'maling-på-træ'",
        "",
    );
    let found = found(&text);
    let twice = found
        .iter()
        .filter(|(code, _)| *code == Code::DuplicatePhrase);
    assert_eq!(twice.count(), 2, "{found:?}");
}

#[test]
fn a_regular_expression_wants_examples_too() {
    let text = rule("x", "", "regex = ['\\bkun i (dag|aften)\\b']");
    let found = found(&text);
    assert!(
        found.iter().any(|(code, _)| *code == Code::NoExamples),
        "{found:?}"
    );
}

#[test]
fn a_rule_of_no_words_whose_conditions_always_hold_is_doubted() {
    let doubts = |when: &str| {
        let found = found(&rule("x", "", &format!("when = {when}")));
        let doubts = found.iter().filter(|(code, _)| *code == Code::AlwaysHolds);
        doubts.count()
    };
    assert_eq!(doubts("{ says_at_least = 'nothing' }"), 1);
    assert_eq!(doubts("{ all = [] }"), 2);
    assert_eq!(doubts("{ says_at_least = 'general' }"), 0);
    assert_eq!(doubts("{ withheld = true }"), 0);
}

#[test]
fn a_condition_on_a_line_that_there_is_not_is_doubted_where_the_lines_are_known() {
    let when = "when = { lines = ['shop', 'shpo'], not = { lines = ['none'] } }";
    let sources = [source(&rule("x", "'billigt lån til dig'", when))];
    let lines = ["shop", "office"].map(|name| LineId(name.to_owned()));
    let doubts = |report: Report| {
        let found = report.diagnostics.into_iter();
        let found = found.filter(|one| one.code == Code::NeverHolds);
        let advice = found.map(|one| {
            one.help
                .map_or(String::new(), |help| help.english().to_owned())
        });
        advice.collect::<Vec<_>>()
    };
    let words = Lexicon::default();
    assert_eq!(
        doubts(check_for_lines(&sources, &words, &lines)),
        ["did you mean \"shop\"?", "the lines are: shop, office"]
    );
    assert!(doubts(check(&sources, &words)).is_empty());
}

#[test]
fn an_example_that_a_condition_keeps_away_is_told_which() {
    let why = |when: &str| {
        let more = format!("when = {when}\nexamples = ['vil du købe']");
        let text = source(&rule("x", "'vil du købe'", &more));
        let found = check(&[text], &Lexicon::default()).diagnostics;
        let missed = found.iter().find(|one| one.code == Code::ExampleMissed);
        let help = missed.and_then(|one| one.help.as_ref());
        help.map(|help| help.english().to_owned())
            .unwrap_or_default()
    };
    assert!(why("{ any = [] }").contains("`any`"));
    assert!(why("{ not = {} }").contains("`not`"));
    assert!(why("{ says_at_least = 'particular' }").contains("`says_at_least`"));
}

/// What the owner sells can cancel an example; that says nothing against the rule.
#[test]
fn an_example_that_the_owners_own_words_cancel_is_doubtful_and_no_error() {
    let more = "unless = ['{we_sell}']\nexamples = ['et billigt logo', 'en billig dør']";
    let text = rule("x", "'billigt logo', 'billig strøm'", more);
    let sells = Lexicon([("we_sell".to_owned(), vec!["logo".to_owned()])].into());
    let found = check(&[source(&text)], &sells).diagnostics;
    let missed = |problem: &&Diagnostic| problem.code == Code::ExampleMissed;
    let how_bad: Vec<Severity> = found
        .iter()
        .filter(missed)
        .map(|one| one.severity)
        .collect();
    assert_eq!(how_bad, [Severity::Warning, Severity::Error], "{found:?}");
}

#[test]
fn names_of_reasons_that_are_no_rules_are_no_ids() {
    for (id, is_free) in [
        ("opinion", false),
        ("list-brokers", false),
        ("lists", true),
        ("opinions", true),
    ] {
        let text = format!("version = 1\n{}", rule(id, "'billigt lån'", ""));
        let path = "test.toml".into();
        let report = check(&[Source { path, text }], &Lexicon::default());
        let mut errors = report.diagnostics.iter().map(|one| one.code);
        assert_eq!(
            !errors.any(|code| code == Code::WrongValue),
            is_free,
            "{id}"
        );
    }
}
