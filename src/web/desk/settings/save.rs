//! What a form changes, written into the file.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;

use super::field::{Posted, changes};
use super::page::FormPage;
use super::show::{Note, no_line, render};
use super::{read_sheet, sheet, unreadable};
use crate::call::bilingual;
use crate::config::{Problem as Told, Sheet, amend};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::desk::trouble;
use crate::web::language::Shown;
use crate::web::settings::{self as files, Current, NotSaved};

/// Writes what the form changes, or gives it back with what is in the way.
pub(super) async fn save(
    app: &App,
    shown: &Shown,
    visitor: &Visitor,
    page: &FormPage,
    posted: Posted,
) -> Response {
    let (current, sheet) = match sheet(app, shown).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let give_back = |current: &Current, sheet: &Sheet, problems: &[Told], note: Note, status| {
        let mut response = render(
            app,
            shown,
            page,
            current,
            sheet,
            Some(&posted),
            problems,
            &note,
            &html! {},
        );
        *response.status_mut() = status;
        response
    };
    let read_before = posted.get("base").filter(|base| !base.is_empty());
    if current.hash.as_deref() != read_before {
        return give_back(&current, &sheet, &[], Note::Changed, StatusCode::CONFLICT);
    }
    let Some(base) = page.base(&sheet) else {
        return trouble(shown, &no_line());
    };
    let changes = changes(page.parts(), &posted, &sheet, &base);
    let Some(text) = amend(&current.text, &changes) else {
        let note = Note::Unwritable(bilingual!(
            "Filen er skrevet på en måde, som formularen ikke kan ændre. Ret den i filen selv.",
            "The file is written in a way that the form cannot change. Change it in the file itself."
        ));
        return give_back(
            &current,
            &sheet,
            &[],
            note,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    };
    match files::save(app, current.hash.clone(), text, visitor.name()).await {
        Ok(Ok(())) => Redirect::to(&page.after(&posted)).into_response(),
        Ok(Err(NotSaved::Changed(now))) => match read_sheet(app, &now.text) {
            Ok(sheet) => give_back(&now, &sheet, &[], Note::Changed, StatusCode::CONFLICT),
            Err(wrong) => unreadable(&wrong, shown),
        },
        Ok(Err(NotSaved::Wrong(wrong))) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            give_back(&current, &sheet, &wrong.problems, Note::Wrong, status)
        }
        Ok(Err(NotSaved::Unwritable(why))) => {
            let status = StatusCode::CONFLICT;
            give_back(&current, &sheet, &[], Note::Unwritable(why), status)
        }
        Err(problem) => trouble(shown, &problem),
    }
}
