//! What every store must do, run against each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use uuid::Uuid;

use super::sample::{self, dawn};
use super::{CallFilter, Commit, Job, ListChange, Shelf, Store, StoreError, marks};
use crate::call::{
    Call, CallerNumber, E164, Effect, Judged, LineId, ListEntry, ListName, Mark, NumberPattern,
    ProviderCallId, Stage, Treatment,
};

/// Every name stands for one of the functions below; each store runs all of them.
macro_rules! contract {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                super::$name(super::super::open("memory:").await.unwrap()).await;
            })*
        }
        mod sled {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let address = format!("sled:{}", folder.path().display());
                super::$name(super::super::open(&address).await.unwrap()).await;
            })*
        }
    };
}

contract! {
    a_call_is_found_by_its_names
    a_call_is_kept_as_it_last_was
    the_same_step_twice_is_one_step
    effects_come_with_the_step
    pages_are_newest_first_and_complete
    every_filter_and_all_of_them_together
    a_verdict_that_changes_is_found_under_the_new_one
    text_is_found_without_regard_to_case
    calls_are_counted_as_they_are_found
    a_caller_who_changes_is_found_under_the_new_number
    big_calls_are_kept_and_bigger_ones_refused
    entries_are_found_by_number_and_prefix
    entries_that_have_expired_are_not_hidden
    an_entry_replaces_the_one_with_its_name
    entries_are_paged_in_the_order_of_their_patterns
    list_changes_are_all_or_nothing
    twenty_thousand_list_changes_take_effect_at_once
    jobs_come_when_they_are_due
    a_job_that_is_settled_is_gone
    settings_are_kept
    shelves_are_kept_apart_and_in_order
    marks_stand_beside_the_calls
    what_is_removed_is_found_nowhere
    sixty_four_tasks_at_once_lose_nothing
    a_closed_store_says_so
}

type Tested = Arc<dyn Store>;

async fn keep(store: &Tested, call: &Call) {
    keep_with(store, call, Vec::new()).await;
}

async fn keep_with(store: &Tested, call: &Call, effects: Vec<Effect>) {
    let call = Arc::new(call.clone());
    store.commit(Commit { call, effects }).await.unwrap();
}

async fn found(store: &Tested, filter: &CallFilter) -> Vec<u64> {
    let page = store.calls(filter, None, 1_000).await.unwrap();
    assert_eq!(page.next, None);
    let number = |call: &Call| call.started_at.duration_since(dawn()).as_secs();
    let numbers = page
        .calls
        .iter()
        .map(|call| u64::try_from(number(call)).unwrap());
    numbers.collect()
}

fn text(body: &str) -> Effect {
    Effect::Text {
        to: E164::parse("+4520304050").unwrap(),
        body: body.into(),
    }
}

fn put(list: ListName, pattern: &str) -> ListChange {
    ListChange::Put(sample::entry(list, pattern))
}

fn remove(entry: &ListEntry) -> ListChange {
    ListChange::Remove {
        list: entry.list,
        pattern: entry.pattern,
        line: entry.line.clone(),
    }
}

fn patterns(entries: &[ListEntry]) -> Vec<String> {
    entries.iter().map(|entry| entry.pattern.full()).collect()
}

async fn matching(store: &Tested, number: &str) -> BTreeSet<String> {
    let number = E164::parse(number).unwrap();
    let entries = store.entries_matching(number).await.unwrap();
    patterns(&entries).into_iter().collect()
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

async fn effects_come_with_the_step(store: Tested) {
    let call = sample::heard(sample::call(1), "hallo");
    let number = E164::parse("+4520000001").unwrap();
    let entry = sample::entry(ListName::Block, &number.full());
    let effects = vec![text("en"), Effect::List(entry.clone()), text("to")];
    keep_with(&store, &call, effects).await;
    assert_eq!(store.entries_matching(number).await.unwrap(), vec![entry]);
    let step = call.timeline.last().unwrap().at;
    assert!(
        store
            .jobs_due(step - SignedDuration::from_nanos(1), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let jobs = store.jobs_due(step, 10).await.unwrap();
    let mut bodies: Vec<_> = jobs.iter().map(|job| job.effect.clone()).collect();
    bodies.sort_by_key(|effect| format!("{effect:?}"));
    assert_eq!(bodies, [text("en"), text("to")]);
    for job in &jobs {
        assert_eq!((job.call, job.attempts, job.due), (call.id, 0, step));
        assert_eq!(job.provider, "twilio");
        assert_eq!(job.id.get_version_num(), 7);
        let (seconds, _) = job.id.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), step.as_second());
    }
    assert_ne!(jobs[0].id, jobs[1].id);
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
    match store.commit(Commit { call, effects }).await {
        Ok(()) | Err(StoreError::TooBig { .. }) => {}
        Err(other) => panic!("{other}"),
    }
    // Whatever came of it, the store goes on.
    keep(&store, &sample::call(2)).await;
}

async fn entries_are_found_by_number_and_prefix(store: Tested) {
    let changes = [
        put(ListName::Allow, "+4520304050"),
        put(ListName::Block, "+4520304050"),
        put(ListName::Block, "+45203*"),
        put(ListName::Wanted, "+4*"),
        put(ListName::Block, "+4520304050*"),
        put(ListName::Block, "+46*"),
        put(ListName::Block, "+452030405"),
    ];
    store.change_lists(changes.to_vec()).await.unwrap();
    let expected = ["+4*", "+45203*", "+4520304050", "+4520304050*"];
    assert_eq!(
        matching(&store, "+4520304050").await,
        expected.map(String::from).into()
    );
    let number = E164::parse("+4520304050").unwrap();
    assert_eq!(store.entries_matching(number).await.unwrap().len(), 5);
    assert_eq!(
        matching(&store, "+4670000000").await,
        ["+4*", "+46*"].map(String::from).into()
    );
    assert!(matching(&store, "+3670000000").await.is_empty());
    let prefix = &sample::entry(ListName::Wanted, "+4*");
    store.change_lists(vec![remove(prefix)]).await.unwrap();
    assert_eq!(
        matching(&store, "+4670000000").await,
        ["+46*"].map(String::from).into()
    );
}

async fn entries_that_have_expired_are_not_hidden(store: Tested) {
    let mut entry = sample::entry(ListName::Block, "+4520304050");
    entry.expires_at = Some(dawn() - SignedDuration::from_hours(24));
    store
        .change_lists(vec![ListChange::Put(entry.clone())])
        .await
        .unwrap();
    let number = E164::parse("+4520304050").unwrap();
    assert_eq!(
        store.entries_matching(number).await.unwrap(),
        vec![entry.clone()]
    );
    assert_eq!(
        store.entries(ListName::Block, None, 10).await.unwrap(),
        vec![entry]
    );
}

async fn an_entry_replaces_the_one_with_its_name(store: Tested) {
    let first = sample::entry(ListName::Allow, "+4520304050");
    let second = ListEntry {
        note: "Ny".into(),
        ..first.clone()
    };
    let shop = ListEntry {
        line: Some(LineId("shop".into())),
        ..first.clone()
    };
    let changes = [&first, &second, &shop].map(|entry| ListChange::Put(entry.clone()));
    store.change_lists(changes.to_vec()).await.unwrap();
    let kept = store.entries(ListName::Allow, None, 10).await.unwrap();
    assert_eq!(kept, [second.clone(), shop.clone()]);
    assert_eq!(store.counts().await.unwrap().entries, 2);
    store
        .change_lists(vec![remove(&second), remove(&second)])
        .await
        .unwrap();
    assert_eq!(
        store.entries(ListName::Allow, None, 10).await.unwrap(),
        [shop]
    );
    assert_eq!(store.counts().await.unwrap().entries, 1);
}

async fn entries_are_paged_in_the_order_of_their_patterns(store: Tested) {
    let mut changes: Vec<_> = (0..25)
        .map(|number| put(ListName::Block, &format!("+45203040{:02}", number * 7 % 25)))
        .collect();
    changes.push(put(ListName::Allow, "+4520304000"));
    for line in ["a", "b", "c"] {
        let mut entry = sample::entry(ListName::Block, "+4520304011");
        entry.line = Some(LineId(line.into()));
        changes.push(ListChange::Put(entry));
    }
    store.change_lists(changes).await.unwrap();
    for limit in 1..30 {
        let mut after: Option<NumberPattern> = None;
        let mut seen = Vec::new();
        loop {
            let page = store.entries(ListName::Block, after, limit).await.unwrap();
            after = page.last().map(|entry| entry.pattern);
            let last = page.len() < limit;
            seen.extend(page);
            if last {
                break;
            }
        }
        assert_eq!(seen.len(), 28, "in pages of {limit}");
        assert!(seen.is_sorted_by_key(|entry| (entry.pattern, entry.line.clone())));
    }
}

async fn list_changes_are_all_or_nothing(store: Tested) {
    let good = sample::entry(ListName::Block, "+4520304050");
    let mut bad = sample::entry(ListName::Block, "+4520304051");
    bad.note = "x".repeat(1_000_000);
    let changes = [&good, &bad].map(|entry| ListChange::Put(entry.clone()));
    let entries = match store.change_lists(changes.to_vec()).await {
        Ok(()) => 2,
        Err(StoreError::TooBig { .. }) => 0,
        Err(other) => panic!("{other}"),
    };
    assert_eq!(store.counts().await.unwrap().entries, entries);
    assert_eq!(
        store
            .entries(ListName::Block, None, 10)
            .await
            .unwrap()
            .len() as u64,
        entries
    );
}

async fn twenty_thousand_list_changes_take_effect_at_once(store: Tested) {
    let number = |number: u32| format!("+45{:08}", 20_000_000 + number);
    let changes = (0..20_000)
        .map(|n| put(ListName::Block, &number(n)))
        .collect();
    let all = tokio::spawn({
        let store = store.clone();
        async move { store.change_lists(changes).await }
    });
    // Others are served meanwhile, and see all of it or nothing.
    let mut call = sample::call(1);
    while !all.is_finished() {
        let first = matching(&store, &number(0)).await.len();
        let last = matching(&store, &number(19_999)).await.len();
        assert!(first <= last, "the first is there and the last is not");
        let counts = store.counts().await.unwrap();
        assert!([0, 20_000].contains(&counts.entries), "{counts:?}");
        call = sample::heard(call, "hallo");
        keep(&store, &call).await;
        call.timeline.truncate(1);
        call.slots.clear();
        call.reasons.clear();
    }
    all.await.unwrap().unwrap();
    assert_eq!(store.counts().await.unwrap().entries, 20_000);
    // An entry that is changed while the rest is still being carried over.
    let owners = ListEntry {
        note: "Nej".into(),
        ..sample::entry(ListName::Block, &number(19_999))
    };
    store
        .change_lists(vec![ListChange::Put(owners.clone())])
        .await
        .unwrap();
    let last = E164::parse(&number(19_999)).unwrap();
    assert_eq!(store.entries_matching(last).await.unwrap(), [owners]);
    assert_eq!(store.counts().await.unwrap().entries, 20_000);
}

async fn jobs_come_when_they_are_due(store: Tested) {
    for number in [3_u64, 1, 2] {
        keep_with(
            &store,
            &sample::call(number),
            vec![text(&number.to_string())],
        )
        .await;
    }
    let at = |second: i64| dawn() + SignedDuration::from_secs(second);
    assert!(store.jobs_due(at(0), 10).await.unwrap().is_empty());
    let bodies = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.effect).collect::<Vec<_>>();
    assert_eq!(
        bodies(store.jobs_due(at(2), 10).await.unwrap()),
        [text("1"), text("2")]
    );
    assert_eq!(bodies(store.jobs_due(at(9), 1).await.unwrap()), [text("1")]);

    let first = store.jobs_due(at(9), 1).await.unwrap().remove(0);
    let later = Job {
        attempts: 1,
        due: at(100),
        ..first.clone()
    };
    store
        .settle_job(first.id, Some(later.clone()))
        .await
        .unwrap();
    assert_eq!(
        bodies(store.jobs_due(at(9), 10).await.unwrap()),
        [text("2"), text("3")]
    );
    assert_eq!(
        store.jobs_due(at(100), 10).await.unwrap().last(),
        Some(&later)
    );
    assert_eq!(store.counts().await.unwrap().jobs, 3);
}

async fn a_job_that_is_settled_is_gone(store: Tested) {
    keep_with(&store, &sample::call(1), vec![text("en")]).await;
    let at = dawn() + SignedDuration::from_secs(1);
    let job = store.jobs_due(at, 10).await.unwrap().remove(0);
    for id in [job.id, job.id, Uuid::from_u128(7)] {
        store.settle_job(id, None).await.unwrap();
        assert!(store.jobs_due(at, 10).await.unwrap().is_empty());
        assert_eq!(store.counts().await.unwrap().jobs, 0);
    }
}

async fn settings_are_kept(store: Tested) {
    assert_eq!(store.setting("key").await.unwrap(), None);
    for value in [&b"one"[..], b"", b"three"] {
        store.put_setting("key", value.to_vec()).await.unwrap();
        assert_eq!(store.setting("key").await.unwrap().as_deref(), Some(value));
        assert_eq!(store.setting("ke").await.unwrap(), None);
    }
    store.check().await.unwrap();
}

async fn sixty_four_tasks_at_once_lose_nothing(store: Tested) {
    let tasks: Vec<_> = (0..64_u64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for step in 0..20 {
                    let call = sample::call(step * 64 + task);
                    keep(&store, &call).await;
                    assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));
                    keep(&store, &sample::judged(call, Treatment::Reject)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.counts().await.unwrap().calls, 64 * 20);
    let mut filter = CallFilter {
        verdict: Some(Treatment::Reject),
        ..CallFilter::default()
    };
    let page = store.calls(&filter, None, 2_000).await.unwrap();
    assert_eq!(page.calls.len(), 64 * 20);
    filter.caller = sample::call(5).caller.number.public();
    let page = store.calls(&filter, None, 2_000).await.unwrap();
    assert_eq!(page.calls.len(), 2);
}

async fn a_closed_store_says_so(store: Tested) {
    keep(&store, &sample::call(1)).await;
    store.close().await;
    store.close().await;
    let call = Arc::new(sample::call(2));
    let effects = Vec::new();
    let commit = store.commit(Commit { call, effects }).await;
    assert!(matches!(commit, Err(StoreError::Closed)));
    assert!(matches!(store.counts().await, Err(StoreError::Closed)));
    assert!(matches!(
        store.call(sample::call(1).id).await,
        Err(StoreError::Closed)
    ));
}

async fn shelves_are_kept_apart_and_in_order(store: Tested) {
    let names = |shelf| {
        let store = store.clone();
        async move {
            let page = store.shelf(shelf, None, 10).await.unwrap();
            let names = page.into_iter().map(|one| one.name);
            names.collect::<Vec<_>>()
        }
    };
    let put = |name: &[u8], value: Option<&[u8]>| (name.to_vec(), value.map(<[u8]>::to_vec));
    let changes = vec![
        put(b"b", Some(b"2")),
        put(b"\xff", Some(b"4")),
        put(b"a", Some(b"1")),
    ];
    store.shelve(Shelf::Campaigns, changes).await.unwrap();
    let other = vec![put(b"c", Some(b"3"))];
    store.shelve(Shelf::RuleHits, other).await.unwrap();
    assert_eq!(
        names(Shelf::Campaigns).await,
        [b"a".to_vec(), b"b".to_vec(), vec![0xff]]
    );
    assert_eq!(names(Shelf::RuleHits).await, [b"c".to_vec()]);
    let rest = store.shelf(Shelf::Campaigns, Some(b"a"), 1).await.unwrap();
    assert_eq!((rest.len(), &rest[0].name[..]), (1, &b"b"[..]));
    let changes = vec![put(b"a", None), put(b"b", Some(b"5"))];
    store.shelve(Shelf::Campaigns, changes).await.unwrap();
    assert_eq!(store.shelved(Shelf::Campaigns, b"a").await.unwrap(), None);
    assert_eq!(
        store.shelved(Shelf::Campaigns, b"b").await.unwrap(),
        Some(b"5".to_vec())
    );
    let big = vec![put(b"d", Some(b"1")), put(b"e", Some(&[0; 6_001]))];
    let refused = store.shelve(Shelf::Campaigns, big).await;
    assert!(
        matches!(refused, Err(StoreError::TooBig { .. })),
        "{refused:?}"
    );
    assert_eq!(store.shelved(Shelf::Campaigns, b"d").await.unwrap(), None);
}

async fn what_is_removed_is_found_nowhere(store: Arc<dyn Store>) {
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

async fn marks_stand_beside_the_calls(store: Tested) {
    let calls: Vec<Call> = (0..5).map(sample::call).collect();
    for call in &calls {
        keep(&store, call).await;
    }
    let mark = |judged| Mark::new(judged, "kender ham", "owner", dawn());
    let wrong = mark(Judged::Wrong {
        should: Some(Treatment::Connect),
    });
    let right = mark(Judged::Right);
    for (at, mark) in [(1, &wrong), (3, &right), (4, &wrong)] {
        assert!(marks::put(&*store, calls[at].id, Some(mark)).await.unwrap());
    }
    let nobody = sample::call(77).id;
    assert!(!marks::put(&*store, nobody, Some(&right)).await.unwrap());
    // A late event does not touch the mark.
    keep(&store, &sample::judged(calls[1].clone(), Treatment::Reject)).await;
    assert_eq!(
        marks::of(&*store, calls[1].id).await.unwrap(),
        Some(wrong.clone())
    );
    assert_eq!(marks::all(&*store).await.unwrap().len(), 3);
    let of = |filter: CallFilter, before, limit| {
        let store = store.clone();
        async move {
            let is_wrong = |mark: &Mark| mark.judged.is_wrong();
            let page = marks::calls(&*store, &filter, is_wrong, before, limit);
            let page = page.await.unwrap();
            let ids: Vec<_> = page.calls.iter().map(|call| call.id).collect();
            (ids, page.next)
        }
    };
    let all = CallFilter::default();
    assert_eq!(
        of(all.clone(), None, 9).await,
        (vec![calls[4].id, calls[1].id], None)
    );
    assert_eq!(
        of(all.clone(), None, 1).await,
        (vec![calls[4].id], Some(calls[4].id))
    );
    assert_eq!(
        of(all, Some(calls[4].id), 9).await,
        (vec![calls[1].id], None)
    );
    let rejected = CallFilter {
        verdict: Some(Treatment::Reject),
        ..CallFilter::default()
    };
    assert_eq!(of(rejected, None, 9).await, (vec![calls[1].id], None));
    assert!(marks::put(&*store, calls[1].id, None).await.unwrap());
    assert_eq!(marks::of(&*store, calls[1].id).await.unwrap(), None);
}
