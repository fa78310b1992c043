//! The owner's lists in memory: what a number falls under, in a few look-ups.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

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
    /// The patterns of each list in their order, so that a page looks at no more than it shows.
    in_order: BTreeMap<ListName, BTreeSet<NumberPattern>>,
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
                    self.in_order.entry(list).or_default().insert(pattern);
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
                let is_listed = entries.iter().any(|entry| entry.list == list);
                if entries.is_empty() {
                    self.by_digits.remove(&key);
                }
                if !is_listed && let Some(patterns) = self.in_order.get_mut(&list) {
                    patterns.remove(&pattern);
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
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let patterns = self.in_order.get(&list).into_iter();
        let mut found = Vec::new();
        for pattern in patterns.flat_map(|patterns| patterns.range((after, Bound::Unbounded))) {
            if found.len() >= limit {
                break;
            }
            let begin = found.len();
            let entries = self.by_digits.get(&(pattern.digits(), pattern.is_exact()));
            let of_list = entries.into_iter().flatten();
            found.extend(of_list.filter(|entry| entry.list == list).cloned());
            found[begin..].sort_unstable_by(|one, other| one.line.cmp(&other.line));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::sample;

    fn any_change() -> impl Strategy<Value = ListChange> {
        let pattern = prop_oneof!["\\+4520304[0-2]", "\\+45203040\\*", "\\+45203041\\*"];
        let line = prop_oneof![Just(None), "[ab]".prop_map(|line| Some(LineId(line)))];
        (pattern, 0..3_usize, line, any::<bool>()).prop_map(|(pattern, list, line, put)| {
            let entry = ListEntry {
                line,
                ..sample::entry(ListName::ALL[list], &pattern)
            };
            if put {
                ListChange::Put(entry)
            } else {
                ListChange::Remove {
                    list: entry.list,
                    pattern: entry.pattern,
                    line: entry.line,
                }
            }
        })
    }

    proptest! {
        #[test]
        fn pages_hold_what_was_put_and_not_removed(
            changes in proptest::collection::vec(any_change(), 1..60),
            limit in 1..5_usize,
        ) {
            let mut entries = Entries::default();
            let mut expected = BTreeMap::new();
            for change in changes {
                let (list, pattern, line) = change.name();
                match &change {
                    ListChange::Put(entry) => {
                        expected.insert((list, pattern, line), entry.clone());
                    }
                    ListChange::Remove { .. } => {
                        expected.remove(&(list, pattern, line));
                    }
                }
                entries.apply(change);
            }
            let (mut found, mut listed) = (Vec::new(), 0);
            for list in ListName::ALL {
                let mut after = None;
                loop {
                    let page = entries.page(list, after, limit);
                    after = page.last().map(|entry| entry.pattern);
                    let is_last = page.len() < limit;
                    found.extend(page);
                    if is_last {
                        break;
                    }
                }
                listed += entries.in_order.get(&list).map_or(0, BTreeSet::len);
            }
            let patterns: BTreeSet<_> =
                expected.keys().map(|(list, pattern, _)| (list, pattern)).collect();
            prop_assert_eq!(listed, patterns.len());
            prop_assert_eq!(found, expected.into_values().collect::<Vec<_>>());
        }
    }
}
