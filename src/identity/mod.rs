//! Who somebody is, according to a provider of OpenID Connect that the owner trusts: authorization
//! code with PKCE, discovery, the provider's keys, the ID token.
//!
//! What the provider answers is believed only after every check of OpenID Connect Core 1.0,
//! 3.1.3.7, and only an address that it says is verified counts. Not for: what somebody may do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, Semaphore};

use crate::outbound::{self, OutboundError};

mod attempt;
mod token;

pub use attempt::Attempt;
pub use token::TokenError;

/// How long what a provider says about itself is taken to hold.
const KNOWN_FOR: Duration = Duration::from_secs(3_600);
/// How soon its keys are asked for once more when one is missing.
const KEYS_AGAIN: Duration = Duration::from_secs(60);
/// How many logins talk to it at once.
const AT_ONCE: usize = 4;
/// The longest answer that is read, in bytes.
const MAX_BYTES: usize = 512 * 1024;

/// A provider, and what we are called there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its address, exactly as its tokens say it.
    pub issuer: String,
    /// What this installation is called there.
    pub client_id: String,
    /// What it proves itself by, where it has a secret.
    pub client_secret: Option<SecretString>,
    /// Where it sends the browser back to.
    pub redirect_uri: String,
}

/// Why it is not known who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The machine has no randomness.
    #[error("the machine has no randomness")]
    NoRandomness,
    /// As many log in just now as may at once.
    #[error("too many log in at once; try again")]
    Busy,
    /// The provider could not be reached.
    #[error("the provider of OpenID Connect could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The provider answered otherwise than the standard says.
    #[error("the provider of OpenID Connect answered {0}")]
    Answer(String),
    /// The token is not to be believed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// What a provider says about itself (OpenID Connect Discovery 1.0).
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// What is known of the provider, and since when.
#[derive(Clone)]
struct Known {
    metadata: Arc<Metadata>,
    keys: Arc<JwkSet>,
    at: Instant,
    /// When its keys were asked for again because one was missing.
    again_at: Option<Instant>,
}

impl Known {
    /// Whether a key that is missing is worth asking for: not for each forged token anew.
    fn may_ask_again(&self) -> bool {
        self.again_at.is_none_or(|at| at.elapsed() > KEYS_AGAIN)
    }
}

/// A provider of OpenID Connect.
pub struct Provider {
    settings: Settings,
    http: reqwest::Client,
    known: Mutex<Option<Known>>,
    room: Semaphore,
}

impl Provider {
    /// The provider with these settings. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`OutboundError`], when nothing can go out.
    pub fn new(settings: Settings) -> Result<Self, OutboundError> {
        Ok(Self {
            settings,
            http: outbound::client(outbound::Limits::default())?,
            known: Mutex::new(None),
            room: Semaphore::new(AT_ONCE),
        })
    }

    /// Where the browser is sent to log in.
    ///
    /// # Errors
    /// [`IdentityError`], when the provider cannot be asked where that is.
    pub async fn address(&self, attempt: &Attempt) -> Result<String, IdentityError> {
        let _room = self.room.try_acquire().map_err(|_| IdentityError::Busy)?;
        let metadata = self.known().await?.metadata;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("scope", "openid email")
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256")
            .finish();
        let address = &metadata.authorization_endpoint;
        let joint = if address.contains('?') { '&' } else { '?' };
        Ok(format!("{address}{joint}{query}"))
    }

    /// Whose login a code came out of: his verified e-mail address, in small letters.
    ///
    /// # Errors
    /// [`IdentityError`], when the provider cannot be asked or its answer not believed.
    pub async fn email(
        &self,
        code: &str,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<String, IdentityError> {
        let _room = self.room.try_acquire().map_err(|_| IdentityError::Busy)?;
        let known = self.known().await?;
        let token = self.exchange(&known.metadata, code, attempt).await?;
        let expected = token::Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &attempt.nonce(),
            now,
        };
        match token::key(&token, &known.keys) {
            Ok(key) => Ok(token::email(&token, key, &expected)?),
            // A key that was made since.
            Err(TokenError::UnknownKey) if known.may_ask_again() => {
                let keys = self.keys_again(&known).await?;
                let key = token::key(&token, &keys)?;
                Ok(token::email(&token, key, &expected)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the code for an ID token.
    async fn exchange(
        &self,
        metadata: &Metadata,
        code: &str,
        attempt: &Attempt,
    ) -> Result<String, IdentityError> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let Settings {
            client_id,
            client_secret,
            redirect_uri,
            ..
        } = &self.settings;
        let verifier = attempt.verifier();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", client_id),
            ("code_verifier", &verifier),
        ];
        let mut request = self.http.post(&metadata.token_endpoint);
        if let Some(secret) = client_secret {
            let methods = metadata.token_endpoint_auth_methods_supported.as_ref();
            let basic = "client_secret_basic".to_owned();
            if methods.is_none_or(|methods| methods.contains(&basic)) {
                // RFC 6749, 2.3.1: both are written as in a form first.
                let written = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let secret = written(secret.expose_secret());
                request = request.basic_auth(written(client_id), Some(secret));
            } else {
                form.push(("client_secret", secret.expose_secret()));
            }
        }
        let answer = request.form(&form).send().await;
        let tokens: Tokens = read(answer.map_err(IdentityError::Unreachable)?).await?;
        Ok(tokens.id_token)
    }

    /// What is known of the provider; asked for anew when that is long ago.
    async fn known(&self) -> Result<Known, IdentityError> {
        let mut kept = self.known.lock().await;
        if let Some(known) = kept.as_ref().filter(|known| known.at.elapsed() < KNOWN_FOR) {
            return Ok(known.clone());
        }
        let issuer = &self.settings.issuer;
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let metadata: Metadata = self.get(&address).await?;
        if metadata.issuer != *issuer {
            return Err(IdentityError::Answer(format!(
                "that it is {}, and the settings say {issuer}",
                metadata.issuer
            )));
        }
        for address in [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.jwks_uri,
        ] {
            // Settings take http for this machine alone; then the rest may be there too.
            if !address.starts_with("https://") && !issuer.starts_with("http://") {
                return Err(IdentityError::Answer(format!(
                    "with an address that is not https: {address}"
                )));
            }
        }
        let known = Known {
            keys: Arc::new(self.get(&metadata.jwks_uri).await?),
            metadata: Arc::new(metadata),
            at: Instant::now(),
            again_at: None,
        };
        *kept = Some(known.clone());
        Ok(known)
    }

    async fn keys_again(&self, known: &Known) -> Result<Arc<JwkSet>, IdentityError> {
        let keys: Arc<JwkSet> = Arc::new(self.get(&known.metadata.jwks_uri).await?);
        *self.known.lock().await = Some(Known {
            keys: Arc::clone(&keys),
            again_at: Some(Instant::now()),
            ..known.clone()
        });
        Ok(keys)
    }

    async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, IdentityError> {
        let answer = self.http.get(address).send().await;
        read(answer.map_err(IdentityError::Unreachable)?).await
    }
}

/// Reads an answer as JSON, within bounds.
async fn read<T: DeserializeOwned>(mut answer: reqwest::Response) -> Result<T, IdentityError> {
    let status = answer.status();
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(IdentityError::Unreachable)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MAX_BYTES {
            return Err(IdentityError::Answer("with too many bytes".to_owned()));
        }
    }
    if !status.is_success() {
        return Err(IdentityError::Answer(format!("with the status {status}")));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| IdentityError::Answer(format!("something unreadable: {error}")))
}
