//! The owner's marks: whether a call was judged rightly.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::calls::call_id;
use super::extract::{Json, Path};
use crate::call::{Judged, MAX_MARK_NOTE_CHARS, MAX_MARKER_CHARS, Mark, Treatment, bilingual};
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// What the owner thinks of a call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMark {
    /// Right or wrong.
    judged: Judgement,
    /// What should have become of the caller; only with `wrong`.
    #[serde(default)]
    #[schema(inline)]
    should: Option<Treatment>,
    /// Why, at most 500 characters.
    #[serde(default)]
    note: String,
    /// Who marks it, at most 60 characters; `owner`, when nobody is named.
    #[serde(default)]
    by: String,
}

/// Whether a call was judged rightly.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Judgement {
    /// It was right.
    Right,
    /// It was wrong.
    Wrong,
}

impl NewMark {
    fn judged(&self) -> Result<Judged, Problem> {
        for (name, text, most) in [
            ("note", &self.note, MAX_MARK_NOTE_CHARS),
            ("by", &self.by, MAX_MARKER_CHARS),
        ] {
            if text.chars().count() > most {
                return Err(Problem::unacceptable(bilingual!(
                    "{name} må højst have {most} tegn",
                    "{name} may have at most {most} characters"
                )));
            }
        }
        match (self.judged, self.should) {
            (Judgement::Right, None) => Ok(Judged::Right),
            (Judgement::Wrong, should) => Ok(Judged::Wrong { should }),
            (Judgement::Right, Some(_)) => Err(Problem::unacceptable(bilingual!(
                "hvad der var rigtigt, skal ikke have noget `should`; udelad det, eller mærk opkaldet forkert",
                "what was right needs no `should`; leave it out, or mark the call wrong"
            ))),
        }
    }
}

/// Marks a call as judged rightly or wrongly, in place of an earlier mark.
#[utoipa::path(
    put, path = "/api/v1/calls/{id}/mark", tag = "calls", operation_id = "markCall",
    params(("id" = Uuid, Path, description = "The call")),
    request_body = NewMark,
    responses(
        (status = 200, description = "The mark as it is kept", body = Mark),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such call", body = Problem),
        (status = 415, description = "The body is not JSON", body = Problem),
        (status = 422, description = "This is no mark", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn put(
    app: Seen,
    Path(id): Path<String>,
    Json(new): Json<NewMark>,
) -> Result<axum::Json<Mark>, Problem> {
    let id = call_id(&id)?;
    let now = app.now();
    let mark = Mark::new(new.judged()?, &new.note, &new.by, now);
    if !app.put_mark(id, Some(&mark)).await? {
        return Err(Problem::no_such_call());
    }
    Ok(axum::Json(mark))
}

/// Takes the mark of a call away.
#[utoipa::path(
    delete, path = "/api/v1/calls/{id}/mark", tag = "calls", operation_id = "unmarkCall",
    params(("id" = Uuid, Path, description = "The call")),
    responses(
        (status = 204, description = "The call is not marked"),
        (status = 400, description = "This is no name of a call", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such call", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn remove(app: Seen, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    if !app.put_mark(call_id(&id)?, None).await? {
        return Err(Problem::no_such_call());
    }
    Ok(StatusCode::NO_CONTENT)
}
