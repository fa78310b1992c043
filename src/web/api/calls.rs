//! Calls: found, read in full, followed live.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Path, Query};
use super::status::masked;
use super::{csv, rows};
use crate::call::{
    Bilingual, Call, CallId, E164, Language, LineId, Mark, Target, Treatment, bilingual,
};
use crate::screening::tipping::{self, Tip, Told};
use crate::store::CallFilter;
use crate::web::error::Problem;
use crate::web::seen::{MOST_SEARCHED, Seen};
use crate::web::stream;
use crate::web::view::CallSummary;

/// Which calls are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The line that was called.
    line: Option<String>,
    /// The number that called, with its country code; `+` may be left out.
    caller: Option<String>,
    /// What became of the caller.
    #[param(inline)]
    verdict: Option<Treatment>,
    /// Only calls where a message was left, whatever the verdict, or that were sent to leave one.
    #[serde(default)]
    #[param(default = false)]
    message: bool,
    /// Not before: a moment (RFC 3339) or a day in the time zone of the first line.
    from: Option<String>,
    /// Before: a moment (RFC 3339) or a day in the time zone of the first line.
    until: Option<String>,
    /// Words that were said, without regard to case. A page looks through some 10,000 calls, so it may
    /// hold few or none and still name a next one.
    text: Option<String>,
    /// Whether calls that were played to try things out are wanted too; they are marked.
    #[serde(default = "yes")]
    #[param(default = true)]
    simulated: bool,
    /// Only calls that the owner marked so.
    #[param(inline)]
    mark: Option<Marked>,
    /// Only calls before this one: `next` of the page before.
    before: Option<String>,
    /// How many at most, up to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
    /// `csv` or `json`, whatever the `Accept` header says.
    #[param(inline)]
    format: Option<Format>,
}

/// How a call is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Marked {
    Right,
    Wrong,
    Any,
}

impl Marked {
    fn takes(self, mark: &Mark) -> bool {
        match self {
            Self::Right => !mark.judged.is_wrong(),
            Self::Wrong => mark.judged.is_wrong(),
            Self::Any => true,
        }
    }
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Csv,
    Json,
}

/// A page of calls.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Calls {
    /// The calls, newest first.
    calls: Vec<CallSummary>,
    /// Pass it as `before` for the next page; there is none after the last.
    next: Option<CallId>,
}

/// The log of calls, newest first.
///
/// As a table for spreadsheets with `Accept: text/csv` or `?format=csv`; the next page is then
/// named by the header `portner-next`.
#[utoipa::path(
    get, path = "/api/v1/calls", tag = "calls", operation_id = "listCalls", params(Wanted),
    responses(
        (status = 200, description = "A page of calls", content(
            (Calls = "application/json"), (String = "text/csv"))),
        (status = 400, description = "A filter cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn list(
    app: Seen,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = filter(&app, &wanted)?;
    let before = wanted.before.as_deref().map(call_id).transpose()?;
    let limit = rows(wanted.limit)?;
    let page = match wanted.mark {
        None if filter.text.is_some() => {
            let found = app.search(&filter, before, limit, MOST_SEARCHED).await?;
            found.page
        }
        None => app.calls(&filter, before, limit).await?,
        Some(marked) => {
            let is_wanted = |mark: &Mark| marked.takes(mark);
            app.marked_calls(&filter, is_wanted, before, limit).await?
        }
    };
    let mut marks = app.marks(&page.calls).await?;
    let summaries: Vec<CallSummary> = page
        .calls
        .iter()
        .map(|call| CallSummary::of(call).marked(marks.remove(&call.id)))
        .collect();
    let as_table = match wanted.format {
        Some(format) => format == Format::Csv,
        None => accepts_csv(&headers),
    };
    if !as_table {
        return Ok(axum::Json(Calls {
            calls: summaries,
            next: page.next,
        })
        .into_response());
    }
    let mut response = csv::write(summaries)?.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"calls.csv\""),
    );
    if let Some(next) = page.next
        && let Ok(next) = HeaderValue::try_from(next.to_string())
    {
        headers.insert("portner-next", next);
    }
    Ok(response)
}

/// A call with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Story {
    /// The call. Where the owner's phone rings is masked for whoever may not change the line.
    #[schema(value_type = Call)]
    call: Value,
    /// What the owner thinks of how it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
    /// What was decided and why, as sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    sentences: Option<Sentences>,
    /// What would have tipped the verdict: single changes, and what would have come of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tips: Vec<Told>,
    /// What the provider was told at each entry of the call's timeline, in its own language; as
    /// many as there are entries, empty where the provider is not configured any more.
    markup: Vec<Markup>,
}

/// A verdict in words.
#[derive(Debug, Serialize, ToSchema)]
struct Sentences {
    /// In Danish.
    da: String,
    /// In English.
    en: String,
}

/// Instructions as a provider got them.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Markup {
    /// The media type.
    content_type: String,
    /// The document.
    body: String,
}

/// One call in full.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}", tag = "calls", operation_id = "getCall",
    params(("id" = Uuid, Path, description = "The call")),
    responses(
        (status = 200, description = "The call", body = Story),
        (status = 400, description = "This is no name of a call", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such call", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn one(app: Seen, Path(id): Path<String>) -> Result<axum::Json<Story>, Problem> {
    let call = app.call(call_id(&id)?).await?;
    let call = call.ok_or_else(Problem::no_such_call)?;
    let mark = app.mark(&call).await?;
    let may_change = app.may_change(Some(&call.line));
    let markup = if may_change {
        markup(&app, &call)
    } else {
        Vec::new()
    };
    let sentences = call.sentence(Language::Da).zip(call.sentence(Language::En));
    let sentences = sentences.map(|(da, en)| Sentences { da, en });
    let policies = app.policies();
    let tips = tipping::tips(policies.for_line(&call.line), &call);
    Ok(axum::Json(Story {
        tips: tips.iter().map(Tip::told).collect(),
        markup,
        sentences,
        call: told(&call, may_change)?,
        mark,
    }))
}

/// Something with calls in it as it is told. Where the owner's phone rings is masked for whoever may
/// not change that.
pub(super) fn told(calls: &impl Serialize, may_change: bool) -> Result<Value, Problem> {
    let mut told = serde_json::to_value(calls).map_err(Problem::internal)?;
    if !may_change {
        mask(&mut told);
    }
    Ok(told)
}

fn mask(told: &mut Value) {
    match told {
        Value::Array(all) => all.iter_mut().for_each(mask),
        Value::Object(parts) => {
            for (name, part) in parts {
                match part.get_mut("targets") {
                    Some(Value::Array(targets)) if name == "dial" => {
                        targets.iter_mut().for_each(mask_target);
                    }
                    _ => mask(part),
                }
            }
        }
        _ => {}
    }
}

fn mask_target(told: &mut Value) {
    let target = Target::deserialize(&*told);
    for place in told.as_object_mut().into_iter().flat_map(Map::values_mut) {
        *place = target
            .as_ref()
            .map_or_else(|_| "····".to_owned(), masked)
            .into();
    }
}

fn markup(app: &Seen, call: &Call) -> Vec<Markup> {
    let provider = app.provider(&call.provider.provider);
    call.timeline
        .iter()
        .map(|entry| {
            provider.as_ref().map_or_else(Markup::default, |provider| {
                let reply = provider.render(&call.provider, &entry.instructions);
                Markup {
                    content_type: reply.content_type.to_owned(),
                    body: String::from_utf8_lossy(&reply.body).into_owned(),
                }
            })
        })
        .collect()
}

/// Calls as they happen (server-sent events).
///
/// An event `call` holds a call's summary as JSON and comes at every change of it; its id is the
/// call's. An event `reload` says that changes were missed and the log is to be read again. The
/// stream ends when the server stops.
#[utoipa::path(
    get, path = "/api/v1/calls/live", tag = "calls", operation_id = "followCalls",
    responses(
        (status = 200, description = "The stream", body = CallSummary, content_type = "text/event-stream"),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "Too many streams are open", body = Problem),
    )
)]
pub(super) async fn live(app: Seen) -> Result<Response, Problem> {
    stream::open(&app, |call| {
        Event::default()
            .event("call")
            .json_data(CallSummary::of(call))
            .unwrap_or_else(|error| {
                tracing::error!(%error, "a change of a call cannot be told");
                Event::default().event("reload").data("1")
            })
    })
}

fn filter(app: &Seen, wanted: &Wanted) -> Result<CallFilter, Problem> {
    let policies = app.policies();
    let zone = &policies.lines()[0].line.time_zone;
    let moment = |name: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| moment(zone, name, text))
            .transpose()
    };
    Ok(CallFilter {
        line: wanted.line.clone().map(LineId),
        caller: wanted.caller.as_deref().map(number).transpose()?,
        verdict: wanted.verdict,
        message: wanted.message,
        from: moment("from", &wanted.from)?,
        until: moment("until", &wanted.until)?,
        text: wanted.text.clone().filter(|text| !text.trim().is_empty()),
        simulated: wanted.simulated,
    })
}

/// A number in a query, where `+` stands for a blank unless it was written `%2B`.
fn number(text: &str) -> Result<E164, Problem> {
    E164::parse(text).map_err(|error| {
        let told = error.told();
        Problem::invalid(Bilingual::of(|language| {
            format!("caller: {}", told.told_in(language))
        }))
        .hint(bilingual!(
            "skriv nummeret med landekoden, sådan som 4571234567",
            "write the number with its country code, such as 4571234567"
        ))
    })
}

pub(super) fn moment(zone: &TimeZone, name: &str, text: &str) -> Result<Timestamp, Problem> {
    // A blank in a query was a plus.
    crate::call::moment(zone, &text.trim().replace(' ', "+")).ok_or_else(|| {
        Problem::invalid(bilingual!(
            "{name}: “{text}” er hverken et tidspunkt eller en dag",
            "{name}: “{text}” is neither a moment nor a day"
        ))
        .hint(bilingual!(
            "sådan som 2026-03-01T08:00:00Z eller 2026-03-01",
            "such as 2026-03-01T08:00:00Z or 2026-03-01"
        ))
    })
}

pub(super) fn call_id(text: &str) -> Result<CallId, Problem> {
    CallId::parse(text).ok_or_else(|| {
        Problem::invalid(bilingual!(
            "“{text}” er ikke navnet på noget opkald",
            "“{text}” is no name of a call"
        ))
    })
}

fn accepts_csv(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .map(|part| part.split(';').next().unwrap_or_default().trim())
                .find(|kind| matches!(*kind, "text/csv" | "application/json" | "*/*"))
                == Some("text/csv")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_zone_and_a_day_no_time() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let read = |text| moment(&zone, "until", text).ok().map(|at| at.to_string());
        let day = read("2026-03-02").unwrap();
        assert_eq!(day, "2026-03-01T23:00:00Z");
        for moment in ["2026-03-01T23:00:00Z", "2026-03-02T00:00:00 01:00"] {
            assert_eq!(read(moment).unwrap(), day, "{moment}");
        }
        for neither in [
            "2026-03-02T18:00:00",
            "2026-03-02 18:00:00Z",
            "2026-03-02T18",
            "soon",
            "",
        ] {
            assert_eq!(read(neither), None, "{neither}");
        }
    }
}
