//! What every store must do, run against each of them.

use std::sync::Arc;

use super::sample::{self, dawn};
use super::{CallFilter, Commit, Store, StoreError};
use crate::call::{Call, E164, Effect, Treatment};

/// Every name stands for a function of the file it is written in; each store runs all of them.
macro_rules! contract {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                super::$name(crate::store::open("memory:").await.unwrap()).await;
            })*
        }
        mod sled {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let address = format!("sled:{}", folder.path().display());
                super::$name(crate::store::open(&address).await.unwrap()).await;
            })*
        }
    };
}

mod calls;
mod jobs;
mod lists;
mod shelves;

contract! {
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

/// Every store refuses the same, not one more than another.
fn is_too_big(refused: Result<(), StoreError>) {
    let is_so = matches!(refused, Err(StoreError::TooBig { .. }));
    assert!(is_so, "{refused:?}");
}

fn text(body: &str) -> Effect {
    Effect::Text {
        to: E164::parse("+4520304050").unwrap(),
        body: body.into(),
    }
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
