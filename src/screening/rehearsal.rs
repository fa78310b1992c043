//! Trying a policy on words without anybody calling. Pure: the same steps as on the telephone, and
//! nothing is kept.

use jiff::Timestamp;

use super::{Facts, Policy, advance};
use crate::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, Instruction, Language, ProviderCallId,
    Question, Stage, Utterance,
};

/// Words that a caller might say.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The words.
    pub text: &'a str,
    /// The question that they answer.
    pub question: Question,
    /// The language spoken.
    pub language: Language,
}

/// What came of words.
#[derive(Debug, Clone)]
pub struct Hearing {
    /// A call in which just this was said.
    pub call: Call,
    /// What would be asked next, where nothing is decided yet.
    pub asks: Option<String>,
}

/// Lets an unknown caller answer a question with these words.
#[must_use]
pub fn hear(policy: &Policy, said: &Said<'_>, now: Timestamp) -> Hearing {
    let caller = Caller::with_number(CallerNumber::read("+4571234567"));
    let mut call = begin(policy, caller, said.language, now);
    call.stage = Stage::Asking {
        question: said.question,
        again: false,
    };
    if !call.asked.contains(&said.question) {
        call.asked.push(said.question);
    }
    call.language = said.language;
    let event = CallEvent::Heard {
        turn: call.turn,
        answer: Answer::Speech(Utterance::new(said.text, None)),
    };
    let step = advance(policy, &Facts::default(), call, event, now);
    let asks = step
        .instructions
        .iter()
        .find_map(|instruction| match instruction {
            Instruction::Ask { text, .. } if step.call.verdict.is_none() => Some(text.clone()),
            _ => None,
        });
    Hearing {
        call: step.call,
        asks,
    }
}

fn begin(policy: &Policy, caller: Caller, language: Language, now: Timestamp) -> Call {
    let provider = ProviderCallId {
        provider: "rehearsal".into(),
        id: String::new(),
    };
    let call = Call::begin(
        CallId::new(now),
        provider,
        policy.line.id.clone(),
        language,
        caller.clone(),
        String::new(),
        now,
    );
    let incoming = CallEvent::Incoming {
        caller,
        called: String::new(),
    };
    advance(policy, &Facts::default(), call, incoming, now).call
}
