//! From listening to screening with one tap, and back.

use axum::extract::Form;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::call::{Language, LineId};
use crate::screening::line::Mode;
use crate::web::desk::lists::encoded;
use crate::web::desk::settings::mode;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// What the owner tapped.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Wanted {
    line: String,
    mode: Mode,
}

/// Has a line of his screen, or only listen.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Form(wanted): Form<Wanted>,
) -> Response {
    let line = LineId(wanted.line);
    let switched = async {
        let house = app.to_change(&line)?;
        mode::put(house, &line, wanted.mode, app.visitor().name()).await?;
        Ok::<_, Problem>(())
    };
    match switched.await {
        Ok(()) => {
            let (done, line) = (mode::word(wanted.mode), encoded(&line.0));
            Redirect::to(&format!("/?done={done}&line={line}")).into_response()
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The button that has a line do so.
pub(super) fn button(line: &LineId, to: Mode, class: &str, name: &str) -> Markup {
    html! {
        form method="post" action="/now/mode" {
            input type="hidden" name="line" value=(line);
            button class=(class) name="mode" value=(mode::word(to)) { (name) }
        }
    }
}

/// What was done on the page before this one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web::desk) struct Came {
    done: String,
    line: String,
}

/// That a line does something else now, and the way back.
pub(super) fn done(app: &Seen, came: &Came, language: Language) -> Markup {
    let policies = app.policies();
    let mut lines = policies.lines().iter().map(|policy| &policy.line);
    let line = lines.find(|line| line.id.0 == came.line && app.may_change(Some(&line.id)));
    let modes = [Mode::Listen, Mode::Screen];
    let wanted = modes.into_iter().find(|one| mode::word(*one) == came.done);
    let (Some(line), Some(wanted)) = (line, wanted) else {
        return html! {};
    };
    let only_line = policies.lines().len() == 1;
    let on_the_line = if only_line {
        String::new()
    } else {
        format!("{}{}", language.choose(" på ", " on "), line.id)
    };
    html! {
        section class="note done" role="status" {
            @if line.mode != wanted {
                p { (language.choose("Det er gemt og gælder om et øjeblik.", "It is saved and holds in a moment.")) }
            } @else if wanted == Mode::Listen {
                p { (language.choose(
                    format!("Portner lytter kun igen{on_the_line}: alle kommer igennem."),
                    format!("Portner only listens again{on_the_line}: everybody gets through."))) }
            } @else {
                p {
                    b { (language.choose(format!("Portner sorterer nu{on_the_line}."), format!("Portner is screening now{on_the_line}."))) }
                    " "
                    (language.choose(
                        "Ukendte bliver spurgt, hvem de er, og hvad det gælder. Dem, du kender, ringer igennem som før.",
                        "Unknown callers are asked who they are and what it is about. Those you know ring through as before."))
                }
                p class="quiet small" {
                    @if app.visitor().rights.own_everything() {
                        (language.choose("Fortryder du, så lad Portner lytte igen: her, eller senere under ", "If you change your mind, have Portner listen again: here, or later under "))
                        a href={ "/settings/line/" (encoded(&line.id.0)) "#the-line" } { (language.choose("Indstillinger", "Settings")) }
                        "."
                    } @else {
                        (language.choose(
                            "Fortryder du, så lad Portner lytte igen her. Senere kan den, der ejer det hele, gøre det.",
                            "If you change your mind, have Portner listen again here. Later, whoever owns everything can."))
                    }
                }
                div class="buttons" {
                    (button(&line.id, Mode::Listen, "", language.choose("Lyt kun igen", "Only listen again")))
                }
            }
        }
    }
}
