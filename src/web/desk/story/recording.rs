//! The message that a caller left, played in place. The sound stays with the provider and is
//! passed on piece by piece, as the player asks for it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Form, Path};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::read;
use crate::call::{Call, Language, bilingual};
use crate::providers::{ByteRange, ControlError, Piece, Provider, Sound};
use crate::web::desk::row::unheard_words;
use crate::web::desk::time::lasted;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;
use crate::web::server::Lasting;

const HEARD: &str = "heard";
const UNHEARD: &str = "unheard";

/// The player, where a message was left. It asks for nothing before it is played: what is passed on
/// counts as heard.
pub(super) fn player(app: &Seen, call: &Call, language: Language) -> Markup {
    let Some(recording) = &call.recording else {
        return html! {};
    };
    let unheard = app.is_unheard(call);
    let can_be_heard = keeper(app, call).is_some() && !call.simulated;
    html! {
        section class="card message-left" aria-labelledby="message" {
            h2 id="message" { (language.choose("Beskeden", "The message"))
                @if let Some(seconds) = recording.seconds { " " span class="quiet" { (lasted(seconds.into())) } }
                " " span class="new-message" data-heard="no" hidden[!unheard] { (unheard_words(language)) } }
            @if can_be_heard {
                audio controls preload="none" src={ "/calls/" (call.id) "/recording" }
                    data-failed=(language.choose(
                        "Lyden kan ikke hentes hos udbyderen lige nu. Er beskeden ny, så prøv igen om lidt.",
                        "The sound cannot be had from the provider just now. If the message is new, try again in a moment.")) {}
                p class="wrong small" role="alert" hidden {}
            } @else if call.simulated {
                p class="quiet small" { (language.choose("Et prøveopkald: der er ingen lyd.", "A trial call: there is no sound.")) }
            } @else {
                p class="quiet small" {
                    (language.choose("Lyden ligger hos udbyderen. Den kan høres her, når kontoen står i indstillingerne: ", "The sound is with the provider. It can be heard here once the account is in the settings: "))
                    code { "PORTNER_TWILIO_ACCOUNT_SID" }
                }
            }
            @if app.may_change(Some(&call.line)) && call.recording_kept().is_some() && !call.simulated {
                form class="buttons" method="post" action={ "/calls/" (call.id) "/heard" } {
                    button class="plain" name="heard" value="yes" data-heard="no" hidden[!unheard] { (language.choose("Marker som hørt", "Mark as heard")) }
                    button class="plain" name="heard" value="no" data-heard="yes" hidden[unheard] { (language.choose("Marker som ikke hørt", "Mark as not heard")) }
                }
            }
        }
    }
}

/// The provider that keeps the sound, where it can be asked.
fn keeper(app: &Seen, call: &Call) -> Option<Arc<dyn Provider>> {
    let provider = app.provider(&call.provider.provider)?;
    provider.control().is_some().then_some(provider)
}

/// What the owner tapped: `yes` or `no`.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Tapped {
    heard: String,
}

/// Has a message stand as heard, or not.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Form(tapped): Form<Tapped>,
) -> Response {
    let is_heard = tapped.heard != "no";
    let marked = async {
        let call = read(&app, &id).await?;
        app.mark_heard(&call, is_heard).await
    };
    match marked.await {
        Ok(()) => {
            let word = if is_heard { HEARD } else { UNHEARD };
            Redirect::to(&format!("/calls/{id}?done={word}")).into_response()
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// What the page says after it.
pub(super) fn done(word: &str, language: Language) -> Option<&'static str> {
    match word {
        HEARD => Some(language.choose(
            "Beskeden står nu som hørt.",
            "The message stands as heard now.",
        )),
        UNHEARD => Some(language.choose(
            "Beskeden venter igen på at blive hørt.",
            "The message waits to be heard again.",
        )),
        _ => None,
    }
}

/// The sound, or the range of it that is asked for.
pub(in crate::web::desk) async fn sound(
    app: Seen,
    method: Method,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let call = read(&app, &id).await?;
    let no_sound = || {
        Problem::not_found(bilingual!(
            "der er ingen lyd fra dette opkald",
            "there is no sound of this call"
        ))
    };
    let recording = call.recording.as_ref().ok_or_else(no_sound)?;
    let keeper = keeper(&app, &call).ok_or_else(no_sound)?;
    let control = keeper.control().ok_or_else(no_sound)?;
    let range = headers.get(header::RANGE);
    let range = range.and_then(|range| ByteRange::read(range.to_str().ok()?));
    let sound = control.sound(recording, range.as_ref()).await;
    let sound = sound.map_err(|error| problem(&error))?;
    if method == Method::GET && !matches!(sound, Sound::OutOfRange(_)) {
        app.heard(&call).await?;
    }
    Ok(answer(sound))
}

fn answer(sound: Sound) -> Response {
    let (status, piece, range) = match sound {
        Sound::Whole(piece) => (StatusCode::OK, Some(piece), None),
        Sound::Part(piece, range) => (StatusCode::PARTIAL_CONTENT, Some(piece), Some(range)),
        Sound::OutOfRange(range) => (StatusCode::RANGE_NOT_SATISFIABLE, None, range),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.extend(range.map(|range| (header::CONTENT_RANGE, range)));
    let body = match piece {
        Some(Piece {
            content_type,
            length,
            body,
        }) => {
            headers.insert(header::CONTENT_TYPE, content_type);
            headers.extend(length.map(|length| (header::CONTENT_LENGTH, length)));
            Body::new(body)
        }
        None => Body::empty(),
    };
    (status, headers, Extension(Lasting), body).into_response()
}

fn problem(error: &ControlError) -> Problem {
    match error {
        ControlError::Refused { status: 404, .. } => Problem::not_found(bilingual!(
            "udbyderen har ikke den lyd, eller har den ikke endnu",
            "the provider has no such sound, or not yet"
        ))
        .hint(bilingual!(
            "en ny besked tager nogle sekunder; prøv igen",
            "a message that was just left takes some seconds; try again"
        )),
        ControlError::Unsendable { .. } => Problem::not_found(bilingual!(
            "lyden ligger ikke hos den udbyder, der er sat op",
            "this sound is not kept by the provider that is configured"
        )),
        _ => {
            tracing::warn!(%error, "the sound of a message could not be had");
            Problem::bad_gateway(bilingual!(
                "udbyderen giver ikke lyden lige nu",
                "the provider does not give the sound just now"
            ))
            .hint(bilingual!(
                "loggen siger, hvad den svarede",
                "the log says what it answered"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    #[test]
    fn a_sound_that_is_passed_on_makes_no_room_meanwhile() {
        let body = Full::from("sound").map_err(|never| match never {});
        let sound = Sound::Whole(Piece {
            content_type: HeaderValue::from_static("audio/mpeg"),
            length: None,
            body: body.boxed_unsync(),
        });
        assert!(answer(sound).extensions().get::<Lasting>().is_some());
    }
}
