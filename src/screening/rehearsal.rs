//! Trying policies on words, and on calls that were, without anybody calling. Pure: the same
//! steps as on the telephone, and nothing is kept.

use jiff::Timestamp;

use super::{Facts, Policy, advance};
use crate::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, Ground, Instruction, Language,
    ProviderCallId, Question, Stage, Treatment, Utterance,
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

/// What would become of a call under this policy, answer by answer as it was; nothing where more
/// would be asked than was answered, and where words did not decide.
#[must_use]
pub fn replay(policy: &Policy, was: &Call) -> Option<Treatment> {
    let by_words = was.verdict.as_ref().is_none_or(|verdict| {
        !matches!(
            verdict.ground,
            Ground::Allowed
                | Ground::Wanted
                | Ground::Blocked
                | Ground::OwnerDecided
                | Ground::CallerChose
                | Ground::FailOpen
        )
    });
    if !by_words {
        return None;
    }
    let facts = Facts::default();
    let mut call = begin(policy, was.caller.clone(), was.language, was.started_at);
    for entry in &was.timeline {
        if let Some(verdict) = &call.verdict {
            return Some(verdict.would_have.unwrap_or(verdict.treatment));
        }
        if let CallEvent::Heard { answer, .. } = &entry.event {
            let event = CallEvent::Heard {
                turn: call.turn,
                answer: answer.clone(),
            };
            call = advance(policy, &facts, call, event, entry.at).call;
        }
    }
    let verdict = call.verdict.as_ref()?;
    Some(verdict.would_have.unwrap_or(verdict.treatment))
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
