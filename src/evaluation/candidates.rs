//! Small changes of the rules that might set a wrong verdict right. Whether one does, and what else
//! it changes, only trying it tells.

use crate::call::{Answer, Call, EvidenceKind, Question, Reason, Treatment};
use crate::rules::{Amendment, NewRule, Rule, is_small_word, plain_words};
use crate::screening::{Answered, answers};

/// The file that new rules go to, below the owner's folder.
pub const FEEDBACK_FILE: &str = "feedback.toml";
/// How many phrases of one answer are tried.
const PHRASES: usize = 3;
/// How many of the owner's own rules are tried with one more phrase.
const OWN_RULES: usize = 3;
/// How strong a rule is whose callers are never held up.
const PROTECTED_POINTS: u8 = 3;
/// The longest example, in characters.
const MOST_EXAMPLE_CHARS: usize = 300;
/// The tactics of new rules: a letter that no other rule uses, and one for each answer.
const TACTICS: [&str; 3] = ["Z1", "Z2", "Z3"];

/// A change that might do, all of it in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The file, below the owner's folder.
    pub path: String,
    /// What changes in it.
    pub changes: Vec<Amendment>,
}

/// An answer of the caller: the turn, the question and the words.
struct Said<'a> {
    turn: u16,
    question: Question,
    text: &'a str,
}

impl<'a> Said<'a> {
    fn of(answered: Answered<'a>) -> Option<Self> {
        match answered.answer {
            Answer::Speech(words) => Some(Self {
                turn: answered.turn,
                question: answered.question,
                text: &words.text,
            }),
            Answer::Key(_) | Answer::Silence => None,
        }
    }
}

/// Changes that might make this call end as it should, the smallest first. `call` is the call as
/// the rules of now judge it, `rules` are those rules, and `own` says which of them stand in files
/// of the owner; only those can change, so otherwise new rules are tried.
#[must_use]
pub fn candidates(
    call: &Call,
    was: Treatment,
    should: Treatment,
    rules: &[Rule],
    own: impl Fn(&Rule) -> bool,
) -> Vec<Candidate> {
    let said = said(call);
    let rule = |reason: &Reason| rules.iter().find(|rule| rule.id == reason.rule);
    let counted: Vec<(&Reason, &Rule)> = call
        .reasons
        .iter()
        .filter(|reason| !reason.shadow)
        .filter_map(|reason| Some((reason, rule(reason)?)))
        .filter(|(reason, rule)| (reason.points > 0 || rule.action.is_some()) && own(rule))
        .collect();
    let mut found = if should < was {
        let mut found = weaker(&counted, &said);
        found.extend(speaking_for(Origin::of(call, rules), should, &said));
        found
    } else {
        let mut found = stronger(&counted);
        let sells = |rule: &&Rule| rule.kind == EvidenceKind::Sell && own(rule);
        found.extend(longer(rules.iter().filter(sells), &said));
        found.extend(speaking_against(Origin::of(call, rules), should, &said));
        found
    };
    found.dedup();
    found
}

/// Changes for a call that nothing smaller makes ring: who says what this caller said is never held up.
/// `rules` are those of now.
#[must_use]
pub fn last_resorts(call: &Call, should: Treatment, rules: &[Rule]) -> Vec<Candidate> {
    if should != Treatment::Connect {
        return Vec::new();
    }
    let origin = Origin::of(call, rules);
    let mut found = Vec::new();
    for said in said(call) {
        found.extend(phrases(said.text).into_iter().map(|phrase| {
            let kind = EvidenceKind::Protected;
            added(origin.rule(0, kind, PROTECTED_POINTS, phrase, said.text))
        }));
    }
    found
}

fn said(call: &Call) -> Vec<Said<'_>> {
    answers(call).into_iter().filter_map(Said::of).collect()
}

fn added(rule: NewRule) -> Candidate {
    Candidate {
        path: FEEDBACK_FILE.into(),
        changes: vec![Amendment::New(rule)],
    }
}

fn is_against(kind: EvidenceKind) -> bool {
    !matches!(kind, EvidenceKind::Trust | EvidenceKind::Protected)
}

/// Rules that spoke against the caller count less, or not for what he said.
fn weaker(counted: &[(&Reason, &Rule)], said: &[Said<'_>]) -> Vec<Candidate> {
    let against = counted.iter().filter(|(reason, _)| is_against(reason.kind));
    let mut found = Vec::new();
    let mut seen: Vec<&String> = Vec::new();
    for (reason, rule) in against {
        let id = || rule.id.clone();
        let mut push = |change| {
            found.push(Candidate {
                path: rule.file.clone(),
                changes: vec![change],
            });
        };
        let said = said.iter().find(|one| one.turn == reason.turn);
        let text = said.map_or_else(String::new, |said| example(said.text));
        let unless = |phrase| Amendment::Unless {
            rule: id(),
            phrase,
            text: text.clone(),
        };
        let mut phrases = said
            .map_or_else(Vec::new, |said| phrases(said.text))
            .into_iter();
        phrases.next().map(unless).into_iter().for_each(&mut push);
        if !seen.contains(&&rule.id) {
            seen.push(&rule.id);
            for points in (0..rule.points).rev() {
                push(Amendment::Points { rule: id(), points });
            }
        }
        phrases.map(unless).for_each(&mut push);
        if said.is_some() {
            push(Amendment::CounterExample {
                rule: id(),
                text: text.clone(),
            });
        }
    }
    found
}

/// Rules that spoke against the caller count more.
fn stronger(counted: &[(&Reason, &Rule)]) -> Vec<Candidate> {
    let against = counted.iter().filter(|(reason, _)| is_against(reason.kind));
    against
        .flat_map(|(_, rule)| {
            (rule.points + 1..=3).map(|points| Candidate {
                path: rule.file.clone(),
                changes: vec![Amendment::Points {
                    rule: rule.id.clone(),
                    points,
                }],
            })
        })
        .collect()
}

/// The owner's own rules of selling know one more phrase.
fn longer<'r>(rules: impl Iterator<Item = &'r Rule>, said: &[Said<'_>]) -> Vec<Candidate> {
    rules
        .take(OWN_RULES)
        .filter_map(|rule| {
            let said = said.first()?;
            Some(Candidate {
                path: rule.file.clone(),
                changes: vec![Amendment::Phrase {
                    rule: rule.id.clone(),
                    phrase: phrases(said.text).into_iter().next()?,
                    text: example(said.text),
                }],
            })
        })
        .collect()
}

/// A new rule that speaks for who says what this caller said.
fn speaking_for(origin: Origin<'_>, should: Treatment, said: &[Said<'_>]) -> Vec<Candidate> {
    let points: &[u8] = match should {
        Treatment::Connect => &[2, 3, 5],
        _ => &[1, 2],
    };
    let mut found = Vec::new();
    for points in points {
        for said in said {
            for phrase in phrases(said.text) {
                let rule = origin.rule(0, EvidenceKind::Trust, *points, phrase, said.text);
                found.extend(filled(should, said.question).iter().map(|fills| {
                    added(NewRule {
                        fills: fills.to_vec(),
                        ..rule.clone()
                    })
                }));
            }
        }
    }
    found
}

/// What words may fill that speak for a caller: an errand, and who gave a reason to call exactly here may
/// be let in for that.
fn filled(should: Treatment, question: Question) -> &'static [&'static [&'static str]] {
    match (should, question) {
        (Treatment::Connect, Question::Why) => &[&["what"], &["why"]],
        (Treatment::Connect, _) => &[&["what"]],
        _ => &[&[]],
    }
}

/// New rules that know what this caller said as selling: one, or one for each answer.
fn speaking_against(origin: Origin<'_>, should: Treatment, said: &[Said<'_>]) -> Vec<Candidate> {
    let points: &[u8] = match should {
        Treatment::Reject => &[2, 3],
        _ => &[1, 2, 3],
    };
    let first: Vec<(&Said<'_>, String)> = said
        .iter()
        .take(TACTICS.len())
        .filter_map(|said| Some((said, phrases(said.text).into_iter().next()?)))
        .collect();
    let mut found = Vec::new();
    for points in points {
        for said in said {
            found.extend(phrases(said.text).into_iter().map(|phrase| {
                let kind = EvidenceKind::Sell;
                added(origin.rule(0, kind, *points, phrase, said.text))
            }));
        }
        for all in 2..=first.len() {
            let rules = first[..all].iter().enumerate().map(|(at, (said, phrase))| {
                let phrase = phrase.clone();
                Amendment::New(origin.rule(at, EvidenceKind::Sell, *points, phrase, said.text))
            });
            found.push(Candidate {
                path: FEEDBACK_FILE.into(),
                changes: rules.collect(),
            });
        }
    }
    found
}

/// The call that new rules are made of, and the first of their numbers: calls that were mended before
/// have rules in the file already.
#[derive(Clone, Copy)]
struct Origin<'c> {
    call: &'c Call,
    first: usize,
}

impl<'c> Origin<'c> {
    fn of(call: &'c Call, rules: &[Rule]) -> Self {
        let one = |first| Self { call, first };
        let is_free = |first: &usize| {
            let mut ids = (0..TACTICS.len()).map(|at| one(*first).id(at));
            ids.all(|id| rules.iter().all(|rule| rule.id != id))
        };
        one((1..).find(is_free).unwrap_or(1))
    }

    fn id(self, at: usize) -> String {
        let id = self.call.id.to_string().replace('-', "");
        format!("feedback-{}-{}", &id[id.len() - 12..], self.first + at)
    }

    fn rule(
        self,
        at: usize,
        kind: EvidenceKind,
        points: u8,
        phrase: String,
        text: &str,
    ) -> NewRule {
        let day = self.call.started_at.strftime("%Y-%m-%d");
        NewRule {
            id: self.id(at),
            name: self.call.language.choose(
                format!("“{phrase}”, som i opkaldet {day}, der blev bedømt forkert"),
                format!("“{phrase}”, as in the call of {day} that was judged wrongly"),
            ),
            tactic: TACTICS[at.min(TACTICS.len() - 1)].into(),
            kind,
            points,
            fills: Vec::new(),
            phrase,
            example: example(text),
        }
    }
}

/// Words as they may stand in a file: letters, digits, and what parts sentences.
fn example(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|one| one.is_alphanumeric() || " .,?!'-%".contains(*one))
        .take(MOST_EXAMPLE_CHARS)
        .collect();
    text.trim().to_owned()
}

/// Runs of two or three words that tell this answer from others, the most telling first.
fn phrases(text: &str) -> Vec<String> {
    let text = example(text);
    let words: Vec<(String, bool)> = text
        .split_whitespace()
        .flat_map(|heard| {
            let plain = plain_words(heard);
            let lower = heard.to_lowercase();
            let lower = lower.trim_matches(|one: char| !one.is_alphanumeric());
            let as_heard = plain.len() == 1 && lower.chars().all(char::is_alphanumeric);
            let telling = |word: &str| {
                word.len() > 3
                    && !is_small_word(word)
                    && !word.bytes().any(|byte| byte.is_ascii_digit())
            };
            let words = plain.into_iter().map(|word| {
                let tells = telling(&word);
                (if as_heard { lower.to_owned() } else { word }, tells)
            });
            words.collect::<Vec<_>>()
        })
        .collect();
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    for length in [3, 2] {
        for (at, run) in words.windows(length).enumerate() {
            let telling = run.iter().filter(|(_, tells)| *tells);
            let letters: usize = telling.clone().map(|(word, _)| word.len()).sum();
            if telling.count() >= 2 {
                runs.push((letters, at, length));
            }
        }
    }
    if runs.is_empty() {
        for (at, run) in words.windows(3).enumerate() {
            let telling = run.iter().filter(|(_, tells)| *tells);
            let letters: usize = telling.map(|(word, _)| word.len()).sum();
            if letters > 0 {
                runs.push((letters, at, 3));
            }
        }
    }
    runs.sort_by_key(|(letters, at, length)| (std::cmp::Reverse(*letters), *length, *at));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut found = Vec::new();
    for (_, at, length) in runs {
        if found.len() == PHRASES {
            break;
        }
        if taken
            .iter()
            .any(|(from, to)| at < *to && *from < at + length)
        {
            continue;
        }
        taken.push((at, at + length));
        let run: Vec<&str> = words[at..at + length]
            .iter()
            .map(|(word, _)| word.as_str())
            .collect();
        found.push(run.join(" "));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallEvent, Entry, Language, Utterance};
    use crate::rules::{Lexicon, RuleSet, Source};
    use crate::screening::sample;

    fn rules_of(candidates: &[Candidate]) -> impl Iterator<Item = &NewRule> {
        let changes = candidates.iter().flat_map(|one| &one.changes);
        changes.filter_map(|change| match change {
            Amendment::New(rule) => Some(rule),
            _ => None,
        })
    }

    fn selling_pellets() -> Call {
        let mut call = sample::call();
        call.asked = vec![Question::Why];
        let words = "vi leverer træpiller til jeres fyr hvert efterår";
        call.timeline.push(Entry {
            at: call.started_at,
            event: CallEvent::Heard {
                turn: 1,
                answer: Answer::Speech(Utterance::new(words, None)),
            },
            instructions: Vec::new(),
        });
        call
    }

    #[test]
    fn a_good_reason_to_call_here_may_be_what_lets_somebody_in() {
        let call = selling_pellets();
        let tried = |should| candidates(&call, Treatment::Reject, should, &[], |_| true);
        let connecting = tried(Treatment::Connect);
        let is_named = |rule: &NewRule| rule.name.contains("som i opkaldet");
        assert_eq!(call.language, Language::Da);
        assert!(rules_of(&connecting).all(is_named), "{connecting:?}");
        for fills in ["what", "why"] {
            let is_filled = |rule: &NewRule| rule.fills == [fills];
            assert!(
                rules_of(&connecting).any(is_filled),
                "{fills}: {connecting:?}"
            );
        }
        let is_protected = |rule: &NewRule| rule.kind == EvidenceKind::Protected;
        assert!(!rules_of(&connecting).any(is_protected));
        let last = last_resorts(&call, Treatment::Connect, &[]);
        assert!(!last.is_empty() && rules_of(&last).all(is_protected));
        // A message needs none of that.
        let to_a_message = tried(Treatment::Message);
        assert!(rules_of(&to_a_message).all(|rule| rule.fills.is_empty()));
        assert!(last_resorts(&call, Treatment::Message, &[]).is_empty());
    }

    #[test]
    fn a_call_that_was_mended_before_gets_rules_under_numbers_that_are_free() {
        let call = sample::call();
        let empty = Origin::of(&call, &[]);
        assert_eq!(empty.first, 1);
        let known = [0, 2].map(|at| {
            let id = empty.id(at);
            format!(
                "[[rule]]\nid = \"{id}\"\nname = \"x\"\ntactic = \"Z1\"\nkind = \"sell\"\n\
                 points = 1\nphrases = [\"kviksølvtermometer\"]\n"
            )
        });
        let file = Source {
            path: FEEDBACK_FILE.into(),
            text: format!("version = 1\n{}", known.concat()),
        };
        let compiled = RuleSet::compile(&[file], &Lexicon::default()).unwrap();
        assert_eq!(Origin::of(&call, compiled.rules.rules()).first, 4);
    }

    #[test]
    fn a_rule_that_decides_without_points_may_be_what_goes_too_far() {
        let mut call = selling_pellets();
        let mut reason = Reason::new("no-pellets", EvidenceKind::Sell);
        reason.turn = 1;
        call.reasons.push(reason);
        let own = Source {
            path: "own.toml".into(),
            text: "version = 1\n[[rule]]\nid = \"no-pellets\"\nname = \"No\"\ntactic = \"A1\"\n\
                   kind = \"sell\"\npoints = 0\naction = \"reject\"\ni_mean_it = true\n\
                   phrases = [\"træpiller\"]\nexamples = [\"vi sælger træpiller\"]\n"
                .into(),
        };
        let compiled = RuleSet::compile(&[own], &Lexicon::default()).unwrap();
        let rules = compiled.rules.rules();
        let found = candidates(&call, Treatment::Reject, Treatment::Message, rules, |_| {
            true
        });
        let is_guard = |change: &Amendment| matches!(change, Amendment::Unless { rule, .. } if rule == "no-pellets");
        assert!(
            found.iter().flat_map(|one| &one.changes).any(is_guard),
            "{found:?}"
        );
    }

    #[test]
    fn phrases_are_what_tells_an_answer_from_others() {
        let found = phrases("Hej, det er Lone fra Blomsterhjørnet, min hjemmeside er nede igen");
        assert_eq!(found[0], "blomsterhjørnet min hjemmeside");
        assert!(found.len() <= PHRASES);
        assert_eq!(phrases("hej det er mig"), Vec::<String>::new());
        assert_eq!(
            phrases("jeg skal bruge (noget) <til> {min} bil*")[0],
            "jeg skal bruge"
        );
        assert!(
            example("a\u{202e}b\u{1}{c}")
                .chars()
                .all(char::is_alphanumeric)
        );
    }
}
