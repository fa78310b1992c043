//! What is allowed in a pack and probably not meant.

use std::collections::HashMap;

use super::RuleSet;
use super::compile::Built;
use super::diagnostic::{Code, Diagnostic};
use super::findings::Findings;
use super::lowering::Place;
use super::normalise;
use super::overlap::{self, ExampleHits};
use super::phrase::{self, Piece, Shape};
use super::reader::{nearest, shorten};
use super::rule::{Life, Rule};
use super::telling;
use crate::call::{Bilingual, EvidenceKind, LineId, bilingual};

/// A rule that hits more than this part of all others' examples says nothing.
const TOO_MANY_HITS: f64 = 0.4;
const ENOUGH_EXAMPLES: usize = 20;
/// Of more rules than this, what they hit of each other's examples is not gone through.
const MOST_COMPARED: usize = 3_000;

/// Words that are in all speech, beside those of one or two letters.
const SMALL_WORDS: &[&str] = &[
    // Danish
    "jeg", "mig", "min", "mit", "mine", "dig", "din", "dit", "dine", "jer", "jeres", "vores", "han",
    "hun", "ham", "hende", "hans", "sin", "den", "det", "der", "dem", "som", "med", "til", "fra",
    "for", "ved", "hos", "har", "haft", "var", "kan", "vil", "skal", "skulle", "ville", "kunne",
    "ikke", "lige", "bare", "kun", "kort", "meget", "hvad", "hvem", "hvor", "naar", "saa", "ogsaa",
    "eller", "men", "hej", "goddag", "tak", "nej", "noget", "nogen", "her", "nu", "tager", "anden",
    "andet", "andre", "havde", "blive", "bliver", "blev", // English
    "the", "and", "you", "your", "our", "this", "that", "with", "from", "have", "has", "had",
    "was", "are", "can", "will", "would", "could", "should", "shall", "just", "what", "who",
    "when", "there", "here", "please", "hello", "about", "they", "them", "some", "for", "not",
    "but", "yes", "she", "him", "her", "his", "one", "all", "any", "how", "did", "does",
];

/// Whether a word, in normalised spelling, is in all speech.
#[must_use]
pub fn is_small_word(word: &str) -> bool {
    word.len() <= 2 || SMALL_WORDS.contains(&word)
}

/// The words that are in all speech, but for those of one or two letters.
pub(super) fn small_word_list() -> impl Iterator<Item = &'static str> {
    SMALL_WORDS.iter().copied()
}

/// Looks at everything that could be compiled.
pub(super) fn lint(built: &Built<'_>, found: &mut Findings) {
    let mut phrases: HashMap<String, Vec<usize>> = HashMap::new();
    let always_counts =
        |at: usize| built.rules.rules()[at].life == Life::Live && built.rules.is_unconditional(at);
    for (at, (rule, (source, written))) in
        built.rules.rules().iter().zip(&built.written).enumerate()
    {
        if built.rules.hits_every_answer(at) {
            let message = bilingual!(
                "denne regel ser ikke på ord, og dens betingelser holder altid: den rammer hvert svar",
                "this rule looks for no words, and its conditions always hold: it hits every answer"
            );
            let span = written.id.span.clone();
            let problem = Diagnostic::warning(Code::AlwaysHolds, source, span, message);
            found.push(problem.help(bilingual!(
                "skriv vendinger, eller en betingelse, der skiller nogen fra andre",
                "write phrases, or a condition that tells some from others"
            )));
        }
        let has_words = !written.phrases.is_empty() || !written.regex.is_empty();
        if written.examples.is_empty() && rule.life != Life::Draft && has_words {
            let message = bilingual!(
                "denne regel har ingen eksempler, der viser, at den virker",
                "this rule has no examples that show that it works"
            );
            let problem =
                Diagnostic::warning(Code::NoExamples, source, written.id.span.clone(), message);
            found.push(problem.help(bilingual!(
                "examples = [\"hvad folk siger\", \"…\"]",
                "examples = [\"what callers say\", \"…\"]"
            )));
        }
        for text in &written.phrases {
            let place = Place {
                source,
                language: rule.language,
                text,
            };
            let Ok(pieces) = phrase::parse(&text.value) else {
                continue;
            };
            found.extend(weak(place, &pieces));
            let holders = phrases.entry(phrase::sought(&pieces)).or_default();
            if holders.contains(&at) {
                let message = bilingual!(
                    "denne vending står i reglen i forvejen",
                    "this phrase stands in the rule already"
                );
                found.push(place.warning(Code::DuplicatePhrase, message));
                continue;
            }
            if always_counts(at) {
                let others = holders.iter().filter(|other| always_counts(**other));
                let others = others.map(|other| &built.rules.rules()[*other]);
                found.extend(others.flat_map(|other| twice(place, rule, other)).next());
            }
            holders.push(at);
        }
    }
    if built.lacks_classes || built.rules.rules().len() > MOST_COMPARED {
        return;
    }
    let hits = overlap::example_hits(&built.rules);
    found.extend(hits_almost_always(built, &hits));
    found.extend(overlap::overlaps(built, &hits));
}

fn twice(place: Place<'_>, rule: &Rule, other: &Rule) -> Option<Diagnostic> {
    let overlap = rule
        .answers
        .iter()
        .any(|question| other.answers.contains(question));
    if !overlap {
        return None;
    }
    if speaks_for(rule.kind) != speaks_for(other.kind) {
        let id = &other.id;
        let message = if speaks_for(rule.kind) {
            bilingual!(
                "denne vending taler for den, der ringer, her og imod ham i “{id}”",
                "this phrase speaks for the caller here and against him in “{id}”"
            )
        } else {
            bilingual!(
                "denne vending taler imod den, der ringer, her og for ham i “{id}”",
                "this phrase speaks against the caller here and for him in “{id}”"
            )
        };
        return Some(place.warning(Code::Contradiction, message));
    }
    (rule.kind == other.kind).then(|| {
        let message = bilingual!(
            "reglen “{id}” har den samme vending",
            "the rule “{id}” has the same phrase",
            id = other.id
        );
        let help = if overlap::counts_once(rule.kind) {
            bilingual!(
                "kun den ene regel tæller for de samme ord; behold den i en af dem",
                "only one of the rules counts for the same words; keep it in one of them"
            )
        } else {
            bilingual!(
                "begge regler tæller for de samme ord; behold den i en af dem",
                "both rules count for the same words; keep it in one of them"
            )
        };
        place.warning(Code::ShadowedRule, message).help(help)
    })
}

fn speaks_for(kind: EvidenceKind) -> bool {
    match kind {
        EvidenceKind::Trust | EvidenceKind::Protected => true,
        EvidenceKind::Sell | EvidenceKind::Evade | EvidenceKind::Scam | EvidenceKind::Machine => {
            false
        }
    }
}

/// A phrase that is in too much of what people say.
fn weak(place: Place<'_>, pieces: &[Piece]) -> Option<Diagnostic> {
    if let [
        Piece {
            shape: Shape::Word(word),
            ..
        },
    ] = pieces
        && word.len() <= 4
    {
        let message = bilingual!(
            "“{word}” alene er i for meget af det, folk siger",
            "“{word}” alone is in too much of what callers say"
        );
        return Some(place.warning(Code::BroadPhrase, message).help(bilingual!(
            "tilføj ordene omkring det",
            "add the words around it"
        )));
    }
    let words = telling::small_words(pieces)?;
    let message = if words.is_empty() {
        bilingual!(
            "denne vending kan rammes uden ord, der siger noget",
            "this phrase can be hit without any word that tells something"
        )
    } else {
        bilingual!(
            "denne vending kan rammes med små ord alene: “{words}”",
            "this phrase can be hit with small words alone: “{words}”"
        )
    };
    Some(place.warning(Code::SmallWords, message).help(bilingual!(
        "ord som “lige”, “bare”, “just” er i al tale; tilføj et, der ikke er",
        "words such as “lige”, “bare”, “just” are in all speech; add one that is not"
    )))
}

/// Rules that hit much of what they are not about.
fn hits_almost_always(built: &Built<'_>, examples: &ExampleHits) -> Vec<Diagnostic> {
    let rules = built.rules.rules();
    let mut hits = vec![0_usize; rules.len()];
    let total: usize = rules.iter().map(|rule| rule.examples.len()).sum();
    for (at, examples) in examples.iter().enumerate() {
        for (other, _) in examples.iter().flatten().filter(|(other, _)| *other != at) {
            hits[*other] += 1;
        }
    }
    let mut found = Vec::new();
    for ((rule, hits), (source, written)) in rules.iter().zip(hits).zip(&built.written) {
        let others = total - rule.examples.len();
        #[expect(clippy::cast_precision_loss, reason = "examples are few")]
        let part = hits as f64 / others.max(1) as f64;
        if others >= ENOUGH_EXAMPLES && part > TOO_MANY_HITS {
            let percent = part * 100.0;
            let message = bilingual!(
                "denne regel rammer {percent:.0} % af alle andre reglers eksempler",
                "this rule hits {percent:.0}% of the examples of all other rules"
            );
            let span = written.id.span.clone();
            found.push(
                Diagnostic::warning(Code::HitsAlmostAlways, source, span, message).help(
                    bilingual!(
                        "det, næsten alle siger, skiller ingen fra nogen",
                        "what nearly everybody says tells nobody apart"
                    ),
                ),
            );
        }
    }
    found
}

/// Conditions that name a line which is none of these.
pub(super) fn unknown_lines(built: &Built<'_>, lines: &[LineId], found: &mut Findings) {
    let names = || lines.iter().map(|line| line.0.as_str());
    for (source, written) in &built.written {
        for text in &written.lines {
            let name = shorten(&text.value);
            if names().any(|known| known == text.value) {
                continue;
            }
            let message = bilingual!(
                "ingen linje hedder “{name}”, så den bliver aldrig ringet op",
                "no line is called “{name}”, so nobody ever calls it"
            );
            let problem = Diagnostic::warning(Code::NeverHolds, source, text.span.clone(), message);
            found.push(problem.help(match nearest(&text.value, names()) {
                Some(near) => bilingual!("mente du \"{near}\"?", "did you mean \"{near}\"?"),
                None => {
                    let names = names().collect::<Vec<_>>().join(", ");
                    bilingual!("linjerne er: {names}", "the lines are: {names}")
                }
            }));
        }
    }
}

/// What an example that failed can be told.
pub(super) fn why_missed(rules: &RuleSet, at: usize, text: &str) -> Bilingual {
    match rules.cancelled_by(at, text) {
        Some(unless) => bilingual!(
            "`unless` ophæver det: {unless}",
            "`unless` cancels it: {unless}"
        ),
        None if normalise::words(text).is_empty() => {
            bilingual!("der er ingen ord i det", "there are no words in it")
        }
        None => match rules.failing_condition(at, text) {
            Some(key) => bilingual!(
                "betingelsen `{key}` i `when` holder ikke for det, hvad der end siges ellers",
                "the condition `{key}` in `when` does not hold of it, whatever else is the case"
            ),
            None => bilingual!(
                "ingen af reglens vendinger er i det",
                "no phrase of the rule is in it"
            ),
        },
    }
}
