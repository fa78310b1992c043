//! The owner's rule files together with those that Portner comes with.

use std::path::Path;

use super::{Source, shipped};

/// The owner's files after those of Portner's, without those of Portner's that are among the
/// owner's: a file that lies under the same name in a folder stands for itself.
#[must_use]
pub fn joined(own: Vec<Source>, with_shipped: bool) -> Vec<Source> {
    let mut sources = if with_shipped { shipped() } else { Vec::new() };
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
