//! Which question each answer of a call was given to, as far as the call tells: its questions stand in
//! the order in which they were put, its answers in its timeline.

use jiff::Timestamp;

use super::choice::Choice;
use super::language::is_clear;
use crate::call::{Answer, Call, CallEvent, Entry, Instruction, OwnerAction, Question, Treatment};

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
#[must_use]
pub fn answers(call: &Call) -> Vec<Answered<'_>> {
    let way_back = way_back(call);
    let is_way_back = |entry: &&Entry| matches!(entry.event, CallEvent::Heard { turn, .. } if way_back == Some(turn));
    let entries = || call.timeline.iter().take_while(|entry| !is_way_back(entry));
    let mut course = Course::of(call, way_back);
    entries().for_each(|entry| course.after(entry));
    // More was asked than answers led to: one that said nothing did.
    let is_eased = call.asked.len() > course.put;
    let mut course = Course {
        is_eased,
        ..Course::of(call, way_back)
    };
    let mut given = Vec::new();
    for entry in entries() {
        if let CallEvent::Heard { turn, answer } = &entry.event {
            let Some(question) = told(call, *turn).or(course.question) else {
                break;
            };
            given.push(Answered {
                question,
                turn: *turn,
                answer,
                at: entry.at,
            });
        }
        course.after(entry);
    }
    given
}

/// The question that an answer was judged as one to, where a rule hit it. Words after an offer of keys are
/// judged as if nothing had been asked, which tells nothing.
fn told(call: &Call, turn: u16) -> Option<Question> {
    let mut reasons = call.reasons.iter();
    let hit = reasons.find(|reason| reason.turn == turn && !reason.words.is_empty())?;
    Some(hit.question).filter(|question| *question != Question::Open)
}

/// The turn that says no and waits for the key that leads back.
fn way_back(call: &Call) -> Option<u16> {
    let verdict = call.verdict.as_ref()?;
    let asks = call.timeline.iter().flat_map(|entry| &entry.instructions);
    let mut turns = asks.filter_map(|one| match one {
        Instruction::Ask { turn, .. } => Some(*turn),
        _ => None,
    });
    let last = turns.next_back();
    last.filter(|_| verdict.treatment == Treatment::Reject)
}

/// How a call goes from question to question.
struct Course<'c> {
    asked: &'c [Question],
    way_back: Option<u16>,
    /// The question that stands.
    question: Option<Question>,
    /// How many of those that were asked were put so far.
    put: usize,
    /// Whether he is still to be asked another question for having no answer to why exactly here.
    is_eased: bool,
}

impl<'c> Course<'c> {
    fn of(call: &'c Call, way_back: Option<u16>) -> Self {
        Self {
            asked: &call.asked,
            way_back,
            question: call.asked.first().copied(),
            put: 1,
            is_eased: false,
        }
    }

    fn after(&mut self, entry: &Entry) {
        if !self.asks_on(entry) {
            return;
        }
        match &entry.event {
            CallEvent::Heard { answer, .. } if is_answer(answer) => self.go_on(),
            CallEvent::Heard { answer, .. } if self.is_eased && self.is_eased_by(answer) => {
                self.is_eased = false;
                self.go_on();
            }
            CallEvent::OwnerActed {
                action: OwnerAction::AskWhy,
                ..
            } => self.ask_why(),
            _ => {}
        }
    }

    /// Whether he is spoken to once more, and not to tell him no.
    fn asks_on(&self, entry: &Entry) -> bool {
        entry
            .instructions
            .iter()
            .any(|one| matches!(one, Instruction::Ask { turn, .. } if self.way_back != Some(*turn)))
    }

    fn is_eased_by(&self, answer: &Answer) -> bool {
        let is_choice = matches!(answer, Answer::Key(key) if Choice::of_key(*key).is_some());
        self.question == Some(Question::Why) && !is_choice
    }

    fn ask_why(&mut self) {
        if self
            .asked
            .iter()
            .take(self.put)
            .any(|one| *one == Question::Why)
        {
            self.question = Some(Question::Why);
        } else {
            self.go_on();
        }
    }

    fn go_on(&mut self) {
        self.question = self.asked.get(self.put).copied();
        self.put += 1;
    }
}

/// Whether the doorman goes on from it: it says something, and does not ask for the same again in another
/// language or for what is kept.
fn is_answer(answer: &Answer) -> bool {
    matches!(answer, Answer::Speech(words) if is_clear(words) && Choice::wished(&words.text).is_none())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::{Key, Language, Utterance};
    use crate::screening::sample;

    fn said(text: &str) -> Answer {
        Answer::Speech(Utterance::new(text, None))
    }

    fn asking(turn: u16) -> Vec<Instruction> {
        vec![Instruction::Ask {
            turn,
            text: String::new(),
            language: Language::Da,
            hints: Arc::default(),
            wait_seconds: 5,
            pause_seconds: 2,
        }]
    }

    /// A call in which these were asked and answered so; after the last answer nothing is asked.
    fn call(asked: &[Question], answers: Vec<Answer>) -> Call {
        let mut call = sample::call();
        call.asked = asked.to_vec();
        let last = answers.len();
        for (turn, answer) in (1..).zip(answers) {
            let is_last = usize::from(turn) == last;
            call.timeline.push(Entry {
                at: call.started_at,
                event: CallEvent::Heard { turn, answer },
                instructions: if is_last {
                    Vec::new()
                } else {
                    asking(turn + 1)
                },
            });
        }
        call
    }

    fn questions(call: &Call) -> Vec<Question> {
        answers(call).iter().map(|one| one.question).collect()
    }

    #[test]
    fn who_had_no_answer_to_why_was_asked_something_else() {
        use Question::{Open, What, Who, Why};
        let words = || said("jeg ringer om et tilbud");
        for other in [What, Who] {
            for nothing in [Answer::Silence, said("hvad")] {
                let eased = call(&[Open, Why, other], vec![words(), nothing.clone(), words()]);
                assert_eq!(questions(&eased), [Open, Why, other]);
                let again = vec![words(), nothing, words(), words()];
                let put_again = call(&[Open, Why, other], again);
                assert_eq!(questions(&put_again), [Open, Why, Why, other]);
            }
        }
    }

    #[test]
    fn the_same_is_put_again_after_a_wish_or_an_answer_that_says_nothing() {
        use Question::{Open, What};
        let words = || said("jeg ringer om et tilbud");
        for nothing in [
            Answer::Silence,
            said("hvad gemmer i"),
            Key::new('3').map_or(Answer::Silence, Answer::Key),
        ] {
            let again = call(&[Open, What], vec![nothing.clone(), words(), words()]);
            assert_eq!(questions(&again), [Open, Open, What], "{nothing:?}");
        }
    }
}
