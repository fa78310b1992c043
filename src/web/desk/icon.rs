//! The few signs beside words. They say nothing that the words do not say.

use maud::{Markup, html};

/// A sign, as the outline that is drawn on a field of 24 by 24.
#[derive(Debug, Clone, Copy)]
pub(super) struct Icon(&'static str);

pub(super) const CALLS: Icon = Icon(
    "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
);
pub(super) const MORE: Icon = Icon("M5 12h.01M12 12h.01M19 12h.01");

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
