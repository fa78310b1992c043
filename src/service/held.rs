//! Everything that is held on a telephone number, wherever it stands: the one list of places that
//! giving it out ([`Service::held`]) and erasing it ([`Service::erase`]) both go by.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Service;
use super::outbox::{MOST_JOBS, NEVER};
use crate::call::{Call, CallId, E164, Effect, ListEntry, Mark};
use crate::screening::campaign::{Campaign, Gone, Sighting};
use crate::store::{CallFilter, Job, Shelf, Shelved, Store, StoreError, marks};

/// How many things are read at once.
const PORTION: usize = 200;
/// The most calls of a number that are gathered at once.
const MOST_CALLS: usize = 10_000;

/// Everything that is held on a number.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    /// The number.
    pub number: String,
    /// Its calls, newest first, with all that was said.
    pub calls: Vec<HeldCall>,
    /// The entries of the owner's lists that it falls under: its own, and beginnings of numbers.
    pub entries: Vec<ListEntry>,
    /// What is still to be told outside of it.
    pub outbox: Vec<HeldJob>,
    /// Calls of it that are remembered with others that open alike.
    pub campaigns: Vec<HeldSighting>,
    /// What was done at the desk to this number, as it was written down.
    pub deeds: Vec<String>,
}

/// A call of the number.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldCall {
    /// The call, whole.
    pub call: Call,
    /// What the owner thinks of it.
    pub mark: Option<Mark>,
    /// Whether a message was left in it that nobody has heard yet.
    pub unheard: bool,
}

/// Something that is still to be told outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldJob {
    /// Its own name.
    pub id: Uuid,
    /// What is told; nothing, where only something is done.
    pub body: String,
}

/// A call that is remembered with others.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldSighting {
    /// The campaign.
    pub campaign: CallId,
    /// The call.
    pub sighting: Sighting,
}

/// What of a caller may stand on a shelf. Whoever adds a shelf says it here.
pub(super) enum OfCallers {
    /// A thing for a call, under its name.
    ByCall,
    /// Groups of calls that open alike, in memory as well.
    Campaigns,
    /// Texts in which a number may be named.
    Texts,
    /// Nothing.
    Nothing,
}

pub(super) fn of_callers(shelf: Shelf) -> OfCallers {
    match shelf {
        Shelf::Marks | Shelf::Unheard => OfCallers::ByCall,
        Shelf::Campaigns => OfCallers::Campaigns,
        Shelf::Audit => OfCallers::Texts,
        Shelf::RuleHits | Shelf::Accounts | Shelf::Sessions => OfCallers::Nothing,
    }
}

impl Held {
    /// The names of its calls.
    pub(super) fn call_ids(&self) -> HashSet<CallId> {
        self.calls.iter().map(|held| held.call.id).collect()
    }

    /// The entries that are about this number alone.
    pub(super) fn own_entries(&self) -> impl Iterator<Item = &ListEntry> {
        self.entries.iter().filter(|entry| entry.pattern.is_exact())
    }

    /// Whether nothing is held that would be erased.
    pub(super) fn is_nothing(&self) -> bool {
        self.calls.is_empty()
            && self.own_entries().next().is_none()
            && self.outbox.is_empty()
            && self.campaigns.is_empty()
            && self.deeds.is_empty()
    }
}

impl Service {
    /// Everything that is held on a number; of more than ten thousand calls the newest.
    ///
    /// # Errors
    /// [`StoreError`], when something cannot be read.
    pub async fn held(&self, number: E164) -> Result<Held, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let store = store.as_ref();
        let mut held = Held {
            number: number.full(),
            calls: self.calls_of(store, number).await?,
            entries: store.entries_matching(number).await?,
            outbox: Vec::new(),
            campaigns: Vec::new(),
            deeds: Vec::new(),
        };
        let calls = held.call_ids();
        let jobs = store.jobs_due(NEVER, MOST_JOBS).await?;
        // That a message is to be removed is no news of the caller, and must be done all the same.
        let is_of = |job: &Job| {
            !matches!(job.effect, Effect::DeleteRecording { .. })
                && (calls.contains(&job.call) || names(&told(&job.effect), number))
        };
        for job in jobs.into_iter().filter(is_of) {
            held.outbox.push(HeldJob {
                id: job.id,
                body: told(&job.effect),
            });
        }
        for shelf in Shelf::ALL {
            match of_callers(shelf) {
                // Found with its call.
                OfCallers::ByCall | OfCallers::Nothing => {}
                OfCallers::Campaigns => {
                    self.campaigns.load(store).await?;
                    held.campaigns = sightings_of(&self.campaigns.all(), &calls, number);
                }
                OfCallers::Texts => {
                    for one in naming(store, shelf, number).await? {
                        held.deeds
                            .push(String::from_utf8_lossy(&one.value).into_owned());
                    }
                }
            }
        }
        Ok(held)
    }

    async fn calls_of(&self, store: &dyn Store, number: E164) -> Result<Vec<HeldCall>, StoreError> {
        self.unheard.load(store).await?;
        let filter = CallFilter {
            caller: Some(number),
            simulated: true,
            ..CallFilter::default()
        };
        let mut calls = Vec::new();
        let mut before: Option<CallId> = None;
        while calls.len() < MOST_CALLS {
            let page = store.calls(&filter, before, PORTION).await?;
            for call in page.calls {
                let mark = marks::of(store, call.id).await?;
                let unheard = self.unheard.holds(call.id);
                calls.push(HeldCall {
                    call,
                    mark,
                    unheard,
                });
            }
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        Ok(calls)
    }
}

fn sightings_of(
    campaigns: &[Campaign],
    calls: &HashSet<CallId>,
    number: E164,
) -> Vec<HeldSighting> {
    let number = number.full();
    let its = Gone {
        calls,
        number: Some(&number),
    };
    let of_one = |campaign: &Campaign| {
        let sightings = campaign.sightings.iter().filter(|one| its.is(one));
        let mut held: Vec<Sighting> = sightings.cloned().collect();
        if calls.contains(&campaign.id) && held.iter().all(|one| one.call != campaign.id) {
            // The first call of many: it is remembered no more, but its words are.
            held.push(Sighting {
                call: campaign.id,
                at: campaign.first_at,
                number: Some(number.clone()),
            });
        }
        let campaign = campaign.id;
        let held = held.into_iter();
        held.map(move |sighting| HeldSighting { campaign, sighting })
    };
    campaigns.iter().flat_map(of_one).collect()
}

/// The things on a shelf of texts in which the number is named.
pub(super) async fn naming(
    store: &dyn Store,
    shelf: Shelf,
    number: E164,
) -> Result<Vec<Shelved>, StoreError> {
    let mut found = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.shelf(shelf, after.as_deref(), PORTION).await?;
        after = page.last().map(|last| last.name.clone());
        let is_last = page.len() < PORTION;
        let its = |one: &Shelved| names(&String::from_utf8_lossy(&one.value), number);
        found.extend(page.into_iter().filter(its));
        if is_last {
            return Ok(found);
        }
    }
}

/// What a job tells.
fn told(effect: &Effect) -> String {
    match effect {
        Effect::Text { body, .. } | Effect::Notify { body } => body.clone(),
        Effect::Mail { text, .. } => text.clone(),
        Effect::List(entry) => entry.note.clone(),
        Effect::RefuseCampaign { .. } | Effect::DeleteRecording { .. } => String::new(),
    }
}

/// Whether a text names a number, however the plus before it is written.
fn names(text: &str, number: E164) -> bool {
    places(text, number).next().is_some()
}

/// The text with the number as it is shown in logs.
pub(super) fn masked(text: &str, number: E164) -> String {
    let mut masked = String::new();
    let mut rest = 0;
    for place in places(text, number) {
        masked.push_str(&text[rest..place]);
        masked.push_str(number.to_string().trim_start_matches('+'));
        rest = place + digits(number).len();
    }
    masked.push_str(&text[rest..]);
    masked
}

fn digits(number: E164) -> String {
    number.as_u64().to_string()
}

/// Where the number's digits stand, unless they are part of more digits. What is before them may be
/// an escaped plus, whose last sign is a letter.
fn places(text: &str, number: E164) -> impl Iterator<Item = usize> {
    let digits = digits(number);
    let length = digits.len();
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let found: Vec<usize> = text
        .match_indices(&digits)
        .map(|(place, _)| place)
        .filter(|place| {
            let before = place.checked_sub(1).and_then(|it| text.as_bytes().get(it));
            !is_digit(before) && !is_digit(text.as_bytes().get(place + length))
        })
        .collect();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::service::sample;
    use crate::store::{Commit, sample as calls};

    #[tokio::test]
    async fn whose_words_a_campaign_opens_with_is_listed_and_erased_also_after_many_calls() {
        let store = crate::store::open("memory:").await.unwrap();
        let service = sample::service(Arc::clone(&store), calls::dawn()).await;
        let said = |number: u64| match number {
            1 => "goddag du taler med Xqzv fra nordlys jeg ringer om jeres mobilabonnement",
            _ => "goddag du taler med per fra nordlys jeg ringer om jeres mobilabonnement",
        };
        for number in 1..=21 {
            let before = calls::call(number);
            let mut now = calls::heard(before.clone(), said(number));
            now.stage = crate::call::Stage::Ended;
            service.campaigns.sight(&before, &now);
            let (call, effects) = (Arc::new(now), Vec::new());
            store.commit(Commit { call, effects }).await.unwrap();
        }
        let first = calls::call(1);
        let number = first.caller.number.public().unwrap();
        let held = service.held(number).await.unwrap();
        let listed: Vec<CallId> = held.campaigns.iter().map(|one| one.sighting.call).collect();
        assert_eq!(listed, [first.id]);
        service.erase(number).await.unwrap();
        let left = service.campaigns.all();
        assert_eq!((left.len(), left[0].calls), (1, 20));
        let on_shelf = store.shelf(Shelf::Campaigns, None, 9).await.unwrap();
        for kept in [
            serde_json::to_string(&left).unwrap(),
            String::from_utf8(on_shelf.into_iter().flat_map(|one| one.value).collect()).unwrap(),
        ] {
            assert!(
                kept.contains("nordlys") && !kept.to_lowercase().contains("xqzv"),
                "{kept}"
            );
        }
    }

    #[test]
    fn a_number_is_found_and_masked_however_its_plus_is_written() {
        let number: E164 = "+4571234567".parse().unwrap();
        for text in [
            "PUT /api/v1/lists/block/+4571234567",
            "PUT /api/v1/lists/block/%2B4571234567?line=a",
            "4571234567",
            r#"{"caller":"+4571234567","again":"+4571234567"}"#,
        ] {
            assert!(names(text, number), "{text}");
            let masked = masked(text, number);
            assert!(!masked.contains("71234567"), "{masked}");
            assert_eq!(masked.replace("4571····67", "4571234567"), text);
        }
        for other in ["+45712345678", "14571234567", "+4571234568", ""] {
            assert!(!names(other, number), "{other}");
            assert_eq!(masked(other, number), other);
        }
    }
}
