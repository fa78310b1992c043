//! Facts about a caller, each with a deadline. A source that is late tells nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::call::{Call, E164, ListEntry};
use crate::screening::Facts;
use crate::store::{CallFilter, Store, StoreError};

/// How long the lists may take.
const FOR_LISTS: Duration = Duration::from_millis(300);
/// How long counting earlier calls may take.
const FOR_EARLIER: Duration = Duration::from_millis(150);
/// How far back earlier calls of a number count.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How many earlier calls are counted; more make no difference to any rule.
const MOST_EARLIER: usize = 20;

/// What the store knows of a caller.
pub(super) async fn gather(store: Option<&dyn Store>, call: &Call, now: Timestamp) -> Facts {
    let (Some(store), Some(number)) = (store, call.caller.number.public()) else {
        return Facts::default();
    };
    // The lists first: a known customer is put through by them, whatever else is late.
    let entries = in_time("lists", FOR_LISTS, store.entries_matching(number)).await;
    let earlier = earlier_calls(store, call, number, now);
    let earlier = in_time("earlier calls", FOR_EARLIER, earlier).await;
    Facts {
        listed: ListEntry::strongest(&entries, &call.line, now).cloned(),
        calls_before: u32::try_from(earlier).unwrap_or(u32::MAX),
        campaign: None,
    }
}

/// What a source tells; nothing where it fails or is late.
async fn in_time<T: Default>(
    source: &'static str,
    limit: Duration,
    asked: impl Future<Output = Result<T, StoreError>>,
) -> T {
    match tokio::time::timeout(limit, asked).await {
        Ok(Ok(told)) => told,
        Ok(Err(error)) => {
            tracing::warn!(source, %error, "a fact about the caller could not be found out");
            T::default()
        }
        Err(_) => {
            tracing::warn!(source, "a fact about the caller was late and is left out");
            T::default()
        }
    }
}

async fn earlier_calls(
    store: &dyn Store,
    call: &Call,
    number: E164,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let filter = CallFilter {
        caller: Some(number),
        from: now.checked_sub(LOOK_BACK).ok(),
        simulated: call.simulated,
        ..CallFilter::default()
    };
    store
        .count_calls(&filter, Some(call.id), MOST_EARLIER)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::ListName;
    use crate::store::hindered::Hindered;
    use crate::store::{ListChange, sample};

    #[tokio::test]
    async fn who_is_listed_is_known_however_late_his_earlier_calls_are() {
        let store = Hindered::new().await;
        let call = sample::call(1);
        let number = call.caller.number.public().unwrap();
        let entry = sample::entry(ListName::Allow, &number.full());
        let put = ListChange::Put(entry.clone());
        store.change_lists(vec![put]).await.unwrap();
        store.never_counts();
        let facts = gather(Some(store.as_ref()), &call, sample::dawn()).await;
        assert_eq!((facts.listed, facts.calls_before), (Some(entry), 0));
    }
}
