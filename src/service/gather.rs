//! Facts about a caller, each with a deadline. A source that is late tells nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::call::{Call, ListEntry};
use crate::screening::Facts;
use crate::store::{CallFilter, Store};

/// How long all facts together may take.
const DEADLINE: Duration = Duration::from_millis(300);
/// How far back earlier calls of a number count.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How many earlier calls are counted; more make no difference to any rule.
const MOST_EARLIER: usize = 20;

/// What the store knows of a caller.
pub(super) async fn gather(store: Option<&dyn Store>, call: &Call, now: Timestamp) -> Facts {
    let Some(store) = store else {
        return Facts::default();
    };
    match tokio::time::timeout(DEADLINE, look_up(store, call, now)).await {
        Ok(facts) => facts,
        Err(_) => {
            tracing::warn!("facts about the caller were late and are left out");
            Facts::default()
        }
    }
}

async fn look_up(store: &dyn Store, call: &Call, now: Timestamp) -> Facts {
    let Some(number) = call.caller.number.public() else {
        return Facts::default();
    };
    let entries = match store.entries_matching(number).await {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(%error, "the lists could not be asked");
            Vec::new()
        }
    };
    Facts {
        listed: ListEntry::strongest(&entries, &call.line, now).cloned(),
        calls_before: earlier_calls(store, call, number, now).await,
        campaign: None,
    }
}

async fn earlier_calls(
    store: &dyn Store,
    call: &Call,
    number: crate::call::E164,
    now: Timestamp,
) -> u32 {
    let filter = CallFilter {
        caller: Some(number),
        from: now.checked_sub(LOOK_BACK).ok(),
        simulated: call.simulated,
        ..CallFilter::default()
    };
    match store
        .count_calls(&filter, Some(call.id), MOST_EARLIER)
        .await
    {
        Ok(count) => u32::try_from(count).unwrap_or(u32::MAX),
        Err(error) => {
            tracing::warn!(%error, "earlier calls could not be counted");
            0
        }
    }
}
