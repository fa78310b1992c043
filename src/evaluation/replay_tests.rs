use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::*;
use crate::call::{Answer, CallerNumber, DialOutcome, E164, Entry, Key, OwnerAction, Utterance};
use crate::evaluation::{Conversation, Label, count_earlier_calls, play};
use crate::opinion::Model;
use crate::rules::{self, Lexicon, RuleSet, Source};
use crate::screening::line::Limits;
use crate::screening::profile::Profile;
use crate::screening::sample;

fn began() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn policy_with(sources: &[Source]) -> Policy {
    let line = sample::line(Profile::default());
    let rules = RuleSet::compile(sources, &Lexicon(line.lexicon())).unwrap();
    Policy::new(line, Arc::new(rules.rules), Limits::default())
}

fn shipped() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| policy_with(&rules::shipped()))
}

fn silent() -> Policy {
    policy_with(&[])
}

fn corpus() -> Vec<Conversation> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/en.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    Conversation::read_all(path, &text).unwrap()
}

fn conversation(turns: &str) -> Conversation {
    let text = format!(r#"{{"id":"x","lang":"da","label":"customer","turns":{turns}}}"#);
    serde_json::from_str(&text).unwrap()
}

fn treatment(again: Again) -> Option<Treatment> {
    match again {
        Again::Judged { treatment, .. } => Some(treatment),
        Again::AsksOn { .. } => None,
    }
}

#[test]
fn under_the_same_rules_every_call_ends_as_it_did() {
    let mut judged = 0;
    for conversation in corpus() {
        let played = play(shipped(), &conversation, None, began());
        let recorded = Recorded::of(&played.call, None);
        let Decided::ByRules(was) = recorded.decided else {
            panic!("{} was not decided", conversation.id);
        };
        judged += 1;
        let again = replay(shipped(), &recorded).again;
        assert_eq!(treatment(again), Some(was), "{}", conversation.id);
    }
    assert!(judged > 300, "{judged}");
}

#[test]
fn who_had_no_answer_to_why_is_asked_what_he_was_asked_then() {
    let mut line = sample::line(Profile::default());
    line.opinion = Some(Arc::clone(Model::shipped()));
    let policy = Policy::new(line, Arc::clone(&shipped().rules), Limits::default());
    let mut sellers = corpus();
    sellers.retain(|one| one.label == Label::UntargetedSales);
    let mut eased = 0;
    for mut seller in sellers {
        seller.turns.retain(|turn| turn.ask != Question::Why);
        let played = play(&policy, &seller, None, began());
        let recorded = Recorded::of(&played.call, None);
        let Decided::ByRules(was) = recorded.decided else {
            panic!("{} was not decided", seller.id);
        };
        let why = played
            .call
            .asked
            .iter()
            .position(|one| *one == Question::Why);
        eased += usize::from(why.is_some_and(|at| at + 1 < played.call.asked.len()));
        let again = replay(&policy, &recorded).again;
        assert_eq!(treatment(again), Some(was), "{}", seller.id);
    }
    assert!(eased > 9, "{eased}");
}

#[test]
fn silence_keys_and_what_is_said_after_a_no_stay_where_they_belong() {
    let says = r#"[{"ask":"open","say":"taler jeg med den it ansvarlige"},
        {"ask":"what","say":"det handler om at optimere jeres drift"},
        {"ask":"why","say":"vi ringer til alle"}]"#;
    let mut call = play(shipped(), &conversation(says), None, began()).call;
    assert_eq!(call.verdict.as_ref().unwrap().treatment, Treatment::Reject);
    call.timeline.push(Entry {
        at: began(),
        event: CallEvent::Heard {
            turn: call.turn,
            answer: Answer::Speech(Utterance::new("det er politiet", None)),
        },
        instructions: Vec::new(),
    });
    let recorded = Recorded::of(&call, None);
    let said: Vec<&str> = recorded.said().map(|(_, words)| words).collect();
    assert_eq!(said.len(), call.asked.len(), "{said:?}");
    assert!(!said.contains(&"det er politiet"));
    assert_eq!(
        treatment(replay(shipped(), &recorded).again),
        Some(Treatment::Reject)
    );
}

#[test]
fn what_was_never_asked_is_not_made_up() {
    let says = r#"[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]"#;
    let call = play(shipped(), &conversation(says), None, began()).call;
    let recorded = Recorded::of(&call, None);
    assert_eq!(recorded.decided, Decided::ByRules(Treatment::Connect));
    assert_eq!(recorded.answer(Question::Why, 0), None);
    let again = replay(&silent(), &recorded).again;
    assert!(matches!(again, Again::AsksOn { .. }), "{again:?}");
}

#[test]
fn the_sums_say_what_would_change_and_what_the_owner_thinks_of_it() {
    let says = r#"[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]"#;
    let call = play(shipped(), &conversation(says), None, began()).call;
    let other = Some(Judged::Wrong {
        should: Some(Treatment::Reject),
    });
    let mut by_list = Recorded::of(&call, None);
    by_list.decided = Decided::Otherwise;
    let calls = [
        Recorded::of(&call, Some(Judged::Right)),
        Recorded::of(&call, other),
        Recorded::of(&call, None),
        by_list,
    ];
    let rejecting = policy_with(&[Source {
        path: "mine.toml".into(),
        text:
            "version = 1\n[[rule]]\nid = \"no\"\nname = \"No\"\ntactic = \"A1\"\nkind = \"sell\"\n\
               points = 3\naction = \"reject\"\ni_mean_it = true\nphrases = [\"hjemmeside\"]\n"
                .into(),
    }]);
    let done = AtomicUsize::new(0);
    let results = replay_all(&calls, |_| &rejecting, 2, &done, || false);
    assert_eq!(done.into_inner(), 4);
    let sum = Replayed::of(&calls, &results, 2);
    assert_eq!(
        (sum.calls, sum.judged, sum.not_by_rules, sum.changed),
        (4, 3, 1, 3)
    );
    assert_eq!(
        (
            sum.marks_broken,
            sum.marks_mended,
            sum.connected_then_rejected
        ),
        (1, 1, 3)
    );
    assert_eq!((sum.changes.len(), sum.rejected_share_now), (2, 1.0));
    assert!(sum.changes.iter().all(|change| change.mark.is_some()));
    let same = Replayed::between(&calls, &results, &results, 9);
    assert_eq!((same.same, same.changed, same.changes.len()), (3, 0, 0));
}

fn with(call: &Call, events: &[CallEvent]) -> Call {
    events.iter().fold(call.clone(), |call, event| {
        let at = call.timeline.last().map_or(began(), |entry| entry.at);
        advance(shipped(), &Facts::default(), call, event.clone(), at).call
    })
}

fn acts(turn: u16, action: OwnerAction) -> CallEvent {
    CallEvent::OwnerActed { turn, action }
}

fn pressed(key: char) -> CallEvent {
    CallEvent::OwnerPressed {
        attempt: 0,
        leg: String::new(),
        key: Key::new(key),
    }
}

#[test]
fn who_the_owner_refused_when_he_was_rung_came_through_by_the_rules_and_is_marked_as_refused() {
    let says = r#"[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]"#;
    let call = play(shipped(), &conversation(says), None, began()).call;
    let by_rules = Decided::ByRules(Treatment::Connect);
    let end = CallEvent::DialEnded {
        attempt: 0,
        outcome: DialOutcome::Answered,
        seconds: 8,
        bridged: None,
    };
    let at_the_desk = acts(call.turn, OwnerAction::Refuse);
    for events in [
        vec![pressed('2'), end.clone()],
        vec![pressed('4'), end],
        vec![at_the_desk],
    ] {
        let refused = with(&call, &events);
        let recorded = Recorded::of(&refused, Some(Judged::Right));
        assert_eq!(
            (recorded.decided, recorded.given),
            (by_rules, Some(Treatment::Reject))
        );
        assert_eq!(recorded.should_have_been(), Some(Treatment::Reject));
        assert_eq!(recorded.agrees(Treatment::Reject), Some(true));
        assert_eq!(recorded.agrees(Treatment::Connect), Some(false));
        let taught = Conversation::of_marked(&refused, Judged::Right).unwrap();
        assert_eq!(taught.label, Label::UntargetedSales);
        let rejected = Again::Judged {
            treatment: Treatment::Reject,
            ground: Ground::Rule,
        };
        let sum = Replayed::of(&[recorded], &[Some(rejected)], 9);
        assert_eq!((sum.marks_mended, sum.marks_broken), (1, 0));
        assert_eq!((sum.changed, sum.connected_then_rejected), (1, 0));
    }
}

#[test]
fn what_the_owner_decided_while_his_phone_had_not_rung_was_not_decided_by_rules() {
    let says = r#"[{"ask":"open","say":"taler jeg med den it ansvarlige"}]"#;
    let asked = play(shipped(), &conversation(says), Some(1), began()).call;
    assert!(matches!(asked.stage, Stage::Asking { .. }));
    let acted = |action| with(&asked, &[acts(asked.turn, action)]);
    let taken = acted(OwnerAction::Take);
    let refused = [acted(OwnerAction::Refuse), with(&taken, &[pressed('2')])];
    for call in refused.iter().chain([&taken]) {
        let recorded = Recorded::of(call, Some(Judged::Right));
        assert_eq!(recorded.decided, Decided::ByOwner);
        assert!(!recorded.is_refused_by_owner());
        assert_eq!(recorded.should_have_been(), None);
    }
    for call in &refused {
        let taught = Conversation::of_marked(call, Judged::Right).unwrap();
        assert_eq!(taught.label, Label::UntargetedSales);
    }
}

#[test]
fn a_call_that_a_refused_campaign_decided_is_not_judged_without_it() {
    let says = r#"[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]"#;
    let mut call = play(shipped(), &conversation(says), None, began()).call;
    if let Some(verdict) = &mut call.verdict {
        verdict.ground = Ground::RefusedCampaign;
        verdict.treatment = Treatment::Message;
    }
    let calls = [Recorded::of(&call, None)];
    let results = replay_all(&calls, |_| shipped(), 1, &AtomicUsize::new(0), || false);
    let sum = Replayed::of(&calls, &results, 9);
    assert_eq!((sum.judged, sum.not_by_rules, sum.changed), (0, 1, 0));
    // What the owner says of it is learned all the same.
    let should = Some(Treatment::Connect);
    let taught = Conversation::of_marked(&call, Judged::Wrong { should }).unwrap();
    assert_eq!(taught.label, Label::Customer);
}

#[test]
fn once_it_is_late_no_more_calls_are_judged() {
    let says = r#"[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]"#;
    let call = play(shipped(), &conversation(says), None, began()).call;
    let calls = vec![Recorded::of(&call, None); 2 * PORTION];
    let done = AtomicUsize::new(0);
    let is_late = || done.load(Ordering::Relaxed) > 0;
    let results = replay_all(&calls, |_| shipped(), 1, &done, is_late);
    assert_eq!(results.iter().flatten().count(), PORTION);
    assert_eq!(done.into_inner(), PORTION);
}

#[test]
fn a_call_whose_words_are_gone_is_passed_over_and_counted_apart() {
    let says = r#"[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]"#;
    let call = play(shipped(), &conversation(says), None, began()).call;
    let calls = [&call, &call.clone().without_words()].map(|call| Recorded::of(call, None));
    assert_eq!(calls[1].decided, Decided::Forgotten);
    let results = replay_all(&calls, |_| shipped(), 1, &AtomicUsize::new(0), || false);
    assert_eq!(results[1], None);
    let sum = Replayed::of(&calls, &results, 9);
    assert_eq!(
        (sum.judged, sum.same, sum.changed, sum.forgotten),
        (1, 1, 0, 1)
    );
    // Nobody can learn from it either.
    let taught = Conversation::of_marked(&call, Judged::Right).unwrap();
    assert_eq!(taught.turns.len(), 1);
    let forgotten = call.clone().without_words();
    assert_eq!(Conversation::of_marked(&forgotten, Judged::Right), None);
    // Who never said a word is judged by that.
    let silent = play(shipped(), &conversation("[]"), None, began()).call;
    let decided = Recorded::of(&silent.clone().without_words(), None).decided;
    assert_eq!(decided, Recorded::of(&silent, None).decided);
}

#[test]
fn earlier_calls_of_a_number_are_counted_for_thirty_days() {
    let call = play(shipped(), &conversation("[]"), None, began()).call;
    let day = |days: i64, number: &str| {
        let mut recorded = Recorded::of(&call, None);
        recorded.began = began() + SignedDuration::from_hours(24 * days);
        recorded.caller = CallerNumber::Public(E164::parse(number).unwrap());
        recorded
    };
    let one = "+4571234567";
    let mut calls = vec![
        day(40, one),
        day(0, one),
        day(35, one),
        day(29, one),
        day(40, "+4571234568"),
    ];
    calls[4].caller = CallerNumber::Withheld;
    count_earlier_calls(&mut calls);
    let counts: Vec<u32> = calls.iter().map(|call| call.calls_before).collect();
    assert_eq!(counts, [2, 0, 1, 1, 0]);
}
