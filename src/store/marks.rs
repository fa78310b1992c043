//! The owner's marks on calls, newest call first. They stand beside the calls: a step that comes
//! late writes its call and never touches the mark.

use std::collections::HashMap;

use super::filter::Wanted;
use super::{CallFilter, CallPage, Shelf, Store, StoreError};
use crate::call::{Call, CallId, Mark};

/// How many marks are read at once.
const PORTION: usize = 500;

/// Marks a call, in place of an earlier mark, or takes the mark away. Returns whether there is
/// such a call.
///
/// # Errors
/// [`StoreError`], when it could not be kept.
pub async fn put(store: &dyn Store, id: CallId, mark: Option<&Mark>) -> Result<bool, StoreError> {
    if store.call(id).await?.is_none() {
        return Ok(false);
    }
    let value = mark
        .map(serde_json::to_vec)
        .transpose()
        .map_err(|error| StoreError::Io(error.to_string()))?;
    store.shelve(Shelf::Marks, vec![(name(id), value)]).await?;
    Ok(true)
}

/// Takes the marks of these calls away.
///
/// # Errors
/// [`StoreError`], when that could not be kept.
pub async fn remove(store: &dyn Store, ids: &[CallId]) -> Result<(), StoreError> {
    let gone = ids.iter().map(|id| (name(*id), None)).collect();
    store.shelve(Shelf::Marks, gone).await
}

/// The mark of a call.
///
/// # Errors
/// [`StoreError`], when it cannot be read.
pub async fn of(store: &dyn Store, id: CallId) -> Result<Option<Mark>, StoreError> {
    let kept = store.shelved(Shelf::Marks, &name(id)).await?;
    kept.map(|bytes| read(&bytes)).transpose()
}

/// The marks of these calls, those that have one.
///
/// # Errors
/// [`StoreError`], when one cannot be read.
pub async fn of_all(
    store: &dyn Store,
    calls: &[Call],
) -> Result<HashMap<CallId, Mark>, StoreError> {
    let mut marks = HashMap::new();
    for call in calls {
        if let Some(mark) = of(store, call.id).await? {
            marks.insert(call.id, mark);
        }
    }
    Ok(marks)
}

/// Every mark there is.
///
/// # Errors
/// [`StoreError`], when one cannot be read.
pub async fn all(store: &dyn Store) -> Result<HashMap<CallId, Mark>, StoreError> {
    let mut marks = HashMap::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.shelf(Shelf::Marks, after.as_deref(), PORTION).await?;
        for kept in &page {
            if let Some(id) = call_id(&kept.name) {
                marks.insert(id, read(&kept.value)?);
            }
        }
        match page.last() {
            Some(last) if page.len() == PORTION => after = Some(last.name.clone()),
            _ => return Ok(marks),
        }
    }
}

/// Calls that match the filter and whose mark is wanted, newest first; like [`Store::calls`].
///
/// # Errors
/// [`StoreError`], when something cannot be read.
pub async fn calls(
    store: &dyn Store,
    filter: &CallFilter,
    is_wanted: impl Fn(&Mark) -> bool + Send,
    before: Option<CallId>,
    limit: usize,
) -> Result<CallPage, StoreError> {
    let wanted = Wanted::new(filter);
    let mut page = CallPage::default();
    let mut after = before.map(name);
    loop {
        let portion = store.shelf(Shelf::Marks, after.as_deref(), PORTION).await?;
        for kept in &portion {
            let Some(id) = call_id(&kept.name) else {
                continue;
            };
            if !is_wanted(&read(&kept.value)?) {
                continue;
            }
            let Some(call) = store.call(id).await?.filter(|call| wanted.takes(call)) else {
                continue;
            };
            if page.calls.len() == limit {
                page.next = page.calls.last().map(|call| call.id);
                return Ok(page);
            }
            page.calls.push(call);
        }
        match portion.last() {
            Some(last) if portion.len() == PORTION => after = Some(last.name.clone()),
            _ => return Ok(page),
        }
    }
}

/// Names sort from the newest call to the oldest.
fn name(id: CallId) -> Vec<u8> {
    id.as_bytes().iter().map(|byte| !byte).collect()
}

fn call_id(name: &[u8]) -> Option<CallId> {
    let bytes: &[u8; 16] = name.try_into().ok()?;
    Some(CallId::from_bytes(bytes.map(|byte| !byte)))
}

fn read(bytes: &[u8]) -> Result<Mark, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Corrupt {
        what: "a mark",
        reason: error.to_string(),
    })
}
