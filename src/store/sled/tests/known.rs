//! What the database has is never taken for missing, and what it does not have mostly is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::super::known::Name;
use super::super::value::provider_print;
use super::{SledStore, keep, open};
use crate::call::Call;
use crate::store::sample;
use crate::store::{CallFilter, Store};

/// More than are read from an index at once.
const EARLIER: u64 = 3_500;
const LATER: u64 = 500;

fn calls(numbers: std::ops::Range<u64>) -> impl Iterator<Item = Call> {
    // In no order, as far as the indexes are concerned.
    numbers.map(|number| sample::call(number * 37 % 8_191))
}

async fn keep_all(store: &Arc<SledStore>, calls: impl Iterator<Item = Call>) {
    let mut kept = JoinSet::new();
    for call in calls {
        let store = Arc::clone(store);
        kept.spawn(async move { keep(&store, call).await.unwrap() });
    }
    kept.join_all().await;
}

fn names(call: &Call) -> [Name; 3] {
    let caller = call.caller.number.public().unwrap().as_u64();
    let provider = provider_print(&call.provider);
    [
        Name::Call(call.id),
        Name::Provider(provider),
        Name::Caller(caller),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_and_little_is_asked_for_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()).await.unwrap());
    keep_all(&store, calls(0..EARLIER)).await;
    store.close().await;

    let store = Arc::new(open(folder.path()).await.unwrap());
    // While those of earlier times are read.
    keep_all(&store, calls(EARLIER..EARLIER + LATER)).await;
    store.remove_calls(Vec::new()).await.unwrap();
    let shared = store.shared().unwrap();
    while !shared.known.is_complete() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut callers = HashMap::new();
    for call in calls(0..EARLIER + LATER) {
        *callers.entry(call.caller.number.public()).or_insert(0) += 1;
    }
    for call in calls(0..EARLIER + LATER) {
        for name in names(&call) {
            assert!(shared.known.may_have(name), "{name:?}");
        }
        let found = store.call_by_provider(&call.provider).await.unwrap();
        assert_eq!(found.as_ref(), Some(&call));
        let its = CallFilter {
            caller: call.caller.number.public(),
            ..CallFilter::default()
        };
        let count = store.count_calls(&its, None, 20).await.unwrap();
        assert_eq!(Some(&count), callers.get(&its.caller));
    }
    assert_eq!(store.counts().await.unwrap().calls, EARLIER + LATER);

    let unknown = calls(EARLIER + LATER..8_191);
    let seem_kept = unknown.filter(|call| {
        let [id, provider, _] = names(call);
        shared.known.may_have(id) || shared.known.may_have(provider)
    });
    assert!(seem_kept.count() < 10);
}
