//! The pages of the desk, as the navigation names them.

use super::icon::{self, Icon};
use crate::call::Language;

/// A page that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Calls,
}

impl Place {
    /// Every page, in the order of the navigation. The first four have a place of their own under
    /// the thumb; the others stand behind “More” on small screens.
    pub(super) const ALL: [Self; 1] = [Self::Calls];

    /// Where it is.
    pub(super) fn address(self) -> &'static str {
        match self {
            Self::Calls => "/calls",
        }
    }

    /// What it is called.
    pub(super) fn name(self, language: Language) -> &'static str {
        match self {
            Self::Calls => language.choose("Opkald", "Calls"),
        }
    }

    /// Its sign.
    pub(super) fn icon(self) -> Icon {
        match self {
            Self::Calls => icon::CALLS,
        }
    }
}
