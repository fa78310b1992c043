//! Twilio: signed form requests in, TwiML out, and its REST interface for what we begin.
//!
//! The number's voice address is `<public_url>/webhooks/twilio/voice`; every later address stands
//! in the markup. The configured public address counts for signatures, never the `Host` header,
//! since a proxy may change that. Not for: what is asked and decided.

mod answers;
mod event;
mod fields;
mod markup;
mod pretend;
mod rest;
mod settings;
mod signature;
mod sound;
mod step;

use std::sync::Arc;

use http::{HeaderMap, Method, header};
use secrecy::ExposeSecret as _;

use self::fields::Fields;
use self::markup::Style;
use self::rest::Rest;
pub use self::settings::{Account, ApiSettings, Settings, SettingsError, SharedKey};
pub use self::signature::sign;
use self::signature::{Key, Signer};
use self::step::Step;
use super::{Control, NumberSettings, Provider, RawRequest, Received, Refused, Reply};
use crate::call::{CallEvent, CallId, Instruction, ProviderCallId};

/// The name of this provider in addresses and records.
pub const NAME: &str = "twilio";

/// The largest body that is read. Twilio's own are under 4 kB.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Twilio, as one installation uses it.
#[derive(Debug)]
pub struct Twilio {
    account: Option<KnownAccount>,
    trial: Option<KnownAccount>,
    style: Arc<Style>,
    rest: Option<Rest>,
}

/// An account whose signatures are accepted.
struct KnownAccount {
    sid: String,
    tokens: Vec<Key>,
    shared: Vec<(String, Key)>,
}

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Real,
    Trial,
}

impl std::fmt::Debug for KnownAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownAccount")
            .field("sid", &self.sid)
            .finish_non_exhaustive()
    }
}

impl Twilio {
    /// Checks the settings and makes the provider of them.
    ///
    /// # Errors
    /// [`SettingsError`], which says what to mend.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let style = Arc::new(Style {
            base: format!("{}/webhooks/{NAME}/", settings.public_url),
            voices: settings.voices,
            speech_model: settings.speech_model,
        });
        let rest = match settings.api {
            Some(api) => Some(Rest::new(api, Arc::clone(&style))?),
            None => None,
        };
        Ok(Self {
            account: settings.account.map(KnownAccount::new),
            trial: settings.trial.map(KnownAccount::new),
            style,
            rest,
        })
    }

    /// What the number at Twilio should be set to.
    #[must_use]
    pub fn wanted_number_settings(&self) -> NumberSettings {
        NumberSettings {
            voice_url: Step::Voice.address(&self.style.base),
            fallback_url: Step::Fallback.address(&self.style.base),
            status_url: Step::Status.address(&self.style.base),
        }
    }

    /// Whether a request comes from the trial account or from the real one, if its signature holds.
    fn verify(
        &self,
        request: &RawRequest,
        body: &Body<'_>,
        query: &Fields<'_>,
    ) -> Result<Origin, Refused> {
        let signature = one_header(&request.headers, signature::SIGNATURE)?
            .ok_or(Refused::Signature("it is not signed"))?;
        let settings = one_header(&request.headers, signature::SETTINGS)?;
        let sid = body.told(query).one("AccountSid").ok().flatten();
        let known = [(&self.account, Origin::Real), (&self.trial, Origin::Trial)];
        let (account, origin) = known
            .into_iter()
            .filter_map(|(account, origin)| Some((account.as_ref()?, origin)))
            .find(|(account, _)| sid == Some(&account.sid))
            .ok_or(Refused::Signature("it names no account of ours"))?;
        let question_mark = if request.query.is_empty() { "" } else { "?" };
        let url = format!(
            "{}{}{question_mark}{}",
            self.style.base, request.step, request.query
        );
        let nothing = Fields::default();
        let signed = match body {
            Body::Form(fields) => fields,
            Body::Json(_) | Body::None => &nothing,
        };
        let holds = match signature::signer(settings) {
            Signer::Token => {
                signature::holds(account.tokens.iter(), &url, signed, signature.as_bytes())
            }
            Signer::Shared(id) => {
                let keys = account.shared.iter();
                let keys = keys.filter(|(name, _)| name == id).map(|(_, key)| key);
                signature::holds(keys, &url, signed, signature.as_bytes())
            }
            Signer::Unknown => false,
        };
        match origin {
            _ if holds => Ok(origin),
            Origin::Real => Err(Refused::Mismatch { expected: url }),
            Origin::Trial => Err(Refused::Signature(
                "its signature was not made over this request",
            )),
        }
    }
}

impl Provider for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn receive(&self, request: &RawRequest) -> Result<Received, Refused> {
        let query = Fields::query(&request.query);
        let body = Body::read(request, &query)?;
        let origin = self.verify(request, &body, &query)?;
        let told = body.told(&query);
        let (call, event) = event::read(&request.step, &query, told)?;
        Ok(Received {
            call,
            called: event::line_called(&event, told),
            caller: event::who_called(&event, told),
            event,
            simulated: origin == Origin::Trial,
        })
    }

    fn render(&self, call: &ProviderCallId, instructions: &[Instruction]) -> Reply {
        Reply {
            content_type: markup::CONTENT_TYPE,
            body: self.style.document(call, instructions).into(),
        }
    }

    fn trial_call(&self, id: CallId) -> ProviderCallId {
        ProviderCallId {
            provider: NAME.to_owned(),
            id: pretend::call_sid(id),
        }
    }

    fn pretend(&self, call: &ProviderCallId, event: &CallEvent) -> Option<RawRequest> {
        let account = self.trial.as_ref()?;
        let key = account.tokens.first()?;
        pretend::request(&account.sid, key, &self.style.base, call, event)
    }

    fn control(&self) -> Option<&dyn Control> {
        self.rest.as_ref().map(|rest| rest as &dyn Control)
    }
}

impl KnownAccount {
    fn new(account: Account) -> Self {
        let tokens = account.tokens.iter();
        let shared = account.shared_keys.into_iter();
        Self {
            sid: account.sid,
            tokens: tokens
                .map(|token| Key::token(token.expose_secret()))
                .collect(),
            shared: shared
                .map(|key| (key.id, Key::shared(key.secret.expose_secret())))
                .collect(),
        }
    }
}

/// A body, read as its kind wants it.
enum Body<'a> {
    /// Nothing: what is told stands in the query.
    None,
    /// A form, every field of which is signed.
    Form(Fields<'a>),
    /// Something else, bound by its hash in the query.
    Json(Fields<'a>),
}

impl<'a> Body<'a> {
    fn read(request: &'a RawRequest, query: &Fields<'_>) -> Result<Self, Refused> {
        if request.method == Method::GET {
            return Ok(Self::None);
        }
        if request.method != Method::POST {
            return Err(Refused::Signature("neither GET nor POST"));
        }
        if request.body.len() > MAX_BODY_BYTES {
            return Err(Refused::Signature(
                "the body is larger than any of Twilio's",
            ));
        }
        let media_type = one_header(&request.headers, header::CONTENT_TYPE.as_str())?;
        let media_type = media_type.and_then(|value| value.split(';').next());
        let is_form =
            media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM));
        if is_form {
            let fields = Fields::form(&request.body);
            return fields
                .map(Self::Form)
                .ok_or(Refused::Signature("the form is not one that Twilio writes"));
        }
        if signature::binds_body(query, &request.body) {
            return Ok(Self::Json(Fields::json(&request.body)));
        }
        Err(Refused::Signature(
            "nothing binds the body to the signature",
        ))
    }

    /// The fields that Twilio sent.
    fn told<'s>(&'s self, query: &'s Fields<'a>) -> &'s Fields<'a> {
        match self {
            Self::None => query,
            Self::Form(fields) | Self::Json(fields) => fields,
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn one_header<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() {
        return Err(Refused::Signature("a header came twice"));
    }
    match value.map(http::HeaderValue::to_str) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Refused::Signature("a header holds more than plain letters")),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
