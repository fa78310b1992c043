//! Looking for words in the log, or for what else no index holds, a stretch of it at a time. Each call
//! is read; whoever asks says how many.

use jiff::Timestamp;

use super::filter::Wanted;
use super::{CallFilter, CallPage, Store, StoreError};
use crate::call::{Call, CallId};

/// How many calls are read at once.
const PORTION: usize = 500;

/// What was found, and how far it was looked.
#[derive(Debug, Clone, Default)]
pub struct Searched {
    /// The calls. With `next`, there may be more before that call, even where the page is not full.
    pub page: CallPage,
    /// The beginning of the oldest call that was looked at, where it was looked no further although
    /// the page is not full.
    pub given_up_at: Option<Timestamp>,
}

/// Calls that match, newest first, like [`Store::calls`]; but no more than about `most` of those that
/// match but for their words are looked at.
///
/// # Errors
/// [`StoreError`], when something cannot be read.
pub async fn calls(
    store: &dyn Store,
    filter: &CallFilter,
    before: Option<CallId>,
    limit: usize,
    most: usize,
) -> Result<Searched, StoreError> {
    calls_that(store, filter, |_| true, before, limit, most).await
}

/// Calls that match and of which `is_meant` holds, like [`calls`].
///
/// # Errors
/// [`StoreError`], when something cannot be read.
pub async fn calls_that(
    store: &dyn Store,
    filter: &CallFilter,
    is_meant: impl Fn(&Call) -> bool + Send,
    before: Option<CallId>,
    limit: usize,
    most: usize,
) -> Result<Searched, StoreError> {
    let wanted = Wanted::new(filter);
    let but_for_words = CallFilter {
        text: None,
        ..filter.clone()
    };
    let mut found = Searched::default();
    let (mut before, mut looked_at) = (before, 0);
    loop {
        let portion = store.calls(&but_for_words, before, PORTION).await?;
        looked_at += portion.calls.len();
        let oldest = portion.calls.last().map(|call| call.started_at);
        for call in portion.calls {
            if !(wanted.takes(&call) && is_meant(&call)) {
                continue;
            }
            if found.page.calls.len() == limit {
                found.page.next = found.page.calls.last().map(|call| call.id);
                return Ok(found);
            }
            found.page.calls.push(call);
        }
        before = portion.next;
        if before.is_none() || looked_at >= most {
            found.page.next = before;
            found.given_up_at = oldest.filter(|_| before.is_some());
            return Ok(found);
        }
    }
}

/// A page of those of these calls that match, like [`Store::calls`]. The newest is named first.
///
/// # Errors
/// [`StoreError`], when one cannot be read.
pub async fn page_among(
    store: &dyn Store,
    filter: &CallFilter,
    ids: Vec<CallId>,
    before: Option<CallId>,
    limit: usize,
) -> Result<CallPage, StoreError> {
    let wanted = Wanted::new(filter);
    let mut page = CallPage::default();
    for id in ids {
        if before.is_some_and(|before| before <= id) {
            continue;
        }
        let Some(call) = store.call(id).await?.filter(|call| wanted.takes(call)) else {
            continue;
        };
        if page.calls.len() == limit {
            page.next = page.calls.last().map(|call| call.id);
            break;
        }
        page.calls.push(call);
    }
    Ok(page)
}

/// Those of these calls that match, in the order in which they are named.
///
/// # Errors
/// [`StoreError`], when one cannot be read.
pub async fn among(
    store: &dyn Store,
    filter: &CallFilter,
    ids: Vec<CallId>,
) -> Result<Vec<Call>, StoreError> {
    let wanted = Wanted::new(filter);
    let mut found = Vec::new();
    for id in ids {
        found.extend(store.call(id).await?.filter(|call| wanted.takes(call)));
    }
    Ok(found)
}
