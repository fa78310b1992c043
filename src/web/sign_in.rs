//! Logging in through a provider of OpenID Connect: whom it lets in, and the cookie that binds a
//! login to the browser that began it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::Inner;
use super::accounts::{Rights, Role};
use super::error::Problem;
use super::sessions::cookie;
use crate::config::OidcLine;
use crate::identity::{Attempt, Provider};

/// A provider that people may log in through, and what they may do then.
#[derive(Clone)]
pub struct SignIn {
    /// The provider.
    pub provider: Arc<Provider>,
    /// What people call it.
    pub name: String,
    /// The e-mail addresses of those who may do everything, in small letters.
    pub owners: Vec<String>,
    /// The e-mail addresses of those who may look, in small letters.
    pub viewers: Vec<String>,
    /// Who may see some lines alone.
    pub lines: Vec<OidcLine>,
}

impl SignIn {
    /// Where below the public address browsers come back to.
    pub const COMES_BACK_TO: &str = "/login/provider/done";

    /// What somebody with this address may do; nothing, where he may not come in.
    pub(super) fn rights(&self, email: &str) -> Option<Rights> {
        let listed = |list: &[String]| list.iter().any(|own| own == email);
        if listed(&self.owners) {
            Some(Rights::Everywhere(Role::Owner))
        } else if listed(&self.viewers) {
            Some(Rights::Everywhere(Role::Viewer))
        } else {
            let mut lines = BTreeMap::new();
            for own in &self.lines {
                // Who stands under a line twice may the most that is said of him.
                if listed(&own.owners) {
                    lines.insert(own.line.clone(), Role::Owner);
                } else if listed(&own.viewers) {
                    lines.entry(own.line.clone()).or_insert(Role::Viewer);
                }
            }
            (!lines.is_empty()).then_some(Rights::Lines(lines))
        }
    }
}

impl Inner {
    /// The cookie that binds a login to its browser, and holds where somebody was going.
    pub(super) fn attempt_begins(
        &self,
        attempt: &Attempt,
        going: &str,
        seconds: i64,
    ) -> Result<HeaderValue, Problem> {
        let going = BASE64_URL_SAFE_NO_PAD.encode(going);
        self.attempt_cookie(&format!("{}.{going}", attempt.to_keep()), seconds)
    }

    /// Takes that cookie away.
    pub(super) fn attempt_ends(&self) -> Result<HeaderValue, Problem> {
        self.attempt_cookie("", 0)
    }

    /// It comes along when the provider sends the browser back, so it cannot be as strict as that of a
    /// session.
    fn attempt_cookie(&self, value: &str, seconds: i64) -> Result<HeaderValue, Problem> {
        let name = self.attempt_name();
        let secure = if self.is_secure() { "; Secure" } else { "" };
        HeaderValue::try_from(format!(
            "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
        ))
        .map_err(Problem::internal)
    }

    /// The login that this browser began, and where somebody was going then.
    pub(super) fn attempt(&self, headers: &HeaderMap) -> Option<(Attempt, String)> {
        let (kept, going) = cookie(headers, self.attempt_name())?.split_once('.')?;
        let going = BASE64_URL_SAFE_NO_PAD.decode(going).ok()?;
        Some((Attempt::kept(kept)?, String::from_utf8(going).ok()?))
    }

    fn attempt_name(&self) -> &'static str {
        if self.is_secure() {
            "__Host-portner-login"
        } else {
            "portner-login"
        }
    }
}
