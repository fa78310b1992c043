//! The owner's rule files together with those that Portner comes with.

use std::path::Path;

use super::{Source, shipped};

/// The rule files that are in force, or would be: the owner's after those of Portner's, if these count. A
/// file of the same name stands beside Portner's; a copy of Portner's whole folder stands for itself.
#[must_use]
pub fn after_shipped(own: Vec<Source>, with_shipped: bool) -> Vec<Source> {
    if !with_shipped || is_whole_pack(&own) {
        return own;
    }
    let mut sources = shipped();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stands_beside_the_one_of_its_name_and_a_whole_copy_for_itself() {
        let shipped = shipped();
        let copy = |source: &Source| Source {
            path: source.path.replace("rules/", "/etc/portner/rules/"),
            text: source.text.clone(),
        };
        let mut own: Vec<Source> = shipped.iter().map(copy).collect();
        assert_eq!(after_shipped(own.clone(), true), own);
        own.truncate(1);
        assert_eq!(after_shipped(own.clone(), true).len(), shipped.len() + 1);
        assert_eq!(after_shipped(own.clone(), false), own);
    }
}
