//! People who may use the desk: their names, what they may, and their passwords as Argon2id keeps
//! them (RFC 9106; 19 MiB, two passes).

use std::sync::OnceLock;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Semaphore};

use super::auth::same;
use super::error::Problem;
use super::sessions::BY_TOKEN;
use crate::store::{Shelf, Store, StoreError};

mod first;
mod rights;
mod throttle;
pub(super) mod totp;

pub use first::first_link;
pub(super) use first::{add_first, is_first_link};
pub(super) use rights::{Needs, Rights, Role};
pub(super) use throttle::{Door, NameThrottle};

/// How many passwords are hashed at once; each takes 19 MiB.
static HASHING: Semaphore = Semaphore::const_new(2);
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// The shortest password, in characters.
pub(super) const MIN_PASSWORD_CHARS: usize = 10;
const MAX_PASSWORD_BYTES: usize = 1_000;
/// The longest name, in characters.
pub(super) const MAX_NAME_CHARS: usize = 40;
/// How many accounts there may be.
const MOST: usize = 100;

/// Held while an account is read, changed, and written: one change at a time.
#[derive(Debug, Default)]
pub(super) struct Changing(Mutex<()>);

/// Whoever is logged in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// The account; nothing for whoever showed the token of the installation, or came in through a
    /// provider.
    pub(super) account: Option<String>,
    /// His e-mail address, where he came in through a provider.
    pub(super) outside: Option<String>,
    /// What he may do, and where.
    pub(super) rights: Rights,
    /// The hash of his session, where he has one.
    pub(super) session: Option<String>,
}

impl Visitor {
    /// What he is called in records.
    pub(super) fn name(&self) -> &str {
        let named = self.account.as_deref().or(self.outside.as_deref());
        named.unwrap_or(BY_TOKEN)
    }
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    /// Its name.
    pub(super) name: String,
    /// What it may do, and where.
    #[serde(rename = "role")]
    pub(super) rights: Rights,
    /// When it was made.
    pub(super) made_at: Timestamp,
    salt: String,
    hash: String,
    /// The codes that it shows beside its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<totp::Second>,
    /// The secret of codes that are not confirmed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enrolling: Option<totp::Secret>,
}

/// Why an account could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The name is empty, too long, or has signs that are no letters, digits, `.`, `-`, `_`.
    Name,
    /// The name is that of the token in records.
    Token,
    /// The name is taken.
    Taken,
    /// The password is too short or too long.
    Password,
    /// There are as many as there may be.
    TooMany,
}

/// The account with this name.
pub(super) async fn of(store: &dyn Store, name: &str) -> Result<Option<Account>, StoreError> {
    let kept = store.shelved(Shelf::Accounts, &key(name)).await?;
    Ok(kept.and_then(|value| serde_json::from_slice(&value).ok()))
}

/// Every account.
pub(super) async fn all(store: &dyn Store) -> Result<Vec<Account>, StoreError> {
    let kept = store.shelf(Shelf::Accounts, None, MOST).await?;
    let read = |one: &crate::store::Shelved| serde_json::from_slice(&one.value).ok();
    Ok(kept.iter().filter_map(read).collect())
}

impl Account {
    /// An account that is not kept yet; hashing its password takes its time.
    async fn new(
        name: &str,
        password: SecretString,
        rights: Rights,
        now: Timestamp,
    ) -> Result<Result<Self, Unfit>, Problem> {
        let name = name.trim();
        if !is_name(name) {
            return Ok(Err(Unfit::Name));
        }
        if key(name) == key(BY_TOKEN) {
            return Ok(Err(Unfit::Token));
        }
        if !is_password(&password) {
            return Ok(Err(Unfit::Password));
        }
        let Hashed { salt, hash } = hashed(password).await?;
        Ok(Ok(Self {
            name: name.to_owned(),
            rights,
            made_at: now,
            salt,
            hash,
            second: None,
            enrolling: None,
        }))
    }
}

/// Makes an account.
pub(super) async fn add(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
    password: SecretString,
    rights: Rights,
    now: Timestamp,
) -> Result<Result<(), Unfit>, Problem> {
    let account = match Account::new(name, password, rights, now).await? {
        Ok(account) => account,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let _alone = changing.0.lock().await;
    if of(store, &account.name).await?.is_some() {
        return Ok(Err(Unfit::Taken));
    }
    if all(store).await?.len() >= MOST {
        return Ok(Err(Unfit::TooMany));
    }
    keep(store, &account).await.map(Ok)
}

/// Gives an account another password.
pub(super) async fn set_password(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
    password: SecretString,
) -> Result<Result<(), Unfit>, Problem> {
    if !is_password(&password) {
        return Ok(Err(Unfit::Password));
    }
    let new = hashed(password).await?;
    change(changing, store, name, |account| {
        (account.salt, account.hash) = (new.salt, new.hash);
    })
    .await?;
    Ok(Ok(()))
}

/// Removes an account. The last owner stays: `false` then.
pub(super) async fn remove(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
) -> Result<bool, StoreError> {
    let _alone = changing.0.lock().await;
    if is_last_owner(store, name).await? {
        return Ok(false);
    }
    store
        .shelve(Shelf::Accounts, vec![(key(name), None)])
        .await?;
    Ok(true)
}

/// Why an account keeps the rights that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// The last owner stays one.
    LastOwner,
    /// There is no such account.
    Gone,
}

/// Gives an account other rights.
pub(super) async fn set_rights(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
    rights: Rights,
) -> Result<Result<(), Kept>, Problem> {
    let _alone = changing.0.lock().await;
    if !rights.own_everything() && is_last_owner(store, name).await? {
        return Ok(Err(Kept::LastOwner));
    }
    let Some(account) = of(store, name).await? else {
        return Ok(Err(Kept::Gone));
    };
    keep(store, &Account { rights, ..account }).await.map(Ok)
}

/// Whether nobody would own the installation without this account.
async fn is_last_owner(store: &dyn Store, name: &str) -> Result<bool, StoreError> {
    let mut owners = all(store).await?;
    owners.retain(|one| one.rights.own_everything());
    Ok(matches!(owners.as_slice(), [last] if key(&last.name) == key(name)))
}

/// A password as it is kept.
struct Hashed {
    salt: String,
    hash: String,
}

async fn hashed(password: SecretString) -> Result<Hashed, Problem> {
    let mut salt = [0; SALT_BYTES];
    rand::fill(&mut salt).map_err(|_| Problem::internal("the machine has no randomness"))?;
    let hash = hash(password, salt.to_vec()).await?;
    Ok(Hashed {
        salt: hex::encode(salt),
        hash: hex::encode(hash),
    })
}

async fn keep(store: &dyn Store, account: &Account) -> Result<(), Problem> {
    let value = serde_json::to_vec(account).map_err(Problem::internal)?;
    Ok(store
        .shelve(Shelf::Accounts, vec![(key(&account.name), Some(value))])
        .await?)
}

/// Changes an account, where there is one, and keeps it; returns what the change returns.
async fn change<T>(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
    change: impl FnOnce(&mut Account) -> T,
) -> Result<Option<T>, Problem> {
    let _alone = changing.0.lock().await;
    let Some(mut account) = of(store, name).await? else {
        return Ok(None);
    };
    let changed = change(&mut account);
    keep(store, &account).await?;
    Ok(Some(changed))
}

/// The account with this name and password. Takes as long whether there is such a name or not.
pub(super) async fn check(
    store: &dyn Store,
    name: &str,
    password: SecretString,
) -> Result<Option<Account>, Problem> {
    /// What the password is compared with where there is no account.
    static NOBODY: OnceLock<Vec<u8>> = OnceLock::new();
    if password.expose_secret().len() > MAX_PASSWORD_BYTES {
        return Ok(None);
    }
    let account = of(store, name).await?;
    let salt = account
        .as_ref()
        .and_then(|account| hex::decode(&account.salt).ok())
        .unwrap_or_else(|| NOBODY.get_or_init(|| vec![0; SALT_BYTES]).clone());
    let shown = hash(password, salt).await?;
    Ok(account.filter(|account| same(hex::encode(shown).as_bytes(), account.hash.as_bytes())))
}

async fn hash(password: SecretString, salt: Vec<u8>) -> Result<[u8; HASH_BYTES], Problem> {
    hash_in(&HASHING, password, salt).await
}

/// Hashes on a thread of its own: it is meant to take its time. It keeps its place until it is done,
/// also where nobody waits for it any more.
async fn hash_in(
    places: &'static Semaphore,
    password: SecretString,
    salt: Vec<u8>,
) -> Result<[u8; HASH_BYTES], Problem> {
    let place = places.acquire().await.map_err(Problem::internal)?;
    let hashed = tokio::task::spawn_blocking(move || {
        let _place = place;
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(HASH_BYTES))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut out = [0; HASH_BYTES];
        argon.hash_password_into(password.expose_secret().as_bytes(), &salt, &mut out)?;
        Ok::<_, argon2::Error>(out)
    });
    hashed
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::internal)
}

/// What an account is found by: names that are written alike are one.
pub(super) fn key(name: &str) -> Vec<u8> {
    name.trim().to_lowercase().into_bytes()
}

/// Without `@`, so that in records nobody is taken for whoever came in with an e-mail address.
fn is_name(name: &str) -> bool {
    let fits = |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_');
    (1..=MAX_NAME_CHARS).contains(&name.chars().count()) && name.chars().all(fits)
}

fn is_password(password: &SecretString) -> bool {
    let password = password.expose_secret();
    password.chars().count() >= MIN_PASSWORD_CHARS && password.len() <= MAX_PASSWORD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_right_for_its_own_account_alone() {
        let store = crate::store::open("memory:").await.unwrap();
        let store = store.as_ref();
        let password = || SecretString::from("hest og vogn");
        let everything = Rights::Everywhere(Role::Owner);
        let changing = Changing::default();
        let rights = everything.clone();
        add(&changing, store, "Anne", password(), rights, now())
            .await
            .unwrap()
            .unwrap();
        let right = check(store, "anne", password()).await.unwrap().unwrap();
        assert_eq!((right.name.as_str(), &right.rights), ("Anne", &everything));
        for (name, shown) in [("anne", "hest og vogne"), ("per", "hest og vogn"), ("", "")] {
            assert!(
                check(store, name, shown.into()).await.unwrap().is_none(),
                "{name}"
            );
        }
        let kept = store.shelf(Shelf::Accounts, None, 10).await.unwrap();
        assert!(!String::from_utf8_lossy(&kept[0].value).contains("hest"));
        assert!(
            !remove(&changing, store, "ANNE").await.unwrap(),
            "the last owner stays"
        );
        let less = Rights::Everywhere(Role::Viewer);
        let kept = set_rights(&changing, store, "anne", less.clone());
        assert_eq!(kept.await.unwrap(), Err(Kept::LastOwner));
        let kept = set_rights(&changing, store, "nobody", less);
        assert_eq!(kept.await.unwrap(), Err(Kept::Gone));
    }

    #[tokio::test]
    async fn a_hash_that_nobody_waits_for_keeps_its_place_until_it_is_done() {
        static PLACES: Semaphore = Semaphore::const_new(1);
        let hashing = hash_in(&PLACES, "hest og vogn".into(), vec![0; SALT_BYTES]);
        let waited = tokio::time::timeout(std::time::Duration::ZERO, hashing).await;
        assert!(waited.is_err(), "it takes longer");
        assert_eq!(PLACES.available_permits(), 0);
        drop(PLACES.acquire().await.unwrap());
    }

    #[tokio::test]
    async fn names_and_passwords_have_bounds() {
        let store = crate::store::open("memory:").await.unwrap();
        let add = async |name: &str, password: &str| {
            let (changing, store) = (Changing::default(), store.as_ref());
            let rights = Rights::Everywhere(Role::Viewer);
            add(&changing, store, name, password.into(), rights, now())
                .await
                .unwrap()
        };
        assert_eq!(add("", "long enough it is").await, Err(Unfit::Name));
        assert_eq!(add("<b>", "long enough it is").await, Err(Unfit::Name));
        // Records would not tell them from others.
        let address = add("per@topp.dk", "long enough it is").await;
        assert_eq!(address, Err(Unfit::Name));
        for name in ["token", " Token "] {
            let taken = add(name, "long enough it is").await;
            assert_eq!(taken, Err(Unfit::Token));
        }
        assert_eq!(add("per", "too short").await, Err(Unfit::Password));
        assert_eq!(add("per", "long enough it is").await, Ok(()));
        assert_eq!(add("PER", "long enough it is").await, Err(Unfit::Taken));
    }

    #[tokio::test]
    async fn of_two_who_take_a_name_at_once_one_has_it() {
        let store = crate::store::open("memory:").await.unwrap();
        let (changing, store) = (Changing::default(), store.as_ref());
        let made = async |password: &str, role: Role| {
            let rights = Rights::Everywhere(role);
            add(&changing, store, "per", password.into(), rights, now())
                .await
                .unwrap()
        };
        let (one, other) = tokio::join!(
            made("hest og vogn", Role::Owner),
            made("vogn og hest", Role::Viewer)
        );
        let (password, role) = match (one, other) {
            (Ok(()), Err(Unfit::Taken)) => ("hest og vogn", Role::Owner),
            (Err(Unfit::Taken), Ok(())) => ("vogn og hest", Role::Viewer),
            both => panic!("{both:?}"),
        };
        let kept = check(store, "per", password.into()).await.unwrap();
        assert_eq!(kept.unwrap().rights, Rights::Everywhere(role));
    }
}
