//! The sound of a recording, as Twilio's REST interface hands it out.
//!
//! Twilio names a recording by `…/2010-04-01/Accounts/{AC}/Recordings/{RE}`, and gives the sound
//! below that with `.mp3` behind it, and the account's credentials. Of the address that came with
//! a call only the two names are used; the request goes to the interface that is configured, and from
//! there to where it says that the sound lies.

use http::header::{self, HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, Limited};
use reqwest::{Response, StatusCode, Url};

use super::step::is_recording_sid;
use crate::providers::{Piece, Sound};

/// The most bytes of a sound that are passed on: ten minutes as MP3 are 2.4 MB.
const MAX_SOUND_BYTES: usize = 24 * 1024 * 1024;

/// The name of the recording, where this is the address of one in this account.
pub(super) fn recording_sid<'a>(url: &'a str, account: &str) -> Option<&'a str> {
    let (_, path) = url.strip_prefix("https://")?.split_once('/')?;
    let rest = path.strip_prefix("2010-04-01/Accounts/")?;
    let rest = rest.strip_prefix(account)?.strip_prefix("/Recordings/")?;
    is_recording_sid(rest).then_some(rest)
}

/// Where the sound lies instead, where an answer says so.
pub(super) fn lies_at(response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let to = response.headers().get(header::LOCATION)?.to_str().ok()?;
    response.url().join(to).ok()
}

/// The sound in an answer, or nothing where it is none.
pub(super) fn read(response: Response) -> Option<Sound> {
    let headers = response.headers();
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        return Some(Sound::OutOfRange(one(headers, header::CONTENT_RANGE)));
    }
    let content_type = one(headers, header::CONTENT_TYPE)?;
    if !content_type.as_bytes().starts_with(b"audio/") {
        return None;
    }
    let length = one(headers, header::CONTENT_LENGTH);
    if response.content_length() > Some(MAX_SOUND_BYTES as u64) {
        return None;
    }
    let range = one(headers, header::CONTENT_RANGE);
    let status = response.status();
    let body = Limited::new(reqwest::Body::from(response), MAX_SOUND_BYTES);
    let piece = Piece {
        content_type,
        length,
        body: body.boxed_unsync(),
    };
    match (status, range) {
        (StatusCode::OK, _) => Some(Sound::Whole(piece)),
        (StatusCode::PARTIAL_CONTENT, Some(range)) => Some(Sound::Part(piece, range)),
        _ => None,
    }
}

fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<HeaderValue> {
    headers.get(name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC00000000000000000000000000000001";

    #[test]
    fn only_recordings_of_our_own_account_are_known() {
        let sid = "REabcdef0123456789abcdef0123456789";
        let at = |host: &str, path: &str| format!("https://{host}/2010-04-01/{path}");
        let good = at(
            "api.twilio.com",
            &format!("Accounts/{ACCOUNT}/Recordings/{sid}"),
        );
        assert_eq!(recording_sid(&good, ACCOUNT), Some(sid));
        for wrong in [
            "",
            "https://recordings.invalid/trial",
            &good.replace("https", "http"),
            &good.replace("AC0", "AC9"),
            &good.replace("REa", "CAa"),
            &format!("{good}/../../Calls"),
            &format!("{good}?x=1"),
            &good.replace("Recordings/", "Recordings/../"),
        ] {
            assert_eq!(recording_sid(wrong, ACCOUNT), None, "{wrong}");
        }
    }
}
