//! How often each rule hit: counted as calls are decided, rules on trial included.
//!
//! The counts are written a few seconds later. A crash may lose those seconds; the log has every
//! call, and this is a help for tidying rules, not a ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Reason};
use crate::screening::evidence::OPINION;
use crate::store::{Shelf, Store, StoreError};

/// The most rules that are counted: far more than a pack may have.
const MOST_RULES: usize = 50_000;
/// How many counts are read or written at once.
const PORTION: usize = 500;

/// How often a rule hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHits {
    /// Calls of real callers in which it hit.
    #[serde(default)]
    pub calls: u64,
    /// Calls that were played to try things out in which it hit.
    #[serde(default)]
    pub played: u64,
    /// When it hit last.
    #[serde(default)]
    pub last_at: Option<Timestamp>,
}

/// The counts of every rule that ever hit.
#[derive(Debug, Default)]
pub struct Hits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What is kept, once it was read, and what was counted since.
    counts: BTreeMap<String, RuleHits>,
    loaded: bool,
    changed: BTreeSet<String>,
}

impl Hits {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counts by the ids of rules.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, RuleHits> {
        self.state().counts.clone()
    }

    /// Counts the rules that hit in a call that has just been decided.
    pub(super) fn count(&self, before: &Call, now: &Call) {
        if before.verdict.is_some() || now.verdict.is_none() {
            return;
        }
        let mut state = self.state();
        let mut seen: Vec<&str> = Vec::new();
        // What lists and campaigns say has no tactic, and the second opinion is no rule.
        let is_rule = |one: &&Reason| !one.tactic.is_empty() && one.rule != OPINION;
        for reason in now.reasons.iter().filter(is_rule) {
            if seen.contains(&reason.rule.as_str()) {
                continue;
            }
            seen.push(&reason.rule);
            if state.counts.len() >= MOST_RULES && !state.counts.contains_key(&reason.rule) {
                continue;
            }
            let hits = state.counts.entry(reason.rule.clone()).or_default();
            if now.simulated {
                hits.played += 1;
            } else {
                hits.calls += 1;
            }
            hits.last_at = hits.last_at.max(Some(now.started_at));
            state.changed.insert(reason.rule.clone());
        }
    }

    /// Reads the counts that are kept, unless that was done.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub async fn load(&self, store: &dyn Store) -> Result<(), StoreError> {
        if self.state().loaded {
            return Ok(());
        }
        let mut kept: BTreeMap<String, RuleHits> = BTreeMap::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store
                .shelf(Shelf::RuleHits, after.as_deref(), PORTION)
                .await?;
            for one in &page {
                let rule = String::from_utf8_lossy(&one.name).into_owned();
                match serde_json::from_slice(&one.value) {
                    Ok(hits) => drop(kept.insert(rule, hits)),
                    Err(error) => tracing::warn!(%error, rule, "a count cannot be read"),
                }
            }
            match page.last() {
                Some(last) if page.len() == PORTION => after = Some(last.name.clone()),
                _ => break,
            }
        }
        let mut state = self.state();
        if !state.loaded {
            for (rule, old) in kept {
                let hits = state.counts.entry(rule).or_default();
                hits.calls += old.calls;
                hits.played += old.played;
                hits.last_at = hits.last_at.max(old.last_at);
            }
            state.loaded = true;
        }
        Ok(())
    }

    /// Writes what changed. What cannot be written is tried again the next time.
    pub(super) async fn save(&self, store: &dyn Store) {
        loop {
            let (rules, changes) = {
                let mut state = self.state();
                if !state.loaded || state.changed.is_empty() {
                    return;
                }
                let mut rules = Vec::new();
                let mut changes = Vec::new();
                while rules.len() < PORTION
                    && let Some(rule) = state.changed.pop_first()
                {
                    let value = state.counts.get(&rule).map(serde_json::to_vec);
                    if let Some(Ok(value)) = value {
                        changes.push((rule.clone().into_bytes(), Some(value)));
                    }
                    rules.push(rule);
                }
                (rules, changes)
            };
            if let Err(error) = store.shelve(Shelf::RuleHits, changes).await {
                tracing::warn!(%error, "the counts of rules could not be kept");
                self.state().changed.extend(rules);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{EvidenceKind, Treatment};
    use crate::store::sample::{call, heard, judged};

    #[test]
    fn rules_are_counted_and_the_second_opinion_is_none() {
        let hits = Hits::default();
        let before = heard(call(1), "taler jeg med den it ansvarlige");
        let mut now = judged(before.clone(), Treatment::Reject);
        now.reasons.push(Reason {
            tactic: OPINION.to_owned(),
            ..Reason::new(OPINION, EvidenceKind::Sell)
        });
        hits.count(&before, &now);
        let all = hits.all();
        let counted: Vec<&String> = all.keys().collect();
        assert_eq!(counted, ["da-ask-role-it"]);
    }
}
