//! What it means when sled or the disk fails.

use std::io;

use super::{DATABASE, unreadable};
use crate::store::StoreError;

/// What sled cannot do; damage, where it says so.
#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
pub(super) fn failed(error: ::sled::Error) -> StoreError {
    use ::sled::Error::{Corruption, Io, ReportableBug};
    let reason = error.to_string();
    let is_damage = match &error {
        Corruption { .. } | ReportableBug(_) => true,
        Io(error) => unreadable::is_why(error),
        _ => false,
    };
    if is_damage {
        let what = DATABASE;
        StoreError::Corrupt { what, reason }
    } else {
        StoreError::Io(reason)
    }
}

/// The same of something that writes: a disk that cannot do that says nothing of what stands on it.
pub(super) fn not_written(error: ::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(error) => StoreError::Io(error.to_string()),
        other => failed(other),
    }
}

/// A file that cannot be read or written.
#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
pub(super) fn io_failed(error: io::Error) -> StoreError {
    StoreError::Io(error.to_string())
}

/// What a panic of sled says.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> StoreError {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    StoreError::Io(format!("it panicked: {}", said.unwrap_or("without a word")))
}
