//! Codes that change every half minute (TOTP, RFC 6238), shown beside the password by whoever has
//! set them up: six digits, SHA-1, steps of 30 seconds, one step early or late. Each holds once.
//! Recovery codes stand in for them when the telephone is lost; each holds once too.

use aws_lc_rs::rand;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};

use super::{Account, Changing, change};
use crate::store::Store;
use crate::web::auth::sha256;
use crate::web::error::Problem;

/// What the app on the telephone calls the installation.
const ISSUER: &str = "Portner";
/// How many recovery codes are made.
const RECOVERY_CODES: usize = 10;
/// The random bytes of a recovery code: 80 bits, so that a plain hash keeps it.
const RECOVERY_BYTES: usize = 10;

/// A secret that codes are made from, as apps take it: in base 32.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::web) struct Secret(String);

/// The codes that an account shows beside its password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::web) struct Second {
    secret: Secret,
    /// The newest step whose code was used; no code of it or before it holds.
    used: u64,
    /// SHA-256 of the recovery codes that were not used yet, in hex.
    recovery: Vec<String>,
}

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Shown {
    /// The code of the moment.
    Code,
    /// A recovery code; so many are left.
    Recovery(usize),
    /// No code that holds, or one that was used already.
    Wrong,
}

/// Recovery codes, to be shown this once.
pub(in crate::web) struct RecoveryCodes(pub(in crate::web) Vec<String>);

impl Secret {
    fn new() -> Result<Self, Problem> {
        let mut bytes = [0; 20];
        fill(&mut bytes)?;
        Ok(Self(totp_rs::Secret::from(bytes).to_base32()))
    }

    /// As it is typed into an app by hand, in groups of four.
    pub(in crate::web) fn grouped(&self) -> String {
        grouped(&self.0, " ")
    }

    /// The address that apps read from a picture.
    pub(in crate::web) fn address(&self, account: &str) -> Result<String, Problem> {
        let totp = self.builder()?.with_account_name(account);
        let totp = totp.with_issuer(Some(ISSUER)).build();
        let address = totp.and_then(|totp| totp.to_url());
        address.map_err(Problem::internal)
    }

    fn builder(&self) -> Result<Builder, Problem> {
        let secret = totp_rs::Secret::try_from_base32(&self.0).map_err(Problem::internal)?;
        Ok(Builder::new().with_secret(secret))
    }

    /// The step that this is the code of, around now.
    fn step(&self, code: &str, now: Timestamp) -> Result<Option<u64>, Problem> {
        let totp: Totp = self.builder()?.build().map_err(Problem::internal)?;
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        Ok(totp.check(&plain(code), seconds))
    }
}

impl Second {
    /// Looks at a code and uses it up.
    fn take(&mut self, code: &str, now: Timestamp) -> Result<Shown, Problem> {
        if let Some(step) = self.secret.step(code, now)? {
            if step <= self.used {
                return Ok(Shown::Wrong);
            }
            self.used = step;
            return Ok(Shown::Code);
        }
        let hash = hashed(code);
        let before = self.recovery.len();
        self.recovery.retain(|own| *own != hash);
        Ok(if self.recovery.len() < before {
            Shown::Recovery(self.recovery.len())
        } else {
            Shown::Wrong
        })
    }
}

impl Account {
    /// Whether it shows a code beside its password.
    pub(in crate::web) fn has_codes(&self) -> bool {
        self.second.is_some()
    }

    /// How many recovery codes are left.
    pub(in crate::web) fn recovery_codes(&self) -> usize {
        self.second
            .as_ref()
            .map_or(0, |second| second.recovery.len())
    }

    /// The secret that is to be confirmed.
    pub(in crate::web) fn enrolling(&self) -> Option<&Secret> {
        self.enrolling.as_ref()
    }
}

/// Makes a secret that is to be confirmed by a code, unless the account has codes already.
pub(in crate::web) async fn begin(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
) -> Result<(), Problem> {
    let secret = Secret::new()?;
    change(changing, store, name, |account| {
        if !account.has_codes() {
            account.enrolling = Some(secret);
        }
    })
    .await?;
    Ok(())
}

/// Confirms the secret by a code of it: from now on the account shows codes. `None` when the code
/// is wrong.
pub(in crate::web) async fn confirm(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
    code: &str,
    now: Timestamp,
) -> Result<Option<RecoveryCodes>, Problem> {
    let (codes, recovery) = recovery_codes()?;
    let confirmed = change(changing, store, name, |account| {
        let Some(secret) = account.enrolling.clone() else {
            return Ok(None);
        };
        let Some(used) = secret.step(code, now)? else {
            return Ok(None);
        };
        account.enrolling = None;
        account.second = Some(Second {
            secret,
            used,
            recovery,
        });
        Ok(Some(codes))
    });
    confirmed.await?.unwrap_or(Ok(None))
}

/// Looks at a code of an account and uses it up.
pub(in crate::web) async fn take(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
    code: &str,
    now: Timestamp,
) -> Result<Shown, Problem> {
    let taken = change(changing, store, name, |account| match &mut account.second {
        Some(second) => second.take(code, now),
        None => Ok(Shown::Wrong),
    });
    taken.await?.unwrap_or(Ok(Shown::Wrong))
}

/// The account shows no code any more.
pub(in crate::web) async fn switch_off(
    changing: &Changing,
    store: &dyn Store,
    name: &str,
) -> Result<(), Problem> {
    change(changing, store, name, |account| {
        account.second = None;
        account.enrolling = None;
    })
    .await?;
    Ok(())
}

/// New recovery codes, and what is kept of them.
fn recovery_codes() -> Result<(RecoveryCodes, Vec<String>), Problem> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0; RECOVERY_BYTES];
        fill(&mut bytes)?;
        let code = totp_rs::Secret::new(Box::new(bytes)).to_base32();
        codes.push(grouped(&code.to_lowercase(), "-"));
    }
    let kept = codes.iter().map(|code| hashed(code)).collect();
    Ok((RecoveryCodes(codes), kept))
}

fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    rand::fill(bytes).map_err(|_| Problem::internal("the machine has no randomness"))
}

/// A code without what people put between its signs.
fn plain(code: &str) -> String {
    let signs = code.chars().filter(|sign| sign.is_ascii_alphanumeric());
    signs.collect::<String>().to_lowercase()
}

fn hashed(code: &str) -> String {
    hex::encode(sha256(&plain(code)))
}

fn grouped(text: &str, between: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let groups = signs.chunks(4).map(|four| four.iter().collect());
    groups.collect::<Vec<String>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn second() -> Second {
        let secret = totp_rs::Secret::new(Box::from(*b"12345678901234567890"));
        Second {
            secret: Secret(secret.to_base32()),
            used: 0,
            recovery: vec![hashed("abcd-efgh-ijkl-mnop")],
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // The last six of the eight digits that the appendix gives.
        for (second_of_time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(
                second().take(code, at(second_of_time)).unwrap(),
                Shown::Code
            );
            let late = second().take(code, at(second_of_time + 30));
            assert_eq!(late.unwrap(), Shown::Code, "{code} one step late");
            let too_late = second().take(code, at(second_of_time + 90));
            assert_eq!(too_late.unwrap(), Shown::Wrong, "{code} three steps late");
        }
    }

    #[test]
    fn a_code_holds_once_and_none_before_it_holds_after_it() {
        let mut second = second();
        let (now, before) = (at(1_111_111_111), at(1_111_111_109));
        let earlier = second.secret.builder().unwrap().build().unwrap();
        let earlier = earlier.generate(1_111_111_109).to_string();
        assert_eq!(second.take("050471", now).unwrap(), Shown::Code);
        assert_eq!(second.take("050471", now).unwrap(), Shown::Wrong);
        assert_eq!(second.take(&earlier, now).unwrap(), Shown::Wrong);
        assert_eq!(second.take(&earlier, before).unwrap(), Shown::Wrong);
    }

    #[test]
    fn a_recovery_code_holds_once_however_it_is_typed() {
        let mut second = second();
        let now = at(1_111_111_111);
        assert_eq!(second.take("", now).unwrap(), Shown::Wrong);
        assert_eq!(second.take("abcd", now).unwrap(), Shown::Wrong);
        let typed = " ABCD efgh-ijkl mnop";
        assert_eq!(second.take(typed, now).unwrap(), Shown::Recovery(0));
        assert_eq!(second.take(typed, now).unwrap(), Shown::Wrong);
    }

    #[test]
    fn recovery_codes_are_kept_as_hashes() {
        let (RecoveryCodes(codes), kept) = recovery_codes().unwrap();
        assert_eq!((codes.len(), codes[0].len()), (RECOVERY_CODES, 19));
        assert!(codes.iter().all(|code| kept.contains(&hashed(code))));
        assert!(!kept.contains(&codes[0]));
    }
}
