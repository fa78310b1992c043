//! Logins whose password was right and whose code is still to come. Each has a name that no one
//! guesses, holds for a few minutes, and is gone with the process: then one begins anew.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::auth::{random, sha256};
use super::error::Problem;

/// How long there is for the code.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// How many there may be; the one that ends first makes room.
const MOST: usize = 1_000;

/// The logins that are half done.
#[derive(Default)]
pub(super) struct Halfway(Mutex<HashMap<Vec<u8>, (String, Timestamp)>>);

impl Halfway {
    /// Begins one for an account; its name goes into the form that asks for the code.
    pub(super) fn begin(&self, account: String, now: Timestamp) -> Result<String, Problem> {
        let name = hex::encode(random()?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, until)| *until > now);
        if known.len() >= MOST
            && let Some(first) = known.iter().min_by_key(|(_, (_, until))| *until)
        {
            let first = first.0.clone();
            known.remove(&first);
        }
        let until = now.saturating_add(LIFE).unwrap_or(now);
        known.insert(sha256(&name).as_ref().to_vec(), (account, until));
        Ok(name)
    }

    /// Whose it is, while it holds.
    pub(super) fn whose(&self, name: &str, now: Timestamp) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, until) = known.get(sha256(name).as_ref())?;
        (*until > now).then(|| account.clone())
    }

    /// It is done.
    pub(super) fn end(&self, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(sha256(name).as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_for_a_few_minutes_and_under_its_own_name() {
        let halfway = Halfway::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let name = halfway.begin("anne".to_owned(), now).unwrap();
        assert_eq!(halfway.whose(&name, now).as_deref(), Some("anne"));
        assert_eq!(halfway.whose("", now), None);
        assert_eq!(
            halfway.whose(&name, now.saturating_add(LIFE).unwrap()),
            None
        );
        halfway.end(&name);
        assert_eq!(halfway.whose(&name, now), None);
    }
}
