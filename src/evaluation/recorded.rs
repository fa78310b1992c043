//! A call of the log, as far as it is needed to judge its caller again: what he answered to each
//! question, and what became of him.

use jiff::{SignedDuration, Timestamp};

use crate::call::{
    Answer, Call, CallEvent, CallId, CallerNumber, E164, Entry, Ground, Instruction, Judged,
    Language, LineId, OwnerAction, Question, Treatment,
};
use crate::screening::{Answered, answers};

/// How far back earlier calls of a number count.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What the doorman had decided, before the owner had his say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The rules and principles did, so other rules may decide otherwise.
    ByRules(Treatment),
    /// The owner did, while the caller was still being asked, or by refusing a campaign that he is of:
    /// no rule changes that.
    ByOwner,
    /// The owner's lists did, or trouble of ours: no rule changes that.
    Otherwise,
    /// The rules and principles did, by words that were removed since: nobody can judge it again.
    Forgotten,
    /// Nothing did: the caller hung up before.
    Nothing,
}

impl Decided {
    fn of(call: &Call) -> Self {
        let Some(verdict) = &call.verdict else {
            return Self::Nothing;
        };
        match verdict.ground {
            Ground::Allowed | Ground::Wanted | Ground::Blocked | Ground::FailOpen => {
                Self::Otherwise
            }
            _ if is_forgotten(call) => Self::Forgotten,
            // The owner was rung, and said no himself.
            Ground::OwnerDecided if was_rung_before_he_acted(call) => {
                Self::ByRules(Treatment::Connect)
            }
            // A replay knows of no campaigns.
            Ground::OwnerDecided | Ground::RefusedCampaign => Self::ByOwner,
            _ => Self::ByRules(verdict.would_have.unwrap_or(verdict.treatment)),
        }
    }
}

/// Whether the owner's phone rang before he decided something at his desk.
fn was_rung_before_he_acted(call: &Call) -> bool {
    let acted = |entry: &&Entry| {
        // To have a caller asked why decides nothing.
        matches!(entry.event, CallEvent::OwnerActed { action, .. } if action != OwnerAction::AskWhy)
    };
    let rings = |one: &Instruction| matches!(one, Instruction::Dial { .. });
    let before = call.timeline.iter().take_while(|entry| !acted(entry));
    before.flat_map(|entry| &entry.instructions).any(rings)
}

/// Whether the caller said something that was removed since: an answer without words is heard as
/// silence, so speech without any was struck out ([`Call::without_words`]).
fn is_forgotten(call: &Call) -> bool {
    call.timeline.iter().any(|entry| {
        matches!(&entry.event, CallEvent::Heard { answer: Answer::Speech(words), .. } if words.text.is_empty())
    })
}

/// A call of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The call.
    pub id: CallId,
    /// When it began.
    pub began: Timestamp,
    /// The line that was called.
    pub line: LineId,
    /// The language it was greeted in, as far as the log tells.
    pub language: Language,
    /// Who called.
    pub caller: CallerNumber,
    /// How often this number called before, in the 30 days before; see [`count_earlier_calls`].
    pub calls_before: u32,
    /// What the doorman had decided.
    pub decided: Decided,
    /// What became of him, or would have on a line that does not only listen: this is what is marked.
    pub given: Option<Treatment>,
    /// What the owner thinks of it.
    pub mark: Option<Judged>,
    answers: Vec<Given>,
}

/// An answer, the question it was given to, and when.
#[derive(Debug, Clone, PartialEq)]
struct Given {
    question: Question,
    answer: Answer,
    at: Timestamp,
}

impl Given {
    fn of(answered: Answered<'_>) -> Self {
        Self {
            question: answered.question,
            answer: answered.answer.clone(),
            at: answered.at,
        }
    }
}

impl Recorded {
    /// What the log has of a call.
    #[must_use]
    pub fn of(call: &Call, mark: Option<Judged>) -> Self {
        let greeted = call.timeline.iter().find_map(|entry| {
            entry.instructions.iter().find_map(|one| match one {
                Instruction::Ask { language, .. } => Some(*language),
                _ => None,
            })
        });
        Self {
            id: call.id,
            began: call.started_at,
            line: call.line.clone(),
            language: greeted.unwrap_or(call.language),
            caller: call.caller.number.clone(),
            calls_before: 0,
            decided: Decided::of(call),
            given: call
                .verdict
                .as_ref()
                .map(|verdict| verdict.would_have.unwrap_or(verdict.treatment)),
            mark,
            answers: answers(call).into_iter().map(Given::of).collect(),
        }
    }

    /// The answer that the caller gave when he was asked this for the nth time, from 0, and when.
    /// `None`, when he was never asked it; silence, when he was not asked so often.
    #[must_use]
    pub fn answer(&self, question: Question, nth: usize) -> Option<(Answer, Option<Timestamp>)> {
        let mut given = self.answers.iter().filter(|one| one.question == question);
        let first = given.next()?;
        Some(if nth == 0 {
            (first.answer.clone(), Some(first.at))
        } else {
            given.nth(nth - 1).map_or((Answer::Silence, None), |one| {
                (one.answer.clone(), Some(one.at))
            })
        })
    }

    /// What the owner's mark asks for: what he names, what became of the caller, or the opposite.
    /// `None`, where a message was wrong: that has no opposite.
    #[must_use]
    pub fn wanted(&self) -> Option<Treatment> {
        match (self.mark?, self.given?) {
            (
                Judged::Wrong {
                    should: Some(should),
                },
                _,
            ) => Some(should),
            (Judged::Right, given) => Some(given),
            (Judged::Wrong { should: None }, Treatment::Connect) => Some(Treatment::Reject),
            (Judged::Wrong { should: None }, Treatment::Reject) => Some(Treatment::Connect),
            (Judged::Wrong { should: None }, Treatment::Message) => None,
        }
    }

    /// What the rules should have made of the caller, where the mark asks for something else than
    /// they did; of a wrong message, that it comes through.
    #[must_use]
    pub fn should_have_been(&self) -> Option<Treatment> {
        match self.mark? {
            Judged::Wrong { .. } => self.wanted().or(Some(Treatment::Connect)),
            Judged::Right => self.is_refused_by_owner().then_some(Treatment::Reject),
        }
    }

    /// Whether this treatment agrees with the owner's mark; `None`, where that does not tell.
    #[must_use]
    pub fn agrees(&self, with: Treatment) -> Option<bool> {
        self.mark?.agrees(self.given?, with)
    }

    /// Whether the rules had put the caller through, and the owner, when he was rung, said no.
    #[must_use]
    pub fn is_refused_by_owner(&self) -> bool {
        self.decided == Decided::ByRules(Treatment::Connect)
            && self.given == Some(Treatment::Reject)
    }

    /// The first words of the caller.
    #[must_use]
    pub fn opening(&self) -> Option<&str> {
        self.answers.iter().find_map(|one| match &one.answer {
            Answer::Speech(words) => Some(words.text.as_str()),
            _ => None,
        })
    }

    /// Everything the caller said, with the question it answers.
    pub fn said(&self) -> impl Iterator<Item = (Question, &str)> {
        self.answers.iter().filter_map(|one| match &one.answer {
            Answer::Speech(words) => Some((one.question, words.text.as_str())),
            _ => None,
        })
    }
}

/// Counts for each call how often its number called in the 30 days before.
pub fn count_earlier_calls(calls: &mut [Recorded]) {
    let mut order: Vec<(E164, Timestamp, usize)> = calls
        .iter()
        .enumerate()
        .filter_map(|(at, call)| Some((call.caller.public()?, call.began, at)))
        .collect();
    order.sort_unstable_by_key(|(number, began, _)| (number.as_u64(), *began));
    let mut first = 0;
    for here in 0..order.len() {
        let (number, began, at) = order[here];
        while order[first].0 != number
            || order[first]
                .1
                .saturating_add(LOOK_BACK)
                .is_ok_and(|end| end < began)
        {
            first += 1;
        }
        calls[at].calls_before = u32::try_from(here - first).unwrap_or(u32::MAX);
    }
}
