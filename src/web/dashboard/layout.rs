//! What every page has around its own.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::assets;
use crate::call::Language;
use crate::web::language::Shown;

/// A page for people.
pub(super) struct Page {
    title: String,
    body: Markup,
    live: bool,
    logged_in: bool,
}

impl Page {
    /// A page with this title for somebody who is logged in.
    pub(super) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            body,
            live: false,
            logged_in: true,
        }
    }

    /// With the script that keeps it up to date.
    pub(super) fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// For somebody who is not logged in.
    pub(super) fn before_login(mut self) -> Self {
        self.logged_in = false;
        self
    }

    /// The page as an answer.
    pub(super) fn respond(self, shown: &Shown) -> Response {
        let mut response = self.markup(shown.language).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::VARY,
            header::HeaderValue::from_static("accept-language, cookie"),
        );
        if let Some(cookie) = shown.cookie() {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn markup(self, language: Language) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(language.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) " · Portner" }
                    link rel="stylesheet" href=(assets::STYLE.address());
                    link rel="icon" type="image/svg+xml" href=(assets::ICON.address());
                    @if self.live {
                        script defer src=(assets::SCRIPT.address()) {}
                    }
                }
                body {
                    a class="skip" href="#main" { (language.choose("Til indholdet", "Skip to content")) }
                    header {
                        a class="brand" href="/" { "Portner" }
                        nav aria-label=(language.choose("Sprog", "Language")) {
                            @for (other, name) in [(Language::Da, "Dansk"), (Language::En, "English")] {
                                @if other == language {
                                    span lang=(other.code()) aria-current="true" { (name) }
                                } @else {
                                    a href={ "?lang=" (other.code()) } lang=(other.code()) hreflang=(other.code()) { (name) }
                                }
                            }
                        }
                        @if self.logged_in {
                            form method="post" action="/logout" {
                                button { (language.choose("Log ud", "Log out")) }
                            }
                        }
                    }
                    main id="main" tabindex="-1" { (self.body) }
                }
            }
        }
    }
}
