//! The owner's lists in memory: what a number falls under, in a few look-ups.

use std::collections::HashMap;

use crate::call::{E164, LineId, ListEntry, ListName, NumberPattern};

use super::ListChange;

/// What tells one list entry from another.
pub(super) type EntryName = (ListName, NumberPattern, Option<LineId>);

impl ListChange {
    /// The entry that is changed.
    pub(super) fn name(&self) -> EntryName {
        match self {
            Self::Put(entry) => (entry.list, entry.pattern, entry.line.clone()),
            Self::Remove {
                list,
                pattern,
                line,
            } => (*list, *pattern, line.clone()),
        }
    }
}

/// Every list entry, found by the digits of its pattern.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Numbers and beginnings of numbers, by their digits and whether they are a whole number.
    by_digits: HashMap<(u64, bool), Vec<ListEntry>>,
    /// How many patterns that are beginnings there are of each length, so that lengths nobody
    /// uses cost nothing.
    prefixes: [u32; 16],
    len: u64,
}

impl Entries {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn contains(&self, (list, pattern, line): &EntryName) -> bool {
        self.by_digits
            .get(&(pattern.digits(), pattern.is_exact()))
            .is_some_and(|entries| {
                entries
                    .iter()
                    .any(|entry| entry.list == *list && entry.line == *line)
            })
    }

    /// How many entries there would be after these changes.
    pub(super) fn len_after<'a>(&self, changes: impl Iterator<Item = &'a ListChange>) -> u64 {
        let mut changed = HashMap::new();
        let mut len = self.len;
        for change in changes {
            let name = change.name();
            let is = matches!(change, ListChange::Put(_));
            let was = match changed.get(&name) {
                Some(was) => *was,
                None => self.contains(&name),
            };
            match (was, is) {
                (false, true) => len += 1,
                (true, false) => len -= 1,
                _ => {}
            }
            changed.insert(name, is);
        }
        len
    }

    pub(super) fn apply(&mut self, change: ListChange) {
        let (list, pattern, line) = change.name();
        let key = (pattern.digits(), pattern.is_exact());
        let same = |entry: &ListEntry| entry.list == list && entry.line == line;
        match change {
            ListChange::Put(entry) => {
                let entries = self.by_digits.entry(key).or_default();
                if let Some(old) = entries.iter_mut().find(|entry| same(entry)) {
                    *old = entry;
                } else {
                    // Nearly every pattern has one entry; let it cost no more than one.
                    entries.reserve_exact(1);
                    entries.push(entry);
                    self.count(pattern, true);
                }
            }
            ListChange::Remove { .. } => {
                let Some(entries) = self.by_digits.get_mut(&key) else {
                    return;
                };
                let before = entries.len();
                entries.retain(|entry| !same(entry));
                let removed = entries.len() < before;
                if entries.is_empty() {
                    self.by_digits.remove(&key);
                }
                if removed {
                    self.count(pattern, false);
                }
            }
        }
    }

    fn count(&mut self, pattern: NumberPattern, more: bool) {
        self.len = if more { self.len + 1 } else { self.len - 1 };
        if !pattern.is_exact()
            && let Some(count) = self.prefixes.get_mut(pattern.length() as usize)
        {
            *count = if more { *count + 1 } else { *count - 1 };
        }
    }

    /// Every entry whose pattern the number falls under, the most particular pattern first.
    pub(super) fn matching(&self, number: E164) -> Vec<ListEntry> {
        let mut found = Vec::new();
        if let Some(entries) = self.by_digits.get(&(number.as_u64(), true)) {
            found.extend_from_slice(entries);
        }
        let mut rest = number.as_u64();
        let mut length = rest.checked_ilog10().map_or(1, |log| log as usize + 1);
        while length > 0 {
            if self.prefixes.get(length).is_some_and(|count| *count > 0)
                && let Some(entries) = self.by_digits.get(&(rest, false))
            {
                found.extend_from_slice(entries);
            }
            rest /= 10;
            length -= 1;
        }
        found
    }

    /// Entries of a list in the order of their patterns and lines; see
    /// [`super::Store::entries`].
    pub(super) fn page(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Vec<ListEntry> {
        let mut found: Vec<&ListEntry> = self
            .by_digits
            .values()
            .flatten()
            .filter(|entry| entry.list == list && after.is_none_or(|after| entry.pattern > after))
            .collect();
        found.sort_unstable_by_key(|entry| (entry.pattern, &entry.line));
        let torn = |at: usize| at > 0 && found[at].pattern == found[at - 1].pattern;
        let mut end = limit.min(found.len());
        while end > 0 && end < found.len() && torn(end) {
            end += 1;
        }
        found.truncate(end);
        found.into_iter().cloned().collect()
    }
}
