//! Which question each answer of a call was given to.

use jiff::Timestamp;

use super::language::is_clear;
use crate::call::{Answer, Call, CallEvent, Instruction, Question, Treatment};

/// An answer, and the question that it was given to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered<'c> {
    /// The question.
    pub question: Question,
    /// The turn that put it.
    pub turn: u16,
    /// The answer.
    pub answer: &'c Answer,
    /// When it was given.
    pub at: Timestamp,
}

/// The answers of a caller, in their order. What is said after a no is none. An offer of keys belongs to
/// the question before it.
///
/// What was written down before questions were does not say which was put: there each answer that says
/// something is taken to lead to the next question, and any other to the same again.
#[must_use]
pub fn answers(call: &Call) -> Vec<Answered<'_>> {
    let way_back = way_back(call);
    let is_told = asks(call).any(|(_, question)| question.is_some());
    let mut asked = call.asked.iter().copied();
    let mut standing = asked.next();
    let mut given = Vec::new();
    for entry in &call.timeline {
        if let CallEvent::Heard { turn, answer } = &entry.event {
            let question = if is_told { None } else { judged(call, *turn) };
            let Some(question) = question.or(standing).filter(|_| way_back != Some(*turn)) else {
                break;
            };
            given.push(Answered {
                question,
                turn: *turn,
                answer,
                at: entry.at,
            });
            if !is_told && matches!(answer, Answer::Speech(words) if is_clear(words)) {
                standing = asked.next();
            }
        }
        for told in &entry.instructions {
            if let Instruction::Ask { question, .. } = told {
                standing = question.or(standing);
            }
        }
    }
    given
}

/// Every time that the caller was spoken to and waited for: the turn, and the question where one was put.
fn asks(call: &Call) -> impl DoubleEndedIterator<Item = (u16, Option<Question>)> {
    let told = call.timeline.iter().flat_map(|entry| &entry.instructions);
    told.filter_map(|one| match one {
        Instruction::Ask { turn, question, .. } => Some((*turn, *question)),
        _ => None,
    })
}

/// The turn that says no and waits for the key that leads back; none, where the caller hung up before he
/// was told, as the owner's key had it.
fn way_back(call: &Call) -> Option<u16> {
    let verdict = call.verdict.as_ref()?;
    let (last, question) = asks(call).next_back()?;
    (verdict.treatment == Treatment::Reject && question.is_none()).then_some(last)
}

/// The question that an answer was judged as one to, where a rule hit it.
fn judged(call: &Call, turn: u16) -> Option<Question> {
    let mut reasons = call.reasons.iter();
    let hit = reasons.find(|reason| reason.turn == turn && !reason.words.is_empty())?;
    Some(hit.question)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::{Entry, Ground, Language, Score, Utterance, Verdict};
    use crate::screening::sample;

    fn said(text: &str) -> Answer {
        Answer::Speech(Utterance::new(text, None))
    }

    /// A call that was asked these after one another, and answered so.
    fn call(asked: &[Question], turns: Vec<(Option<Question>, Answer)>) -> Call {
        let mut call = sample::call();
        call.asked = asked.to_vec();
        for (turn, (question, answer)) in (1..).zip(turns) {
            let ask = Instruction::Ask {
                turn,
                question,
                text: String::new(),
                language: Language::Da,
                hints: Arc::default(),
                wait_seconds: 5,
                pause_seconds: 2,
            };
            let before = call.timeline.last_mut();
            match before {
                Some(before) => before.instructions = vec![ask],
                None => call.timeline.push(Entry {
                    at: call.started_at,
                    event: CallEvent::Ended { seconds: None },
                    instructions: vec![ask],
                }),
            }
            call.timeline.push(Entry {
                at: call.started_at,
                event: CallEvent::Heard { turn, answer },
                instructions: Vec::new(),
            });
        }
        call
    }

    fn questions(call: &Call) -> Vec<Question> {
        answers(call).iter().map(|one| one.question).collect()
    }

    #[test]
    fn an_answer_belongs_to_the_question_that_was_put_and_keys_to_the_one_before_them() {
        use Question::{Open, What, Why};
        let nothing = || Answer::Silence;
        let turns = vec![
            (Some(Open), said("jeg ringer om et tilbud")),
            (Some(Why), nothing()),
            (Some(What), nothing()),
            (None, said("jeg ringer om et tilbud")),
        ];
        let call = call(&[Open, Why, What], turns);
        assert_eq!(questions(&call), [Open, Why, What, What]);
    }

    #[test]
    fn what_was_answered_to_a_question_stays_though_the_caller_is_refused_and_never_hears_it() {
        use Question::{Open, Why};
        let words = || said("jeg ringer om et tilbud");
        let mut turns = vec![(Some(Open), words()), (Some(Why), words())];
        for _ in 0..2 {
            let mut call = call(&[Open, Why], turns.clone());
            call.verdict = Some(Verdict {
                treatment: Treatment::Reject,
                ground: Ground::OwnerDecided,
                score: Score::default(),
                missing: Vec::new(),
                policy: String::new(),
                would_have: None,
            });
            assert_eq!(questions(&call), [Open, Why]);
            // The no itself is none, and what is said to it answers nothing.
            turns.push((None, words()));
        }
    }

    #[test]
    fn where_no_question_was_written_down_each_answer_that_says_something_leads_to_the_next() {
        use Question::{Open, What, Why};
        let words = || said("jeg ringer om et tilbud");
        let turns = [words(), Answer::Silence, words(), words()];
        let turns = turns.map(|answer| (None, answer)).to_vec();
        let call = call(&[Open, What, Why], turns);
        assert_eq!(questions(&call), [Open, What, What, Why]);
    }
}
