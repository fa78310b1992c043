//! Where the owner is told of what happens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::{Secret, SecretUrl};

/// Where you are told of what happens: an address of your own that gets a signed webhook
/// (Standard Webhooks) for every verdict, every message left, every trouble that begins or ends, and
/// each Monday morning the week before.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// The address, https. Without it, troubles are only in the log, the figures and `portner doctor`.
    #[schemars(extend("x-variable" = "PORTNER_NOTIFY_WEBHOOK", "x-example" = "https://example.dk/portner"))]
    pub webhook: Option<SecretUrl>,
    /// The secret that messages are signed with: `whsec_` and 24 to 64 random bytes in base64.
    #[schemars(extend("x-variable" = "PORTNER_NOTIFY_SECRET"))]
    pub secret: Option<Secret>,
    /// Whether the address may lead into your own network, and be http there.
    pub allow_private: bool,
    /// After how many hours without any call you are told that it is unusually quiet; 0 for never.
    #[schemars(range(min = 0, max = 8_760))]
    pub silence_hours: u16,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            webhook: None,
            secret: None,
            allow_private: false,
            silence_hours: 96,
        }
    }
}

/// A mail each Monday morning of what happened the week before, sent through a mail server of yours.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The mail server, with a port if it is not the usual one. Without it, no mails are sent.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_SERVER", "x-example" = "smtp.example.dk"))]
    pub server: Option<String>,
    /// How the connection is kept secret.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_SECURITY"))]
    pub security: MailSecurity,
    /// The user at the mail server, where it wants to know.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_USER", "x-example" = "portner@example.dk"))]
    pub user: Option<String>,
    /// The user's password.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_PASSWORD"))]
    pub password: Option<Secret>,
    /// Whom mails come from.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_FROM", "x-example" = "portner@example.dk"))]
    pub from: Option<String>,
    /// Who gets them: you.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_TO", "x-example" = "per@example.dk"))]
    pub to: Option<String>,
}

/// How the connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// By TLS from the first byte, usually at port 465.
    #[default]
    Tls,
    /// By TLS after the greeting, usually at port 587. Where the server does not offer it, nothing is
    /// sent.
    Starttls,
    /// Not at all; only to a server on this machine.
    None,
}
