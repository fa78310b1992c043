//! Calls that were removed and are in the provider's own list still: they are not entered again from it
//! ([`super::reconcile`]). Of each only a fingerprint is kept, as long as that list is looked through.

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::reconcile::WINDOW;
use crate::call::{Call, ProviderCallId};
use crate::store::{Store, StoreError, fingerprint};

/// Where they stand.
const SETTING: &str = "removed-calls";

/// A fingerprint, and when the call began, in seconds since 1970.
type Print = (u64, i64);

/// The calls that were removed lately.
#[derive(Debug, Default)]
pub(super) struct RemovedCalls(Mutex<()>);

impl RemovedCalls {
    /// Notes that these are about to be removed.
    pub(super) async fn note(
        &self,
        store: &dyn Store,
        calls: &[&Call],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let since = since(now);
        let mut lately: Vec<Print> = calls
            .iter()
            .map(|call| (print(&call.provider), call.started_at.as_second()))
            .filter(|(_, began)| *began >= since)
            .collect();
        if lately.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = self.0.lock().await;
        let mut noted = read(store).await?;
        noted.retain(|(_, began)| *began >= since);
        noted.append(&mut lately);
        noted.sort_unstable();
        noted.dedup();
        write(store, &noted).await
    }

    /// Forgets those that are looked for no more.
    pub(super) async fn forget_old(
        &self,
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let _one_at_a_time = self.0.lock().await;
        let mut noted = read(store).await?;
        let before = noted.len();
        noted.retain(|(_, began)| *began >= since(now));
        if noted.len() == before {
            return Ok(());
        }
        write(store, &noted).await
    }

    /// Whether the call of this name was removed lately.
    pub(super) async fn holds(
        &self,
        store: &dyn Store,
        call: &ProviderCallId,
    ) -> Result<bool, StoreError> {
        let print = print(call);
        let noted = read(store).await?;
        Ok(noted.iter().any(|(noted, _)| *noted == print))
    }
}

async fn read(store: &dyn Store) -> Result<Vec<Print>, StoreError> {
    let noted = store.setting(SETTING).await?;
    Ok(noted
        .and_then(|noted| serde_json::from_slice(&noted).ok())
        .unwrap_or_default())
}

async fn write(store: &dyn Store, noted: &[Print]) -> Result<(), StoreError> {
    let noted = serde_json::to_vec(noted).map_err(|error| StoreError::Io(error.to_string()))?;
    store.put_setting(SETTING, noted).await
}

/// Calls that began before then are in no list that is looked through.
fn since(now: Timestamp) -> i64 {
    now.saturating_sub(WINDOW).unwrap_or(now).as_second()
}

fn print(call: &ProviderCallId) -> u64 {
    fingerprint([&call.provider, "\0", &*call.id].concat().as_bytes())
}
