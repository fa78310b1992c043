//! The owner's lists: who always gets through, whom he wants, who is blocked. Search, notes,
//! expiry, adding, removing with a way back, files in and out.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use self::change::{Typed, Wrong, last_day, place};
use super::assets;
use super::layout::Page;
use super::place::Place;
use super::time::{day_in_a_sentence, short_day};
use super::trouble;
use crate::call::{E164, Language, LineId, ListEntry, ListName, NumberPattern, Origin};
use crate::service::Harm;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::{EntryPage, Seen};

pub(super) mod change;
pub(super) mod offer;

pub(in crate::web) use offer::Offer;

/// How many entries a page shows.
const ROWS: usize = 100;
/// How many entries a search looks through.
const MOST_SEARCHED: usize = 50_000;
/// The last day that can be chosen, so that no browser offers a fifth digit of the year.
const LAST_DAY: &str = "9998-12-31";
/// The country of numbers that are typed without one.
pub(super) const REGION: &str = "DK";

/// The first list.
pub(super) async fn first() -> Redirect {
    Redirect::to("/lists/allow")
}

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    after: String,
    /// The entry that is to be changed, and its line.
    edit: String,
    line: String,
    /// What was done on the page before this one.
    done: String,
    /// With what number.
    of: String,
    /// What is offered after it, by its name.
    offer: String,
}

/// A list.
pub(super) async fn page(
    app: Seen,
    shown: Shown,
    Path(list): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(list) = ListName::parse(&list) else {
        return trouble(&shown, &Problem::no_such_list());
    };
    match List::read(&app, list, asked).await {
        Ok(found) => found.page(&app, shown.language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The list with what was typed and cannot be kept, and what is wrong with it.
async fn refused(
    app: &Seen,
    shown: &Shown,
    list: ListName,
    typed: Typed,
    wrong: Wrong,
) -> Response {
    match List::read(app, list, Asked::default()).await {
        Ok(found) => {
            let found = List {
                typed,
                wrong: Some(wrong),
                ..found
            };
            let page = found.page(app, shown.language);
            let page = page.found_at(found.address());
            let mut response = page.respond(shown);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        Err(problem) => trouble(shown, &problem),
    }
}

struct List {
    name: ListName,
    asked: Asked,
    entries: Vec<ListEntry>,
    next: Option<NumberPattern>,
    /// What stands in the form, and what is wrong with it.
    typed: Typed,
    wrong: Option<Wrong>,
}

impl List {
    async fn read(app: &Seen, name: ListName, asked: Asked) -> Result<Self, Problem> {
        let after = NumberPattern::parse(&asked.after).ok();
        let EntryPage { entries, next } = if asked.q.trim().is_empty() {
            app.entries(name, after, ROWS).await?
        } else {
            search(app, name, &asked.q, after).await?
        };
        let policies = app.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let typed = match NumberPattern::parse(&asked.edit) {
            Ok(pattern) => {
                let line = change::line_of(&asked.line);
                let entry = app.entry(name, pattern, line.as_ref()).await?;
                entry.map(|entry| Typed::of(&entry, zone))
            }
            // What was held back stands in the form, so that more of the number can be written.
            Err(_) => {
                let offer = app.offered(&asked.offer);
                let offer = offer.filter(|offer| offer.entry().list == name);
                offer.and_then(|offer| Typed::held(&offer, zone))
            }
        };
        Ok(Self {
            name,
            asked,
            entries,
            next,
            typed: typed.unwrap_or_default(),
            wrong: None,
        })
    }

    /// Where the page stands. What was refused is answered elsewhere, so its links name it.
    fn address(&self) -> String {
        format!("/lists/{}", self.name.as_str())
    }

    /// The page of what comes after this.
    fn further(&self, after: NumberPattern) -> String {
        let search = match self.asked.q.trim() {
            "" => String::new(),
            asked => format!("q={}&", encoded(asked)),
        };
        let after = encoded(&after.full());
        format!("{}?{search}after={after}", self.address())
    }

    fn page(&self, app: &Seen, language: Language) -> Page {
        let title = Place::Lists.name(language);
        let body = html! {
            div class="head" {
                h1 { (title) }
                @if app.may_change_some_line() {
                    a class="button narrow" href="#entry" { (language.choose("Tilføj", "Add")) }
                }
            }
            (self.tabs(language))
            p class="quiet" { (meaning(self.name, language)) }
            (self.note(app, language))
            div class="columns" {
                div {
                    form class="search" method="get" action=(self.address()) role="search" {
                        label class="sr" for="q" { (language.choose("Søg i numre og noter", "Search numbers and notes")) }
                        div {
                            input id="q" name="q" type="search" value=(self.asked.q) autocomplete="off"
                                placeholder=(language.choose("Søg i numre og noter", "Search numbers and notes"));
                            button { (language.choose("Søg", "Search")) }
                        }
                    }
                    (self.table(app, language))
                }
                div class="side" {
                    @if app.may_change_some_line() { (self.form(app, language)) }
                    (self.files(app, language))
                }
            }
        };
        Page::new(format!("{title}: {}", name(self.name, language)), body)
            .at(Place::Lists)
            .script(&assets::LISTS)
    }

    fn tabs(&self, language: Language) -> Markup {
        html! {
            nav class="tabs" aria-label=(language.choose("Lister", "Lists")) {
                @for list in ListName::ALL {
                    a href={ "/lists/" (list.as_str()) } aria-current=[(list == self.name).then_some("page")] { (name(list, language)) }
                }
            }
        }
    }

    /// What was done, to whom, and how it is undone.
    fn note(&self, app: &Seen, language: Language) -> Markup {
        let offer = app.offered(&self.asked.offer);
        let gone = match offer.filter(|offer| offer.entry().list == self.name) {
            Some(Offer::AllTheSame { entry, harm, .. }) => {
                return self.held(&entry, harm, language);
            }
            Some(Offer::Back(entry)) => Some(entry),
            None => None,
        };
        let of = match &gone {
            Some(entry) => Some(entry.pattern),
            None => NumberPattern::parse(&self.asked.of).ok(),
        };
        let words = match self.asked.done.as_str() {
            "removed" => language.choose("Fjernet:", "Removed:"),
            "saved" => language.choose("Gemt:", "Saved:"),
            "restored" => language.choose("Sat tilbage:", "Put back:"),
            _ => return html! {},
        };
        let Some(of) = of else { return html! {} };
        let is_short = of.number().is_some_and(E164::is_too_short);
        html! {
            div class="note done" role="status" {
                (words) " " b { (shown(of)) }
                @if let Some(gone) = &gone {
                    @if !gone.note.is_empty() { " " (gone.note) }
                    " "
                    form method="post" action={ "/lists/" (self.name.as_str()) "/restore" } {
                        input type="hidden" name="offer" value=(self.asked.offer);
                        button class="plain" aria-label={ (language.choose("Fortryd: sæt ", "Undo: put ")) (shown(of)) (language.choose(" tilbage", " back")) } { (language.choose("Fortryd", "Undo")) }
                    }
                }
                @if is_short && gone.is_none() {
                    p { (language.choose("Landets numre er længere: se, om der mangler et ciffer.", "The numbers of its country are longer: see whether a digit is missing.")) }
                }
            }
        }
    }

    /// Why an entry is not on the list, and the way to put it there all the same.
    fn held(&self, entry: &ListEntry, harm: Harm, language: Language) -> Markup {
        html! {
            div class="note trouble" role="alert" {
                p {
                    (language.choose("Det er ikke gemt: ", "It is not saved: "))
                    b { (shown(entry.pattern)) } ": " (harm.words(language)) ". "
                    (language.choose("Skriv mere af nummeret.", "Write more of the number."))
                }
                form class="buttons" method="post" action={ "/lists/" (self.name.as_str()) "/restore" } {
                    input type="hidden" name="offer" value=(self.asked.offer);
                    button { (language.choose("Bloker dem alle alligevel", "Block all of them all the same")) }
                }
            }
        }
    }

    fn table(&self, app: &Seen, language: Language) -> Markup {
        if self.entries.is_empty() {
            return html! {
                div class="card empty" {
                    @if let Some(next) = self.next {
                        p { (language.choose("Intet fundet så langt.", "Nothing found so far.")) }
                        a class="button main" rel="next" href=(self.further(next)) { (language.choose("Søg videre", "Search further")) }
                    } @else if !self.asked.after.is_empty() {
                        p { (language.choose("Der er ikke flere.", "There are no more.")) }
                        a class="button" href=(self.address()) { (language.choose("Vis hele listen", "Show the whole list")) }
                    } @else if self.asked.q.is_empty() {
                        p class="big" { (language.choose("Listen er tom.", "The list is empty.")) }
                        @if app.may_change_some_line() { p { (language.choose(
                            "Skriv et nummer, slip dine kontakter her, eller åbn et opkald, og sæt den, der ringede, på listen.",
                            "Write a number, drop your contacts here, or open a call and put the caller on the list.")) } }
                    } @else {
                        p { (language.choose("Ingen passer til det.", "None is like that.")) }
                        a class="button" href={ "/lists/" (self.name.as_str()) } { (language.choose("Vis hele listen", "Show the whole list")) }
                    }
                }
            };
        }
        let now = app.now();
        let policies = app.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let day = |at| short_day(zone.to_datetime(at).date(), language);
        let today = zone.to_datetime(now).date();
        html! {
            ul class="entries" {
                @for entry in &self.entries {
                    li {
                        div {
                            span class="number" { (shown(entry.pattern)) }
                            @if !entry.note.is_empty() { " " span { (entry.note) } }
                            div class="quiet small" {
                                @if let Some(line) = &entry.line { (language.choose("Linje ", "Line ")) (line) " · " }
                                (origin(entry.origin, language)) " " (day(entry.added_at))
                                @if let Some(end) = entry.expires_at {
                                    " · "
                                    @if end <= now { (language.choose("udløb ", "expired ")) } @else { (language.choose("til ", "until ")) }
                                    (day_in_a_sentence(last_day(end, zone), today, language))
                                }
                            }
                        }
                        @if app.may_change(entry.line.as_ref()) { div class="buttons" {
                            a class="button" href={ (self.address()) "?edit=" (encoded(&entry.pattern.full())) "&line=" (entry.line.as_ref().map_or_else(String::new, |line| encoded(&line.0))) "#entry" }
                                aria-label={ (language.choose("Ret ", "Change ")) (shown(entry.pattern)) } { (language.choose("Ret", "Change")) }
                            form method="post" action={ "/lists/" (self.name.as_str()) "/remove" } {
                                input type="hidden" name="pattern" value=(entry.pattern.full());
                                input type="hidden" name="line" value=[entry.line.as_ref()];
                                button aria-label={ (language.choose("Fjern ", "Remove ")) (shown(entry.pattern)) } { (language.choose("Fjern", "Remove")) }
                            }
                        } }
                    }
                }
            }
            @if let Some(next) = self.next {
                nav class="pages" aria-label=(language.choose("Sider i listen", "Pages of the list")) {
                    a class="button" rel="next" href=(self.further(next)) { (language.choose("Næste", "Next")) }
                }
            }
        }
    }

    fn form(&self, app: &Seen, language: Language) -> Markup {
        let typed = &self.typed;
        let chosen = LineId(typed.line.clone());
        let is_wrong = |wrong: &Wrong| self.wrong.as_ref() == Some(wrong);
        let number_wrong = is_wrong(&Wrong::Number);
        let number_first = number_wrong || matches!(self.wrong, Some(Wrong::There(_)));
        let day_wrong = match &self.wrong {
            Some(Wrong::Past) => Some(language.choose("Den dag er forbi.", "That day has passed.")),
            Some(Wrong::NoDay) => Some(language.choose(
                "Dagen kan ikke læses. Vælg en anden, eller lad feltet være tomt: så gælder det altid.",
                "The day cannot be read. Choose another, or leave the field empty: then it holds for good.")),
            _ => None,
        };
        html! {
            section class="card" aria-labelledby="entry" {
                h2 id="entry" { @if typed.was.is_empty() { (language.choose("Tilføj", "Add")) } @else { (language.choose("Ret", "Change")) } }
                form class="stack" method="post" action={ "/lists/" (self.name.as_str()) "/put" } {
                    input type="hidden" name="was" value=(typed.was);
                    input type="hidden" name="was_line" value=(typed.was_line);
                    @if let Some(Wrong::There(there)) = &self.wrong {
                        (self.there(app, there, language))
                        input type="hidden" name="over" value=(place(there));
                    }
                    div class="field" {
                        label for="number" { (language.choose("Nummer", "Number")) }
                        input id="number" name="number" required inputmode="tel" autocomplete="off" value=(typed.number)
                            autofocus[number_first] aria-invalid=[number_wrong.then_some("true")]
                            aria-describedby=(if number_wrong { "number-wrong number-help" } else { "number-help" });
                        @if number_wrong {
                            span id="number-wrong" class="wrong small" role="alert" { (language.choose(
                                "Nummeret kan ikke læses. Skriv det som 71 23 45 67 eller +4571*.",
                                "The number cannot be read. Write it like 71 23 45 67 or +4571*.")) }
                        }
                        span id="number-help" class="quiet small" { (language.choose("+4571* gælder alle, der begynder sådan.", "+4571* means all that begin so.")) }
                    }
                    div class="field" {
                        label for="note" { (language.choose("Hvem er det?", "Who is this?")) }
                        input id="note" name="note" maxlength="500" autocomplete="off" value=(typed.note);
                    }
                    div class="field" {
                        label for="until" { (language.choose("Til og med (ellers altid)", "Up to and including (else for good)")) }
                        input id="until" name="until" type="date" max=(LAST_DAY) value=(typed.until)
                            autofocus[day_wrong.is_some()] aria-invalid=[day_wrong.map(|_| "true")]
                            aria-describedby=[day_wrong.map(|_| "until-wrong")];
                        @if let Some(words) = day_wrong {
                            span id="until-wrong" class="wrong small" role="alert" { (words) }
                        }
                    }
                    @if is_wrong(&Wrong::Line) {
                        p class="wrong small" role="alert" { (language.choose("Den linje er her ikke mere. Vælg en anden.", "That line is here no more. Choose another.")) }
                    }
                    (line_field(app, "line", Some(&chosen).filter(|line| !line.0.is_empty()), language))
                    div class="buttons" {
                        button class="main" autofocus[is_wrong(&Wrong::Line)] { (language.choose("Gem", "Save")) }
                        @if !typed.was.is_empty() { a class="button" href={ "/lists/" (self.name.as_str()) } { (language.choose("Lad det være", "Leave it")) } }
                    }
                }
            }
        }
    }

    /// The entry that stands where another one was to be written.
    fn there(&self, app: &Seen, there: &ListEntry, language: Language) -> Markup {
        let policies = app.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let today = zone.to_datetime(app.now()).date();
        html! {
            p class="wrong small" role="alert" {
                b { (shown(there.pattern)) }
                (language.choose(" står her allerede", " is here already"))
                @if !there.note.is_empty() { ": “" (there.note) "”" }
                @if let Some(end) = there.expires_at {
                    (language.choose(", til ", ", until ")) (day_in_a_sentence(last_day(end, zone), today, language))
                }
                ". "
                (language.choose("Gem igen for at skrive det her i stedet.", "Save again to write this in its place."))
            }
        }
    }

    fn files(&self, app: &Seen, language: Language) -> Markup {
        let list = self.name.as_str();
        html! {
            section class="card" aria-labelledby="files" {
                h2 id="files" { (language.choose("Filer", "Files")) }
                @if app.may_change_some_line() { div class="drop" id="drop" hidden data-import={ "/api/v1/lists/import?list=" (list) } data-list=(self.address())
                    data-taken=(language.choose("{} optaget", "{} taken"))
                    data-replaced=(language.choose("{} af dem stod her i forvejen", "{} of them were here already"))
                    data-refused=(language.choose("Rækker, der ikke er optaget: {}", "Rows not taken: {}"))
                    data-doubtful=(language.choose("{} optaget, som du skal se på", "{} taken that you should look at"))
                    data-unread=(language.choose("Kolonner, der ikke er læst: {}", "Columns that were not read: {}"))
                    data-row=(language.choose("Række", "Row"))
                    data-reload=(language.choose("Vis listen", "Show the list"))
                    data-failed=(language.choose("Filen kunne ikke læses.", "The file could not be read.")) {
                    (line_field(app, "import-line", None, language))
                    label for="file" { (language.choose("Slip en fil her, eller vælg den", "Drop a file here, or choose it")) }
                    span class="quiet small" { (language.choose("CSV-tabel eller vCard-kontakter", "A CSV table or vCard contacts")) }
                    input id="file" type="file" accept=".csv,.vcf,.vcard,text/csv,text/vcard";
                    progress id="progress" max="1" value="0" hidden aria-label=(language.choose("Sender filen", "Sending the file")) {}
                    div id="report" role="status" {}
                }
                noscript { p { (language.choose("Her tager siden imod filer med et script. Uden det gør ", "The page takes files with a script. Without it, ")) code { "portner lists import" } (language.choose(" det i terminalen.", " does so in the terminal.")) } } }
                p class="buttons" {
                    a class="button" href={ "/api/v1/lists/" (list) "/export" } download { (language.choose("Hent som CSV", "Get as CSV")) }
                    a class="button" href={ "/api/v1/lists/" (list) "/export?format=vcard" } download { "vCard" }
                }
            }
        }
    }
}

/// The line that something holds for, where there is a choice: for all, if he may say so, or for one
/// of those that he owns.
fn line_field(app: &Seen, id: &str, chosen: Option<&LineId>, language: Language) -> Markup {
    let policies = app.policies();
    let everywhere = app.may_change(None);
    if everywhere && policies.lines().len() == 1 && chosen.is_none() {
        return html! {};
    }
    let lines: Vec<&LineId> = policies
        .lines()
        .iter()
        .map(|policy| &policy.line.id)
        .collect();
    let gone = chosen.filter(|chosen| !lines.contains(chosen));
    html! {
        div class="field" {
            label for=(id) { (language.choose("Linje", "Line")) }
            select id=(id) name="line" {
                @if everywhere { option value="" { (language.choose("Alle linjer", "All lines")) } }
                @for line in lines.into_iter().filter(|line| app.may_change(Some(line))) {
                    option value=(line) selected[chosen == Some(line)] { (line) }
                }
                @if let Some(line) = gone {
                    option value=(line) selected { (line) (language.choose(" (findes ikke mere)", " (is no more)")) }
                }
            }
        }
    }
}

/// Entries whose number or note has this in it: a page of them, or what was found among so many.
async fn search(
    app: &Seen,
    list: ListName,
    asked: &str,
    mut after: Option<NumberPattern>,
) -> Result<EntryPage, Problem> {
    let text = asked.trim().to_lowercase();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = !digits.is_empty() && !text.chars().any(char::is_alphabetic);
    if is_number && let Ok(number) = E164::parse_national(asked, REGION) {
        let mut entries = app.entries_matching(number).await?;
        entries.retain(|entry| entry.list == list);
        if !entries.is_empty() {
            return Ok(EntryPage {
                entries,
                next: None,
            });
        }
    }
    let fits = |entry: &ListEntry| {
        entry.note.to_lowercase().contains(&text)
            || (is_number && entry.pattern.full().contains(&digits))
    };
    let (mut entries, mut seen) = (Vec::new(), 0);
    loop {
        let read = app.entries(list, after, 1_000).await?;
        seen += read.entries.len();
        entries.extend(read.entries.into_iter().filter(fits));
        if let Some(page) = EntryPage::first(&mut entries, ROWS) {
            return Ok(page);
        }
        after = read.next;
        if after.is_none() || seen >= MOST_SEARCHED {
            return Ok(EntryPage {
                entries,
                next: after,
            });
        }
    }
}

/// What a list is called.
pub(super) fn name(list: ListName, language: Language) -> &'static str {
    match list {
        ListName::Allow => language.choose("Altid igennem", "Always through"),
        ListName::Wanted => language.choose("Ønskede kunder", "Wanted customers"),
        ListName::Block => language.choose("Blokerede", "Blocked"),
    }
}

fn meaning(list: ListName, language: Language) -> &'static str {
    match list {
        ListName::Allow => language.choose(
            "De ringer direkte igennem. Det slår alle andre lister og regler.",
            "They ring straight through. That beats every other list and rule.",
        ),
        ListName::Wanted => language.choose(
            "De kunder, du helst vil have: de ringer direkte igennem, og du hører, hvem det er.",
            "The customers you want most: they ring straight through, and you hear who it is.",
        ),
        ListName::Block => language.choose(
            "De får et nej, før telefonen ringer.",
            "They get a no before the phone rings.",
        ),
    }
}

fn origin(origin: Origin, language: Language) -> &'static str {
    match origin {
        Origin::Owner => language.choose("skrevet", "written"),
        Origin::Whisper => language.choose("trykket under et opkald", "pressed during a call"),
        Origin::Import => language.choose("fra en fil", "from a file"),
    }
}

/// A pattern with its digits in groups.
pub(super) fn shown(pattern: NumberPattern) -> String {
    let full = pattern.full();
    match E164::parse(&full) {
        Ok(exact) if pattern.is_exact() => exact.grouped(),
        _ => full,
    }
}

/// Text as it stands in an address.
pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
