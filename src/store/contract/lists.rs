//! The owner's lists.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{Tested, is_too_big, keep};
use crate::call::{E164, LineId, ListEntry, ListName, NumberPattern};
use crate::store::ListChange;
use crate::store::sample::{self, dawn};

contract! {
    entries_are_found_by_number_and_prefix
    entries_that_have_expired_are_not_hidden
    an_entry_replaces_the_one_with_its_name
    entries_are_paged_in_the_order_of_their_patterns
    list_changes_are_all_or_nothing
    twenty_thousand_list_changes_take_effect_at_once
}

fn put(list: ListName, pattern: &str) -> ListChange {
    ListChange::Put(sample::entry(list, pattern))
}

pub(super) fn remove(entry: &ListEntry) -> ListChange {
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
    is_too_big(store.change_lists(changes.to_vec()).await);
    assert_eq!(store.counts().await.unwrap().entries, 0);
    let kept = store.entries(ListName::Block, None, 10).await.unwrap();
    assert_eq!(kept, []);
    // The biggest that is taken, and one byte more.
    bad.note = "x".to_owned();
    let others = serde_json::to_vec(&bad).unwrap().len() - 1;
    for (bytes, is_taken) in [(4_095, true), (4_096, false)] {
        bad.note = "x".repeat(bytes - others);
        let changed = store.change_lists(vec![ListChange::Put(bad.clone())]);
        match changed.await {
            Ok(()) => assert!(is_taken, "{bytes} bytes"),
            refused => is_too_big(refused),
        }
    }
    let kept = store.entries(ListName::Block, None, 10).await.unwrap();
    assert_eq!(kept[0].note.len(), 4_095 - others);
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
