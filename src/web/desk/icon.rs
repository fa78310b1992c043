//! The few signs beside words. They say nothing that the words do not say.

use maud::{Markup, html};

/// A sign, as the outline that is drawn on a field of 24 by 24.
#[derive(Debug, Clone, Copy)]
pub(super) struct Icon(&'static str);

pub(super) const NOW: Icon = Icon("M3 12h4l3-8 4 16 3-8h4");
pub(super) const CALLS: Icon = Icon(
    "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
);
pub(super) const LISTS: Icon = Icon("M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01");
pub(super) const RULES: Icon = Icon("M6 3h9l4 4v14H6zM14 3v5h5M9 13h6M9 17h6");
pub(super) const TRY: Icon =
    Icon("M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3");
pub(super) const STATISTICS: Icon = Icon("M4 20h16M7 20v-7M12 20V5M17 20v-10");
pub(super) const SETTINGS: Icon = Icon("M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5");
pub(super) const ACCESS: Icon =
    Icon("M12 4a3.5 3.5 0 1 1 0 7a3.5 3.5 0 0 1 0-7M5 20a7 7 0 0 1 14 0");
pub(super) const MORE: Icon = Icon("M4.5 12h1M11.5 12h1M18.5 12h1");

impl Icon {
    /// The sign as markup, hidden from those who listen.
    pub(super) fn markup(self) -> Markup {
        html! {
            svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
                path d=(self.0) {}
            }
        }
    }
}
