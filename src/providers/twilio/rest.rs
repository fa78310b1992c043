//! Acts on calls, messages and numbers through Twilio's REST interface.
//!
//! Bodies are forms (JSON is refused), answers JSON, the password is the auth token or the secret
//! of an API key. What is asked, and what ends the same when done twice, is tried again; a text
//! message and a redirected call are not, once Twilio may have got the request.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::ExposeSecret as _;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::NAME;
use super::answers::{
    self, CallPage, Ignored, IncomingNumber, Lookup, Message, NumberPage, Problem,
};
use super::markup::Style;
use super::settings::{ApiSettings, SettingsError};
use super::sound;
use super::step::is_call_sid;
use crate::call::{CallerNumber, E164, Instruction, ProviderCallId, Recording, steers};
use crate::outbound::{self, Limits, PublicClient};
use crate::providers::{
    Again, ByteRange, Control, ControlError, ListedCall, NumberFacts, NumberSettings, Sound,
};

/// The longest document that fits into an update of a call (error 32018).
const MAX_TWIML_CHARS: usize = 4_000;
/// How many pages of calls are read.
const MOST_PAGES: usize = 50;
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// How long a sound may take to its last byte.
const SOUND_LIMIT: Duration = Duration::from_secs(120);
/// How often a sound may lie elsewhere than where it was looked for.
const MOST_REDIRECTS: usize = 3;
const MAX_MESSAGE_CHARS: usize = 300;
/// The REST interface of one account.
#[derive(Debug)]
pub struct Rest {
    client: reqwest::Client,
    /// For sounds, which take longer.
    sounds: reqwest::Client,
    /// For sounds that Twilio says lie elsewhere.
    sounds_elsewhere: PublicClient,
    /// `…/2010-04-01/Accounts/AC…/`
    account: Url,
    /// `…/v2/PhoneNumbers/`
    lookups: Url,
    settings: ApiSettings,
    style: Arc<Style>,
}

/// Whether a request may reach Twilio a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Twice {
    /// It ends the same.
    Harmless,
    /// Only if it surely was not carried out the first time.
    Never,
}

impl Rest {
    pub fn new(settings: ApiSettings, style: Arc<Style>) -> Result<Self, SettingsError> {
        let account = ["2010-04-01", "Accounts", &settings.account_sid, ""];
        let for_sounds = Limits {
            total: SOUND_LIMIT,
            ..Limits::default()
        };
        Ok(Self {
            client: outbound::client(Limits::default())?,
            sounds: outbound::client(for_sounds)?,
            sounds_elsewhere: PublicClient::new(for_sounds)?,
            account: below(&settings.base_url, &account)?,
            lookups: below(&settings.lookups_url, &["v2", "PhoneNumbers", ""])?,
            settings,
            style,
        })
    }

    async fn get<T: DeserializeOwned>(
        &self,
        url: Url,
        query: &[(&str, &str)],
    ) -> Result<T, ControlError> {
        self.send(Twice::Harmless, || {
            self.client.request(Method::GET, url.clone()).query(query)
        })
        .await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        url: Url,
        form: &[(&str, &str)],
        twice: Twice,
    ) -> Result<T, ControlError> {
        self.send(twice, || {
            self.client.request(Method::POST, url.clone()).form(form)
        })
        .await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        twice: Twice,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, ControlError> {
        let attempt = || async {
            let request = request()
                .header(reqwest::header::ACCEPT, "application/json")
                .basic_auth(
                    &self.settings.username,
                    Some(self.settings.secret.expose_secret()),
                );
            read(request.send().await.map_err(unreachable)?).await
        };
        outbound::retrying(attempt, |error| may_repeat(error, twice)).await
    }

    fn call(&self, call: &ProviderCallId) -> Result<Url, ControlError> {
        if is_call_sid(&call.id) {
            return Ok(append(
                &self.account,
                &["Calls", &format!("{}.json", call.id)],
            ));
        }
        Err(ControlError::Unsendable {
            provider: NAME,
            reason: "this is not a call of Twilio's",
        })
    }

    /// The name of the recording at an address.
    fn recording_sid<'u>(&self, url: &'u str) -> Result<&'u str, ControlError> {
        let sid = sound::recording_sid(url, &self.settings.account_sid);
        sid.ok_or(ControlError::Unsendable {
            provider: NAME,
            reason: "this is not a recording of this account",
        })
    }

    /// A request for a sound that lies where Twilio says, most often with a network that keeps files:
    /// without our credentials, and only where anybody may look. The host that is configured is
    /// trusted as it is.
    fn sound_at(&self, url: Url) -> Result<RequestBuilder, ControlError> {
        if url.scheme() == self.account.scheme() && url.host() == self.account.host() {
            return Ok(self.sounds.get(url));
        }
        let elsewhere = self.sounds_elsewhere.get(url);
        elsewhere.ok_or_else(|| unreadable("the sound lies at an address that is not public"))
    }

    async fn find(&self, number: E164) -> Result<IncomingNumber, ControlError> {
        let url = append(&self.account, &["IncomingPhoneNumbers.json"]);
        let wanted = number.full();
        let query = [("PhoneNumber", &*wanted), ("PageSize", "20")];
        let page: NumberPage = self.get(url, &query).await?;
        page.incoming_phone_numbers
            .into_iter()
            .find(|found| found.phone_number == wanted)
            .ok_or(ControlError::NoSuchNumber {
                provider: NAME,
                number,
            })
    }
}

#[async_trait]
impl Control for Rest {
    async fn redirect(
        &self,
        call: &ProviderCallId,
        instructions: &[Instruction],
    ) -> Result<(), ControlError> {
        let url = self.call(call)?;
        let fits = |document: &str| document.chars().count() <= MAX_TWIML_CHARS;
        let document = self.style.document_within(call, instructions, fits);
        let document = document.ok_or(ControlError::Unsendable {
            provider: NAME,
            reason: "the instructions are longer than a call can be given at once",
        })?;
        let form = [("Twiml", &*document)];
        let _: Ignored = self.post(url, &form, Twice::Never).await?;
        Ok(())
    }

    async fn send_text(&self, from: &str, to: E164, body: &str) -> Result<String, ControlError> {
        let url = append(&self.account, &["Messages.json"]);
        let to = to.full();
        let form = [("To", &*to), ("From", from), ("Body", body)];
        let message: Message = self.post(url, &form, Twice::Never).await?;
        Ok(message.sid)
    }

    async fn look_up(&self, number: E164) -> Result<NumberFacts, ControlError> {
        let url = append(&self.lookups, &[&number.full()]);
        let query = [("Fields", "line_type_intelligence,caller_name")];
        let found: Lookup = self.get(url, &query).await?;
        let line = found.line_type_intelligence.unwrap_or_default();
        Ok(NumberFacts {
            valid: found.valid,
            problems: found.validation_errors.unwrap_or_default(),
            country: found.country_code,
            national: found.national_format,
            line_type: line.kind,
            carrier: line.carrier_name,
            name: found.caller_name.unwrap_or_default().caller_name,
        })
    }

    async fn delete_recording(&self, url: &str) -> Result<(), ControlError> {
        let sid = self.recording_sid(url)?;
        // Built anew: what was told as an address is only looked at for the name in it.
        let url = append(&self.account, &["Recordings", &format!("{sid}.json")]);
        let request = || self.client.request(Method::DELETE, url.clone());
        match self.send::<IgnoredAny>(Twice::Harmless, request).await {
            Err(ControlError::Refused { status: 404, .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn calls_since(&self, since: Timestamp) -> Result<Vec<ListedCall>, ControlError> {
        let mut url = append(&self.account, &["Calls.json"]);
        // Twilio compares days, so the first page may hold older calls: they are left out here.
        let day = since.strftime("%Y-%m-%d").to_string();
        url.query_pairs_mut()
            .append_pair("StartTime>", &day)
            .append_pair("PageSize", "100");
        let mut calls = Vec::new();
        for _ in 0..MOST_PAGES {
            let page: CallPage = self.get(url.clone(), &[]).await?;
            calls.extend(
                page.calls
                    .into_iter()
                    .filter_map(|call| listed(call, since)),
            );
            let next = page.next_page_uri.filter(|next| !next.is_empty());
            let Some(next) = next else { return Ok(calls) };
            // It may lead nowhere but to another page of the same account.
            let next = url.join(&next).ok().filter(|next| {
                next.origin() == self.account.origin()
                    && next.path().starts_with(self.account.path())
            });
            url = next.ok_or_else(|| unreadable("the next page lies elsewhere"))?;
        }
        tracing::warn!("the list of calls has more pages than are read");
        Ok(calls)
    }

    async fn number_settings(&self, number: E164) -> Result<NumberSettings, ControlError> {
        let found = self.find(number).await?;
        let voice_url = match found.elsewhere() {
            Some(elsewhere) => elsewhere,
            None => found.voice_url.unwrap_or_default(),
        };
        Ok(NumberSettings {
            voice_url,
            fallback_url: found.voice_fallback_url.unwrap_or_default(),
            status_url: found.status_callback.unwrap_or_default(),
        })
    }

    async fn set_number_settings(
        &self,
        number: E164,
        settings: &NumberSettings,
    ) -> Result<(), ControlError> {
        let found = self.find(number).await?;
        let url = append(
            &self.account,
            &["IncomingPhoneNumbers", &format!("{}.json", found.sid)],
        );
        let mut form = vec![
            ("VoiceUrl", &*settings.voice_url),
            ("VoiceMethod", "POST"),
            ("VoiceFallbackUrl", &settings.fallback_url),
            ("VoiceFallbackMethod", "POST"),
            ("StatusCallback", &settings.status_url),
            ("StatusCallbackMethod", "POST"),
        ];
        // As long as one of these is set, Twilio passes the voice address over.
        if found.application().is_some() {
            form.push(("VoiceApplicationSid", ""));
        }
        if found.trunk().is_some() {
            form.push(("TrunkSid", ""));
        }
        let _: Ignored = self.post(url, &form, Twice::Harmless).await?;
        Ok(())
    }

    async fn sound(
        &self,
        recording: &Recording,
        range: Option<&ByteRange>,
    ) -> Result<Sound, ControlError> {
        let sid = self.recording_sid(&recording.url)?;
        let url = append(&self.account, &["Recordings", &format!("{sid}.mp3")]);
        let request = self.sounds.get(url).basic_auth(
            &self.settings.username,
            Some(self.settings.secret.expose_secret()),
        );
        let mut response = of_range(request, range).send().await.map_err(unreachable)?;
        for _ in 0..MOST_REDIRECTS {
            let Some(to) = sound::lies_at(&response) else {
                break;
            };
            let request = self.sound_at(to)?;
            response = of_range(request, range).send().await.map_err(unreachable)?;
        }
        let status = response.status();
        if !status.is_success() && status != StatusCode::RANGE_NOT_SATISFIABLE {
            return Err(refused(status, &body(response).await?));
        }
        sound::read(response).ok_or_else(|| unreadable("no sound, or too much of it"))
    }
}

/// A request for a range of what it asks for; for the whole without one.
fn of_range(request: RequestBuilder, range: Option<&ByteRange>) -> RequestBuilder {
    match range {
        Some(range) => request.header(reqwest::header::RANGE, range.as_str()),
        None => request,
    }
}

/// A call that came in from outside, is over, and did not begin before that.
fn listed(call: answers::ListedCall, since: Timestamp) -> Option<ListedCall> {
    let over = ["completed", "busy", "failed", "no-answer", "canceled"];
    let began = call.start_time.as_deref()?;
    let began = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(began)
        .ok()?;
    let incoming = call.direction.as_deref() == Some("inbound")
        && call.parent_call_sid.is_none_or(|parent| parent.is_empty())
        && call.status.is_some_and(|status| over.contains(&&*status));
    (incoming && began >= since && is_call_sid(&call.sid)).then(|| ListedCall {
        id: ProviderCallId {
            provider: NAME.into(),
            id: call.sid,
        },
        caller: CallerNumber::read(call.from.as_deref().unwrap_or_default()),
        called: call.to.unwrap_or_default(),
        began,
        seconds: call
            .duration
            .and_then(|seconds| seconds.parse().ok())
            .unwrap_or(0),
    })
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ControlError> {
    let status = response.status();
    let mut body = body(response).await?;
    if !status.is_success() {
        return Err(refused(status, &body));
    }
    if status == StatusCode::NO_CONTENT {
        body = b"null".to_vec();
    }
    serde_json::from_slice(&body).map_err(|error| unreadable(error.to_string()))
}

async fn body(mut response: Response) -> Result<Vec<u8>, ControlError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(unreadable("more than 256 kB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refused(status: StatusCode, body: &[u8]) -> ControlError {
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    let message = problem.message.unwrap_or_default();
    ControlError::Refused {
        provider: NAME,
        status: status.as_u16(),
        code: problem.code,
        message: shown(&message),
    }
}

/// Whether an error may pass and another try does no harm.
fn may_repeat(error: &ControlError, twice: Twice) -> bool {
    match error.again() {
        Again::Later => true,
        Again::Unknown => {
            twice == Twice::Harmless && !matches!(error, ControlError::Unreadable { .. })
        }
        Again::Never => false,
    }
}

/// The address is left out: it names the account and often a number.
fn unreachable(source: reqwest::Error) -> ControlError {
    ControlError::Unreachable {
        provider: NAME,
        source: source.without_url(),
    }
}

fn unreadable(reason: impl Into<String>) -> ControlError {
    ControlError::Unreadable {
        provider: NAME,
        reason: reason.into(),
    }
}

/// Twilio's words, cut, and without whole telephone numbers, since they end in logs.
fn shown(message: &str) -> String {
    let mut text = String::new();
    let mut digits = 0;
    for character in message.chars().take(MAX_MESSAGE_CHARS) {
        digits = if character.is_ascii_digit() {
            digits + 1
        } else {
            0
        };
        match character {
            character if steers(character) => text.push(' '),
            _ if digits > 5 => text.push('·'),
            character => text.push(character),
        }
    }
    text
}

fn below(base: &str, segments: &[&str]) -> Result<Url, SettingsError> {
    let url = Url::parse(base).ok().filter(|url| !url.cannot_be_a_base());
    let url = url.ok_or_else(|| SettingsError::ApiUrl(base.to_owned()))?;
    Ok(append(&url, segments))
}

/// `base` with more segments, each escaped.
fn append(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_built_from_escaped_segments() {
        let base = below("https://api.twilio.com", &["Accounts", "AC/../1?", ""]).unwrap();
        assert_eq!(
            append(&base, &["Calls", "CA1.json"]).as_str(),
            "https://api.twilio.com/Accounts/AC%2F..%2F1%3F/Calls/CA1.json"
        );
        assert!(below("mailto:a@b.dk", &[]).is_err());
    }

    #[test]
    fn twilio_s_words_are_shown_without_numbers() {
        assert_eq!(
            shown("The 'To' number +4571234567 is\nnot valid (21211)"),
            "The 'To' number +45712····· is not valid (21211)"
        );
        assert_eq!(shown(&"x".repeat(1_000)).len(), MAX_MESSAGE_CHARS);
    }

    #[test]
    fn a_message_is_never_repeated_once_it_may_have_arrived() {
        let refused = |status| ControlError::Refused {
            provider: NAME,
            status,
            code: None,
            message: String::new(),
        };
        assert!(may_repeat(&refused(503), Twice::Harmless));
        assert!(!may_repeat(&refused(503), Twice::Never));
        assert!(may_repeat(&refused(429), Twice::Never));
        assert!(!may_repeat(&refused(400), Twice::Harmless));
        assert!(!may_repeat(&unreadable(""), Twice::Harmless));
    }
}
