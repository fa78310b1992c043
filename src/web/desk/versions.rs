//! What a file was before and what somebody else made of it meanwhile, shown alike for the rules and
//! the settings.

use maud::{Markup, html};

use super::diff;
use super::history::Version;
use super::lists::encoded;
use super::time::moment;
use crate::call::Language;
use crate::web::App;

/// What a file was before, beside what it is.
pub(super) struct History<'a> {
    /// What was saved, newest first.
    pub(super) versions: &'a [Version],
    /// A version that is compared with what the file is: its name and text.
    pub(super) compared: Option<&'a (String, String)>,
    /// What the file is.
    pub(super) now: &'a str,
    /// The hash of that.
    pub(super) base: Option<&'a str>,
    /// The page that shows them: what was sent and refused is answered elsewhere.
    pub(super) page: &'a str,
    /// Which file, where the page is about several.
    pub(super) path: Option<&'a str>,
    /// Where a version is sent to make the file what it was, for whoever may.
    pub(super) save_at: Option<&'a str>,
}

impl History<'_> {
    /// The versions, each with the way to compare it and back to it; nothing without any.
    pub(super) fn card(&self, app: &App, language: Language) -> Markup {
        if self.versions.is_empty() {
            return html! {};
        }
        let policies = app.state.service.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let now = app.state.service.clock().now();
        let file = self
            .path
            .map(|path| format!("path={}&", encoded(path)))
            .unwrap_or_default();
        html! {
            section class="card" aria-labelledby="history" {
                h2 id="history" { (language.choose("Historik", "History")) }
                ul class="versions" tabindex="0" {
                    @for version in self.versions {
                        li {
                            a href={ (self.page) "?" (file) "version=" (encoded(&version.name)) "#compared" } { (moment(version.at, now, zone, language)) }
                            " " span class="quiet" { (version.by) }
                        }
                    }
                }
                @if let Some((name, text)) = self.compared {
                    h3 id="compared" { (language.choose("Fra dengang til nu", "From then to now")) }
                    (diff::markup(&diff::diff(text, self.now)))
                    @if let Some(save_at) = self.save_at {
                        form method="post" action=(save_at) {
                            @if let Some(path) = self.path { input type="hidden" name="path" value=(path); }
                            input type="hidden" name="base" value=[self.base];
                            input type="hidden" name="version" value=(name);
                            button { (language.choose("Tilbage til dengang", "Back to then")) }
                        }
                    }
                }
            }
        }
    }
}

/// That the file became this since the page was opened, so that nothing was saved. `anew` opens it as
/// it is.
pub(super) fn changed(now: &str, own: &str, anew: &str, language: Language) -> Markup {
    html! {
        section class="note trouble" role="alert" {
            p { (language.choose(
                "Ikke gemt: filen er ændret på disken, siden du åbnede den. Dette er forskellen fra disken til din tekst. Gemmer du nu, er det din tekst, der gælder.",
                "Not saved: the file was changed on disk since you opened it. This is the difference from the disk to your text. If you save now, yours is the text that counts.")) }
            (diff::markup(&diff::diff(now, own)))
            p { a href=(anew) { (language.choose("Smid min tekst væk, og åbn filen på ny", "Throw my text away and open the file anew")) } }
        }
    }
}
