//! The owner's rule files together with those that Portner comes with.

use std::path::Path;

use super::{Source, shipped};

/// The rule files that are in force: the owner's after those of Portner's, if these count. A file of the
/// same name stands beside Portner's.
#[must_use]
pub fn after_shipped(own: Vec<Source>, with_shipped: bool) -> Vec<Source> {
    let mut sources = if with_shipped { shipped() } else { Vec::new() };
    sources.extend(own);
    sources
}

/// What a folder would be beside Portner's: its files after those of Portner's that are not among
/// them, so that a copy of Portner's own folder stands for itself.
#[must_use]
pub fn joined(own: Vec<Source>, with_shipped: bool) -> Vec<Source> {
    let mut sources = after_shipped(Vec::new(), with_shipped);
    sources.retain(|source| !stands_for(&own, source));
    sources.extend(own);
    sources
}

/// Whether every file that Portner comes with is among these.
#[must_use]
pub fn is_whole_pack(own: &[Source]) -> bool {
    shipped().iter().all(|source| stands_for(own, source))
}

fn stands_for(own: &[Source], shipped: &Source) -> bool {
    let inner = shipped.path.strip_prefix("rules/").unwrap_or(&shipped.path);
    own.iter().any(|one| Path::new(&one.path).ends_with(inner))
}
