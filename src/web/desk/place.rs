//! The pages of the desk, as the navigation names them.

use super::icon::{self, Icon};
use crate::call::Language;
use crate::web::language::Shown;

/// A page that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Now,
    Calls,
    Lists,
    Statistics,
    Rules,
    Try,
    Settings,
    Access,
}

impl Place {
    /// Every page, in the order of the navigation. The first four have a place of their own under
    /// the thumb; the others stand behind “More” on small screens.
    const ALL: [Self; 8] = [
        Self::Now,
        Self::Calls,
        Self::Lists,
        Self::Statistics,
        Self::Rules,
        Self::Try,
        Self::Settings,
        Self::Access,
    ];

    /// The pages for somebody who owns the whole installation, sees it, or only some of its lines; who
    /// only looks plays no callers.
    pub(super) fn of(shown: &Shown) -> impl Iterator<Item = Self> + use<> {
        let (whole, owns, acts) = (shown.whole, shown.owns, shown.acts);
        Self::ALL.into_iter().filter(move |place| match place {
            Self::Rules => whole,
            Self::Settings => owns,
            Self::Try => acts,
            _ => true,
        })
    }

    /// Where it is.
    pub(super) fn address(self) -> &'static str {
        match self {
            Self::Now => "/",
            Self::Calls => "/calls",
            Self::Lists => "/lists",
            Self::Statistics => "/statistics",
            Self::Rules => "/rules",
            Self::Try => "/try",
            Self::Settings => "/settings",
            Self::Access => "/access",
        }
    }

    /// What it is called.
    pub(super) fn name(self, language: Language) -> &'static str {
        match self {
            Self::Now => language.choose("Nu", "Now"),
            Self::Calls => language.choose("Opkald", "Calls"),
            Self::Lists => language.choose("Lister", "Lists"),
            Self::Statistics => language.choose("Statistik", "Statistics"),
            Self::Rules => language.choose("Regler", "Rules"),
            Self::Try => language.choose("Prøv et opkald", "Try a call"),
            Self::Settings => language.choose("Indstillinger", "Settings"),
            Self::Access => language.choose("Adgang", "Access"),
        }
    }

    /// Its sign.
    pub(super) fn icon(self) -> Icon {
        match self {
            Self::Now => icon::NOW,
            Self::Calls => icon::CALLS,
            Self::Lists => icon::LISTS,
            Self::Statistics => icon::STATISTICS,
            Self::Rules => icon::RULES,
            Self::Try => icon::TRY,
            Self::Settings => icon::SETTINGS,
            Self::Access => icon::ACCESS,
        }
    }
}
