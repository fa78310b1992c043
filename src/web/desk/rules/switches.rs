//! The rules of a file one by one: whether each is a draft, on trial or live, with one tap, and how
//! often it hit.

use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Editor, Saved, write};
use crate::call::{Language, bilingual};
use crate::rules::{Life, switched, switches};
use crate::service::RuleHits;
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::desk::lists::encoded;
use crate::web::desk::time::short_day;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::files::blocking;
use crate::web::language::Shown;
use crate::web::rule_files as files;

/// Which rule is to be what.
#[derive(Debug, Deserialize)]
pub(in crate::web::desk) struct Wish {
    path: String,
    base: String,
    rule: String,
    life: String,
}

/// Switches a rule in its file, as saving it by hand would.
pub(in crate::web::desk) async fn put(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(wish): Form<Wish>,
) -> Response {
    let done = async {
        let life = Life::parse(&wish.life).ok_or_else(|| {
            Problem::not_found(bilingual!(
                "en regel kan ikke være sådan",
                "no rule can be like that"
            ))
        })?;
        let no_such = || {
            Problem::conflict(bilingual!(
                "reglen står ikke i filen på disken: gem filen først, eller åbn den igen",
                "the rule is not in the file on the disk: save the file first, or open it again"
            ))
        };
        let rules = app.state.rules();
        let path = files::below(&wish.path)?;
        let found = blocking(move || files::read(&rules)).await?;
        let file = found.into_iter().find(|file| file.own && file.path == path);
        let file = file.ok_or_else(no_such)?;
        let text = switched(&file.text, &wish.rule, life).ok_or_else(no_such)?;
        let saved = Saved {
            path: file.path,
            base: wish.base.clone(),
            text,
            version: String::new(),
        };
        write(&app, &saved, visitor.name()).await
    };
    match done.await {
        Ok(Ok(())) => {
            let (path, rule) = (encoded(&wish.path), encoded(&wish.rule));
            Redirect::to(&format!("/rules/file?path={path}&done=saved#rule-{rule}")).into_response()
        }
        Ok(Err(editor)) => editor.refused(&app, &shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Every rule of the file; none of one that is not on the disk yet, where nothing can be switched.
pub(super) fn card(editor: &Editor, app: &App, language: Language) -> Markup {
    let rules = switches(&editor.text);
    if rules.is_empty() || editor.base.is_none() {
        return html! {};
    }
    let hits = app.state.service.hits().all();
    let policies = app.state.service.policies();
    let line = &policies.lines()[0].line;
    let zone = &line.time_zone;
    let seen = |hits: &RuleHits| {
        let last = hits
            .last_at
            .map(|at| short_day(zone.to_datetime(at).date(), language));
        match (hits.calls, last) {
            (0, _) => language
                .choose("Har ikke ramt et opkald endnu", "Has not hit a call yet")
                .to_owned(),
            (calls, last) => {
                let last = last.unwrap_or_default();
                language.choose(
                    format!("Ramte {calls} opkald, senest {last}"),
                    format!(
                        "Hit {calls} {}, last on {last}",
                        if calls == 1 { "call" } else { "calls" }
                    ),
                )
            }
        }
    };
    html! {
        section class="card" aria-labelledby="switches" {
            h2 id="switches" { (language.choose("Reglerne her", "The rules here")) }
            @if editor.writable {
                p class="quiet small" { (language.choose(
                    "På prøve tæller en regel ikke, men du kan se, hvad den rammer.",
                    "On trial a rule does not count, but you see what it hits.")) }
            }
            ul class="switches" {
                @for rule in &rules {
                    @let name = if rule.name.is_empty() { &rule.id } else { &rule.name };
                    @let named_in = rule.language.unwrap_or(line.languages.greeting());
                    @let named = format!("name-{}", rule.id);
                    @let counted = hits.get(&rule.id).copied().unwrap_or_default();
                    li id={ "rule-" (rule.id) } {
                        div { span id=(named) lang=(named_in.code()) { (name) } div class="quiet small" { (seen(&counted)) } }
                        @if editor.writable {
                            form class="segments" method="post" action="/rules/life" aria-labelledby=(named) role="group" {
                                input type="hidden" name="path" value=(editor.path);
                                input type="hidden" name="base" value=[editor.base.as_ref()];
                                input type="hidden" name="rule" value=(rule.id);
                                @for life in Life::ALL {
                                    button name="life" value=(life.as_str()) aria-pressed=(if life == rule.life { "true" } else { "false" }) { (word(life, language)) }
                                }
                            }
                        } @else {
                            span class="tag" { (word(rule.life, language)) }
                        }
                    }
                }
            }
        }
    }
}

fn word(life: Life, language: Language) -> &'static str {
    match life {
        Life::Draft => language.choose("Kladde", "Draft"),
        Life::Shadow => language.choose("På prøve", "On trial"),
        Life::Live => language.choose("Gælder", "Live"),
    }
}
