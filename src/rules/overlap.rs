//! Rules that see the same as others, or never anything: told by what the examples of all rules
//! hit.

use std::ops::Range;

use super::RuleSet;
use super::compile::Built;
use super::diagnostic::{Code, Diagnostic};
use super::file::Written;
use super::phrase::{self, Piece, Shape};
use super::rule::{HINTS, Life, MOST_BY_HINTS, Rule};
use super::rule_set::Trial;
use crate::call::{EvidenceKind, bilingual};

/// So few examples are no evidence of anything.
const ENOUGH_EXAMPLES: usize = 3;

/// What each example of each rule hits: rules by their places, and where.
pub(super) type ExampleHits = Vec<Vec<Vec<(usize, Vec<Range<usize>>)>>>;

/// Tries every example of every rule on all of them.
pub(super) fn example_hits(rules: &RuleSet) -> ExampleHits {
    let places: std::collections::HashMap<&str, usize> = rules
        .rules()
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.id.as_str(), at))
        .collect();
    let hits = |rule: &Rule, text: &String| {
        let found = rules.hits(text, rule.answers[0], Trial::Words);
        found
            .into_iter()
            .filter_map(|hit| Some((*places.get(hit.rule.id.as_str())?, hit.spans)))
            .collect()
    };
    let all = rules.rules().iter();
    all.map(|rule| rule.examples.iter().map(|text| hits(rule, text)).collect())
        .collect()
}

/// Looks at every rule beside all others.
pub(super) fn overlaps(built: &Built<'_>, hits: &ExampleHits) -> Vec<Diagnostic> {
    let rules = built.rules.rules();
    let mut found = Vec::new();
    for (at, ((rule, hits), (source, written))) in
        rules.iter().zip(hits).zip(&built.written).enumerate()
    {
        let problem =
            |code, message| Diagnostic::warning(code, source, written.id.span.clone(), message);
        if rule.life == Life::Draft {
            continue;
        }
        if rule.points == 0 && rule.fills.is_empty() && rule.action.is_none() && !is_protected(rule)
        {
            let message = bilingual!(
                "det ændrer intet, at denne regel rammer: den har ingen point, udfylder intet og afgør intet",
                "a hit of this rule changes nothing: it has no points, fills nothing and decides nothing"
            );
            found.push(problem(Code::NoEffect, message).help(bilingual!(
                "giv den point eller `fills`, eller tag den ud",
                "give it points, or `fills`, or take it out"
            )));
        }
        if is_hint_of_selling(rule) && rule.points > MOST_BY_HINTS {
            let message = bilingual!(
                "taktik “{tactic}” er et vink: alle vink giver tilsammen højst {MOST_BY_HINTS} point, hvor denne regel har {points}",
                "tactic “{tactic}” is a hint: all hints give at most {MOST_BY_HINTS} points together, where this rule has {points}",
                tactic = rule.tactic,
                points = rule.points
            );
            found.push(problem(Code::LostPoints, message).help(bilingual!(
                "giv den en taktik med et andet bogstav end {HINTS}",
                "give it a tactic with another letter than {HINTS}"
            )));
        }
        if is_always_cancelled(&built.rules, at, written) {
            let message = bilingual!(
                "denne regel rammer aldrig: dens egen `unless` ophæver hver af dens vendinger",
                "this rule never hits: its own `unless` cancels each of its phrases"
            );
            found.push(problem(Code::NeverHits, message));
        }
        if rule.life != Life::Live || !is_against(rule) || hits.len() < ENOUGH_EXAMPLES {
            continue;
        }
        let stronger = rules.iter().enumerate().filter(|(other, one)| {
            *other != at
                && one.life == Life::Live
                && one.points >= rule.points
                && built.rules.is_unconditional(*other)
                && rule.answers.iter().all(|own| one.answers.contains(own))
        });
        for (other, one) in stronger {
            let sees_all = hits.iter().all(|hits| sees_the_same(hits, at, other));
            let adds_nothing = rule.kind == one.kind
                && rule.action.is_none()
                && rule.fills.iter().all(|slot| one.fills.contains(slot));
            if sees_all && adds_nothing {
                let message = bilingual!(
                    "“{id}” ser de samme ord i hvert eksempel på denne regel, med lige så mange point",
                    "“{id}” sees the same words in every example of this rule, with as many points",
                    id = one.id
                );
                found.push(problem(Code::ShadowedRule, message).help(bilingual!(
                    "det, der taler imod den, der ringer, tæller én gang for de samme ord",
                    "what speaks against a caller counts once for the same words"
                )));
                break;
            }
            if sees_all && !is_against(one) && one.kind != EvidenceKind::Machine {
                let message = bilingual!(
                    "i hvert eksempel på denne regel ser “{id}” de samme ord og taler for den, der ringer, med lige så mange point",
                    "in every example of this rule “{id}” sees the same words and speaks for the caller with as many points",
                    id = one.id
                );
                found.push(problem(Code::Contradiction, message).help(bilingual!(
                    "tilsammen siger de intet; giv en af dem en `unless`",
                    "together they say nothing; give one of them an `unless`"
                )));
                break;
            }
        }
    }
    found
}

fn is_against(rule: &Rule) -> bool {
    rule.points > 0 && counts_once(rule.kind)
}

/// Whether evidence of this kind counts once for the same words, however many rules saw them.
pub(super) fn counts_once(kind: EvidenceKind) -> bool {
    matches!(
        kind,
        EvidenceKind::Sell | EvidenceKind::Evade | EvidenceKind::Scam
    )
}

fn is_hint_of_selling(rule: &Rule) -> bool {
    rule.kind == EvidenceKind::Sell && rule.tactic.starts_with(HINTS)
}

fn is_protected(rule: &Rule) -> bool {
    rule.kind == EvidenceKind::Protected
}

/// Whether both hit the same words of an example.
fn sees_the_same(hits: &[(usize, Vec<Range<usize>>)], rule: usize, other: usize) -> bool {
    let spans = |wanted: usize| hits.iter().find(|(at, _)| *at == wanted);
    let (Some((_, own)), Some((_, others))) = (spans(rule), spans(other)) else {
        return false;
    };
    own.iter().any(|own| {
        let common = |other: &Range<usize>| own.start < other.end && other.start < own.end;
        others.iter().any(common)
    })
}

/// Whether each phrase is cancelled by the rule itself. Only of phrases that can be said in one way alone.
fn is_always_cancelled(rules: &RuleSet, at: usize, written: &Written) -> bool {
    let rule = &rules.rules()[at];
    if written.phrases.is_empty() || written.unless.is_empty() || !written.regex.is_empty() {
        return false;
    }
    written.phrases.iter().all(|text| {
        let Some(said) = phrase::parse(&text.value)
            .ok()
            .and_then(|pieces| only_way(&pieces))
        else {
            return false;
        };
        let hits = rules.hits(&said, rule.answers[0], Trial::Words);
        !hits.iter().any(|hit| hit.rule.id == rule.id) && rules.cancelled_by(at, &said).is_some()
    })
}

/// The words of a phrase, where it can be said in one way alone. What a stem goes on with is left out.
fn only_way(pieces: &[Piece]) -> Option<String> {
    let word = |piece: &Piece| match &piece.shape {
        Shape::Word(word) | Shape::Stem(word) | Shape::Part(word) => Some(word.clone()),
        Shape::Tail(tail) => Some(format!("xx{tail}")),
        Shape::Any => Some("xx".into()),
        Shape::Class(_) | Shape::Gap(_) | Shape::Optional(_) | Shape::Choice(_) => None,
    };
    let words: Option<Vec<String>> = pieces.iter().map(word).collect();
    Some(words?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Lexicon, Source, check};

    fn rule(id: &str, more: &str) -> String {
        format!("[[rule]]\nid = \"{id}\"\nname = \"{id}\"\ntactic = \"A1\"\n{more}\n")
    }

    fn codes(text: &str) -> Vec<(Code, bool)> {
        let source = Source {
            path: "test.toml".into(),
            text: format!("version = 1\n{text}"),
        };
        let report = check(&[source], &Lexicon::default());
        let is_error = |one: &Diagnostic| one.severity == crate::rules::Severity::Error;
        let codes = report.diagnostics.iter();
        codes.map(|one| (one.code, is_error(one))).collect()
    }

    const LOANS: &str = "kind = \"sell\"\npoints = 2\nphrases = [\"billigt lån\"]\nexamples = \
                         [\"et billigt lån\", \"billigt lån til jer\", \"vil I have et billigt lån\"]";

    #[test]
    fn a_rule_that_another_one_always_outweighs_is_told() {
        let wider = "kind = \"sell\"\npoints = 3\nphrases = [\"(billigt|dyrt) lån\"]\nexamples = [\"et dyrt lån\"]";
        let both = rule("narrow", LOANS) + &rule("wide", wider);
        assert_eq!(codes(&both), [(Code::ShadowedRule, false)]);
        let weaker = wider.replace("points = 3", "points = 1");
        assert_eq!(codes(&(rule("narrow", LOANS) + &rule("wide", &weaker))), []);
        let elsewhere = format!("{wider}\nwhen = {{ withheld = true }}");
        assert_eq!(
            codes(&(rule("narrow", LOANS) + &rule("wide", &elsewhere))),
            []
        );
    }

    #[test]
    fn a_phrase_that_two_rules_never_have_at_once_is_not_told() {
        let with = |more: &str| rule("two", &format!("{LOANS}\n{more}"));
        let twins = codes(&(rule("one", LOANS) + &with("")));
        assert!(twins.contains(&(Code::ShadowedRule, false)), "{twins:?}");
        for (one, two) in [
            ("", "life = \"draft\""),
            ("when = { withheld = true }", "when = { withheld = false }"),
        ] {
            let found = codes(&(rule("one", &format!("{LOANS}\n{one}")) + &with(two)));
            assert_eq!(found, [], "{two}");
        }
    }

    #[test]
    fn it_is_told_whether_two_rules_count_for_the_same_phrase() {
        let help = |kind: &str| {
            let rules = ["one", "two"].map(|id| {
                let more = format!("kind = \"{kind}\"\npoints = 1\nphrases = [\"billigt lån\"]");
                rule(id, &(more + "\nexamples = [\"et billigt lån\"]"))
            });
            let source = Source {
                path: "test.toml".into(),
                text: format!("version = 1\n{}", rules.concat()),
            };
            let report = check(&[source], &Lexicon::default());
            let help = report.diagnostics.first().and_then(|one| one.help.as_ref());
            help.map(|help| help.english().to_owned())
                .unwrap_or_default()
        };
        for kind in ["sell", "evade", "scam"] {
            assert!(
                help(kind).starts_with("only one of the rules counts"),
                "{kind}"
            );
        }
        for kind in ["trust", "machine", "protected"] {
            assert!(help(kind).starts_with("both rules count"), "{kind}");
        }
    }

    #[test]
    fn a_rule_that_another_one_always_speaks_against_is_told() {
        let kind = "kind = \"trust\"\npoints = 2\nphrases = [\"(billigt|dyrt) lån\"]\nexamples = [\"et dyrt lån\"]";
        let both = rule("narrow", LOANS) + &rule("kind", kind);
        assert_eq!(codes(&both), [(Code::Contradiction, false)]);
    }

    #[test]
    fn a_rule_without_any_effect_is_told() {
        let idle = LOANS.replace("points = 2", "points = 0");
        assert_eq!(codes(&rule("idle", &idle)), [(Code::NoEffect, false)]);
        let fills = format!("{idle}\nfills = [\"what\"]");
        assert_eq!(codes(&rule("fills", &fills)), []);
    }

    #[test]
    fn points_that_a_hint_never_gives_are_told() {
        let strong = LOANS.replace("points = 2", "points = 3");
        let hint = |more: &str| rule("hint", more).replace("A1", "H9");
        assert_eq!(codes(&hint(&strong)), [(Code::LostPoints, false)]);
        assert_eq!(codes(&hint(LOANS)), []);
        assert_eq!(codes(&rule("sign", &strong)), []);
    }

    #[test]
    fn a_rule_that_cancels_itself_is_told() {
        let never = "kind = \"sell\"\npoints = 1\nlife = \"shadow\"\nphrases = [\"billigt lån\", \
                     \"lån penge\"]\nunless = [\"lån\"]\nexamples = []";
        let found = codes(&rule("never", never));
        assert!(found.contains(&(Code::NeverHits, false)), "{found:?}");
        let at_times = never.replace("\"lån penge\"", "\"hurtige penge\"");
        let found = codes(&rule("at-times", &at_times));
        assert!(!found.contains(&(Code::NeverHits, false)), "{found:?}");
        let in_between = never.replace("\"billigt lån\"", "\"lån <3> penge\"");
        let in_between = in_between.replace("[\"lån\"]", "[\"lån penge\"]");
        let found = codes(&rule("in-between", &in_between));
        assert!(!found.contains(&(Code::NeverHits, false)), "{found:?}");
    }
}
