//! The most that a store takes in one piece. Every store refuses the same, so that what goes well in
//! memory goes well on a disk.

use serde::Serialize;

use super::StoreError;
use crate::call::Call;

/// The most bytes that a setting may have, and written out a list entry or a job.
pub(super) const MAX_SMALL_BYTES: usize = 4_095;
/// The most bytes that a call may have, written out.
pub(super) const MAX_CALL_BYTES: usize = 1024 * 1024;

/// Refuses what has more bytes than it may.
pub(super) fn within(what: &'static str, bytes: usize, most: usize) -> Result<(), StoreError> {
    if bytes > most {
        return Err(StoreError::TooBig { what, bytes, most });
    }
    Ok(())
}

/// Refuses a list entry or a job that is too big.
pub(super) fn small<T: Serialize>(what: &'static str, value: &T) -> Result<(), StoreError> {
    within(what, written(value)?, MAX_SMALL_BYTES)
}

/// Refuses a call that is too big.
pub(super) fn call(call: &Call) -> Result<(), StoreError> {
    within("a call", written(call)?, MAX_CALL_BYTES)
}

/// How many bytes it has, written out.
fn written<T: Serialize>(value: &T) -> Result<usize, StoreError> {
    let bytes = serde_json::to_vec(value).map_err(|error| StoreError::Io(error.to_string()))?;
    Ok(bytes.len())
}
