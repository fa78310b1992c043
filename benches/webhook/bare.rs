//! The yardstick: the least that an endpoint for Twilio can do. It reads the form, checks the
//! signature, answers a fixed document, and keeps nothing.

use std::borrow::Cow;
use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::Result;
use crate::requests::{AUTH_TOKEN, PUBLIC_URL};

const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <Response><Gather input=\"speech dtmf\" action=\"https://screen.example.dk/webhooks/twilio/heard?turn=1\">\
    <Say language=\"da-DK\">Goddag. Hvad drejer det sig om?</Say></Gather></Response>";

/// Serves on this address until it is killed.
pub fn serve(address: &str) -> Result<()> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, AUTH_TOKEN.as_bytes());
    let router = Router::new()
        .route("/webhooks/twilio/voice", post(voice))
        .route("/health/ready", axum::routing::get(|| async {}))
        .with_state(Arc::new(key));
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = tokio::net::TcpListener::bind(address).await?;
            axum::serve(listener, router).await?;
            Ok(())
        })
}

async fn voice(State(key): State<Arc<hmac::Key>>, headers: HeaderMap, body: Bytes) -> Response {
    if holds(&key, &headers, &body) {
        ([(header::CONTENT_TYPE, "text/xml")], DOCUMENT).into_response()
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

fn holds(key: &hmac::Key, headers: &HeaderMap, body: &[u8]) -> bool {
    let mut fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(body).collect();
    fields.sort_unstable();
    let mut message = String::with_capacity(1024);
    message.push_str(PUBLIC_URL);
    message.push_str("/webhooks/twilio/voice");
    for (name, value) in &fields {
        message.push_str(name);
        message.push_str(value);
    }
    headers
        .get("x-twilio-signature")
        .and_then(|signature| BASE64_STANDARD.decode(signature.as_bytes()).ok())
        .is_some_and(|tag| hmac::verify(key, message.as_bytes(), &tag).is_ok())
}
