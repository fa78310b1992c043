//! What is known about a call beside the policy: fetched before deciding, so that deciding is pure.

use super::campaign::Known;
use crate::call::ListEntry;

/// What was found out about a caller. A source that failed or was late leaves its default, which
/// speaks neither for nor against him.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The list entry that counts for this caller, if there is one.
    pub listed: Option<ListEntry>,
    /// How often this number called in the last 30 days, this call not counted.
    pub calls_before: u32,
    /// The campaign that the call belongs to, if it does.
    pub campaign: Option<Known>,
}
