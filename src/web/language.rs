//! How a page is shown. The language is what was chosen, else what the browser asks for.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};

use super::accounts::{Needs, Visitor};
use super::sessions::cookie;
use crate::call::Language;

const COOKIE: &str = "lang";

/// How a page is shown: in which language, and to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// The language.
    pub(super) language: Language,
    /// Whether to somebody who sees all of the installation.
    pub(super) whole: bool,
    /// Whether to an owner of it.
    pub(super) owns: bool,
    /// Whether to somebody who may change something: all of it, or what belongs to a line.
    pub(super) acts: bool,
    /// Whether it was asked for, and is no answer to something that was sent.
    pub(super) asked_for: bool,
    /// Whether it was chosen with this very request and is to be remembered.
    chosen: bool,
}

impl Shown {
    /// Shown to him.
    pub(super) fn to(self, visitor: &Visitor) -> Self {
        Self {
            whole: visitor.rights.everywhere().is_some(),
            owns: visitor.rights.own_everything(),
            acts: visitor.rights.meet(Needs::SomeLine, true),
            ..self
        }
    }

    /// The cookie that remembers a choice made just now.
    pub(super) fn cookie(self) -> Option<HeaderValue> {
        let value = match self.language {
            Language::Da => "lang=da; Path=/; SameSite=Strict; Max-Age=31536000",
            Language::En => "lang=en; Path=/; SameSite=Strict; Max-Age=31536000",
        };
        self.chosen.then(|| HeaderValue::from_static(value))
    }
}

impl<S: Sync> FromRequestParts<S> for Shown {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let chosen = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="))
            .and_then(named);
        let language = chosen
            .or_else(|| cookie(&parts.headers, COOKIE).and_then(named))
            .or_else(|| asked_for(&parts.headers))
            .unwrap_or(Language::En);
        let shown = Self {
            language,
            whole: true,
            owns: true,
            acts: true,
            asked_for: matches!(parts.method, Method::GET | Method::HEAD),
            chosen: chosen.is_some(),
        };
        Ok(match parts.extensions.get::<Visitor>() {
            Some(visitor) => shown.to(visitor),
            None => shown,
        })
    }
}

fn named(code: &str) -> Option<Language> {
    Language::ALL
        .into_iter()
        .find(|language| language.code() == code)
}

/// The first of our languages in `Accept-Language` (RFC 9110, 12.5.4), by weight. Readers of
/// Norwegian are better served with Danish than with English.
fn asked_for(headers: &HeaderMap) -> Option<Language> {
    let value = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for part in value.split(',') {
        let mut fields = part.split(';').map(str::trim);
        let tag = fields.next().unwrap_or_default().to_ascii_lowercase();
        let weight = fields
            .find_map(|field| field.strip_prefix("q="))
            .and_then(|weight| weight.parse().ok())
            .unwrap_or(1.0);
        let language = match tag.split('-').next().unwrap_or_default() {
            "da" | "nb" | "nn" | "no" => Language::Da,
            "en" => Language::En,
            _ => continue,
        };
        if weight > 0.0 && best.is_none_or(|(best, _)| weight > best) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(value: &str) -> Option<Language> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, value.parse().unwrap());
        asked_for(&headers)
    }

    #[test]
    fn the_heavier_language_counts_and_then_the_first() {
        assert_eq!(asking("da-DK,da;q=0.9,en;q=0.8"), Some(Language::Da));
        assert_eq!(asking("de, en;q=0.5, da;q=0.7"), Some(Language::Da));
        assert_eq!(asking("en-GB,da"), Some(Language::En));
        assert_eq!(asking("da;q=0,en;q=0.1"), Some(Language::En));
        assert_eq!(asking("fr;q=x,*"), None);
    }
}
