//! A form of settings: shown with what holds, with what was typed and what the checker says of it,
//! and with what stands on the disk where that was changed meanwhile.

use std::cell::Cell;

use maud::{Markup, html};

use super::field::{
    self, Field, Kind, LANGUAGES, Part, Posted, Rows, Words, day_name, join, typed,
};
use crate::call::Language;
use crate::config::{Problem as Told, Severity, Sheet};
use crate::screening::hours::{DAYS, parse_days};
use crate::web::desk::alarms::capital;
use crate::web::settings::needs_restart;

/// A few fields that belong together.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) struct Section {
    pub(super) id: &'static str,
    pub(super) name: Words,
    pub(super) about: Words,
    pub(super) parts: &'static [Part],
}

impl Section {
    pub(in crate::web::desk) const fn new(
        id: &'static str,
        name: Words,
        about: Words,
        parts: &'static [Part],
    ) -> Self {
        Self {
            id,
            name,
            about,
            parts,
        }
    }
}

/// A form as it is shown.
pub(in crate::web::desk) struct Form<'a> {
    /// What holds.
    pub(in crate::web::desk) sheet: &'a Sheet,
    /// The table that it is about, such as `line[0]`; empty for the whole file.
    pub(in crate::web::desk) base: &'a str,
    /// What was typed, where it comes back.
    pub(in crate::web::desk) posted: Option<&'a Posted>,
    /// What the checker says of it.
    pub(in crate::web::desk) problems: &'a [Told],
    /// Whether `sheet` is what somebody else wrote meanwhile, to be shown beside what was typed.
    pub(in crate::web::desk) changed: bool,
    pub(in crate::web::desk) language: Language,
    /// Whether a field has the focus: the first one that was refused gets it.
    pub(in crate::web::desk) focused: Cell<bool>,
}

impl Form<'_> {
    fn say(&self, words: Words) -> &'static str {
        self.language.choose(words.0, words.1)
    }

    /// A section as a card.
    pub(super) fn section(&self, section: &Section) -> Markup {
        html! {
            section class="card" aria-labelledby=(section.id) {
                h2 id=(section.id) { (self.say(section.name)) }
                @if !section.about.0.is_empty() { p class="quiet" { (self.say(section.about)) } }
                (self.parts(section.parts))
            }
        }
    }

    /// The fields one after the other.
    pub(in crate::web::desk) fn parts(&self, parts: &[Part]) -> Markup {
        html! {
            div class="stack" {
                @for part in parts {
                    @match part {
                        Part::One(field) => { (self.field(field, field.key)) }
                        Part::Many(rows) => { (self.rows(rows)) }
                    }
                }
            }
        }
    }

    /// What is wrong elsewhere, so that no field of this form can say it.
    pub(super) fn elsewhere(&self, sections: &[Section]) -> Vec<&Told> {
        let here = |told: &Told| {
            let Some(setting) = self.relative(&told.setting) else {
                return false;
            };
            let parts = sections.iter().flat_map(|section| section.parts.iter());
            parts.into_iter().any(|part| match part {
                Part::One(field) => {
                    let of_a_day = |day| is_day(field.key, setting, day);
                    is_about(field, field.key, setting)
                        || (matches!(field.kind, Kind::Week) && (0..DAYS.len()).any(of_a_day))
                }
                Part::Many(rows) => is_in(rows.key, setting),
            })
        };
        self.problems
            .iter()
            .filter(|told| told.severity == Severity::Error && !here(told))
            .collect()
    }

    fn relative<'s>(&self, setting: &'s str) -> Option<&'s str> {
        if self.base.is_empty() {
            return Some(setting);
        }
        let rest = setting.strip_prefix(self.base)?;
        rest.strip_prefix('.').or((rest.is_empty()).then_some(rest))
    }

    fn told(&self, about: impl Fn(&str) -> bool) -> Vec<&Told> {
        let about = |told: &&Told| self.relative(&told.setting).is_some_and(&about);
        self.problems.iter().filter(about).collect()
    }

    fn value(&self, field: &Field, name: &str) -> String {
        match self.posted.and_then(|posted| posted.get(name)) {
            Some(typed) => typed.to_owned(),
            None => typed(field, name, self.sheet, self.base),
        }
    }

    fn is_ticked(&self, field: &Field, name: &str) -> bool {
        match self.posted {
            Some(posted) if posted.get(&format!("{name}.asked")).is_some() => {
                posted.get(name).is_some()
            }
            _ => typed(field, name, self.sheet, self.base) == "yes",
        }
    }

    fn field(&self, field: &Field, name: &str) -> Markup {
        let setting = join(self.base, name);
        if let Some(variable) = self.sheet.variable(&setting) {
            return self.fixed(field, name, variable);
        }
        let told = self.told(|setting| is_about(field, name, setting));
        let wrong = format!("{name}-told");
        let hint = format!("{name}-hint");
        let described = match (told.is_empty(), field.hint.0.is_empty()) {
            (true, true) => None,
            (true, false) => Some(hint.clone()),
            (false, true) => Some(wrong.clone()),
            (false, false) => Some(format!("{wrong} {hint}")),
        };
        let described = described.as_deref();
        let is_invalid = told.iter().any(|told| told.severity == Severity::Error);
        let invalid = is_invalid.then_some("true");
        let value = self.value(field, name);
        let below = html! {
            @if is_invalid && is_no_number(field, &value) {
                div id=(wrong) { p class="wrong small" { (self.language.choose("Skriv et helt tal.", "Write a whole number.")) } }
            } @else { (said(&told, &wrong, self.language)) }
            (self.on_disk(field, name))
            @if !field.hint.0.is_empty() {
                p class="quiet small hint" id=(hint) { (self.say(field.hint))
                    @if needs_restart(&setting) { " " (self.say(RESTART)) } }
            } @else if needs_restart(&setting) { p class="quiet small hint" { (self.say(RESTART)) } }
        };
        let first = !matches!(field.kind, Kind::Week) && self.takes_focus(is_invalid);
        match field.kind {
            Kind::Flag => html! {
                div class="field" {
                    input type="hidden" name={ (name) ".asked" } value="1";
                    label class="check" {
                        input type="checkbox" id=(name) name=(name) value="yes" checked[self.is_ticked(field, name)]
                            autofocus[first] aria-describedby=[described] aria-invalid=[invalid];
                        (self.say(field.name))
                    }
                    (below)
                }
            },
            Kind::Choice(choices) => html! {
                fieldset class="field" aria-describedby=[described] aria-invalid=[invalid] {
                    legend { (self.say(field.name)) }
                    @for (at, (choice, words)) in choices.iter().enumerate() {
                        label class="check" {
                            input type="radio" name=(name) value=(choice) checked[*choice == value] autofocus[first && at == 0] required;
                            (self.say(*words))
                        }
                    }
                    (below)
                }
            },
            Kind::Week => self.week(field, name, &below),
            Kind::Languages => html! {
                div class="field" {
                    label for=(name) { (self.say(field.name)) }
                    select id=(name) name=(name) autofocus[first] aria-describedby=[described] aria-invalid=[invalid] {
                        @for (codes, words) in LANGUAGES {
                            option value=(codes) selected[codes == value] { (self.say(words)) }
                        }
                    }
                    (below)
                }
            },
            Kind::Words | Kind::Phones | Kind::Long => {
                let rows = value.lines().count().clamp(2, 12);
                html! {
                    div class="field" {
                        label for=(name) { (self.say(field.name)) }
                        textarea id=(name) name=(name) rows=(rows) autocomplete="off" spellcheck="false"
                            inputmode=[matches!(field.kind, Kind::Phones).then_some("tel")]
                            autofocus[first] aria-describedby=[described] aria-invalid=[invalid] { "\n" (value) }
                        (below)
                    }
                }
            }
            Kind::Secret => html! {
                div class="field" {
                    label for=(name) { (self.say(field.name)) " " (self.set_or_not(name)) }
                    input id=(name) name=(name) type="password" autocomplete="new-password" maxlength="500"
                        spellcheck="false" autofocus[first] aria-describedby=[described] aria-invalid=[invalid];
                    @if field::is_set(name, self.sheet, self.base) {
                        label class="check small" { input type="checkbox" name={ (name) ".forget" } value="yes";
                            (self.language.choose("Glem den", "Forget it"))
                            span class="sr" { ": " (self.say(field.name)) } }
                    }
                    (below)
                }
            },
            Kind::Text | Kind::Phone | Kind::Number | Kind::Target => {
                let keyboard = match field.kind {
                    Kind::Phone => Some("tel"),
                    Kind::Number => Some("numeric"),
                    _ => None,
                };
                html! {
                    div class="field" {
                        label for=(name) { (self.say(field.name)) }
                        input id=(name) name=(name) value=(value) inputmode=[keyboard] autocomplete="off" maxlength="500"
                            class=[matches!(field.kind, Kind::Number).then_some("few")]
                            autofocus[first] aria-describedby=[described] aria-invalid=[invalid];
                        (below)
                    }
                }
            }
        }
    }

    /// Whether a field that is invalid is the first such one of a form that was sent.
    fn takes_focus(&self, is_invalid: bool) -> bool {
        is_invalid && self.posted.is_some() && !self.focused.replace(true)
    }

    /// Whether a secret is set, which is all that is ever shown of it.
    fn set_or_not(&self, name: &str) -> Markup {
        let word = if field::is_set(name, self.sheet, self.base) {
            self.language.choose("sat", "set")
        } else {
            self.language.choose("ikke sat", "not set")
        };
        html! { span class="tag" { (word) } }
    }

    /// What the environment sets: shown, and not to be changed here.
    fn fixed(&self, field: &Field, name: &str, variable: &str) -> Markup {
        let value = typed(field, name, self.sheet, self.base);
        html! {
            div class="field" {
                span class="label" { (self.say(field.name)) }
                span { @if matches!(field.kind, Kind::Secret) { (self.set_or_not(name)) } @else if value.is_empty() { "–" } @else { (value) } }
                p class="quiet small hint" { (self.language.choose("Sat af ", "Set by ")) code { (variable) }
                    (self.language.choose("; ændres dér.", "; changed there.")) }
            }
        }
    }

    /// What somebody else wrote meanwhile, where it is not what was typed.
    fn on_disk(&self, field: &Field, name: &str) -> Markup {
        if !self.changed {
            return html! {};
        }
        let now = match field.kind {
            Kind::Week => field::week_of(self.sheet.get(&join(self.base, name)))
                .map(|week| week.join(" · "))
                .unwrap_or_default(),
            _ => typed(field, name, self.sheet, self.base),
        };
        let own = match field.kind {
            Kind::Flag if self.is_ticked(field, name) => "yes".to_owned(),
            Kind::Flag => String::new(),
            Kind::Week | Kind::Secret => return html! {},
            _ => self.value(field, name),
        };
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(", ");
        if plain(&now) == plain(&own) {
            return html! {};
        }
        html! {
            p class="changed small" { (self.language.choose("På disken står nu: ", "On disk it now says: "))
                b { @if now.is_empty() { "–" } @else { (plain(&now)) } } }
        }
    }

    fn week(&self, field: &Field, name: &str, below: &Markup) -> Markup {
        let holds = field::week_of(self.sheet.get(&join(self.base, name)));
        let posted = |day: &str| {
            let posted = self
                .posted
                .filter(|posted| posted.get(&format!("{name}.always")).is_some());
            posted.map(|posted| {
                posted
                    .get(&format!("{name}.{day}"))
                    .unwrap_or_default()
                    .to_owned()
            })
        };
        let always = posted("always").map_or(holds.is_none(), |always| always == "yes");
        html! {
            fieldset class="field week" aria-describedby=[(!field.hint.0.is_empty()).then(|| format!("{name}-hint"))] {
                legend { (self.say(field.name)) }
                label class="check" { input type="radio" name={ (name) ".always" } value="yes" checked[always];
                    (self.language.choose("Altid åbent", "Always open")) }
                label class="check" { input type="radio" name={ (name) ".always" } value="no" checked[!always];
                    (self.language.choose("Disse tider", "These hours")) }
                @for (index, day) in DAYS.into_iter().enumerate() {
                    @let own = format!("{name}.{day}");
                    @let told = self.told(|setting| is_day(name, setting, index));
                    @let value = posted(day).unwrap_or_else(|| holds.as_ref().map(|week| week[index].clone()).unwrap_or_default());
                    div class="day-row" {
                        label for=(own) { (day_name(index, self.language)) }
                        input id=(own) name=(own) value=(value) autocomplete="off" maxlength="100"
                            placeholder=(self.language.choose("lukket", "closed"))
                            autofocus[self.takes_focus(told.iter().any(|told| told.severity == Severity::Error))]
                            aria-invalid=[(!told.is_empty()).then_some("true")]
                            aria-describedby=[(!told.is_empty()).then(|| format!("{own}-told"))];
                        (said(&told, &format!("{own}-told"), self.language))
                    }
                }
                (below)
            }
        }
    }

    fn rows(&self, rows: &Rows) -> Markup {
        let setting = join(self.base, rows.key);
        let had = self
            .sheet
            .get(&setting)
            .and_then(serde_json::Value::as_array)
            .map_or(0, Vec::len);
        let typed = self.posted.map_or(0, |posted| posted.rows(rows.key));
        let shown = if typed > 0 { typed } else { had + 1 };
        let told = self.told(|own| own == rows.key);
        html! {
            fieldset class="rows-of" {
                legend { (self.say(rows.name)) }
                @if !rows.hint.0.is_empty() { p class="quiet small" { (self.say(rows.hint)) } }
                (said(&told, &format!("{}-told", rows.key), self.language))
                @for row in 0..shown {
                    @let table = format!("{}[{row}]", rows.key);
                    @let told = self.told(|own| own == table);
                    @let new = row >= had;
                    div class="row-of" role="group"
                        aria-label=(if new { format!("{} – {}", self.say(rows.one), self.language.choose("ny", "new")) } else { format!("{} {}", self.say(rows.one), row + 1) }) {
                        @if new { span class="tag" { (self.language.choose("Ny", "New")) } }
                        (said(&told, &format!("{table}-told"), self.language))
                        div class="cells" {
                            @for column in rows.columns {
                                (self.field(column, &format!("{table}.{}", column.key)))
                            }
                        }
                        @if !new {
                            div class="buttons small" {
                                @if rows.ordered {
                                    (self.move_button("up", rows, row, row == 0, "↑", ("Op", "Up")))
                                    (self.move_button("down", rows, row, row + 1 >= had, "↓", ("Ned", "Down")))
                                }
                                (self.move_button("drop", rows, row, false, "", ("Fjern", "Remove")))
                            }
                        }
                    }
                }
            }
        }
    }

    fn move_button(
        &self,
        what: &str,
        rows: &Rows,
        row: usize,
        off: bool,
        sign: &str,
        words: Words,
    ) -> Markup {
        html! {
            button class="plain" name="do" value={ (what) ":" (rows.key) ":" (row) } disabled[off] {
                @if !sign.is_empty() { span aria-hidden="true" { (sign) } }
                (self.say(words))
                span class="sr" { " " (self.say(rows.one)) " " (row + 1) }
            }
        }
    }
}

const RESTART: Words = (
    "Gælder, når Portner er startet igen.",
    "Takes effect when Portner has been started again.",
);

/// What the checker says.
pub(super) fn said(told: &[&Told], id: &str, language: Language) -> Markup {
    html! {
        @if !told.is_empty() {
            div id=(id) {
                @for told in told {
                    p class=(if told.severity == Severity::Error { "wrong small" } else { "doubtful small" }) {
                        (capital(told.message.told_in(language))) (what_to_do(told, language))
                    }
                }
            }
        }
    }
}

/// What is wrong, and what to do; behind the name of the setting.
pub(super) fn in_words(told: &Told, language: Language) -> Markup {
    html! { (told.message.told_in(language)) (what_to_do(told, language)) }
}

fn what_to_do(told: &Told, language: Language) -> Markup {
    html! {
        @if let Some(help) = &told.help { " – " (help.told_in(language)) }
    }
}

/// Whether something else than a number stands where one belongs.
fn is_no_number(field: &Field, value: &str) -> bool {
    let value = value.trim();
    matches!(field.kind, Kind::Number) && !value.is_empty() && value.parse::<i64>().is_err()
}

/// Whether a setting is this field's.
fn is_about(field: &Field, name: &str, setting: &str) -> bool {
    match field.kind {
        Kind::Phones => ["number", "numbers"]
            .into_iter()
            .any(|own| is_in(own, setting)),
        Kind::Week => setting == name,
        Kind::Target => {
            let table = name.strip_suffix(".to").unwrap_or_default();
            ["number", "sip", "client"]
                .into_iter()
                .any(|key| setting == join(table, key))
        }
        _ => is_in(name, setting),
    }
}

/// Whether a setting is this one, or a part of it.
fn is_in(name: &str, setting: &str) -> bool {
    let rest = setting.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

/// Whether a setting is the hours of this day.
fn is_day(name: &str, setting: &str, day: usize) -> bool {
    let days = setting
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('.'));
    days.and_then(|days| parse_days(days).ok())
        .is_some_and(|days| days.contains(&day))
}
