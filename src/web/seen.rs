//! The house as whoever asks may see it: calls, lists and live events of his lines and no others.
//!
//! What shows calls is given a [`Seen`] in place of the house. Its routes stand in a router whose
//! state is a [`Veil`], out of which a handler gets nothing but a `Seen`; the routes that are given
//! the house itself are open only to whoever sees everything. So a new page cannot show another
//! line's calls by forgetting to ask.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::{Stream, StreamExt as _};

use super::App;
use super::accounts::{Needs, Role, Visitor};
use super::desk::{Offer, Past};
use super::error::Problem;
use super::stream::Room;
use crate::call::{
    Call, CallId, E164, LineId, ListEntry, ListName, Mark, NumberPattern, bilingual,
};
use crate::providers::Provider;
use crate::service::{Campaigns, Harm, Policies, figures, harm};
use crate::store::search::{self, Searched};
use crate::store::{CallFilter, CallPage, Job, ListChange, marks};

/// How many calls are looked through for words before whoever asked says whether to go on.
pub(super) const MOST_SEARCHED: usize = 10_000;
/// How many entries of a list are read at once at least: those of other lines are left out of them.
const ENTRIES_AT_ONCE: usize = 500;

/// The house, as the state of routes that may not look into it.
#[derive(Clone)]
pub(super) struct Veil(App);

impl Veil {
    /// Before this house.
    pub(super) fn before(app: App) -> Self {
        Self(app)
    }
}

/// The house as a visitor may see it.
#[derive(Clone)]
pub(super) struct Seen {
    house: App,
    visitor: Visitor,
    /// The lines as they were when he came.
    policies: Arc<Policies>,
}

impl FromRequestParts<Veil> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, veil: &Veil) -> Result<Self, Problem> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let visitor = visitor.ok_or_else(Problem::unauthorized)?;
        let house = veil.0.clone();
        let policies = lines_of(&house, &visitor).ok_or_else(|| Problem::not_allowed(false))?;
        Ok(Self {
            house,
            visitor,
            policies,
        })
    }
}

/// The policies of the lines that a visitor sees, if there are any.
fn lines_of(house: &App, visitor: &Visitor) -> Option<Arc<Policies>> {
    let policies = house.state.service.policies();
    if visitor.rights.everywhere().is_some() {
        return Some(policies);
    }
    let sees = |line: &LineId| visitor.rights.on(line).is_some();
    policies.of_lines(sees).map(Arc::new)
}

impl Seen {
    /// Who looks.
    pub(super) fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// The policies of the lines that he sees, as they are now.
    pub(super) fn policies(&self) -> Arc<Policies> {
        lines_of(&self.house, &self.visitor).unwrap_or_else(|| Arc::clone(&self.policies))
    }

    /// The moment by the clock of the house.
    pub(super) fn now(&self) -> Timestamp {
        self.house.state.service.clock().now()
    }

    /// The provider with this name, who knows nothing of lines.
    pub(super) fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        self.house.state.service.provider(name)
    }

    /// The line that a call to this number would be for, whether he sees it or not.
    pub(super) fn line_called(&self, number: &str) -> LineId {
        let policies = self.house.state.service.policies();
        policies.for_called(number).line.id.clone()
    }

    /// The house itself, for whoever sees everything anyway.
    pub(super) fn whole(&self) -> Option<&App> {
        self.visitor.rights.everywhere().map(|_| &self.house)
    }

    /// Whether he sees what belongs to this line; everybody sees what holds for all lines.
    pub(super) fn sees(&self, line: Option<&LineId>) -> bool {
        line.is_none_or(|line| self.visitor.rights.on(line).is_some())
    }

    /// Whether he may change what belongs to this line, or without one what holds for all.
    pub(super) fn may_change(&self, line: Option<&LineId>) -> bool {
        let rights = &self.visitor.rights;
        let role = line.map_or_else(|| rights.everywhere(), |line| rights.on(line));
        role == Some(Role::Owner)
    }

    /// Whether there is a line of his that he may change something of.
    pub(super) fn may_change_some_line(&self) -> bool {
        self.visitor.rights.meet(Needs::SomeLine, true)
    }

    /// The house, for something that is to be done on a line of his.
    pub(super) fn to_change(&self, line: &LineId) -> Result<&App, Problem> {
        if self.may_change(Some(line)) {
            Ok(&self.house)
        } else {
            Err(Problem::not_allowed(true))
        }
    }

    /// For which line something holds that he writes about a call on this one: for all, where he
    /// may say so.
    pub(super) fn scope(&self, line: &LineId) -> Option<LineId> {
        (!self.may_change(None)).then(|| line.clone())
    }

    /// The call with this name, if it is on a line of his.
    pub(super) async fn call(&self, id: CallId) -> Result<Option<Call>, Problem> {
        let call = self.house.store()?.call(id).await?;
        Ok(call.filter(|call| self.sees(Some(&call.line))))
    }

    /// Calls of his lines, like [`crate::store::Store::calls`].
    pub(super) async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, Problem> {
        let store = self.house.store()?;
        let mut pages = Vec::new();
        for filter in self.within(filter) {
            pages.push(store.calls(&filter, before, limit).await?);
        }
        Ok(merged(pages, limit))
    }

    /// Calls of his lines that are marked so, like [`marks::calls`].
    pub(super) async fn marked_calls(
        &self,
        filter: &CallFilter,
        is_wanted: impl Fn(&Mark) -> bool + Copy + Send,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, Problem> {
        let store = self.house.store()?;
        let mut pages = Vec::new();
        for filter in self.within(filter) {
            pages.push(marks::calls(store.as_ref(), &filter, is_wanted, before, limit).await?);
        }
        Ok(merged(pages, limit))
    }

    /// Calls of his lines in which these words were said, like [`search::calls`].
    pub(super) async fn search(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
        most: usize,
    ) -> Result<Searched, Problem> {
        let store = self.house.store()?;
        let (mut pages, mut given_up_at) = (Vec::new(), None);
        for filter in self.within(filter) {
            let found = search::calls(store.as_ref(), &filter, before, limit, most).await?;
            given_up_at = given_up_at.max(found.given_up_at);
            pages.push(found.page);
        }
        let page = merged(pages, limit);
        let given_up_at = given_up_at.filter(|_| page.calls.len() < limit);
        Ok(Searched { page, given_up_at })
    }

    /// Calls of a campaign, for whoever sees the campaigns, like [`search::calls_that`].
    pub(super) async fn calls_of_campaign(
        &self,
        campaign: CallId,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
        most: usize,
    ) -> Result<Searched, Problem> {
        let house = self.whole().ok_or_else(|| Problem::not_allowed(false))?;
        let store = house.store()?;
        let campaigns = house.state.service.campaigns();
        let is_of = |call: &Call| campaigns.holds(campaign, call);
        Ok(search::calls_that(store.as_ref(), filter, is_of, before, limit, most).await?)
    }

    /// Those of these calls that are on his lines and match.
    pub(super) async fn calls_among(
        &self,
        filter: &CallFilter,
        ids: Vec<CallId>,
    ) -> Result<Vec<Call>, Problem> {
        let mut calls = search::among(self.house.store()?.as_ref(), filter, ids).await?;
        calls.retain(|call| self.sees(Some(&call.line)));
        Ok(calls)
    }

    /// The calls of his lines whose messages nobody has heard yet, the newest first.
    pub(super) async fn unheard(&self) -> Result<Vec<CallId>, Problem> {
        let unheard = self.house.state.service.unheard();
        unheard.load(self.house.store()?.as_ref()).await?;
        Ok(unheard.on_lines(|line| self.sees(Some(line))))
    }

    /// Those of them that match, like [`crate::store::Store::calls`].
    pub(super) async fn unheard_calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, Problem> {
        let ids = self.unheard().await?;
        let store = self.house.store()?;
        Ok(search::page_among(store.as_ref(), filter, ids, before, limit).await?)
    }

    /// Whether nobody has heard the message of a call that he sees.
    pub(super) fn is_unheard(&self, call: &Call) -> bool {
        self.house.state.service.unheard().holds(call.id)
    }

    /// The message of a call that he sees was played to him.
    pub(super) async fn heard(&self, call: &Call) -> Result<(), Problem> {
        let unheard = self.house.state.service.unheard();
        Ok(unheard
            .mark(self.house.store()?.as_ref(), call, true)
            .await?)
    }

    /// The message of a call on a line of his stands as heard, or not, because he says so.
    pub(super) async fn mark_heard(&self, call: &Call, is_heard: bool) -> Result<(), Problem> {
        let house = self.to_change(&call.line)?;
        let unheard = house.state.service.unheard();
        Ok(unheard
            .mark(house.store()?.as_ref(), call, is_heard)
            .await?)
    }

    /// Every real call of his lines from then on, like [`figures::each_call`].
    pub(super) async fn each_call(
        &self,
        from: Timestamp,
        look: impl FnMut(&Call) + Send,
    ) -> Result<(), Problem> {
        let filter = CallFilter {
            from: Some(from),
            ..CallFilter::default()
        };
        self.each_call_of(&filter, look).await
    }

    /// Every call of his lines that matches, like [`figures::each_call`].
    pub(super) async fn each_call_of(
        &self,
        filter: &CallFilter,
        mut look: impl FnMut(&Call) + Send,
    ) -> Result<(), Problem> {
        let (mut before, mut read) = (None, 0);
        while read < figures::MOST {
            let page = self.calls(filter, before, figures::AT_ONCE).await?;
            read += page.calls.len();
            page.calls.iter().for_each(&mut look);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// What was counted of lines that listen; to be asked about lines that he sees.
    pub(super) fn listened(&self) -> &Past {
        &self.house.listened
    }

    /// The campaigns. They reach over all lines, so only whoever sees everything sees them.
    pub(super) fn campaigns(&self) -> Option<&Campaigns> {
        self.whole().map(|house| house.state.service.campaigns())
    }

    /// What a call that he sees brought about outside and is not done yet.
    pub(super) async fn jobs_of(&self, call: &Call) -> Result<Vec<Job>, Problem> {
        Ok(self.house.state.service.outbox_of(call.id).await?)
    }

    /// The filter for each line that he sees; the filter itself, where he sees all of them.
    fn within(&self, filter: &CallFilter) -> Vec<CallFilter> {
        if self.visitor.rights.everywhere().is_some() {
            return vec![filter.clone()];
        }
        let policies = self.policies();
        let lines = policies.lines().iter().map(|policy| &policy.line.id);
        lines
            .filter(|line| filter.line.as_ref().is_none_or(|asked| asked == *line))
            .map(|line| CallFilter {
                line: Some(line.clone()),
                ..filter.clone()
            })
            .collect()
    }

    /// The mark of a call that he sees.
    pub(super) async fn mark(&self, call: &Call) -> Result<Option<Mark>, Problem> {
        Ok(marks::of(self.house.store()?.as_ref(), call.id).await?)
    }

    /// Every mark: to be looked up by calls that he sees.
    pub(super) async fn every_mark(&self) -> Result<HashMap<CallId, Mark>, Problem> {
        Ok(marks::all(self.house.store()?.as_ref()).await?)
    }

    /// The marks of calls that he sees.
    pub(super) async fn marks(&self, calls: &[Call]) -> Result<HashMap<CallId, Mark>, Problem> {
        Ok(marks::of_all(self.house.store()?.as_ref(), calls).await?)
    }

    /// Marks a call, or takes its mark away. Returns whether there is such a call.
    pub(super) async fn put_mark(&self, id: CallId, mark: Option<&Mark>) -> Result<bool, Problem> {
        let Some(call) = self.call(id).await? else {
            return Ok(false);
        };
        let house = self.to_change(&call.line)?;
        Ok(marks::put(house.store()?.as_ref(), id, mark).await?)
    }

    /// Entries of a list for his lines and for all, in the order of their patterns, after `after`. At
    /// most `limit`, except that entries with the same pattern are never torn apart.
    pub(super) async fn entries(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Result<EntryPage, Problem> {
        let store = self.house.store()?;
        let portion = ENTRIES_AT_ONCE.max(limit.saturating_add(1));
        let (mut entries, mut after) = (Vec::new(), after);
        loop {
            let read = store.entries(list, after, portion).await?;
            let is_last = read.len() < portion;
            after = read.last().map(|entry| entry.pattern);
            entries.extend(
                read.into_iter()
                    .filter(|entry| self.sees(entry.line.as_ref())),
            );
            if let Some(page) = EntryPage::first(&mut entries, limit) {
                return Ok(page);
            }
            if is_last {
                return Ok(EntryPage {
                    entries,
                    next: None,
                });
            }
        }
    }

    /// Entries for his lines and for all that a number falls under.
    pub(super) async fn entries_matching(&self, number: E164) -> Result<Vec<ListEntry>, Problem> {
        let mut entries = self.house.store()?.entries_matching(number).await?;
        entries.retain(|entry| self.sees(entry.line.as_ref()));
        Ok(entries)
    }

    /// Entries for his lines and for all of exactly this pattern: asked for by a number that falls
    /// under it.
    pub(super) async fn entries_of(
        &self,
        list: ListName,
        pattern: NumberPattern,
    ) -> Result<Vec<ListEntry>, Problem> {
        let Ok(number) = E164::parse(&format!("+{:0<5}", pattern.digits())) else {
            return Ok(Vec::new());
        };
        let mut entries = self.entries_matching(number).await?;
        entries.retain(|entry| entry.list == list && entry.pattern == pattern);
        Ok(entries)
    }

    /// The entry that stands in this place of a list.
    pub(super) async fn entry(
        &self,
        list: ListName,
        pattern: NumberPattern,
        line: Option<&LineId>,
    ) -> Result<Option<ListEntry>, Problem> {
        let entries = self.entries_of(list, pattern).await?;
        let is_it = |entry: &ListEntry| entry.line.as_ref() == line;
        Ok(entries.into_iter().find(is_it))
    }

    /// Changes entries of his lines; nothing is changed where one of them is not his to change.
    pub(super) async fn change_lists(&self, changes: Vec<ListChange>) -> Result<(), Problem> {
        let line = |change: &ListChange| match change {
            ListChange::Put(entry) => self.may_change(entry.line.as_ref()),
            ListChange::Remove { line, .. } => self.may_change(line.as_ref()),
        };
        if !changes.iter().all(line) {
            return Err(Problem::not_allowed(true));
        }
        Ok(self.house.store()?.change_lists(changes).await?)
    }

    /// Whom an entry would turn away who came through before; nobody, where it blocks no beginning of
    /// numbers.
    pub(super) async fn harm_of(&self, entry: &ListEntry) -> Result<Option<Harm>, Problem> {
        if entry.list != ListName::Block || !self.may_change(entry.line.as_ref()) {
            return Ok(None);
        }
        let store = self.house.store()?;
        let policies = self.policies();
        let own = policies
            .lines()
            .iter()
            .flat_map(|one| one.line.own_numbers());
        let line = entry.line.as_ref();
        Ok(harm::of_blocking(store.as_ref(), entry.pattern, line, own).await?)
    }

    /// Keeps what a page offers him, and returns the name of it.
    pub(super) fn offer(&self, offer: Offer) -> Result<String, Problem> {
        let whom = self.visitor.name().to_owned();
        self.house.offers.keep((whom, offer), self.now())
    }

    /// What was offered him under this name.
    pub(super) fn offered(&self, name: &str) -> Option<Offer> {
        let (whom, offer) = self.house.offers.find(name, self.now())?;
        (whom == self.visitor.name()).then_some(offer)
    }

    /// Nobody takes this offer any more.
    pub(super) fn withdraw(&self, name: &str) {
        self.house.offers.end(name);
    }

    /// Changes of calls on his lines, from now on.
    pub(super) fn changes(
        &self,
    ) -> impl Stream<Item = Result<Arc<Call>, BroadcastStreamRecvError>> + Send + use<> {
        let seen = self.clone();
        BroadcastStream::new(self.house.state.service.live().listen()).filter(move |change| {
            change
                .as_ref()
                .map_or(true, |call| seen.sees(Some(&call.line)))
        })
    }

    /// Room for a stream of events, while there is any.
    pub(super) fn room_for_a_stream(&self) -> Result<Room, Problem> {
        let room = self.house.streams.room(self.visitor.name());
        room.ok_or_else(|| {
            Problem::too_many(bilingual!(
                "der er åbnet så mange strømme af hændelser, som der må være",
                "as many event streams are open as there may be"
            ))
        })
    }

    /// Waits until the server stops, or he may not look any more as he does now.
    pub(super) fn until_the_end(&self) -> impl Future<Output = ()> + Send + use<> {
        let seen = self.clone();
        async move {
            tokio::select! {
                () = seen.house.stop.cancelled() => {}
                () = seen.house.sessions.until_gone(&seen.house, &seen.visitor) => {}
            }
        }
    }
}

/// Entries of a list.
pub(super) struct EntryPage {
    /// The entries, in the order of their patterns.
    pub(super) entries: Vec<ListEntry>,
    /// The last of their patterns, where he sees more entries after it.
    pub(super) next: Option<NumberPattern>,
}

impl EntryPage {
    /// The first of these entries, so many of them, if something comes after. Entries with the same
    /// pattern come together.
    pub(super) fn first(entries: &mut Vec<ListEntry>, limit: usize) -> Option<Self> {
        let last = entries.get(limit.checked_sub(1)?)?.pattern;
        let end = entries.partition_point(|entry| entry.pattern <= last);
        if end == entries.len() {
            return None;
        }
        entries.truncate(end);
        Some(Self {
            next: Some(last),
            entries: std::mem::take(entries),
        })
    }
}

/// One page out of the pages of several lines, each of which holds all calls of its line down to
/// where it ends.
fn merged(mut pages: Vec<CallPage>, limit: usize) -> CallPage {
    if pages.len() == 1 {
        return pages.pop().unwrap_or_default();
    }
    let complete_to = pages.iter().filter_map(|page| page.next).max();
    let mut calls: Vec<Call> = pages.into_iter().flat_map(|page| page.calls).collect();
    calls.sort_by_key(|call| Reverse(call.id));
    calls.retain(|call| complete_to.is_none_or(|end| call.id >= end));
    if calls.len() > limit {
        calls.truncate(limit);
        let next = calls.last().map(|call| call.id);
        return CallPage { calls, next };
    }
    CallPage {
        calls,
        next: complete_to,
    }
}
