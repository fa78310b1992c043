//! The accounts: who there is, what each may do and on which lines.

use std::collections::BTreeMap;

use axum::extract::{Extension, Form, State};
use axum::response::Response;
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Found, again, aside, back, done_to, nowhere, unfit};
use crate::call::{Language, LineId};
use crate::web::App;
use crate::web::accounts::{self, Kept, MIN_PASSWORD_CHARS, Rights, Role, Unfit, Visitor};
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;

/// The accounts; an owner can change the others.
pub(super) fn card(app: &App, found: &Found, visitor: &Visitor, language: Language) -> Markup {
    html! {
        section class="card" aria-labelledby="people" {
            h2 id="people" { (language.choose("Konti", "Accounts")) }
            @if found.accounts.is_empty() { p class="quiet" { (none(visitor, language)) } }
            ul class="entries plain whole" {
                @for (at, account) in found.accounts.iter().enumerate() {
                    li {
                        div {
                            b { (account.name) } " " span class="tag" { (may(&account.rights, language)) }
                            @if account.has_codes() { " " span class="tag" { (language.choose("med kode", "with a code")) } }
                            @if visitor.rights.own_everything() && visitor.account.as_ref() != Some(&account.name) {
                                details {
                                    summary { (language.choose("Ret, hvad kontoen må", "Change what it may")) span class="sr" { ": " (account.name) } }
                                    form class="stack" method="post" action="/access/rights" {
                                        input type="hidden" name="name" value=(account.name);
                                        (rights_fields(app, at, Some(&account.rights), language))
                                        button { (language.choose("Gem", "Save")) }
                                    }
                                }
                                @if account.has_codes() { (code_off(&account.name, language)) }
                                (removal(&account.name, language))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Why there is no account to show.
fn none(visitor: &Visitor, language: Language) -> &'static str {
    if !visitor.rights.own_everything() {
        language.choose("Du har ingen konto her.", "You have no account here.")
    } else if visitor.account.is_some() || visitor.outside.is_some() {
        language.choose("Ingen endnu.", "None yet.")
    } else {
        language.choose(
            "Ingen endnu; du er her med nøglen.",
            "None yet; you are here with the token.",
        )
    }
}

/// Takes an account's code away, asked twice: until it has a new one, its password is enough.
fn code_off(name: &str, language: Language) -> Markup {
    html! {
        details {
            summary { (language.choose("Slå koden fra telefonen fra …", "Switch the code from the phone off …")) span class="sr" { ": " (name) } }
            form class="stack" method="post" action="/access/code/off-for" {
                input type="hidden" name="name" value=(name);
                p { (language.choose(
                    format!("Så logger “{name}” ind med adgangskoden alene, til en ny kode er sat op."),
                    format!("Then “{name}” logs in with the password alone, until a new code is set up."))) }
                div class="buttons" { button class="reject" { (language.choose("Slå den fra", "Switch it off")) } }
            }
        }
    }
}

/// Removes an account, asked twice.
fn removal(name: &str, language: Language) -> Markup {
    html! {
        details {
            summary { (language.choose("Fjern …", "Remove …")) span class="sr" { ": " (name) } }
            form class="stack" method="post" action="/access/remove" {
                input type="hidden" name="name" value=(name);
                p { (language.choose(
                    format!("“{name}” bliver logget ud overalt og kan ikke logge ind igen."),
                    format!("“{name}” is logged out everywhere and cannot log in again."))) }
                div class="buttons" { button class="reject" { (language.choose("Fjern kontoen", "Remove the account")) } }
            }
        }
    }
}

/// Why an account cannot be made as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Unfit(Unfit),
    NoRights(NoRights),
}

/// Why what was chosen gives no rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRights {
    /// It may do nothing on any line.
    Nowhere,
    /// Lines are chosen beside what it may everywhere.
    Aside,
}

impl Wrong {
    fn is_of_password(self) -> bool {
        self == Self::Unfit(Unfit::Password)
    }

    fn is_of_rights(self) -> bool {
        matches!(self, Self::NoRights(_))
    }

    fn is_of_name(self) -> bool {
        !self.is_of_password() && !self.is_of_rights()
    }
}

/// What was typed for a new account, and why it cannot be made so.
pub(super) struct Refused {
    name: String,
    rights: Option<Rights>,
    wrong: Wrong,
}

/// The form that makes one, with what was typed where it comes back; the password never does.
pub(super) fn new_account(app: &App, refused: Option<&Refused>, language: Language) -> Markup {
    let wrong = refused.map(|refused| refused.wrong);
    let name = refused.map(|refused| refused.name.as_str());
    let rights = refused.and_then(|refused| refused.rights.as_ref());
    let of_name = wrong.is_some_and(Wrong::is_of_name);
    let of_password = wrong.is_some_and(Wrong::is_of_password);
    let of_rights = wrong.is_some_and(Wrong::is_of_rights);
    let told = html! { @if let Some(wrong) = wrong {
        span id="new-wrong" class="wrong small" role="alert" { (why_not(wrong, language)) }
    } };
    html! {
        section class="card" aria-labelledby="new" {
            h2 id="new" { (language.choose("Ny konto", "New account")) }
            form class="stack" method="post" action="/access/add" {
                div class="field" {
                    label for="name" { (language.choose("Navn", "Name")) }
                    input id="name" name="name" value=[name] required maxlength="40" autocomplete="off" autocapitalize="off"
                        autofocus[of_name] aria-invalid=[of_name.then_some("true")] aria-describedby=[of_name.then_some("new-wrong")];
                    @if of_name { (told) }
                }
                div class="field" {
                    label for="new-password" { (language.choose("Adgangskode", "Password")) }
                    input id="new-password" name="password" type="password" required minlength=(MIN_PASSWORD_CHARS) autocomplete="new-password"
                        autofocus[of_password] aria-invalid=[of_password.then_some("true")] aria-describedby=[of_password.then_some("new-wrong")];
                    @if of_password { (told) }
                }
                (rights_fields(app, NEW, rights, language))
                @if of_rights { (told) }
                button { (language.choose("Opret", "Make")) }
            }
        }
    }
}

fn why_not(wrong: Wrong, language: Language) -> &'static str {
    match wrong {
        Wrong::Unfit(reason) => unfit(reason, language),
        Wrong::NoRights(NoRights::Nowhere) => nowhere(language),
        Wrong::NoRights(NoRights::Aside) => aside(language),
    }
}

/// What tells the fields of the new account from those of the others.
const NEW: usize = usize::MAX;

/// What an account may: everywhere, or line by line where there are several lines.
fn rights_fields(app: &App, at: usize, rights: Option<&Rights>, language: Language) -> Markup {
    let policies = app.state.service.policies();
    let lines: Vec<&LineId> = policies.lines().iter().map(|own| &own.line.id).collect();
    let by_line = matches!(rights, Some(Rights::Lines(_)));
    let everywhere = rights.and_then(Rights::everywhere);
    let id = |name: &str| {
        if at == NEW {
            format!("new-{name}")
        } else {
            format!("{name}-{at}")
        }
    };
    html! {
        div class="field" {
            label for=(id("role")) { (language.choose("Må", "May")) }
            select id=(id("role")) name="role" {
                option value="viewer" selected[everywhere == Some(Role::Viewer)] { (word(Role::Viewer, language)) }
                option value="owner" selected[everywhere == Some(Role::Owner)] { (word(Role::Owner, language)) }
                @if lines.len() > 1 || by_line {
                    option value="lines" selected[by_line] { (language.choose("kun på disse linjer:", "only on these lines:")) }
                }
            }
        }
        @if lines.len() > 1 || by_line {
            fieldset {
                legend class="small quiet" { (language.choose("Linje for linje", "Line by line")) }
                @for (number, line) in lines.iter().enumerate() {
                    @let on = rights.filter(|_| by_line).and_then(|rights| rights.on(line));
                    @let field = id(&format!("line-{number}"));
                    div class="field" {
                        label for=(field) { (line) }
                        select id=(field) name={ "on." (line) } {
                            option value="" { (language.choose("intet", "nothing")) }
                            option value="viewer" selected[on == Some(Role::Viewer)] { (language.choose("gæst: må se", "viewer: may look")) }
                            option value="owner" selected[on == Some(Role::Owner)] { (language.choose("ejer af linjen", "owner of the line")) }
                        }
                    }
                }
            }
        }
    }
}

/// What somebody may, in words.
pub(super) fn may(rights: &Rights, language: Language) -> String {
    match rights {
        Rights::Everywhere(role) => word(*role, language).to_owned(),
        Rights::Lines(lines) => {
            let one = |(line, role): (&LineId, &Role)| {
                let what = match role {
                    Role::Owner => language.choose("ejer", "owner"),
                    Role::Viewer => language.choose("gæst", "viewer"),
                };
                format!("{line}: {what}")
            };
            lines.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

fn word(role: Role, language: Language) -> &'static str {
    match role {
        Role::Owner => language.choose("ejer: må alt", "owner: may do everything"),
        Role::Viewer => language.choose("gæst: må se", "viewer: may look"),
    }
}

fn role(text: &str) -> Option<Role> {
    match text {
        "owner" => Some(Role::Owner),
        "viewer" => Some(Role::Viewer),
        _ => None,
    }
}

/// What was typed into the form of an account; the fields that begin with `on.` name lines.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Typed {
    name: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    role: String,
    #[serde(flatten)]
    on: BTreeMap<String, String>,
}

impl Typed {
    /// The rights that it gives.
    fn rights(&self) -> Result<Rights, NoRights> {
        let lines = self.lines();
        match (self.role.as_str(), lines.is_empty()) {
            ("lines", false) => Ok(Rights::Lines(lines)),
            ("lines", true) => Err(NoRights::Nowhere),
            (_, false) => Err(NoRights::Aside),
            (everywhere, true) => role(everywhere)
                .map(Rights::Everywhere)
                .ok_or(NoRights::Nowhere),
        }
    }

    /// What comes back chosen: the lines, where any is named, and be it no line.
    fn chosen(&self) -> Option<Rights> {
        let lines = self.lines();
        if self.role == "lines" || !lines.is_empty() {
            return Some(Rights::Lines(lines));
        }
        role(&self.role).map(Rights::Everywhere)
    }

    fn lines(&self) -> BTreeMap<LineId, Role> {
        let named = |(field, text): (&String, &String)| {
            Some((LineId(field.strip_prefix("on.")?.to_owned()), role(text)?))
        };
        self.on.iter().filter_map(named).collect()
    }
}

/// Makes an account.
pub(in crate::web::desk) async fn add(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(new): Form<Typed>,
) -> Response {
    let chosen = new.chosen();
    let made = async {
        let rights = match new.rights() {
            Ok(rights) => rights,
            Err(none) => return Ok(Err(Wrong::NoRights(none))),
        };
        let now = app.state.service.clock().now();
        let store = app.store()?;
        let made = accounts::add(
            &app.changing,
            store.as_ref(),
            &new.name,
            new.password.clone(),
            rights,
            now,
        );
        Ok::<_, Problem>(made.await?.map_err(Wrong::Unfit))
    };
    let wrong = match made.await {
        Ok(Ok(())) => return done_to(new.name.trim(), "made"),
        Ok(Err(wrong)) => wrong,
        Err(problem) => return trouble(&shown, &problem),
    };
    let refused = Refused {
        name: new.name,
        rights: chosen,
        wrong,
    };
    again(&app, &shown, &visitor, &refused).await
}

/// Gives an account other rights; its open pages end.
pub(in crate::web::desk) async fn rights(
    State(app): State<App>,
    shown: Shown,
    Form(typed): Form<Typed>,
) -> Response {
    let rights = match typed.rights() {
        Ok(rights) => rights,
        Err(NoRights::Nowhere) => return back(&shown, Ok(Err("nowhere"))),
        Err(NoRights::Aside) => return back(&shown, Ok(Err("aside"))),
    };
    let changed = async {
        let store = app.store()?;
        accounts::set_rights(&app.changing, store.as_ref(), &typed.name, rights).await
    };
    match changed.await {
        Ok(Ok(())) => {
            app.sessions.tell();
            done_to(&typed.name, "changed")
        }
        Ok(Err(Kept::LastOwner)) => back(&shown, Ok(Err("last"))),
        Ok(Err(Kept::Gone)) => back(&shown, Ok(Err("gone"))),
        Err(problem) => back(&shown, Err(problem)),
    }
}

/// An account.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Named {
    name: String,
}

/// Removes an account and ends its logins.
pub(in crate::web::desk) async fn remove(
    State(app): State<App>,
    shown: Shown,
    Form(named): Form<Named>,
) -> Response {
    let removed = async {
        if !accounts::remove(&app.changing, app.store()?.as_ref(), &named.name).await? {
            return Ok(false);
        }
        app.sessions.revoke_others(&app, &named.name, None).await?;
        Ok(true)
    };
    match removed.await {
        Ok(true) => done_to(&named.name, "removed"),
        kept => back(&shown, kept.map(|_| Err("last"))),
    }
}
