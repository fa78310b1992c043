//! What people did at the desk and programs through the interface: who, when, what, and whether it
//! was done. Written after the fact. Whose number was erased is not in it any more.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::App;
use super::accounts::MAX_NAME_CHARS;
use super::auth::random;
use crate::store::{Shelf, Store, StoreError, newest_first};

/// The longest address that is written down, in characters.
const MAX_WHAT_CHARS: usize = 200;

/// Something that was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Deed {
    /// When.
    pub(super) at: Timestamp,
    /// By whom.
    pub(super) by: String,
    /// What: the method and the address.
    pub(super) what: String,
    /// The HTTP status it was answered with.
    pub(super) status: u16,
    /// The account that it was done to, where it was done to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) whom: Option<String>,
}

/// The account that something was done to: it comes along with the answer.
#[derive(Debug, Clone)]
pub(super) struct Whom(pub(super) String);

/// What was asked was refused, though the answer leads back to the page that says why.
#[derive(Debug, Clone)]
pub(super) struct Refused;

/// The answer to something that was refused.
pub(super) fn refused(mut response: Response) -> Response {
    response.extensions_mut().insert(Refused);
    response
}

/// Where a number is erased: the record of it does not keep the number.
const ERASES: &str = "DELETE /api/v1/numbers/";
/// What the record says in its place.
pub(super) const ERASED: &str = "erased everything that was held on a number";

/// Writes a deed down. One that cannot be written is in the log at least.
pub(super) async fn note(app: &App, by: &str, what: &str, status: StatusCode) {
    note_to(app, by, what, status, None).await;
}

/// The same, done to this account.
pub(super) async fn note_to(
    app: &App,
    by: &str,
    what: &str,
    status: StatusCode,
    whom: Option<Whom>,
) {
    let now = app.state.service.clock().now();
    let what = if what.starts_with(ERASES) {
        ERASED
    } else {
        what
    };
    let deed = Deed {
        at: now,
        by: by.to_owned(),
        what: what.chars().take(MAX_WHAT_CHARS).collect(),
        status: status.as_u16(),
        whom: whom.map(|Whom(name)| name.chars().take(MAX_NAME_CHARS).collect()),
    };
    tracing::info!(by = deed.by, what = deed.what, status = deed.status, "deed");
    let kept = async {
        let store = app.store().map_err(|_| StoreError::Closed)?;
        let value = serde_json::to_vec(&deed).map_err(|error| StoreError::Io(error.to_string()))?;
        let change = (name(now)?, Some(value));
        store.shelve(Shelf::Audit, vec![change]).await
    };
    if let Err(error) = kept.await {
        tracing::warn!(%error, "a deed could not be written down");
    }
}

/// The latest deeds, newest first.
pub(super) async fn latest(store: &dyn Store, most: usize) -> Result<Vec<Deed>, StoreError> {
    let kept = store.shelf(Shelf::Audit, None, most).await?;
    let read = |one: &crate::store::Shelved| serde_json::from_slice(&one.value).ok();
    Ok(kept.iter().filter_map(read).collect())
}

/// A name that sorts the newest first.
fn name(now: Timestamp) -> Result<Vec<u8>, StoreError> {
    let mut name = newest_first(now).to_vec();
    name.extend_from_slice(&random()?[..4]);
    Ok(name)
}
