//! When everything that is kept was last copied.

use jiff::Timestamp;

use super::{Store, StoreError};

/// The setting that says it.
const SETTING: &str = "last-backup";

/// Notes that a copy was made.
///
/// # Errors
/// [`StoreError`], when that could not be kept.
pub async fn note(store: &dyn Store, at: Timestamp) -> Result<(), StoreError> {
    let at = at.to_string().into_bytes();
    store.put_setting(SETTING, at).await
}

/// When the last copy was made; nothing, when none ever was.
///
/// # Errors
/// [`StoreError`], when that cannot be read.
pub async fn last(store: &dyn Store) -> Result<Option<Timestamp>, StoreError> {
    let kept = store.setting(SETTING).await?;
    Ok(kept.and_then(|at| std::str::from_utf8(&at).ok()?.parse().ok()))
}
