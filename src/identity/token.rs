//! The ID token (OpenID Connect Core 1.0, 3.1.3.7): whether it is the provider's, for us, for this
//! very login, still valid, and whose address it vouches for.

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

/// By how many seconds the provider's clock may differ.
const LEEWAY: i64 = 60;

/// Signatures that the provider alone can make. None at all, or one with a secret that both have,
/// is no such signature.
const SIGNED_BY_THE_PROVIDER: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token, one without a signature, or signed in a way that proves nothing.
    #[error("the ID token cannot be read, or is not signed as it must be")]
    Unreadable,
    /// The provider's keys have none of this name.
    #[error("the ID token is signed with a key that the provider does not have")]
    UnknownKey,
    /// The signature, the issuer or the audience is wrong, or something is missing.
    #[error("the ID token is not to be believed: {0}")]
    Refused(String),
    /// Expired, or not valid yet.
    #[error("the ID token has expired, or is from the future; are both clocks right?")]
    Expired,
    /// Of another login.
    #[error("the ID token belongs to another login")]
    Nonce,
    /// For another program as well, and not said to be meant for this one.
    #[error("the ID token was made for another program")]
    Audience,
    /// The provider does not vouch for the address.
    #[error("the provider does not say that the e-mail address was verified")]
    Unverified,
}

#[derive(Debug, Deserialize)]
struct Claims {
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Verified>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(#[expect(dead_code, reason = "jsonwebtoken compares it")] String),
    Several(Vec<String>),
}

/// Some providers write it as a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Verified {
    Flag(bool),
    Text(String),
}

impl Verified {
    fn holds(&self) -> bool {
        match self {
            Self::Flag(flag) => *flag,
            Self::Text(text) => text == "true",
        }
    }
}

/// The key of the set that a token says it is signed with; the only one, where it says nothing.
pub(super) fn key<'k>(token: &str, keys: &'k JwkSet) -> Result<&'k Jwk, TokenError> {
    let header = decode_header(token).map_err(|_| TokenError::Unreadable)?;
    if !SIGNED_BY_THE_PROVIDER.contains(&header.alg) {
        return Err(TokenError::Unreadable);
    }
    let signs = |key: &&Jwk| {
        !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption))
            && header
                .kid
                .as_ref()
                .is_none_or(|kid| key.common.key_id.as_ref() == Some(kid))
    };
    let mut found = keys.keys.iter().filter(signs);
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(TokenError::UnknownKey),
    }
}

/// The verified e-mail address that a token vouches for, in small letters.
pub(super) fn email(token: &str, key: &Jwk, expected: &Expected<'_>) -> Result<String, TokenError> {
    let refused = |error: jsonwebtoken::errors::Error| TokenError::Refused(error.to_string());
    let header = decode_header(token).map_err(|_| TokenError::Unreadable)?;
    if !SIGNED_BY_THE_PROVIDER.contains(&header.alg) {
        return Err(TokenError::Unreadable);
    }
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // By the clock of the house, below.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).map_err(refused)?;
    let claims: Claims = decode(token, &key, &validation).map_err(refused)?.claims;
    let now = expected.now.as_second();
    let begins = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    if claims.exp.saturating_add(LEEWAY) <= now || begins > now.saturating_add(LEEWAY) {
        return Err(TokenError::Expired);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    let is_for_several = matches!(&claims.aud, Audience::Several(all) if all.len() > 1);
    match &claims.azp {
        Some(party) if party != expected.client_id => return Err(TokenError::Audience),
        None if is_for_several => return Err(TokenError::Audience),
        _ => {}
    }
    if !claims
        .email_verified
        .is_some_and(|verified| verified.holds())
    {
        return Err(TokenError::Unverified);
    }
    let email = claims.email.unwrap_or_default().trim().to_lowercase();
    if email.is_empty() {
        return Err(TokenError::Unverified);
    }
    Ok(email)
}
