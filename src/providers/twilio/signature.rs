//! `X-Twilio-Signature`: what is signed, and whether a signature holds.
//!
//! The scheme: the address as it is configured at Twilio, followed for form bodies by every name
//! and value, sorted by bytes, nothing between; HMAC-SHA1 with the account's auth token; base64.
//! A body that is no form is bound through `bodySHA256` in the query. Newer accounts may sign
//! with a shared key and HMAC-SHA256 instead and say so in a second header.
//! Source: Twilio's security page and its SDK for Python 9.13.0.
//!
//! The scheme has no time in it, so a request can be sent again; that is for the call's own state
//! to catch.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::fields::Fields;

/// The header with the signature.
pub const SIGNATURE: &str = "x-twilio-signature";
/// The header that names another key and algorithm than the account's token and HMAC-SHA1.
pub const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

/// A key that requests may be signed with.
pub struct Key(hmac::Key);

impl Key {
    /// An account's auth token, used with HMAC-SHA1.
    pub fn token(token: &str) -> Self {
        Self(hmac::Key::new(
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            token.as_bytes(),
        ))
    }

    /// The secret of a shared key, used with HMAC-SHA256.
    pub fn shared(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// The signature over an address and fields.
    pub fn sign(&self, url: &str, fields: &Fields<'_>) -> String {
        BASE64_STANDARD.encode(hmac::sign(&self.0, message(url, fields).as_bytes()))
    }
}

/// Signs a request as Twilio does: for the simulator, for the self-test and for tests. `fields`
/// are those of a form body; there are none for GET and for JSON.
///
/// ```
/// let fields = [
///     ("CallSid", "CA1234567890ABCDE"),
///     ("Caller", "+14158675309"),
///     ("Digits", "1234"),
///     ("From", "+14158675309"),
///     ("To", "+18005551212"),
/// ];
/// let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
/// assert_eq!(
///     portner::providers::twilio::sign(url, &fields, "12345"),
///     "RSOYDt4T1cUTdK1PDd93/VVr8B8="
/// );
/// ```
#[must_use]
pub fn sign(url: &str, fields: &[(&str, &str)], token: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    Key::token(token).sign(url, &fields)
}

/// Whether one of the keys made this signature over this address and these fields. The address
/// may have been signed with or without its scheme's own port, and with no other.
pub fn holds<'k>(
    keys: impl Iterator<Item = &'k Key> + Clone,
    url: &str,
    fields: &Fields<'_>,
    signature: &[u8],
) -> bool {
    let Ok(tag) = BASE64_STANDARD.decode(signature) else {
        return false;
    };
    let made_over = |url: &str| {
        let message = message(url, fields);
        keys.clone()
            .any(|key| hmac::verify(&key.0, message.as_bytes(), &tag).is_ok())
    };
    made_over(url) || other_spelling(url).is_some_and(|url| made_over(&url))
}

/// Whether `bodySHA256` in the query, once and in lower case, is the hash of this body.
pub fn binds_body(query: &Fields<'_>, body: &[u8]) -> bool {
    let hash = hex::encode(digest::digest(&digest::SHA256, body));
    matches!(
        query.one("bodySHA256"),
        Ok(Some(given)) if constant_time::verify_slices_are_equal(given.as_bytes(), hash.as_bytes()).is_ok()
    )
}

/// Which key a request says it was signed with.
#[derive(Debug, PartialEq, Eq)]
pub enum Signer<'a> {
    /// The account's auth token, HMAC-SHA1.
    Token,
    /// The shared key of this name, HMAC-SHA256.
    Shared(&'a str),
    /// With something that we do not know.
    Unknown,
}

/// Reads the settings header, `key=<id>,algorithm=HMAC_SHA256`. Without an algorithm it means
/// the old scheme.
pub fn signer(settings: Option<&str>) -> Signer<'_> {
    let part = |wanted: &str| {
        settings?
            .split(',')
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| name.trim() == wanted)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    match (part("algorithm"), part("key")) {
        (None | Some("HMAC_SHA1"), _) => Signer::Token,
        (Some("HMAC_SHA256"), Some(key)) => Signer::Shared(key),
        (Some(_), _) => Signer::Unknown,
    }
}

fn message(url: &str, fields: &Fields<'_>) -> String {
    let mut message = String::with_capacity(1024);
    message.push_str(url);
    for (name, value) in fields.sorted() {
        message.push_str(name);
        message.push_str(value);
    }
    message
}

/// The same address with the scheme's own port written out or left out.
fn other_spelling(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let own_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let after_address = host.rsplit(']').next().unwrap_or(host);
    match authority.strip_suffix(own_port) {
        Some(bare) => Some(format!("{scheme}://{bare}{path}")),
        None if after_address.contains(':') => None,
        None => Some(format!("{scheme}://{authority}{own_port}{path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const URL: &str = "https://screen.example.dk/webhooks/twilio/heard?turn=2";
    const BODY: &[u8] = b"AccountSid=AC1&CallSid=CA1&From=%2B4520123456&Digits=&SpeechResult=Bl%C3%A5+b%C3%A6r&ToZip=x";

    fn verify(url: &str, body: &[u8], signature: &[u8]) -> bool {
        let key = Key::token("token");
        Fields::form(body)
            .is_some_and(|fields| holds(std::iter::once(&key), url, &fields, signature))
    }

    fn signature() -> String {
        Key::token("token").sign(URL, &Fields::form(BODY).unwrap())
    }

    #[test]
    fn only_the_scheme_s_own_port_may_be_left_out() {
        let other = |url| other_spelling(url);
        assert_eq!(
            other("https://a.dk/x").as_deref(),
            Some("https://a.dk:443/x")
        );
        assert_eq!(
            other("https://a.dk:443/x").as_deref(),
            Some("https://a.dk/x")
        );
        assert_eq!(other("http://a.dk?q").as_deref(), Some("http://a.dk:80?q"));
        assert_eq!(other("https://a.dk:80/x"), None);
        assert_eq!(other("https://a.dk:8443/x"), None);
        assert_eq!(other("https://[::1]:8443/x"), None);
        assert_eq!(
            other("https://[::1]/x").as_deref(),
            Some("https://[::1]:443/x")
        );
        assert_eq!(
            other("https://u:p@a.dk/x").as_deref(),
            Some("https://u:p@a.dk:443/x")
        );
        assert_eq!(other("wss://a.dk/x"), None);
    }

    #[test]
    fn a_signature_needs_its_padding_and_its_alphabet() {
        let whole = signature();
        assert!(verify(URL, BODY, whole.as_bytes()));
        for wrong in [
            "",
            "=",
            whole.trim_end_matches('='),
            &format!("{whole}="),
            &format!(" {whole}"),
        ] {
            assert!(!verify(URL, BODY, wrong.as_bytes()), "{wrong:?}");
        }
    }

    #[test]
    fn the_settings_header_names_the_key() {
        assert_eq!(signer(None), Signer::Token);
        assert_eq!(signer(Some("key=k1")), Signer::Token);
        assert_eq!(
            signer(Some("key=k1, algorithm=HMAC_SHA256")),
            Signer::Shared("k1")
        );
        assert_eq!(signer(Some("algorithm=HMAC_SHA256")), Signer::Unknown);
        assert_eq!(signer(Some("key=k1,algorithm=NONE")), Signer::Unknown);
    }

    #[test]
    fn a_body_is_bound_by_one_hash_in_lower_case() {
        let hash = hex::encode(digest::digest(&digest::SHA256, b"{}"));
        let bound = |query: &str| binds_body(&Fields::query(query), b"{}");
        assert!(bound(&format!("x=1&bodySHA256={hash}")));
        assert!(!bound(&format!("bodySHA256={}", hash.to_uppercase())));
        assert!(!bound(&format!("bodySHA256={hash}&bodySHA256={hash}")));
        assert!(!bound(""));
    }

    #[test]
    fn any_changed_byte_of_the_body_is_noticed() {
        let signature = signature();
        for (at, byte) in (0..BODY.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut body = BODY.to_vec();
            body[at] = byte;
            // `+` and `%20`, `%c3` and `%C3` are the same field.
            let same = Fields::form(&body)
                .is_some_and(|fields| fields.sorted() == Fields::form(BODY).unwrap().sorted());
            let holds = verify(URL, &body, signature.as_bytes());
            assert_eq!(holds, same, "{:?}", String::from_utf8_lossy(&body));
        }
    }

    proptest! {
        #[test]
        fn any_changed_byte_of_the_address_is_noticed(at in 0..URL.len(), byte in 0x20_u8..0x7f) {
            let mut url = URL.as_bytes().to_vec();
            url[at] = byte;
            let url = String::from_utf8(url).unwrap();
            prop_assert_eq!(verify(&url, BODY, signature().as_bytes()), url == URL);
        }

        #[test]
        fn any_changed_byte_of_the_signature_is_noticed(at in 0..28_usize, byte: u8) {
            let mut signature = signature().into_bytes();
            let same = signature[at] == byte;
            signature[at] = byte;
            prop_assert_eq!(verify(URL, BODY, &signature), same);
        }

        #[test]
        fn what_was_signed_holds(pairs in proptest::collection::vec(("\\PC{0,8}", "\\PC{0,20}"), 0..12)) {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert!(verify(URL, body.as_bytes(), sign(URL, &pairs, "token").as_bytes()));
            prop_assert!(!verify(URL, body.as_bytes(), sign(URL, &pairs, "other").as_bytes()));
        }
    }
}
