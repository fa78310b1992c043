//! What one installation's Twilio needs to know.

use std::collections::BTreeMap;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use crate::call::{Bilingual, Language};
use crate::outbound::OutboundError;

/// What one installation's Twilio needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the provider reaches us, `https://…` without a slash at the end. Signatures are made
    /// over it, letter by letter.
    pub public_url: String,
    /// The account whose requests are accepted: every line is a number of it.
    pub account: Option<Account>,
    /// The account that only serves for trying things out on this machine. Its calls are marked as
    /// such, and never touch one of the real account.
    pub trial: Option<Account>,
    /// How to act on calls from our side; without it there is no [`Control`](super::Control).
    pub api: Option<ApiSettings>,
    /// The voice for each language, in Twilio's words.
    pub voices: BTreeMap<Language, String>,
    /// The speech recognition model; `None` leaves it to Twilio, which then also changes over
    /// when one engine is down. Not every model knows Danish.
    pub speech_model: Option<String>,
}

impl Settings {
    /// Settings without an account, with the default voices.
    #[must_use]
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            account: None,
            trial: None,
            api: None,
            voices: default_voices(),
            speech_model: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let url = Url::parse(&self.public_url).ok();
        let usable = url.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if !usable
            || self.public_url.ends_with('/')
            || !self.public_url.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(SettingsError::PublicUrl(self.public_url.clone()));
        }
        let accounts = || self.account.iter().chain(&self.trial);
        for (position, account) in accounts().enumerate() {
            let sid = || account.sid.clone();
            let empty = |secret: &SecretString| secret.expose_secret().is_empty();
            if account.tokens.is_empty() && account.shared_keys.is_empty() {
                return Err(SettingsError::NoSecret(sid()));
            }
            if account.tokens.iter().any(empty)
                || account.shared_keys.iter().any(|key| empty(&key.secret))
            {
                return Err(SettingsError::EmptySecret(sid()));
            }
            let mut earlier = accounts().take(position);
            if account.sid.is_empty() || earlier.any(|other| other.sid == account.sid) {
                return Err(SettingsError::AccountTwice(sid()));
            }
        }
        let words = self.voices.values().chain(&self.speech_model);
        for word in words {
            if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(SettingsError::Word(word.clone()));
            }
        }
        Ok(())
    }
}

/// Voices that speak well and are in Twilio's list: one for each language.
#[must_use]
pub fn default_voices() -> BTreeMap<Language, String> {
    BTreeMap::from([
        (Language::Da, "Polly.Sofie-Neural".to_owned()),
        (Language::En, "Polly.Amy-Neural".to_owned()),
    ])
}

/// An account whose requests are accepted.
#[derive(Debug, Clone)]
pub struct Account {
    /// `AccountSid`: `AC` and 32 hexadecimal digits. Every request names its account.
    pub sid: String,
    /// The auth tokens; two while one is being replaced by the other.
    pub tokens: Vec<SecretString>,
    /// Shared keys, for accounts that sign with HMAC-SHA256.
    pub shared_keys: Vec<SharedKey>,
}

impl Account {
    /// An account with one token.
    #[must_use]
    pub fn new(sid: impl Into<String>, token: SecretString) -> Self {
        Self {
            sid: sid.into(),
            tokens: vec![token],
            shared_keys: Vec::new(),
        }
    }
}

/// A key for signatures that Twilio names in `X-Twilio-Webhooks-Signature-Settings`.
#[derive(Debug, Clone)]
pub struct SharedKey {
    /// Its name in that header.
    pub id: String,
    /// The secret.
    pub secret: SecretString,
}

/// How to reach Twilio's REST interface.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Calls, messages and numbers; [`ApiSettings::BASE_URL`] unless tests say otherwise.
    pub base_url: String,
    /// What is known of numbers; [`ApiSettings::LOOKUPS_URL`] unless tests say otherwise.
    pub lookups_url: String,
    /// The account that is acted on.
    pub account_sid: String,
    /// `AccountSid`, or better the SID of an API key, which can be revoked.
    pub username: String,
    /// The auth token, or the secret of the API key.
    pub secret: SecretString,
}

impl ApiSettings {
    /// Twilio's own address for calls, messages and numbers.
    pub const BASE_URL: &'static str = "https://api.twilio.com";
    /// Twilio's own address for what is known of numbers.
    pub const LOOKUPS_URL: &'static str = "https://lookups.twilio.com";

    /// Twilio itself, with the account's own token.
    #[must_use]
    pub fn new(account_sid: impl Into<String>, token: SecretString) -> Self {
        let account_sid = account_sid.into();
        Self {
            base_url: Self::BASE_URL.into(),
            lookups_url: Self::LOOKUPS_URL.into(),
            username: account_sid.clone(),
            account_sid,
            secret: token,
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The public address is not one.
    #[error(
        "the public address “{0}” must be http(s)://host without a query and without a slash at the end"
    )]
    PublicUrl(String),
    /// The address of the REST interface is not one.
    #[error("“{0}” is not the address of a REST interface")]
    ApiUrl(String),
    /// Nothing to verify signatures with.
    #[error("the account {0} has no auth token")]
    NoSecret(String),
    /// With an empty secret anybody could sign.
    #[error("an auth token or shared key of the account {0} is empty")]
    EmptySecret(String),
    /// Two accounts of one name, or one without a name.
    #[error("the account “{0}” is named twice or not at all")]
    AccountTwice(String),
    /// A voice or model with characters that none has.
    #[error("“{0}” is not the name of a voice or a speech model")]
    Word(String),
    /// No client could be made.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

impl SettingsError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::PublicUrl(url) => format!(
                "den offentlige adresse “{url}” skal være http(s)://vært uden spørgsmål og uden skråstreg til sidst"
            ),
            Self::ApiUrl(url) => format!("“{url}” er ikke adressen på et REST-interface"),
            Self::NoSecret(account) => format!("kontoen {account} har intet auth token"),
            Self::EmptySecret(account) => {
                format!("et auth token eller en delt nøgle til kontoen {account} er tom")
            }
            Self::AccountTwice(account) => {
                format!("kontoen “{account}” er nævnt to gange eller slet ikke")
            }
            Self::Word(word) => {
                format!("“{word}” er ikke navnet på en stemme eller en model til talegenkendelse")
            }
            Self::Outbound(error) => format!("der kunne ikke laves en HTTP-klient: {error}"),
        };
        Bilingual::new(danish, self.to_string())
    }
}
