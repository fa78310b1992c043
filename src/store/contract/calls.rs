//! Calls: kept, found, counted, removed.

use std::sync::Arc;

use jiff::SignedDuration;

use super::lists::remove;
use super::{Tested, found, is_too_big, keep, keep_with, text};
use crate::call::{
    Call, CallerNumber, E164, Effect, LineId, ListName, ProviderCallId, Recording, Stage, Treatment,
};
use crate::store::sample::{self, dawn};
use crate::store::{CallFilter, Commit};

contract! {
    a_call_is_found_by_its_names
    a_call_is_kept_as_it_last_was
    the_same_step_twice_is_one_step
    pages_are_newest_first_and_complete
    every_filter_and_all_of_them_together
    a_verdict_that_changes_is_found_under_the_new_one
    messages_are_found_whatever_the_verdict
    text_is_found_without_regard_to_case
    calls_are_counted_as_they_are_found
    a_caller_who_changes_is_found_under_the_new_number
    big_calls_are_kept_and_bigger_ones_refused
    what_is_removed_is_found_nowhere
}

async fn a_call_is_found_by_its_names(store: Tested) {
    let call = sample::call(1);
    assert_eq!(store.call(call.id).await.unwrap(), None);
    assert_eq!(store.call_by_provider(&call.provider).await.unwrap(), None);
    keep(&store, &call).await;
    assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));
    let by_provider = store.call_by_provider(&call.provider).await.unwrap();
    assert_eq!(by_provider, Some(call.clone()));
    let elsewhere = ProviderCallId {
        provider: "telnyx".into(),
        ..call.provider
    };
    assert_eq!(store.call_by_provider(&elsewhere).await.unwrap(), None);
}

async fn a_call_is_kept_as_it_last_was(store: Tested) {
    let mut call = sample::call(1);
    for turn in 0..12 {
        call = sample::heard(call, &format!("Det er svar nummer {turn}"));
        keep(&store, &call).await;
        assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));
    }
    call.stage = Stage::Ended;
    keep(&store, &call).await;
    assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));
    let by_provider = store.call_by_provider(&call.provider).await.unwrap();
    assert_eq!(by_provider, Some(call));
    assert_eq!(store.counts().await.unwrap().calls, 1);
}

async fn the_same_step_twice_is_one_step(store: Tested) {
    let call = sample::call(1);
    let number = E164::parse("+4520000001").unwrap();
    let entry = sample::entry(ListName::Block, &number.full());
    let effects = vec![text("Per har ringet."), Effect::List(entry.clone())];
    keep_with(&store, &call, effects.clone()).await;
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.calls, counts.entries, counts.jobs), (1, 1, 1));

    let job = store
        .jobs_due(dawn() + SignedDuration::from_hours(1), 10)
        .await
        .unwrap()
        .remove(0);
    store.settle_job(job.id, None).await.unwrap();
    store.change_lists(vec![remove(&entry)]).await.unwrap();
    keep_with(&store, &call, effects).await;
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.calls, counts.entries, counts.jobs), (1, 0, 0));
}

async fn pages_are_newest_first_and_complete(store: Tested) {
    // Out of order, as a call that is entered later comes.
    let later = (0..75).rev().map(|number| 2 * number + 1);
    for number in (0..150).step_by(2).chain(later) {
        keep(&store, &sample::call(number)).await;
    }
    let filter = CallFilter::default();
    let mut before = None;
    let mut seen = Vec::new();
    loop {
        let page = store.calls(&filter, before, 7).await.unwrap();
        assert!(page.calls.len() <= 7);
        seen.extend(page.calls.iter().map(|call| call.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let mut all: Vec<_> = seen.clone();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    assert_eq!(seen, all);
    assert_eq!(seen.len(), 150);
    let exactly = store.calls(&filter, None, 150).await.unwrap();
    assert_eq!((exactly.calls.len(), exactly.next), (150, None));
}

async fn every_filter_and_all_of_them_together(store: Tested) {
    for number in 0..60 {
        let mut call = sample::call(number);
        call.caller.number = match number % 4 {
            0 => CallerNumber::Withheld,
            _ => CallerNumber::Public(E164::parse(&format!("+452000000{}", number % 3)).unwrap()),
        };
        call.simulated = number % 7 == 0;
        let treatment = [Treatment::Connect, Treatment::Message, Treatment::Reject];
        if let Some(treatment) = treatment.get(usize::try_from(number % 5).unwrap()) {
            call = sample::judged(call, *treatment);
        }
        keep(&store, &call).await;
    }
    let all = |takes: &dyn Fn(u64) -> bool| -> Vec<u64> {
        (0..60).rev().filter(|number| takes(*number)).collect()
    };
    let real = CallFilter::default();
    let caller = E164::parse("+4520000002").unwrap();
    let of_caller = |number: u64| !number.is_multiple_of(4) && number % 3 == 2;
    let after = |number: i64| Some(dawn() + SignedDuration::from_secs(number));
    let both = CallFilter {
        simulated: true,
        ..real.clone()
    };
    assert_eq!(found(&store, &real).await, all(&|number| number % 7 != 0));
    assert_eq!(found(&store, &both).await, all(&|_| true));
    let line = CallFilter {
        line: Some(LineId("home".into())),
        ..both.clone()
    };
    assert_eq!(found(&store, &line).await, all(&|number| number % 10 == 0));
    let verdict = CallFilter {
        verdict: Some(Treatment::Reject),
        ..both.clone()
    };
    assert_eq!(
        found(&store, &verdict).await,
        all(&|number| number % 5 == 2)
    );
    let from_caller = CallFilter {
        caller: Some(caller),
        ..both.clone()
    };
    assert_eq!(found(&store, &from_caller).await, all(&of_caller));
    let time = CallFilter {
        from: after(10),
        until: after(20),
        ..both.clone()
    };
    assert_eq!(
        found(&store, &time).await,
        all(&|number| (10..20).contains(&number))
    );
    let everything = CallFilter {
        line: Some(LineId("shop".into())),
        caller: Some(caller),
        verdict: Some(Treatment::Message),
        message: false,
        from: after(3),
        until: after(50),
        text: None,
        simulated: false,
    };
    let takes = |number: u64| {
        of_caller(number)
            && !number.is_multiple_of(10)
            && number % 5 == 1
            && (3..50).contains(&number)
            && !number.is_multiple_of(7)
    };
    assert!(!all(&takes).is_empty());
    assert_eq!(found(&store, &everything).await, all(&takes));
}

async fn a_verdict_that_changes_is_found_under_the_new_one(store: Tested) {
    for number in 0..80 {
        keep(&store, &sample::call(number)).await;
    }
    let call = sample::call(40);
    let with = |treatment| CallFilter {
        verdict: Some(treatment),
        ..CallFilter::default()
    };
    for treatment in [Treatment::Reject, Treatment::Message] {
        assert!(found(&store, &with(treatment)).await.is_empty());
        keep(&store, &sample::judged(call.clone(), treatment)).await;
        assert_eq!(found(&store, &with(treatment)).await, [40]);
    }
    assert!(found(&store, &with(Treatment::Reject)).await.is_empty());
    assert_eq!(found(&store, &CallFilter::default()).await.len(), 80);
}

async fn messages_are_found_whatever_the_verdict(store: Tested) {
    let messages = CallFilter {
        message: true,
        ..CallFilter::default()
    };
    let treatments = [
        None,
        Some(Treatment::Connect),
        Some(Treatment::Reject),
        Some(Treatment::Message),
    ];
    let mut calls = Vec::new();
    for (number, treatment) in (0..40).zip(treatments.into_iter().cycle()) {
        let call = sample::call(number);
        let call = match treatment {
            Some(treatment) => sample::judged(call, treatment),
            None => call,
        };
        keep(&store, &call).await;
        calls.push(call);
    }
    let sent_to_one = |number: u64| number % 4 == 3;
    let all = |takes: &dyn Fn(u64) -> bool| -> Vec<u64> {
        (0..40).rev().filter(|number| takes(*number)).collect()
    };
    assert_eq!(found(&store, &messages).await, all(&sent_to_one));
    // Some that were put through or turned away leave one after all, others nothing.
    for call in calls.iter_mut().step_by(3) {
        call.recording = Some(Recording {
            url: "https://api.twilio.com/1".into(),
            seconds: Some(4),
        });
        call.stage = Stage::Ended;
        keep(&store, call).await;
    }
    let left = |number: u64| number.is_multiple_of(3);
    let any = |number: u64| sent_to_one(number) || left(number);
    assert_eq!(found(&store, &messages).await, all(&any));
    let put_through = CallFilter {
        verdict: Some(Treatment::Connect),
        ..messages.clone()
    };
    assert_eq!(
        found(&store, &put_through).await,
        all(&|number| number % 4 == 1 && left(number))
    );
    let of_caller = CallFilter {
        caller: calls[9].caller.number.public(),
        ..messages
    };
    assert_eq!(found(&store, &of_caller).await, [9]);
    // That one was left is known for longer than where it is kept.
    keep(&store, &calls[9].clone().without_recording()).await;
    assert_eq!(found(&store, &of_caller).await, [9]);
}

async fn text_is_found_without_regard_to_case(store: Tested) {
    for number in 0..10 {
        let words = if number == 4 {
            "Jeg ringer fra ÆBLEGÅRDEN \"nord\""
        } else {
            "Goddag"
        };
        keep(&store, &sample::heard(sample::call(number), words)).await;
    }
    let with = |text: &str| CallFilter {
        text: Some(text.into()),
        ..CallFilter::default()
    };
    assert_eq!(found(&store, &with("æblegården \"N")).await, [4]);
    assert_eq!(found(&store, &with("goddag")).await.len(), 9);
    // What the doorman says himself is not searched.
    assert!(found(&store, &with("maskine")).await.is_empty());
    assert_eq!(found(&store, &with("  ")).await.len(), 10);
}

async fn calls_are_counted_as_they_are_found(store: Tested) {
    for number in 0..60 {
        let mut call = sample::call(number);
        call.caller.number =
            CallerNumber::Public(E164::parse(&format!("+452000000{}", number % 3)).unwrap());
        call.simulated = number % 7 == 0;
        keep(&store, &call).await;
        if number == 30 {
            store.check().await.unwrap();
        }
        if number % 4 == 0 {
            call.stage = Stage::Ended;
            keep(&store, &call).await;
        }
    }
    let caller = E164::parse("+4520000002").unwrap();
    let before = Some(sample::call(50).id);
    let line = Some(LineId("shop".into()));
    let from = Some(dawn() + SignedDuration::from_secs(11));
    for line in [None, line] {
        for simulated in [true, false] {
            for (caller, from) in [(None, from), (Some(caller), None), (Some(caller), from)] {
                let filter = CallFilter {
                    line: line.clone(),
                    caller,
                    from,
                    simulated,
                    ..CallFilter::default()
                };
                for most in [0, 7, 100] {
                    let page = store.calls(&filter, before, most).await.unwrap();
                    let count = store.count_calls(&filter, before, most).await.unwrap();
                    assert_eq!(count, page.calls.len(), "{most} of {filter:?}");
                }
            }
        }
    }
}

async fn a_caller_who_changes_is_found_under_the_new_number(store: Tested) {
    let mut call = sample::call(1);
    keep(&store, &call).await;
    let by = |call: &Call| CallFilter {
        caller: call.caller.number.public(),
        ..CallFilter::default()
    };
    let old = (by(&call), call.provider.clone());
    call.caller.number = CallerNumber::Public(E164::parse("+4588888888").unwrap());
    call.provider.id = "CAother".into();
    keep(&store, &call).await;
    assert_eq!(found(&store, &by(&call)).await, [1]);
    assert!(found(&store, &old.0).await.is_empty());
    let by_provider = store.call_by_provider(&call.provider).await.unwrap();
    assert_eq!(by_provider, Some(call));
}

async fn big_calls_are_kept_and_bigger_ones_refused(store: Tested) {
    let mut call = sample::call(1);
    for _ in 0..40 {
        call = sample::heard(call, &"æ\"".repeat(999));
    }
    keep(&store, &call).await;
    call.stage = Stage::Ended;
    keep(&store, &call).await;
    assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));
    call.timeline.truncate(1);
    keep(&store, &call).await;
    assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));

    call.called = "x".repeat(2_000_000);
    let call = Arc::new(call);
    let effects = Vec::new();
    is_too_big(store.commit(Commit { call, effects }).await);
    let kept = store.call(sample::call(1).id).await.unwrap();
    assert_ne!(kept.unwrap().called.len(), 2_000_000);
    // The store goes on.
    keep(&store, &sample::call(2)).await;
    // A call whose effects are too big is not kept without them.
    let number = "+4520000001";
    let mut entry = sample::entry(ListName::Block, number);
    entry.note = "x".repeat(5_000);
    for too_big in [text(&"x".repeat(5_000)), Effect::List(entry)] {
        let call = Arc::new(sample::call(3));
        let effects = vec![text("en"), too_big];
        is_too_big(store.commit(Commit { call, effects }).await);
    }
    assert_eq!(store.call(sample::call(3).id).await.unwrap(), None);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.calls, counts.entries, counts.jobs), (2, 0, 0));
}

async fn what_is_removed_is_found_nowhere(store: Tested) {
    // Every third call goes; some before they are settled, and blocks of indexes lose their first.
    let calls: Vec<Call> = (0..90)
        .map(|number| sample::heard(sample::call(number % 7 + number / 7 * 997), "goddag"))
        .collect();
    for call in &calls {
        keep(&store, call).await;
    }
    let (gone, left): (Vec<&Call>, Vec<&Call>) = calls
        .iter()
        .partition(|call| call.started_at.as_second() % 3 == 0);
    assert!(gone.len() > 20 && left.len() > 40);
    let ids = gone.iter().map(|call| call.id).collect();
    store.remove_calls(ids).await.unwrap();
    for again in [false, true] {
        for call in &gone {
            assert_eq!(store.call(call.id).await.unwrap(), None);
            assert_eq!(store.call_by_provider(&call.provider).await.unwrap(), None);
        }
        let all = store
            .calls(&CallFilter::default(), None, 1_000)
            .await
            .unwrap();
        let mut left: Vec<&Call> = left.clone();
        left.sort_by_key(|call| std::cmp::Reverse(call.id));
        assert_eq!(all.calls.iter().collect::<Vec<_>>(), left);
        for call in &left {
            let filter = CallFilter {
                caller: call.caller.number.public(),
                ..CallFilter::default()
            };
            let of_caller = store.calls(&filter, None, 1_000).await.unwrap().calls;
            assert!(of_caller.contains(call));
            assert!(!of_caller.iter().any(|call| gone.contains(&call)));
            assert_eq!(
                store.count_calls(&filter, None, 20).await.unwrap(),
                of_caller.len()
            );
        }
        assert_eq!(store.counts().await.unwrap().calls, left.len() as u64);
        if !again {
            store.scrub().await.unwrap();
        }
    }
    // A name that was removed may come again.
    keep(&store, gone[0]).await;
    assert_eq!(
        store.call(gone[0].id).await.unwrap().as_ref(),
        Some(gone[0])
    );
}
