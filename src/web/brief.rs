//! What is kept for a while and is gone with the process: logins whose password was right and whose
//! code is still to come, and what a page offers to do next. Each has a name that no one guesses, so
//! that only whoever was given it comes back with it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::auth::{random, sha256};
use super::error::Problem;

/// How many there may be; the one that ends first makes room.
const MOST: usize = 1_000;

/// Things of one kind that are kept for a while.
pub(super) struct Brief<T> {
    life: SignedDuration,
    kept: Mutex<HashMap<Vec<u8>, (T, Timestamp)>>,
}

impl<T: Clone> Brief<T> {
    /// Nothing yet; each is kept so long.
    pub(super) fn new(life: SignedDuration) -> Self {
        Self {
            life,
            kept: Mutex::default(),
        }
    }

    /// Keeps something, and returns the name that it is found by.
    pub(super) fn keep(&self, thing: T, now: Timestamp) -> Result<String, Problem> {
        let name = hex::encode(random()?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, until)| *until > now);
        if kept.len() >= MOST
            && let Some(first) = kept.iter().min_by_key(|(_, (_, until))| *until)
        {
            let first = first.0.clone();
            kept.remove(&first);
        }
        let until = now.saturating_add(self.life).unwrap_or(now);
        kept.insert(sha256(&name).as_ref().to_vec(), (thing, until));
        Ok(name)
    }

    /// What has this name, while it is kept.
    pub(super) fn find(&self, name: &str, now: Timestamp) -> Option<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (thing, until) = kept.get(sha256(name).as_ref())?;
        (*until > now).then(|| thing.clone())
    }

    /// It is done.
    pub(super) fn end(&self, name: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(sha256(name).as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_for_a_while_and_under_its_own_name() {
        let life = SignedDuration::from_mins(5);
        let brief = Brief::new(life);
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let name = brief.keep("anne", now).unwrap();
        assert_eq!(brief.find(&name, now), Some("anne"));
        assert_eq!(brief.find("", now), None);
        assert_eq!(brief.find(&name, now.saturating_add(life).unwrap()), None);
        brief.end(&name);
        assert_eq!(brief.find(&name, now), None);
    }
}
