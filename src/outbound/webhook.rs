//! Tells an address of the owner's what happened, signed by the scheme of Standard Webhooks.
//!
//! Source: github.com/standard-webhooks/standard-webhooks, spec 1.0: headers `webhook-id`,
//! `webhook-timestamp` and `webhook-signature`; HMAC-SHA256 over `id.timestamp.body` with the
//! secret behind `whsec_`, base64, `v1,` in front. The same message keeps its id however often it
//! is sent, so that the receiver can tell a repeat.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::guard::{NotPublic, PublicOnly, may_be_public};
use super::{Limits, OutboundError, builder};

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// The least and the most bytes of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// An address that is told what happens.
pub struct Webhook {
    url: Url,
    key: hmac::Key,
    client: reqwest::Client,
    private_allowed: bool,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

/// Why an address cannot be told anything.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address is none.
    #[error("this is not an address of the web")]
    Url,
    /// The secret is none.
    #[error("the secret must be whsec_ and 24 to 64 bytes in base64")]
    Secret,
    /// There is no client to send with.
    #[error(transparent)]
    Client(#[from] OutboundError),
}

/// Why a message was not taken. Holds neither address nor secret nor message.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nobody took it in time.
    #[error("the receiver could not be reached: {0}")]
    Unreachable(String),
    /// The receiver answered something else than that it has it.
    #[error("the receiver answered {0}")]
    Refused(StatusCode),
    /// The address leads where nothing may be sent.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
}

/// The address, as it is written.
///
/// # Errors
/// [`WebhookError::Url`], when it is none.
pub fn address(text: &str) -> Result<Url, WebhookError> {
    let url = Url::parse(text).map_err(|_| WebhookError::Url)?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(WebhookError::Url);
    }
    Ok(url)
}

/// What messages are signed with, by the secret as it is written.
///
/// # Errors
/// [`WebhookError::Secret`], when it is none.
pub fn key(secret: &str) -> Result<hmac::Key, WebhookError> {
    let secret = secret.strip_prefix(PREFIX).ok_or(WebhookError::Secret)?;
    let secret = BASE64_STANDARD
        .decode(secret)
        .map_err(|_| WebhookError::Secret)?;
    if !SECRET_BYTES.contains(&secret.len()) {
        return Err(WebhookError::Secret);
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

impl Webhook {
    /// An address with its secret. Without `private_allowed`, addresses that are not public are
    /// refused, whatever name leads to them.
    ///
    /// # Errors
    /// [`WebhookError`], when address or secret are none.
    pub fn new(
        url: &str,
        secret: &SecretString,
        private_allowed: bool,
    ) -> Result<Self, WebhookError> {
        let (url, key) = (address(url)?, key(secret.expose_secret())?);
        let mut builder = builder(Limits::default());
        if !private_allowed {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        Ok(Self {
            url,
            key,
            client: builder.build().map_err(OutboundError::Client)?,
            private_allowed,
        })
    }

    /// Sends a message. One that was not taken may be sent again with the same `id`.
    ///
    /// # Errors
    /// [`SendError`], which is safe to show.
    pub async fn send(&self, id: &str, now: Timestamp, body: &str) -> Result<(), SendError> {
        if !self.private_allowed && !may_be_public(&self.url) {
            return Err(NotPublic.into());
        }
        let seconds = now.as_second();
        let answer = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", self.sign(id, seconds, body))
            .body(body.to_owned())
            .send()
            .await
            .map_err(|error| unreachable(&error.without_url()))?;
        // What the answer says does not matter, and is not read.
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(SendError::Refused(answer.status()))
        }
    }

    fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(tag))
    }
}

fn unreachable(error: &reqwest::Error) -> SendError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        if deeper.is::<NotPublic>() {
            return SendError::NotPublic(NotPublic);
        }
        cause = deeper;
    }
    SendError::Unreachable(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn webhook(url: &str, private: bool) -> Webhook {
        Webhook::new(url, &SECRET.to_owned().into(), private).unwrap()
    }

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the specification's own libraries.
        let signature = webhook("https://example.dk", false).sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_none_and_nothing_shows_one() {
        for wrong in [
            "",
            "whsec_",
            "whsec_YQ==",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_%%%",
        ] {
            let error = Webhook::new("https://a.dk", &wrong.to_owned().into(), false).unwrap_err();
            assert!(wrong.len() < 8 || !error.to_string().contains(wrong));
        }
        let shown = format!("{:?}", webhook("https://a.dk/secret-path", false));
        assert!(!shown.contains("MfKQ") && !shown.contains("secret-path"));
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in [
            "127.0.0.1",
            "localhost",
            "2130706433",
            "0x7f.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0",
        ] {
            let webhook = webhook(&format!("http://{host}:{port}/"), false);
            let refused = webhook
                .send("msg_1", Timestamp::UNIX_EPOCH, "{}")
                .await
                .unwrap_err();
            assert!(
                matches!(refused, SendError::NotPublic(_)),
                "{host}: {refused}"
            );
        }
        let nobody = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
        assert!(nobody.await.is_err(), "no connection was made");
    }
}
