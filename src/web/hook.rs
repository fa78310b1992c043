//! Where providers tell what happens to calls.
//!
//! A request is taken within bounds and handed to the service as it is: the signature is made over
//! its bytes. An answer carries instructions, or nothing at all; a provider whose request is
//! refused goes to its own fallback.

use std::net::IpAddr;
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;

use super::App;
use super::refusals::Noise;
use super::server::Peer;
use crate::providers::{RawRequest, Reply};
use crate::service::Answer;

/// The largest body of a webhook, in bytes. Twilio's own are under 4 kB.
const MAX_BODY_BYTES: usize = 64 * 1024;
const PREFIX: &str = "/webhooks/";

/// Takes one request of a provider.
pub(super) async fn receive(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some((provider, step)) = place(parts.uri.path()) else {
        return bare(StatusCode::NOT_FOUND);
    };
    let Some(known) = app.state.service.provider(provider) else {
        return bare(StatusCode::NOT_FOUND);
    };
    let name = known.name();
    if parts.method != Method::POST && parts.method != Method::GET {
        return bare(StatusCode::METHOD_NOT_ALLOWED);
    }
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return bare(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let within = app.state.limits.body;
    let body = match tokio::time::timeout(within, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => return bare(status_of(&error)),
        Err(_) => return bare(StatusCode::REQUEST_TIMEOUT),
    };
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let raw = RawRequest {
        method: parts.method,
        step: step.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    match app.state.service.on_request(name, raw).await {
        None => bare(StatusCode::NOT_FOUND),
        Some(Answer::Refused { reason }) => refused(&app, peer, reason),
        Some(Answer::Nothing) => bare(StatusCode::NO_CONTENT),
        Some(Answer::Reply(reply)) => instructions(reply),
    }
}

/// Refuses a request that is not the provider's. Whoever sends many is hung up on; the next request
/// from there is looked at all the same.
fn refused(app: &App, source: Option<IpAddr>, reason: &str) -> Response {
    let shown = source.map(tracing::field::display);
    let mut response = bare(StatusCode::FORBIDDEN);
    match app.refusals.count(source, Instant::now()) {
        Noise::Worth => tracing::warn!(source = shown, reason, "a webhook was refused"),
        Noise::Last => tracing::warn!(
            source = shown,
            "many webhooks were refused: for a minute no more lines about this source"
        ),
        Noise::TooMany => {
            app.state.metrics.refusal_limited();
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
    response
}

fn instructions(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, reply.content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The provider and the step in an address, as they were written.
fn place(path: &str) -> Option<(&str, &str)> {
    let (provider, step) = path.strip_prefix(PREFIX)?.split_once('/')?;
    (!provider.is_empty() && !step.is_empty()).then_some((provider, step))
}

/// Too much, or cut off.
fn status_of(error: &axum::Error) -> StatusCode {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        cause = error.source();
    }
    StatusCode::BAD_REQUEST
}

fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_taken_as_it_was_written() {
        assert_eq!(place("/webhooks/twilio/voice"), Some(("twilio", "voice")));
        assert_eq!(
            place("/webhooks/twilio/turn/2%20x/"),
            Some(("twilio", "turn/2%20x/"))
        );
        assert_eq!(place("/webhooks/twilio"), None);
        assert_eq!(place("/webhooks/twilio/"), None);
        assert_eq!(place("/webhooks//voice"), None);
    }
}
