//! The telephony providers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// The telephony providers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Providers {
    /// An account at Twilio.
    pub twilio: Twilio,
}

/// An account at Twilio. Secrets are better set by their variables than in the file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Twilio {
    /// The account's SID. Every request of Twilio names it; those that name another are refused.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_ACCOUNT_SID", "x-example" = "AC00000000000000000000000000000000"))]
    pub account_sid: Option<String>,
    /// The key that webhooks are signed with. Without it, Twilio is off.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_AUTH_TOKEN"))]
    pub auth_token: Option<Secret>,
    /// The other key, while keys are being changed: signatures by either hold.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_AUTH_TOKEN_SECONDARY"))]
    pub auth_token_secondary: Option<Secret>,
    /// An API key to call the REST API with, instead of the auth token.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_API_KEY", "x-example" = "SK00000000000000000000000000000000"))]
    pub api_key_sid: Option<String>,
    /// The secret of the API key.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_API_SECRET"))]
    pub api_key_secret: Option<Secret>,
    /// Where the REST API is.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_BASE_URL", "x-example" = "https://api.twilio.com"))]
    pub base_url: String,
    /// Where numbers are looked up.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_LOOKUPS_URL", "x-example" = "https://lookups.twilio.com"))]
    pub lookups_url: String,
    /// The voice that speaks Danish, in Twilio's name for it.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_VOICE_DA"))]
    pub voice_da: String,
    /// The voice that speaks English, in Twilio's name for it.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_VOICE_EN"))]
    pub voice_en: String,
    /// The model that recognises speech, in Twilio's name for it. Without it, Twilio chooses.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_SPEECH_MODEL", "x-example" = "deepgram_nova-3"))]
    pub speech_model: Option<String>,
}

impl Default for Twilio {
    fn default() -> Self {
        Self {
            account_sid: None,
            auth_token: None,
            auth_token_secondary: None,
            api_key_sid: None,
            api_key_secret: None,
            base_url: "https://api.twilio.com".into(),
            lookups_url: "https://lookups.twilio.com".into(),
            voice_da: "Polly.Sofie-Neural".into(),
            voice_en: "Polly.Amy-Neural".into(),
            speech_model: None,
        }
    }
}
