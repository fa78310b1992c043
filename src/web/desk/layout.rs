//! What every page has around its own.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::assets::{self, Asset};
use super::icon;
use super::place::Place;
use crate::call::Language;
use crate::web::language::Shown;

/// How many pages have a place of their own under the thumb.
const UNDER_THE_THUMB: usize = 4;

/// A page for people.
pub(super) struct Page {
    title: String,
    body: Markup,
    place: Option<Place>,
    scripts: Vec<&'static Asset>,
    inside: bool,
    leads_to: Option<String>,
    address: Option<String>,
    is_shown_once: bool,
}

impl Page {
    /// A page with this title for somebody who is logged in.
    pub(super) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            body,
            place: None,
            scripts: vec![&assets::DESK],
            inside: true,
            leads_to: None,
            address: None,
            is_shown_once: false,
        }
    }

    /// Which entry of the navigation it belongs to.
    pub(super) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// With a script of its own.
    pub(super) fn script(mut self, script: &'static Asset) -> Self {
        self.scripts.push(script);
        self
    }

    /// For somebody who is not logged in.
    pub(super) fn before_login(mut self) -> Self {
        self.inside = false;
        self
    }

    /// That leads on to this address by itself.
    pub(super) fn leading_to(mut self, address: impl Into<String>) -> Self {
        self.leads_to = Some(address.into());
        self
    }

    /// Found at this address, where it is the answer to something that was sent: the other language
    /// is asked for there.
    pub(super) fn found_at(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// With something that is shown this once: no link of its frame asks for it in another language, which
    /// would lose it.
    pub(super) fn shown_once(mut self) -> Self {
        self.is_shown_once = true;
        self
    }

    /// The page as an answer.
    pub(super) fn respond(self, shown: &Shown) -> Response {
        let mut response = self.markup(*shown).into_response();
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

    fn markup(self, shown: Shown) -> Markup {
        let language = shown.language;
        let places: Vec<Place> = Place::of(&shown).collect();
        let Self {
            title,
            body,
            place,
            scripts,
            inside,
            leads_to,
            address,
            is_shown_once,
        } = self;
        let tongues = if is_shown_once {
            html! {}
        } else {
            tongues(address.as_deref().unwrap_or_default(), language)
        };
        html! {
            (DOCTYPE)
            html lang=(language.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    @if let Some(address) = leads_to { meta http-equiv="refresh" content={ "0; url=" (address) }; }
                    title { (title) " · Portner" }
                    link rel="stylesheet" href=(assets::STYLE.address());
                    link rel="icon" type="image/svg+xml" href=(assets::ICON.address());
                    @for script in scripts {
                        script defer src=(script.address()) {}
                    }
                }
                @if inside {
                    body {
                        a class="skip" href="#main" { (language.choose("Til indholdet", "Skip to content")) }
                        div class="frame" {
                            header class="top" { (brand()) }
                            (rail(place, &places, &tongues, language))
                            main id="main" tabindex="-1" { (body) }
                            (bar(place, &places, &tongues, language))
                        }
                    }
                } @else {
                    body class="outside" {
                        main id="main" tabindex="-1" {
                            (body)
                            nav class="tongues" aria-label=(language.choose("Sprog", "Language")) { (tongues) }
                        }
                    }
                }
            }
        }
    }
}

/// The name and the door, which lead to the first page.
pub(super) fn brand() -> Markup {
    html! {
        a class="brand" href="/" {
            img src=(assets::ICON.address()) alt="" width="28" height="28";
            "Portner"
        }
    }
}

fn rail(here: Option<Place>, places: &[Place], tongues: &Markup, language: Language) -> Markup {
    html! {
        nav class="rail" aria-label=(language.choose("Sider", "Pages")) {
            (brand())
            ul { @for place in places { li { (entry(*place, here, language)) } } }
            div class="foot" {
                div class="tongues" { (tongues) }
                (log_out(language))
            }
        }
    }
}

fn bar(here: Option<Place>, places: &[Place], tongues: &Markup, language: Language) -> Markup {
    let (first, rest) = places.split_at(UNDER_THE_THUMB.min(places.len()));
    html! {
        nav class="bar" aria-label=(language.choose("Sider", "Pages")) {
            ul {
                @for place in first { li { (entry(*place, here, language)) } }
                li {
                    details class="more" {
                        summary { (icon::MORE.markup()) (language.choose("Mere", "More")) }
                        div {
                            ul { @for place in rest { li { (entry(*place, here, language)) } } }
                            div class="tongues" { (tongues) }
                            (log_out(language))
                        }
                    }
                }
            }
        }
    }
}

fn entry(place: Place, here: Option<Place>, language: Language) -> Markup {
    html! {
        a href=(place.address()) aria-current=[(here == Some(place)).then_some("page")] {
            (place.icon().markup())
            (place.name(language))
        }
    }
}

/// The page at this address in each language; without one, at the address where it is.
fn tongues(address: &str, language: Language) -> Markup {
    let sign = if address.contains('?') { '&' } else { '?' };
    html! {
        @for (other, name) in [(Language::Da, "Dansk"), (Language::En, "English")] {
            @if other == language {
                span lang=(other.code()) aria-current="true" { (name) }
            } @else {
                a href={ (address) (sign) "lang=" (other.code()) } lang=(other.code()) hreflang=(other.code()) { (name) }
            }
        }
    }
}

fn log_out(language: Language) -> Markup {
    html! {
        form method="post" action="/logout" {
            button { (language.choose("Log ud", "Log out")) }
        }
    }
}
