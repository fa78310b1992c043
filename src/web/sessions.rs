//! Who is logged in: a random name in a cookie; whose it is and its end in the store, on a shelf of
//! its own under the hash of that name.

use std::cmp::Reverse;

use aws_lc_rs::digest::Digest;
use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};

use super::accounts::{self, Rights, Role, Visitor};
use super::auth::{NewToken, random, sha256};
use super::error::Problem;
use super::{App, Inner};
use crate::store::{Shelf, Store, StoreError};

/// Where the store kept them all together, before each had a place of its own.
const BEFORE: &str = "sessions";
/// How long a login lasts.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How many one person may have; the one of his that ends first makes room, so that nobody puts others out.
const MOST_OF_ONE: usize = 16;
/// How many there may be; the one that ends first makes room.
const MOST: usize = 2_000;

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
        self.is_of_person(visitor.account.as_deref(), visitor.outside.as_deref())
    }

    /// Whether it is of the person with this account, or who came in with this address.
    fn is_of_person(&self, account: Option<&str>, outside: Option<&str>) -> bool {
        let same_account = match (self.account.as_deref(), account) {
            (Some(own), Some(other)) => accounts::key(own) == accounts::key(other),
            (own, other) => own == other,
        };
        same_account && self.outside.as_deref() == outside
    }

    /// Whether it is of the account with this name.
    fn is_of_account(&self, name: &str) -> bool {
        let own = self.account.as_deref();
        own.is_some_and(|own| accounts::key(own) == accounts::key(name))
    }

    fn lasts(&self, now: Timestamp) -> bool {
        self.until > now
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
    /// Told when the token of the installation is replaced.
    renewed: watch::Sender<()>,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self {
            changing: Mutex::new(()),
            changed: watch::Sender::new(0),
            renewed: watch::Sender::new(()),
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
        let kept = store.shelved(Shelf::Sessions, hash.as_bytes()).await?;
        let found = kept.and_then(|value| read(&value));
        let Some(session) = found.filter(|session| session.lasts(now)) else {
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
        let Some(hash) = &visitor.session else {
            // Whoever shows the token has no login that could end.
            self.renewed.subscribe().changed().await.ok();
            return;
        };
        let mut changed = self.changed.subscribe();
        while changed.changed().await.is_ok() {
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
        forget_those_before(app.store()?.as_ref()).await?;
        self.change(app, Some(session), |_| false).await?;
        app.cookie(&name, LIFE.as_secs())
    }

    /// Every login that lasts, the newest first.
    pub(super) async fn all(&self, app: &App) -> Result<Vec<Session>, Problem> {
        let now = app.state.service.clock().now();
        let store = app.store()?;
        let kept = store.shelf(Shelf::Sessions, None, usize::MAX).await?;
        let read = kept.iter().filter_map(|one| read(&one.value));
        let mut lasting: Vec<Session> = read.filter(|session| session.lasts(now)).collect();
        lasting.sort_by_key(|session| Reverse(session.until));
        Ok(lasting)
    }

    /// Ends the login with this hash.
    pub(super) async fn revoke(&self, app: &App, hash: &str) -> Result<(), Problem> {
        self.change(app, None, |session| session.hash == hash).await
    }

    /// Ends the logins of an account, except one.
    pub(super) async fn revoke_others(
        &self,
        app: &App,
        account: &str,
        except: Option<&str>,
    ) -> Result<(), Problem> {
        self.change(app, None, |session| {
            session.is_of_account(account) && Some(session.hash.as_str()) != except
        })
        .await
    }

    /// Ends the login that the request carries; what is returned takes its cookie away.
    pub(super) async fn end(&self, app: &App, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
        if let Some(name) = cookie(headers, app.cookie_name()) {
            self.revoke(app, &hex(sha256(name))).await?;
        }
        app.cookie("", 0)
    }

    /// Makes a new token of the installation, and ends whatever goes on with the old one, and every
    /// login.
    pub(super) async fn renew_token(&self, app: &App) -> Result<NewToken, Problem> {
        let token = app.token.replace(app).await?;
        self.renewed.send_modify(|()| {});
        self.change(app, None, |_| true).await?;
        Ok(token)
    }

    /// Ends the logins that are meant and those whose time is over, and begins a new one where there
    /// is one.
    async fn change(
        &self,
        app: &App,
        new: Option<Session>,
        ends: impl Fn(&Session) -> bool,
    ) -> Result<(), Problem> {
        let _alone = self.changing.lock().await;
        let now = app.state.service.clock().now();
        let store = app.store()?;
        let kept = store.shelf(Shelf::Sessions, None, usize::MAX).await?;
        let mut changes = Vec::new();
        let mut lasting = Vec::new();
        for one in kept {
            match read(&one.value).filter(|session| session.lasts(now) && !ends(session)) {
                Some(session) => lasting.push((session, one.name)),
                None => changes.push((one.name, None)),
            }
        }
        if let Some(new) = new {
            lasting.sort_by_key(|(session, _)| session.until);
            let is_own = |session: &Session| {
                new.is_of_person(session.account.as_deref(), session.outside.as_deref())
            };
            let own = lasting
                .iter()
                .filter(|(session, _)| is_own(session))
                .count();
            let mut over_of_one = (own + 1).saturating_sub(MOST_OF_ONE);
            let mut over = (lasting.len() + 1 - over_of_one).saturating_sub(MOST);
            for (session, name) in lasting {
                let count = if over_of_one > 0 && is_own(&session) {
                    &mut over_of_one
                } else {
                    &mut over
                };
                if *count > 0 {
                    *count -= 1;
                    changes.push((name, None));
                }
            }
            let value = serde_json::to_vec(&new).map_err(Problem::internal)?;
            changes.push((new.hash.into_bytes(), Some(value)));
        }
        store.shelve(Shelf::Sessions, changes).await?;
        self.tell();
        Ok(())
    }
}

fn read(value: &[u8]) -> Option<Session> {
    serde_json::from_slice(value).ok()
}

/// Lets go of the logins of a store that kept them all together: they hold no more.
async fn forget_those_before(store: &dyn Store) -> Result<(), StoreError> {
    let kept = store.setting(BEFORE).await?;
    if kept.is_some_and(|kept| !kept.is_empty()) {
        store.put_setting(BEFORE, Vec::new()).await?;
    }
    Ok(())
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
