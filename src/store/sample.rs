//! Calls and entries for tests, of the size that real ones have.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, E164, Entry, EvidenceKind, Filled,
    Ground, Instruction, Language, LineId, ListEntry, ListName, NumberPattern, Origin,
    ProviderCallId, Question, Reason, Score, Slot, Treatment, Utterance, Verdict,
};

/// The moment at which time begins in tests.
pub(crate) fn dawn() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// A call that begins `number` seconds after dawn, with nothing said yet.
pub(crate) fn call(number: u64) -> Call {
    let at = dawn() + SignedDuration::from_secs(i64::try_from(number).unwrap());
    let caller =
        CallerNumber::Public(E164::parse(&(4_520_000_000 + number % 997).to_string()).unwrap());
    let event = CallEvent::Incoming {
        caller: Caller::with_number(caller.clone()),
        called: "+4570101010".into(),
    };
    // As `CallId::new` makes it, but the same whenever it is asked for.
    let mut id = *CallId::new(at).as_bytes();
    id[6..8].copy_from_slice(&[0x70, 0]);
    id[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let mut call = Call::begin(
        CallId::from_bytes(id),
        ProviderCallId {
            provider: "twilio".into(),
            id: format!(
                "CA{:032x}",
                u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            ),
        },
        LineId(["shop", "home"][usize::from(number.is_multiple_of(10))].into()),
        Language::Da,
        Caller::with_number(caller),
        "+4570101010".into(),
        at,
    );
    call.timeline.push(Entry {
        at,
        event,
        instructions: vec![ask(0, "Goddag, De taler med en maskine, som skriver ned, hvad De siger. Hvem taler jeg med, og hvad drejer det sig om?")],
    });
    call
}

fn ask(turn: u16, text: &str) -> Instruction {
    Instruction::Ask {
        turn,
        question: None,
        text: text.into(),
        language: Language::Da,
        hints: Arc::default(),
        wait_seconds: 6,
        pause_seconds: 2,
    }
}

/// The call after one more turn, in which the caller said this.
pub(crate) fn heard(mut call: Call, words: &str) -> Call {
    let at = call.started_at + SignedDuration::from_secs(8 * i64::from(call.turn + 1));
    call.timeline.push(Entry {
        at,
        event: CallEvent::Heard {
            turn: call.turn,
            answer: Answer::Speech(Utterance::new(words, Some(0.87))),
        },
        instructions: vec![ask(
            call.turn + 1,
            "Tak. Hvad er grunden til, at De ringer netop her?",
        )],
    });
    call.slots.push(Filled {
        slot: Slot::What,
        text: words.into(),
        specificity: 1,
    });
    call.reasons.push(Reason {
        rule: "da-ask-role-it".into(),
        name: "Spørger efter den IT-ansvarlige".into(),
        tactic: "A1".into(),
        kind: EvidenceKind::Sell,
        points: 2,
        turn: call.turn,
        question: Question::Open,
        words: vec!["taler jeg med den it ansvarlige".into()],
        spans: vec![(8, 39)],
        fills: Vec::new(),
        action: None,
        shadow: false,
    });
    call.turn += 1;
    call
}

/// The call with this verdict.
pub(crate) fn judged(mut call: Call, treatment: Treatment) -> Call {
    call.verdict = Some(Verdict {
        treatment,
        ground: Ground::UntargetedSelling,
        score: Score {
            sell: 4,
            ..Score::default()
        },
        missing: vec![Slot::Why],
        policy: "3f9a2c".into(),
        would_have: None,
    });
    call
}

/// An entry of a list.
pub(crate) fn entry(list: ListName, pattern: &str) -> ListEntry {
    ListEntry {
        pattern: NumberPattern::parse(pattern).unwrap(),
        list,
        line: None,
        note: "Jens Hansen, tømrer".into(),
        origin: Origin::Import,
        added_at: dawn(),
        expires_at: None,
    }
}
