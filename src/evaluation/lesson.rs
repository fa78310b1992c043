//! Labelled conversations as lessons for the second opinion.

use std::collections::HashMap;

use super::{Conversation, Garbler, Label, Set};
use crate::call::{Language, Question};
use crate::opinion::{self, Answer, FOLDS, Lesson, Mask, Studied, Wish};
use crate::rules::{Lexicon, Problems, RuleSet, Situation, Source};
use crate::screening::profile::Profile;
use crate::screening::reasons;

/// What a wanted caller counts beside an unwanted one: to accuse one falsely costs more.
const WANTED: f64 = 3.0;
/// What a recording counts: there are few of them, and hardly two alike.
const RECORDING: f64 = 2.0;
/// What a fraud counts: he borrows the words of banks and authorities, who must not pay for it.
const SCAM: f64 = 0.3;

/// What there is to learn of these sets, but for the third that is only scored; in each
/// conversation the names of its own business are hidden, and the rules are those of `sources` with
/// the words of its own profile in them.
///
/// Hardly anybody wrote down why a wanted caller calls exactly here. Whoever has no such answer is
/// lent one by another wanted caller, of a business that is held back together with his own, so
/// that an answer to that question alone speaks against nobody.
///
/// # Errors
/// What is wrong with the rules.
pub fn lessons(sets: &[Set], sources: &[Source]) -> Result<Vec<Lesson>, Problems> {
    let sets: Vec<(u32, &Set)> = (0..).zip(sets).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let shares = sets.chunks(sets.len().div_ceil(threads).max(1));
    let said: Vec<Said> = std::thread::scope(|scope| {
        let threads: Vec<_> = shares
            .map(|share| (share, scope.spawn(move || study_all(share, sources))))
            .collect();
        let mut said = Vec::new();
        for (share, thread) in threads {
            said.extend(
                thread
                    .join()
                    .unwrap_or_else(|_| study_all(share, sources))?,
            );
        }
        Ok::<_, Problems>(said)
    })?;
    let mut lent: HashMap<(u32, Language), Vec<Studied>> = HashMap::new();
    for one in said.iter().filter(|one| one.label.is_legitimate()) {
        if let [.., (Question::Why, why)] = one.answers.as_slice() {
            lent.entry(one.shelf()).or_default().push(why.clone());
        }
    }
    Ok(said
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            let reasons = lent.get(&one.shelf());
            let lent = reasons.map(|reasons| &reasons[at / 2 % reasons.len()]);
            one.lesson(lent)
        })
        .collect())
}

/// A name for all that [`lessons`] makes its lessons of.
#[must_use]
pub fn fingerprint(sets: &[Set], sources: &[Source]) -> u64 {
    let mut parts: Vec<String> = sources.iter().map(|source| source.text.clone()).collect();
    parts.push(format!("{WANTED} {RECORDING} {SCAM}"));
    for set in sets {
        let said: Vec<String> = set.tuning().map(|one| format!("{one:?}")).collect();
        if !said.is_empty() {
            parts.push(format!("{} {:?}", set.weight, set.profile.lexicon()));
            parts.extend(said);
        }
    }
    opinion::fingerprint(parts.iter().map(String::as_str))
}

/// Studies what the callers of these businesses said, and what a poor recogniser made of it.
fn study_all(sets: &[(u32, &Set)], sources: &[Source]) -> Result<Vec<Said>, Problems> {
    let garbler = Garbler::poor();
    let mut said = Vec::new();
    for (business, set) in sets {
        let scholar = Scholar::new(&set.profile, sources)?;
        for one in set.tuning() {
            for heard in [one, &garbler.garble(one)] {
                said.push(Said {
                    business: *business,
                    language: one.lang,
                    label: one.label,
                    weight: set.weight,
                    answers: scholar.study(heard),
                });
            }
        }
    }
    Ok(said)
}

/// Studies the answers of the callers of one business.
struct Scholar {
    mask: Mask,
    rules: RuleSet,
    situation: Situation,
}

impl Scholar {
    fn new(profile: &Profile, sources: &[Source]) -> Result<Self, Problems> {
        let lexicon = Lexicon(profile.lexicon());
        Ok(Self {
            mask: Mask::new(&lexicon),
            rules: RuleSet::compile(sources, &lexicon)?.rules,
            situation: Situation {
                one_person: profile.owner.is_the_only_person,
                ..Situation::default()
            },
        })
    }

    /// What the caller says to each question, unless he is silent.
    fn study(&self, conversation: &Conversation) -> Vec<(Question, Studied)> {
        [Question::Open, Question::Who, Question::What, Question::Why]
            .into_iter()
            .filter_map(|question| {
                let text = conversation
                    .answer(question)
                    .filter(|words| !words.trim().is_empty())?;
                let reading = self.rules.read(text);
                let situation = Situation {
                    says: Some(reading.specificity()),
                    ..self.situation.clone()
                };
                let answer = Answer {
                    question,
                    reading: &reading,
                    mask: &self.mask,
                    hits: &reasons(&reading, question, &situation, 0),
                };
                Some((question, Studied::new(&answer)))
            })
            .collect()
    }
}

/// What a caller said, studied.
struct Said {
    business: u32,
    language: Language,
    label: Label,
    weight: f64,
    answers: Vec<(Question, Studied)>,
}

impl Said {
    /// With which others reasons are lent.
    fn shelf(&self) -> (u32, Language) {
        (self.business % FOLDS, self.language)
    }

    /// What there is to learn from it, with a reason lent where it has none of its own.
    fn lesson(self, lent: Option<&Studied>) -> Lesson {
        let (wish, weight) = match self.label {
            Label::Scam => (Wish::Unwanted, SCAM),
            Label::UntargetedSales => (Wish::Unwanted, 1.0),
            Label::Robocall => (Wish::Unwanted, RECORDING),
            Label::TargetedSales => (Wish::Tolerated, 1.0),
            _ => (Wish::Wanted, WANTED),
        };
        let has_reason = self
            .answers
            .iter()
            .any(|(question, _)| *question == Question::Why);
        let lent = lent.filter(|_| self.label.is_legitimate() && !has_reason);
        let answers = self
            .answers
            .into_iter()
            .map(|(_, answer)| answer)
            .chain(lent.cloned())
            .collect();
        Lesson::new(self.business, wish, weight * self.weight, answers)
    }
}

impl Conversation {
    /// Whether it belongs to the third that is only scored and never learned from: FNV-1a, 32 bits,
    /// of the id is divisible by three.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        let hash = self.id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        hash.is_multiple_of(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::corpus;
    use crate::opinion::{Model, learn};
    use crate::rules::shipped;

    const LEARN: &str = "run `cargo run --release -- learn --out rules/opinion.model`, build, and \
                         look at the figures again";

    #[test]
    fn the_shipped_model_was_learned_from_this_corpus_and_these_rules() {
        let inputs = fingerprint(&corpus().unwrap(), &shipped());
        assert_eq!(Model::shipped().inputs(), inputs, "{LEARN}");
    }

    #[test]
    #[ignore = "takes minutes where the compiler does not optimise"]
    fn the_shipped_model_is_what_is_learned() {
        let sets = corpus().unwrap();
        let lessons = lessons(&sets, &shipped()).unwrap();
        let inputs = fingerprint(&sets, &shipped());
        let (model, validated) = learn(&lessons, inputs, |_| {});
        assert!(model == **Model::shipped(), "{LEARN}");
        assert!(validated.told_apart > 0.95, "{}", validated.told_apart);
    }

    /// What the owner's marks teach goes the way of the corpus: a caller like those he marked wrong
    /// sounds better to what was learned with them.
    #[test]
    fn marks_teach() {
        let photo = |set: &Set| set.conversations.iter().any(|one| one.id == "sg-0174");
        let mut sets = corpus().unwrap();
        sets.retain(photo);
        for set in &mut sets {
            set.conversations.truncate(120);
        }
        let heard = "goddag her er kirkekontoret om stearinlys til alteret";
        let percent = |sets: &[Set]| {
            let lessons = lessons(sets, &[]).unwrap();
            let (model, _) = learn(&lessons, 0, |_| {});
            let rules = RuleSet::compile(&[], &Lexicon::default()).unwrap().rules;
            let answer = Answer {
                question: Question::Open,
                reading: &rules.read(heard),
                mask: &Mask::default(),
                hits: &[],
            };
            model.hear(None, &answer, &[]).percent
        };
        let before = percent(&sets);
        let line = format!(
            r#"{{"id":"x","lang":"da","label":"customer","turns":[{{"ask":"open","say":"{heard}"}}]}}"#
        );
        let marked = Conversation::read_all("x", &line).unwrap();
        sets[0].marked = std::iter::repeat_n(marked, 8).flatten().collect();
        let after = percent(&sets);
        assert!(after < before, "{before} {after}");
    }

    fn is_scored(id: &str) -> bool {
        let text = format!(r#"{{"id":"{id}","lang":"da","label":"customer","turns":[]}}"#);
        Conversation::read_all("x", &text).unwrap()[0].is_scored()
    }

    #[test]
    fn the_split_is_fnv_1a_of_the_id() {
        // FNV-1a 32 of "a" is 0xe40c292c, of "foobar" 0xbf9cf968.
        assert_eq!(is_scored("a"), 0xe40c_292c_u32.is_multiple_of(3));
        assert_eq!(is_scored("foobar"), 0xbf9c_f968_u32.is_multiple_of(3));
        let scored = (0..3000)
            .filter(|id| is_scored(&format!("da-{id:04}")))
            .count();
        assert!((900..1100).contains(&scored), "{scored}");
    }
}
