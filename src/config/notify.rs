//! The owner's own address that is told what happens: address and secret go together.

use secrecy::SecretString;

use super::Notify;
use super::file;
use super::problem::Problems;
use super::url::{BaseUrl, UrlError};
use crate::call::bilingual;
use crate::outbound::webhook;

/// The address, or nothing where none is set. `None` outside when something is wrong.
#[expect(
    clippy::option_option,
    reason = "outside: whether it could be read; inside: whether there is one"
)]
pub(super) fn check(
    settings: &file::Notify,
    problems: &mut Problems<'_>,
) -> Option<Option<Notify>> {
    let text = |value: Option<&str>| {
        let value = value?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let url = text(settings.webhook.as_ref().map(|url| url.0.as_str()));
    let secret = text(settings.secret.as_ref().map(|secret| secret.0.as_str()));
    let (url, secret) = match (url, secret) {
        (None, None) => return Some(None),
        (Some(url), Some(secret)) => (url, secret),
        (Some(_), None) => {
            problems.missing(
                "notify.secret",
                bilingual!(
                    "der er ingen hemmelighed at underskrive beskeder med",
                    "there is no secret to sign messages with"
                ),
                bilingual!(
                    "sæt PORTNER_NOTIFY_SECRET; `echo whsec_$(openssl rand -base64 32)` laver en",
                    "set PORTNER_NOTIFY_SECRET; `echo whsec_$(openssl rand -base64 32)` makes one"
                ),
            );
            return None;
        }
        (None, Some(_)) => {
            problems.missing(
                "notify.webhook",
                bilingual!(
                    "der er en hemmelighed og ingen adresse at sende til",
                    "there is a secret and no address to send to"
                ),
                bilingual!("sæt PORTNER_NOTIFY_WEBHOOK", "set PORTNER_NOTIFY_WEBHOOK"),
            );
            return None;
        }
    };
    let below = url.split(['?', '#']).next().unwrap_or_default();
    let wrong = match BaseUrl::parse(below.trim_end_matches('/')) {
        Err(UrlError::Insecure) if settings.allow_private => None,
        parsed => parsed.err(),
    };
    let is_none = || webhook::address(&url).is_err();
    if let Some(error) = wrong.or_else(|| is_none().then_some(UrlError::NotAnUrl)) {
        problems.error(
            "notify.webhook",
            error.told(),
            None,
            bilingual!(
                "skriv den som \"https://example.dk/portner\"",
                "write it like \"https://example.dk/portner\""
            ),
        );
        return None;
    }
    if webhook::key(&secret).is_err() {
        problems.error(
            "notify.secret",
            bilingual!(
                "en hemmelighed er whsec_ og 24 til 64 byte i base64",
                "a secret is whsec_ and 24 to 64 bytes in base64"
            ),
            None,
            bilingual!(
                "`echo whsec_$(openssl rand -base64 32)` laver en",
                "`echo whsec_$(openssl rand -base64 32)` makes one"
            ),
        );
        return None;
    }
    Some(Some(Notify {
        url: SecretString::from(url),
        secret: SecretString::from(secret),
        allow_private: settings.allow_private,
    }))
}
