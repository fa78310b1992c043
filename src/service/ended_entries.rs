//! Takes entries off the owner's lists when their time is over: as long after their end as words are
//! kept, since an entry tells what a caller called himself, and until then the owner may extend it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Service;
use crate::call::{ListEntry, ListName};
use crate::store::{ListChange, Store, StoreError};

/// How many entries are looked at together.
const PORTION: usize = 1_000;
/// Between two portions.
const BREATH: Duration = Duration::from_millis(50);
/// Lists may be long: they are looked through no more often.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// When they were looked through.
const SETTING: &str = "retention-entries";

impl Service {
    /// Removes the entries that ended before then, unless that was done within the last day. Says how many.
    pub(super) async fn remove_ended_entries(
        &self,
        store: &dyn Store,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let looked = store.setting(SETTING).await?;
        let looked = looked.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
        let is_lately = |looked: Timestamp| looked <= now && now.duration_since(looked) < EVERY;
        if looked.is_some_and(is_lately) {
            return Ok(0);
        }
        let has_ended = |entry: &ListEntry| entry.expires_at.is_some_and(|end| end < before);
        let mut count = 0;
        for list in ListName::ALL {
            let mut after = None;
            loop {
                let entries = store.entries(list, after, PORTION).await?;
                after = entries.last().map(|last| last.pattern);
                let is_last = entries.len() < PORTION;
                let ended: Vec<ListChange> = entries
                    .into_iter()
                    .filter(has_ended)
                    .map(|entry| ListChange::Remove {
                        list,
                        pattern: entry.pattern,
                        line: entry.line,
                    })
                    .collect();
                if !ended.is_empty() {
                    self.scrub_is_due(store).await?;
                    count += ended.len() as u64;
                    store.change_lists(ended).await?;
                }
                if is_last {
                    break;
                }
                tokio::time::sleep(BREATH).await;
            }
        }
        let looked = now.to_string().into_bytes();
        store.put_setting(SETTING, looked).await?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::NumberPattern;
    use crate::service::sample;
    use crate::store::sample::{dawn, entry};

    #[tokio::test]
    async fn an_entry_that_ended_is_removed_when_words_of_then_are() {
        let store = crate::store::open("memory:").await.unwrap();
        let now = dawn() + SignedDuration::from_hours(24 * 365);
        let service = sample::service(Arc::clone(&store), now).await;
        let ends = [Some(40), Some(5), None];
        let numbers = ["+4571234561", "+4571234562", "+4571234563"];
        for (ended, number) in ends.into_iter().zip(numbers) {
            let end = |days: i64| now - SignedDuration::from_hours(24 * days);
            let entry = ListEntry {
                expires_at: ended.map(end),
                ..entry(ListName::Block, number)
            };
            store
                .change_lists(vec![ListChange::Put(entry)])
                .await
                .unwrap();
        }
        assert_eq!(service.tidy().await.unwrap().entries, 1);
        assert_eq!(service.tidy().await.unwrap().entries, 0);
        let left = store.entries(ListName::Block, None, 9).await.unwrap();
        let left: Vec<NumberPattern> = left.iter().map(|entry| entry.pattern).collect();
        let stay = numbers[1..]
            .iter()
            .map(|number| NumberPattern::parse(number).unwrap());
        assert_eq!(left, stay.collect::<Vec<_>>());
    }
}
