//! What reads bytes from the network or from files that people bring: requests, cookies, lists,
//! settings.

use std::collections::BTreeMap;

use portner::call::{CallerNumber, E164, ListName, NumberPattern};
use portner::config::Config;
use portner::providers::twilio::{Account, Settings, Twilio, sign};
use portner::providers::{Provider as _, RawRequest, Refused};
use portner::transfer::{Defaults, Format, export, import};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "the-auth-token";
const URL: &str = "https://portner.test";

fn twilio() -> Twilio {
    let mut settings = Settings::new(URL);
    let account = Account::new(ACCOUNT.to_owned(), TOKEN.to_owned().into());
    settings.account = Some(account);
    Twilio::new(settings).expect("the settings are good")
}

fn request(step: &str, query: &str, signature: &str, body: &[u8]) -> RawRequest {
    let mut headers = http::HeaderMap::new();
    if let Ok(signature) = signature.parse() {
        headers.insert("x-twilio-signature", signature);
    }
    let form = http::HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert("content-type", form);
    RawRequest {
        method: http::Method::POST,
        step: step.to_owned(),
        query: query.to_owned(),
        headers,
        body: bytes::Bytes::copy_from_slice(body),
    }
}

/// A signed body with anything in it: first line the step, the rest `name=value` lines. It is read,
/// or said to be unreadable; it is never taken for forged, and never panics.
pub fn webhook(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    let plain: String = first
        .chars()
        .filter(|letter| letter.is_ascii_graphic() && *letter != '#')
        .collect();
    let (step, query) = plain.split_once('?').unwrap_or((&plain, ""));
    let mut fields = vec![("AccountSid", ACCOUNT)];
    fields.extend(lines.filter_map(|line| line.split_once('=')));
    fields.retain(|(name, value)| *name != "AccountSid" || *value == ACCOUNT);
    fields.dedup();
    let mut seen = std::collections::BTreeSet::new();
    fields.retain(|field| seen.insert(*field));
    let question_mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{URL}/webhooks/twilio/{step}{question_mark}{query}");
    let signature = sign(&url, &fields, TOKEN);
    let body = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect::<Vec<_>>()
        .join("&");
    let received = twilio().receive(&request(step, query, &signature, body.as_bytes()));
    assert!(
        !matches!(received, Err(Refused::Mismatch { .. })),
        "{url}: {body}"
    );
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A request with any signature and any body. It is never taken.
pub fn signature(data: &[u8]) {
    let (signature, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[][..]),
    };
    let signature = String::from_utf8_lossy(signature);
    let mut whole = format!("AccountSid={ACCOUNT}&").into_bytes();
    whole.extend_from_slice(body);
    let received = twilio().receive(&request("voice", "", &signature, &whole));
    assert!(
        matches!(
            received,
            Err(Refused::Mismatch { .. } | Refused::Signature(_))
        ),
        "{received:?}"
    );
}

/// A list as a table: read within bounds, written so that it reads back, never a formula.
pub fn csv(data: &[u8]) {
    list(Format::Csv, data);
}

/// A list as contacts.
pub fn vcard(data: &[u8]) {
    list(Format::VCard, data);
}

fn list(format: Format, data: &[u8]) {
    let defaults = Defaults {
        list: Some(ListName::Allow),
        region: "DK".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let _ = Format::of(data);
    let Ok(read) = import(format, data, &defaults) else {
        return;
    };
    assert_eq!(read.entries.len(), read.rows.len());
    let written = export(Format::Csv, &read.entries);
    let again = import(Format::Csv, written.as_bytes(), &defaults).expect("our own reads back");
    assert_eq!(again.entries.len(), read.entries.len(), "{written}");
}

/// A `Cookie` header.
pub fn cookie(data: &[u8]) {
    let mut headers = http::HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = http::HeaderValue::from_bytes(line) {
            headers.append("cookie", value);
        }
    }
    if let Some(value) = portner::web::cookie(&headers, "portner") {
        assert!(!value.contains(';'), "{value}");
    }
}

/// A telephone number, as callers and owners write them.
pub fn number(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(number) = E164::parse(&text) {
        assert_eq!(E164::parse(&number.full()), Ok(number));
        assert!(!number.to_string().contains(&number.full()[1..]), "masked");
    }
    let _ = E164::parse_national(&text, "DK");
    let _ = NumberPattern::parse(&text);
    if let CallerNumber::Address(address) = CallerNumber::read(&text) {
        assert!(!address.chars().any(char::is_control), "{address:?}");
    }
}

/// A settings file. What is wrong with it is told with places that lie in it, and no secret.
pub fn settings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(errors) = Config::from_text(None, &text, &BTreeMap::new()) {
        let _ = errors.to_string();
        let _ = errors.render(false);
    }
}
