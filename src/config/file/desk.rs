//! The desk, and who may enter it from elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// The desk, and who may enter it from elsewhere. Accounts with passwords are made on its page
/// *Access*.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Desk {
    /// Logging in through a provider of OpenID Connect.
    pub oidc: Oidc,
}

/// Logging in through a provider of OpenID Connect, such as Google or your own: authorization code
/// with PKCE. Tell it that browsers come back to `/login/provider/done` below your public address.
/// Only addresses that it says are verified count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// The provider's address, to the letter as it writes it itself. Without it, nobody logs in so.
    #[schemars(extend("x-variable" = "PORTNER_OIDC_ISSUER", "x-example" = "https://accounts.google.com"))]
    pub issuer: Option<String>,
    /// What this installation is called there.
    #[schemars(extend("x-variable" = "PORTNER_OIDC_CLIENT_ID"))]
    pub client_id: Option<String>,
    /// What it proves itself by there, where it has a secret.
    #[schemars(extend("x-variable" = "PORTNER_OIDC_CLIENT_SECRET"))]
    pub client_secret: Option<Secret>,
    /// What people call it, on the button.
    #[schemars(extend("x-example" = "Google"))]
    pub name: String,
    /// The e-mail addresses of those who may do everything.
    #[schemars(extend("x-example" = ["per@toppdesign.dk"]))]
    pub owners: Vec<String>,
    /// The e-mail addresses of those who may look.
    #[schemars(extend("x-example" = ["lone@toppdesign.dk"]))]
    pub viewers: Vec<String>,
    /// Who may come in for some lines alone.
    pub line: Vec<OidcLine>,
}

/// Who may see one line alone, and nothing of the others, the rules or the settings. Somebody may
/// stand under several lines, but not among those of the whole installation too.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct OidcLine {
    /// The line, by its `id`.
    #[schemars(extend("x-example" = "shop"))]
    pub line: String,
    /// The e-mail addresses of those who may do everything on it.
    #[schemars(extend("x-example" = ["mette@toppdesign.dk"]))]
    pub owners: Vec<String>,
    /// The e-mail addresses of those who may look at it.
    #[schemars(extend("x-example" = ["lone@toppdesign.dk"]))]
    pub viewers: Vec<String>,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: None,
            client_secret: None,
            name: "OpenID".into(),
            owners: Vec::new(),
            viewers: Vec::new(),
            line: Vec::new(),
        }
    }
}
