//! Counts refused webhooks by where they come from, so that a storm of forged ones fills neither the
//! log nor our time. It never decides what is refused: every request is verified first, so the
//! provider cannot be locked out, not even from behind the address that a storm comes from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The window that refusals are counted in.
const WINDOW: Duration = Duration::from_secs(60);
/// How many a source may have in it before it is told less and hung up on.
const MOST: u32 = 20;
/// How many sources are told apart; when there are more, all are forgotten.
const MOST_SOURCES: usize = 4_096;

/// What is to be done about a refusal beside refusing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noise {
    /// It is worth a line in the log.
    Worth,
    /// The last one that is worth a line, which says that no more come.
    Last,
    /// One of too many: the connection is closed.
    TooMany,
}

/// Refusals by source.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<Option<IpAddr>, (Instant, u32)>>);

impl Refusals {
    /// Counts one.
    pub(super) fn count(&self, source: Option<IpAddr>, now: Instant) -> Noise {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MOST_SOURCES && !sources.contains_key(&source) {
            sources.clear();
        }
        let (began, count) = sources.entry(source).or_insert((now, 0));
        if now.duration_since(*began) >= WINDOW {
            (*began, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        match *count {
            count if count < MOST => Noise::Worth,
            MOST => Noise::Last,
            _ => Noise::TooMany,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_its_own_bound_for_a_minute() {
        let refusals = Refusals::default();
        let began = Instant::now();
        let (one, other) = (Some([10, 0, 0, 1].into()), Some([10, 0, 0, 2].into()));
        for _ in 1..MOST {
            assert_eq!(refusals.count(one, began), Noise::Worth);
        }
        assert_eq!(refusals.count(one, began), Noise::Last);
        assert_eq!(refusals.count(one, began), Noise::TooMany);
        assert_eq!(refusals.count(other, began), Noise::Worth);
        assert_eq!(refusals.count(one, began + WINDOW), Noise::Worth);
    }

    #[test]
    fn sources_without_end_fill_no_memory() {
        let refusals = Refusals::default();
        let now = Instant::now();
        for source in 0..20_000_u32 {
            refusals.count(Some(source.to_be_bytes().into()), now);
        }
        assert!(refusals.0.lock().unwrap().len() <= MOST_SOURCES);
    }
}
