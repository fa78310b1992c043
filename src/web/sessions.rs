//! Who is logged in: a random name in a cookie; its hash, whose it is and its end in the store.

use aws_lc_rs::digest::Digest;
use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};

use super::accounts::{self, Rights, Role, Visitor};
use super::auth::{random, same, sha256};
use super::error::Problem;
use super::{App, Inner};
use crate::store::{Store, StoreError};

/// Where the store keeps them.
const SETTING: &str = "sessions";
/// How long a login lasts.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How many there may be; the one that ends first makes room.
const MOST: usize = 32;

/// How much of a browser's own name is kept, in characters.
const MAX_BROWSER_CHARS: usize = 160;

/// A login, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// SHA-256 of what the cookie holds, in hex.
    pub(super) hash: String,
    /// When it ends.
    pub(super) until: Timestamp,
    /// Whose it is; nothing for a login with the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// The e-mail address of whoever came in through a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outside: Option<String>,
    /// What the browser calls itself. Hostile text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) browser: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) began: Option<Timestamp>,
}

impl Session {
    /// Whether it is of the same person as this visit.
    pub(super) fn is_of(&self, visitor: &Visitor) -> bool {
        self.account == visitor.account && self.outside == visitor.outside
    }
}

/// What whoever holds the token is called in records.
pub(super) const BY_TOKEN: &str = "token";

/// Who begins a login.
pub(super) enum Who {
    /// Whoever holds the token.
    Token,
    /// An account.
    Account(String),
    /// Somebody with this e-mail address, as a provider says.
    Outside(String),
}

impl Who {
    /// What he is called in records.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Token => BY_TOKEN,
            Self::Account(name) | Self::Outside(name) => name,
        }
    }
}

/// Makes and ends logins, one change at a time.
pub(super) struct Sessions {
    changing: Mutex<()>,
    changed: watch::Sender<u64>,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self {
            changing: Mutex::new(()),
            changed: watch::Sender::new(0),
        }
    }

    /// Whose login the request carries a cookie of, where it lasts and the account still is there.
    pub(super) async fn visitor(
        &self,
        app: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Visitor>, Problem> {
        let Some(name) = cookie(headers, app.cookie_name()) else {
            return Ok(None);
        };
        self.behind(app, &hex(sha256(name))).await
    }

    /// Whose login has this hash, where it lasts and the account still is there.
    async fn behind(&self, app: &App, hash: &str) -> Result<Option<Visitor>, Problem> {
        let now = app.state.service.clock().now();
        let store = app.store()?;
        let kept = read(store.as_ref()).await?;
        let found = kept
            .into_iter()
            .find(|session| session.until > now && same(session.hash.as_bytes(), hash.as_bytes()));
        let Some(session) = found else {
            return Ok(None);
        };
        let rights = match (&session.account, &session.outside) {
            (None, None) => Some(Rights::Everywhere(Role::Owner)),
            (Some(account), _) => accounts::of(store.as_ref(), account)
                .await?
                .map(|account| account.rights),
            // As the settings say now, whatever they said when he came.
            (None, Some(email)) => {
                let sign_in = app.state.sign_in.as_ref();
                sign_in.and_then(|sign_in| sign_in.rights(email))
            }
        };
        let Some(rights) = rights else {
            return Ok(None);
        };
        Ok(Some(Visitor {
            account: session.account,
            outside: session.outside,
            rights,
            session: Some(session.hash),
        }))
    }

    /// Waits until a visitor is not here any more, or may do something else than he could.
    pub(super) async fn until_gone(&self, app: &App, visitor: &Visitor) {
        let mut changed = self.changed.subscribe();
        while changed.changed().await.is_ok() {
            let Some(hash) = &visitor.session else { return };
            match self.behind(app, hash).await {
                Ok(Some(now)) if now.rights == visitor.rights => {}
                _ => return,
            }
        }
    }

    /// Says that accounts or logins are gone or may do something else.
    pub(super) fn tell(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Begins a login; what is returned is to be set as a cookie.
    pub(super) async fn begin(
        &self,
        app: &App,
        who: Who,
        headers: &HeaderMap,
    ) -> Result<HeaderValue, Problem> {
        let name = ::hex::encode(random()?);
        let now = app.state.service.clock().now();
        let browser = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (account, outside) = match who {
            Who::Token => (None, None),
            Who::Account(name) => (Some(name), None),
            Who::Outside(email) => (None, Some(email)),
        };
        let session = Session {
            hash: hex(sha256(&name)),
            until: now.saturating_add(LIFE).unwrap_or(now),
            account,
            outside,
            browser: browser.chars().take(MAX_BROWSER_CHARS).collect(),
            began: Some(now),
        };
        self.change(app, |kept| kept.push(session)).await?;
        app.cookie(&name, LIFE.as_secs())
    }

    /// Every login that lasts, the newest first.
    pub(super) async fn all(&self, app: &App) -> Result<Vec<Session>, Problem> {
        let now = app.state.service.clock().now();
        let mut kept = read(app.store()?.as_ref()).await?;
        kept.retain(|session| session.until > now);
        kept.reverse();
        Ok(kept)
    }

    /// Ends the login with this hash.
    pub(super) async fn revoke(&self, app: &App, hash: &str) -> Result<(), Problem> {
        self.change(app, |kept| kept.retain(|session| session.hash != hash))
            .await
    }

    /// Ends the logins of an account, except one.
    pub(super) async fn revoke_others(
        &self,
        app: &App,
        account: &str,
        except: Option<&str>,
    ) -> Result<(), Problem> {
        self.change(app, |kept| {
            kept.retain(|session| {
                session.account.as_deref() != Some(account) || Some(session.hash.as_str()) == except
            });
        })
        .await
    }

    /// Ends the login that the request carries; what is returned takes its cookie away.
    pub(super) async fn end(&self, app: &App, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
        if let Some(name) = cookie(headers, app.cookie_name()) {
            let hash = hex(sha256(name));
            self.change(app, |kept| kept.retain(|session| session.hash != hash))
                .await?;
        }
        app.cookie("", 0)
    }

    /// Ends every login.
    pub(super) async fn end_all(&self, app: &App) -> Result<(), Problem> {
        self.change(app, Vec::clear).await
    }

    async fn change(
        &self,
        app: &App,
        change: impl FnOnce(&mut Vec<Session>),
    ) -> Result<(), Problem> {
        let _alone = self.changing.lock().await;
        let store = app.store()?;
        let mut kept = read(store.as_ref()).await?;
        let now = app.state.service.clock().now();
        kept.retain(|session| session.until > now);
        change(&mut kept);
        kept.sort_by_key(|session| session.until);
        if kept.len() > MOST {
            kept.drain(..kept.len() - MOST);
        }
        let value = serde_json::to_vec(&kept).map_err(Problem::internal)?;
        store.put_setting(SETTING, value).await?;
        self.tell();
        Ok(())
    }
}

async fn read(store: &dyn Store) -> Result<Vec<Session>, StoreError> {
    let Some(value) = store.setting(SETTING).await? else {
        return Ok(Vec::new());
    };
    Ok(serde_json::from_slice(&value).unwrap_or_else(|error| {
        tracing::warn!(%error, "the logins in the store cannot be read: everybody has to log in again");
        Vec::new()
    }))
}

impl Inner {
    /// Whether people come here over TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.state.public_url.starts_with("https://")
    }

    fn cookie_name(&self) -> &'static str {
        if self.is_secure() {
            "__Host-portner"
        } else {
            "portner"
        }
    }

    fn cookie(&self, value: &str, seconds: i64) -> Result<HeaderValue, Problem> {
        let name = self.cookie_name();
        let secure = if self.is_secure() { "; Secure" } else { "" };
        HeaderValue::try_from(format!(
            "{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
        ))
        .map_err(Problem::internal)
    }
}

/// The value of a cookie, if the request has one of this name.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value)
}

fn hex(digest: Digest) -> String {
    ::hex::encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "lang=da; portner=abc".parse().unwrap());
        headers.append(header::COOKIE, "xportner=def".parse().unwrap());
        assert_eq!(cookie(&headers, "portner"), Some("abc"));
        assert_eq!(cookie(&headers, "lang"), Some("da"));
        assert_eq!(cookie(&headers, "ortner"), None);
    }
}
