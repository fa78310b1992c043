//! Plays a conversation through the real dialogue: the same steps that a call goes through.

use jiff::{SignedDuration, Timestamp};

use crate::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, Instruction, ProviderCallId, Question,
    Stage, Treatment, Utterance,
};
use crate::screening::{Facts, Policy, advance};

use super::{Conversation, Outcome};

/// Nothing asks more often than this.
const MOST_EVENTS: usize = 40;

/// A Monday at noon, in opening hours nearly everywhere: every run judges at the same time.
pub const BEGAN: Timestamp = Timestamp::constant(1_767_610_800, 0);

/// A conversation that was played to its end, or as far as was asked for.
#[derive(Debug, Clone)]
pub struct Played {
    /// What became of the caller.
    pub outcome: Outcome,
    /// How many different questions were put to him, the greeting's among them.
    pub questions: usize,
    /// The call with everything that was said.
    pub call: Call,
}

/// Plays a conversation. The caller gives his answer to the question that he is asked and is
/// silent where he has none; he presses no key. After `most_questions` questions the call is cut
/// short. A second passes for about two words, as they do on the telephone.
#[must_use]
pub fn play(
    policy: &Policy,
    conversation: &Conversation,
    most_questions: Option<usize>,
    began: Timestamp,
) -> Played {
    let facts = Facts::default();
    let mut now = began;
    let caller = Caller::with_number(CallerNumber::read("+4571234567"));
    let provider = ProviderCallId {
        provider: "evaluation".into(),
        id: conversation.id.clone(),
    };
    let mut call = Call::begin(
        CallId::new(began),
        provider,
        policy.line.id.clone(),
        conversation.lang,
        caller.clone(),
        String::new(),
        began,
    );
    let mut event = CallEvent::Incoming {
        caller,
        called: String::new(),
    };
    for _ in 0..MOST_EVENTS {
        let step = advance(policy, &facts, call, event, now);
        call = step.call;
        let asked = step
            .instructions
            .iter()
            .find_map(|instruction| match instruction {
                Instruction::Ask { turn, text, .. } => Some((*turn, text.as_str())),
                _ => None,
            });
        let question = match call.stage {
            Stage::Asking { question, .. } => Some(question),
            Stage::OfferingKeys => None,
            _ => break,
        };
        let Some((turn, prompt)) = asked else { break };
        if question.is_some() && most_questions.is_some_and(|most| call.asked.len() > most) {
            break;
        }
        let answer = answer_to(conversation, question);
        now = now
            .saturating_add(seconds_for(prompt) + seconds_of(&answer))
            .unwrap_or(now);
        event = CallEvent::Heard { turn, answer };
    }
    let outcome = match call.verdict.as_ref().map(|verdict| verdict.treatment) {
        Some(Treatment::Connect) => Outcome::Connect,
        Some(Treatment::Message) => Outcome::Message,
        Some(Treatment::Reject) => Outcome::Reject,
        None => Outcome::Ask,
    };
    Played {
        outcome,
        // The question that the call was cut short before was never put.
        questions: most_questions.map_or(call.asked.len(), |most| call.asked.len().min(most)),
        call,
    }
}

fn answer_to(conversation: &Conversation, question: Option<Question>) -> Answer {
    match question.and_then(|question| conversation.answer(question)) {
        Some(words) if !words.trim().is_empty() => Answer::Speech(Utterance::new(words, None)),
        _ => Answer::Silence,
    }
}

fn seconds_for(prompt: &str) -> SignedDuration {
    let words = i64::try_from(prompt.split_whitespace().count()).unwrap_or_default();
    SignedDuration::from_millis(words * 350)
}

fn seconds_of(answer: &Answer) -> SignedDuration {
    match answer {
        Answer::Speech(utterance) => {
            let words =
                i64::try_from(utterance.text.split_whitespace().count()).unwrap_or_default();
            SignedDuration::from_millis(1_500 + words * 400)
        }
        Answer::Key(_) => SignedDuration::from_secs(2),
        Answer::Silence => SignedDuration::from_secs(5),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rules::{Lexicon, RuleSet};
    use crate::screening::line::Limits;
    use crate::screening::profile::Profile;
    use crate::screening::sample;

    #[test]
    fn a_question_that_was_never_put_is_not_counted() {
        let rules = RuleSet::compile(&[], &Lexicon::default()).unwrap().rules;
        let line = sample::line(Profile::default());
        let policy = Policy::new(line, Arc::new(rules), Limits::default());
        let text = r#"{"id":"x","lang":"da","label":"personal","turns":[{"ask":"open","say":"hej det er mig"}]}"#;
        let one = &Conversation::read_all("x", text).unwrap()[0];
        let played = |most| play(&policy, one, most, BEGAN);
        assert_eq!(played(Some(1)).outcome, Outcome::Ask);
        assert_eq!(played(Some(1)).questions, 1);
        assert_eq!(played(Some(2)).questions, 2);
        assert!(played(None).questions > 1);
    }
}
