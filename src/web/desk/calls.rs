//! The log of calls: newest first, day by day, narrowed as the address says.

use axum::extract::Query;
use axum::response::Response;
use axum::response::sse::Event;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use super::alarms::troubles;
use super::assets;
use super::filter::{Asked, Unread};
use super::layout::Page;
use super::place::Place;
use super::row::Row;
use super::time::{day_heading, day_in_a_sentence};
use super::trouble;
use crate::call::{CallId, Language, Treatment};
use crate::screening::campaign::Campaign;
use crate::store::search::Searched;
use crate::store::{CallFilter, CallPage};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::{MOST_SEARCHED, Seen};
use crate::web::stream;

/// How many calls a page shows.
const ROWS: usize = 50;
/// How many days back can be chosen with one tap: today, and that day of the week before last.
const DAYS: i64 = 14;
/// How many campaigns can be chosen: those that called last.
const CAMPAIGNS: usize = 30;

/// The log.
pub(super) async fn log(app: Seen, shown: Shown, Query(asked): Query<Asked>) -> Response {
    match Log::read(&app, &shown, asked).await {
        Ok(log) => log.page(&app, &shown).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Changes of calls, as the fields of their rows.
pub(super) async fn live(app: Seen, shown: Shown) -> Result<Response, Problem> {
    let watching = app.clone();
    stream::open(&app, move |call| {
        let row = Row::of(&watching, call, shown.language);
        Event::default()
            .event("call")
            .json_data(&row)
            .unwrap_or_else(|error| {
                tracing::error!(%error, "a change of a call cannot be told");
                Event::default().event("reload").data("1")
            })
    })
}

struct Log {
    asked: Asked,
    unread: Vec<Unread>,
    rows: Vec<Row>,
    next: Option<CallId>,
    /// The day back to which words were looked for, where that was not to the beginning.
    searched_to: Option<Date>,
    /// The campaign whose calls are shown.
    campaign: Option<Campaign>,
    /// The campaigns that can be chosen.
    campaigns: Vec<Campaign>,
    today: Date,
}

impl Log {
    async fn read(app: &Seen, shown: &Shown, asked: Asked) -> Result<Self, Problem> {
        let policies = app.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let (filter, unread) = asked.filter(zone);
        let known = app.campaigns();
        let campaign = CallId::parse(&asked.campaign);
        let campaign = campaign
            .and_then(|id| known?.get(id))
            .filter(|one| one.calls > 1);
        let mut campaigns = known.map_or_else(Vec::new, |known| known.latest(CAMPAIGNS));
        if let Some(own) = campaign.as_ref()
            && campaigns.iter().all(|one| one.id != own.id)
        {
            campaigns.push(own.clone());
        }
        let before = asked.before();
        let mut searched_to = None;
        let page = if asked.only_unheard() {
            let mut page = app.unheard_calls(&filter, before, ROWS).await?;
            if let Some(campaign) = &campaign {
                let is_of = |call: &_| known.is_some_and(|known| known.holds(campaign.id, call));
                page.calls.retain(is_of);
            }
            page
        } else if let Some(campaign) = &campaign {
            let found = of_campaign(app, campaign, filter, before).await?;
            searched_to = found.given_up_at.map(|at| zone.to_datetime(at).date());
            found.page
        } else if filter.text.is_some() {
            let found = app.search(&filter, before, ROWS, MOST_SEARCHED).await?;
            searched_to = found.given_up_at.map(|at| zone.to_datetime(at).date());
            found.page
        } else {
            app.calls(&filter, before, ROWS).await?
        };
        let now = app.now();
        Ok(Self {
            rows: page
                .calls
                .iter()
                .map(|call| Row::of(app, call, shown.language))
                .collect(),
            next: page.next,
            searched_to,
            campaign,
            campaigns,
            today: zone.to_datetime(now).date(),
            asked,
            unread,
        })
    }

    fn page(&self, app: &Seen, shown: &Shown) -> Page {
        let language = shown.language;
        let title = Place::Calls.name(language);
        let older = self.asked.before().is_some();
        let live = !older && !self.asked.narrows();
        let body = html! {
            div class="head" {
                h1 { (title) }
                @if live { (state(language)) }
            }
            @if let Some(house) = app.whole() { (troubles(house, shown)) }
            (self.filters(app, language))
            @for unread in &self.unread { p class="wrong" role="alert" { (unread.words(language)) } }
            (self.of_campaign(language))
            (self.of_unheard(language))
            @if self.rows.is_empty() && self.searched_to.is_none() { (self.nothing(app, older, language)) }
            div id="calls" data-live=[live.then_some("/calls/live")] {
                @for day in self.rows.chunk_by(|one, other| one.day == other.day) {
                    @let date = day[0].day;
                    h2 class="day" id={ "day-" (date) } { (day_heading(date, self.today, language)) }
                    ol class="log" data-day=(date) aria-labelledby={ "day-" (date) } {
                        @for row in day { (row.markup(language)) }
                    }
                }
            }
            template id="row" { (Row::empty().markup(language)) }
            (self.searched(language))
            (self.pages(older, language))
            p class="keys" {
                label hidden { input id="keys" type="checkbox"; (language.choose("Taster:", "Keys:")) } " "
                kbd { "j" } " " kbd { "k" } " " (language.choose("går gennem opkaldene", "walk through the calls"))
                ", " kbd { "Enter" } " " (language.choose("åbner", "opens")) ", "
                kbd { "/" } " " (language.choose("søger", "searches"))
            }
        };
        let page = Page::new(title, body).at(Place::Calls);
        if live {
            page.script(&assets::ROW).script(&assets::LIVE)
        } else {
            page
        }
    }

    fn filters(&self, app: &Seen, language: Language) -> Markup {
        let asked = &self.asked;
        let policies = app.policies();
        let verdicts = [
            ("", language.choose("Alle", "All")),
            ("connect", Treatment::Connect.word(language)),
            ("message", Treatment::Message.word(language)),
            ("reject", Treatment::Reject.word(language)),
        ];
        html! {
            form class="filters" method="get" action="/calls" role="search" data-apply {
                div class="field search" {
                    label for="text" { (language.choose("Ord, der blev sagt", "Words that were said")) }
                    div {
                        input id="text" name="text" type="search" value=(asked.text) autocomplete="off";
                        button { (language.choose("Søg", "Search")) }
                    }
                }
                div class="field" {
                    span class="label" id="verdict" { (language.choose("Udfald", "Verdict")) }
                    div class="segments" role="radiogroup" aria-labelledby="verdict" {
                        @for (value, name) in verdicts {
                            label { input type="radio" name="verdict" value=(value) checked[asked.verdict == value]; (name) }
                        }
                    }
                }
                div class="field" {
                    label for="day" { (language.choose("Dag", "Day")) }
                    select id="day" name="day" {
                        option value="" { (language.choose("Alle dage", "All days")) }
                        @for day in self.days() {
                            option value=(day) selected[asked.day == day.to_string()] { (day_heading(day, self.today, language)) }
                        }
                    }
                }
                details open[asked.narrows_further()] {
                    summary { (language.choose("Flere filtre", "More filters")) }
                    div {
                        @if policies.lines().len() > 1 {
                            div class="field" {
                                label for="line" { (language.choose("Linje", "Line")) }
                                select id="line" name="line" {
                                    option value="" { (language.choose("Alle linjer", "All lines")) }
                                    @for policy in policies.lines() {
                                        option value=(policy.line.id) selected[policy.line.id.0 == asked.line] { (policy.line.id) }
                                    }
                                }
                            }
                        }
                        div class="field" {
                            label for="caller" { (language.choose("Nummer", "Number")) }
                            input id="caller" name="caller" value=(asked.caller) inputmode="tel" autocomplete="off" size="16";
                        }
                        @if !self.campaigns.is_empty() {
                            div class="field" {
                                label for="campaign" { (language.choose("Kampagne", "Campaign")) }
                                select id="campaign" name="campaign" {
                                    option value="" { (language.choose("Alle", "All")) }
                                    @for campaign in &self.campaigns {
                                        option value=(campaign.id) selected[self.campaign.as_ref().is_some_and(|one| one.id == campaign.id)] {
                                            (campaign.name()) " (" (campaign.calls) ")"
                                        }
                                    }
                                }
                            }
                        }
                        div class="field" {
                            label for="from" { (language.choose("Fra dag", "From day")) }
                            input id="from" name="from" type="date" value=(asked.from);
                        }
                        div class="field" {
                            label for="to" { (language.choose("Til og med", "Up to and including")) }
                            input id="to" name="to" type="date" value=(asked.to);
                        }
                        label class="check" {
                            input type="checkbox" name="heard" value="no" checked[asked.only_unheard()];
                            (language.choose("Kun beskeder, ingen har hørt", "Only messages that nobody has heard"))
                        }
                        label class="check" {
                            input type="checkbox" name="trials" value="no" checked[asked.trials == "no"];
                            (language.choose("Uden prøveopkald", "Without trial calls"))
                        }
                    }
                }
            }
        }
    }

    /// The days that can be chosen, and the chosen one where it is none of them.
    fn days(&self) -> Vec<Date> {
        let mut days: Vec<Date> = (0..=DAYS)
            .filter_map(|back| self.today.checked_sub(back.days()).ok())
            .collect();
        let chosen = self.asked.day.parse::<Date>().ok();
        days.extend(chosen.filter(|own| !days.contains(own)));
        days
    }

    /// Which campaign is shown.
    fn of_campaign(&self, language: Language) -> Markup {
        let Some(campaign) = &self.campaign else {
            return html! {};
        };
        html! {
            p class="note" {
                (language.choose("Kampagnen ", "The campaign ")) b { "“" (campaign.name()) "”" } ": "
                (campaign.calls) " " (language.choose("opkald fra ", "calls from ")) (campaign.numbers()) " "
                @if campaign.numbers() == 1 { (language.choose("nummer", "number")) } @else { (language.choose("numre", "numbers")) }
                "."
                " " a href="/calls" { (language.choose("Vis alle opkald", "Show all calls")) }
            }
        }
    }

    /// That nothing but messages is shown that nobody has heard yet.
    fn of_unheard(&self, language: Language) -> Markup {
        html! {
            @if self.asked.only_unheard() && !self.rows.is_empty() {
                p class="note" {
                    (language.choose("Beskeder, som ingen har hørt endnu.", "Messages that nobody has heard yet."))
                    " " a href="/calls" { (language.choose("Vis alle opkald", "Show all calls")) }
                }
            }
        }
    }

    /// How far words were looked for, and the way on.
    fn searched(&self, language: Language) -> Markup {
        let (Some(day), Some(next)) = (self.searched_to, self.next) else {
            return html! {};
        };
        html! {
            div class="card empty" role="status" {
                p {
                    (language.choose("Der er søgt tilbage til ", "Searched back to ")) (day_in_a_sentence(day, self.today, language)) "."
                    @if self.rows.is_empty() { " " (language.choose("Intet fundet så langt.", "Nothing found so far.")) }
                }
                a class="button main" rel="next" href=(self.asked.address(Some(next))) { (language.choose("Søg videre", "Search further")) }
            }
        }
    }

    fn nothing(&self, app: &Seen, older: bool, language: Language) -> Markup {
        let unheard = Asked {
            heard: self.asked.heard.clone(),
            ..Asked::default()
        };
        let all_are_heard = self.asked.only_unheard() && self.asked == unheard;
        html! {
            div class="card empty" {
                @if all_are_heard {
                    p { (language.choose("Alle beskeder er hørt.", "Every message has been heard.")) }
                    a class="button" href="/calls" { (language.choose("Vis alle opkald", "Show all calls")) }
                } @else if self.asked.narrows() && !older {
                    p { (language.choose("Ingen opkald passer til det.", "No call is like that.")) }
                    a class="button" href="/calls" { (language.choose("Vis alle", "Show all")) }
                } @else if older {
                    p { (language.choose("Der er ikke flere.", "There are no more.")) }
                } @else {
                    p { (language.choose("Ingen opkald endnu.", "No calls yet.")) }
                    p { (language.choose("Når nogen ringer, står opkaldet her.", "When somebody calls, the call stands here.")) }
                    @if app.may_change_some_line() {
                        a class="button" href="/try" { (language.choose("Prøv et opkald", "Try a call")) }
                    }
                }
            }
        }
    }

    fn pages(&self, older: bool, language: Language) -> Markup {
        html! {
            @if older || (self.next.is_some() && self.searched_to.is_none()) {
                nav class="pages" aria-label=(language.choose("Sider i loggen", "Pages of the log")) {
                    @if older {
                        a class="button" href=(self.asked.address(None)) { (language.choose("Nyeste", "Newest")) }
                    }
                    @if let Some(next) = self.next.filter(|_| self.searched_to.is_none()) {
                        a class="button" rel="next" href=(self.asked.address(Some(next))) { (language.choose("Ældre opkald", "Older calls")) }
                    }
                }
            }
        }
    }
}

/// The calls of a campaign: those that it remembers one by one, then older ones out of the log.
async fn of_campaign(
    app: &Seen,
    campaign: &Campaign,
    filter: CallFilter,
    before: Option<CallId>,
) -> Result<Searched, Problem> {
    if before.is_some() {
        let filter = CallFilter {
            from: filter.from.max(Some(campaign.first_at)),
            ..filter
        };
        return app
            .calls_of_campaign(campaign.id, &filter, before, ROWS, MOST_SEARCHED)
            .await;
    }
    let ids: Vec<CallId> = campaign.sightings.iter().map(|seen| seen.call).collect();
    let remembers_all = usize::try_from(campaign.calls).is_ok_and(|calls| calls <= ids.len());
    let next = ids.last().copied().filter(|_| !remembers_all);
    let calls = app.calls_among(&filter, ids).await?;
    Ok(Searched {
        page: CallPage { calls, next },
        given_up_at: None,
    })
}

/// Whether the page follows what happens; the script says it.
pub(super) fn state(language: Language) -> Markup {
    html! {
        p id="state" role="status"
            data-live=(language.choose("Følger med", "Live"))
            data-again=(language.choose("Forbindelsen er væk, prøver igen", "Connection lost, trying again"))
            data-away=(language.choose("Følger ikke med: genindlæs siden", "Not live: reload the page")) {}
        noscript { p class="quiet small" { (language.choose("Genindlæs siden for at se nye opkald.", "Reload the page to see new calls.")) } }
    }
}
