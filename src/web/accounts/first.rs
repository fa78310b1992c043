//! The first account: made by whoever has a link that works once, and only while there is no account.

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Account, Changing, Rights, Role, Unfit, all, keep};
use crate::store::{Store, StoreError};
use crate::web::auth::{random, same, sha256};
use crate::web::error::Problem;

/// Where the store keeps the hash of the link.
const SETTING: &str = "first-link";

/// Makes the link that makes the first account, as long as there is none. A link that was made
/// before is worth nothing from then on. Returns the last part of its address.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn first_link(store: &dyn Store) -> Result<Option<SecretString>, StoreError> {
    if !all(store).await?.is_empty() {
        return Ok(None);
    }
    let secret = hex::encode(random()?);
    let kept = sha256(&secret).as_ref().to_vec();
    store.put_setting(SETTING, kept).await?;
    Ok(Some(secret.into()))
}

/// Whether this is the link that makes the first account, and there still is none.
pub(in crate::web) async fn is_first_link(
    store: &dyn Store,
    shown: &str,
) -> Result<bool, StoreError> {
    let kept = store.setting(SETTING).await?.unwrap_or_default();
    let holds = !kept.is_empty() && same(&kept, sha256(shown).as_ref());
    Ok(holds && all(store).await?.is_empty())
}

/// Makes the first account, which may do everything, for whoever shows the link; it is used up then.
/// `None` when it does not hold: two who have it make one account.
pub(in crate::web) async fn add_first(
    changing: &Changing,
    store: &dyn Store,
    link: &str,
    name: &str,
    password: SecretString,
    now: Timestamp,
) -> Result<Option<Result<(), Unfit>>, Problem> {
    // Hashing is for nobody who has no link.
    if !is_first_link(store, link).await? {
        return Ok(None);
    }
    let rights = Rights::Everywhere(Role::Owner);
    let account = match Account::new(name, password, rights, now).await? {
        Ok(account) => account,
        Err(unfit) => return Ok(Some(Err(unfit))),
    };
    let _alone = changing.0.lock().await;
    if !is_first_link(store, link).await? {
        return Ok(None);
    }
    keep(store, &account).await?;
    store.put_setting(SETTING, Vec::new()).await?;
    Ok(Some(Ok(())))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap()
    }

    #[tokio::test]
    async fn the_first_link_holds_until_there_is_an_account() {
        let store = crate::store::open("memory:").await.unwrap();
        let store = store.as_ref();
        assert!(!is_first_link(store, "").await.unwrap());
        let old = first_link(store).await.unwrap().unwrap();
        let link = first_link(store).await.unwrap().unwrap();
        assert!(!is_first_link(store, old.expose_secret()).await.unwrap());
        assert!(is_first_link(store, link.expose_secret()).await.unwrap());
        let changing = Changing::default();
        let first = async |shown: &str, name: &str, password: &str| {
            let password = password.into();
            add_first(&changing, store, shown, name, password, now())
                .await
                .unwrap()
        };
        assert_eq!(first("", "eve", "hest og vogn").await, None);
        let shown = link.expose_secret();
        let short = first(shown, "anne", "hest").await;
        assert_eq!(short, Some(Err(Unfit::Password)));
        // Two who have it make one account.
        let (one, other) = tokio::join!(
            first(shown, "anne", "hest og vogn"),
            first(shown, "per", "vogn og hest")
        );
        assert!(
            [(Some(Ok(())), None), (None, Some(Ok(())))].contains(&(one, other)),
            "{one:?}, {other:?}"
        );
        assert_eq!(all(store).await.unwrap().len(), 1);
        assert!(!is_first_link(store, link.expose_secret()).await.unwrap());
        assert!(first_link(store).await.unwrap().is_none());
    }
}
