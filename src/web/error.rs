//! The only place where what went wrong becomes an HTTP status.

use std::any::Any;
use std::fmt::Display;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection, StringRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tower_http::csrf::ProtectionError;

use crate::rules::Diagnostic;
use crate::store::StoreError;

/// What is told to a program whose request could not be met.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct Problem {
    /// The kind of problem, one word that does not change.
    #[schema(example = "not_found")]
    error: &'static str,
    /// What is wrong, for people.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// What is wrong with a rule file, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    #[serde(skip)]
    status: StatusCode,
}

impl Problem {
    fn new(status: StatusCode, error: &'static str, message: impl Display) -> Self {
        Self {
            error,
            message: message.to_string(),
            hint: None,
            diagnostics: Vec::new(),
            status,
        }
    }

    /// The request cannot be understood.
    pub(super) fn invalid(message: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    /// The request is understood and its content cannot be accepted.
    pub(super) fn unacceptable(message: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unacceptable", message)
    }

    /// There is no such thing.
    pub(super) fn not_found(message: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Something else was changed meanwhile, or does not allow it.
    pub(super) fn conflict(message: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// There are too many of these just now.
    pub(super) fn too_many(message: impl Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many", message)
    }

    /// The body has more bytes than are read.
    pub(super) fn too_large(message: impl Display) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// The body is of a kind that is not read here.
    pub(super) fn media_type(message: impl Display) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", message)
    }

    /// Something of ours does not work. The cause goes to the log only.
    pub(super) fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "a request could not be answered");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something of Portner's broke; its log says what",
        )
    }

    /// Somebody else whom this rests on does not answer as he should.
    pub(super) fn bad_gateway(message: impl Display) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "bad_gateway", message)
    }

    /// The store is away.
    pub(super) fn store_away() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store_away",
            "the store is not open; calls ring the owner meanwhile",
        )
        .hint("`portner doctor` says what is in the way; Portner tries again by itself")
    }

    /// No secret was shown, or a wrong one.
    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "this needs the token of this installation",
        )
        .hint("send it as `Authorization: Bearer …`; `portner token` makes a new one")
    }

    /// Whoever asks may not do that, or not see it.
    pub(super) fn not_allowed(changes: bool) -> Self {
        let message = if changes {
            "this account may not change that"
        } else {
            "this account may not see that"
        };
        Self::new(StatusCode::FORBIDDEN, "not_allowed", message)
            .hint("an owner settles on the page Access what an account may, and on which lines")
    }

    /// Adds what to do about it.
    pub(super) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds what is wrong with rule files.
    pub(super) fn diagnostics(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// What is wrong, for people.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// What is wrong with rule files.
    pub(super) fn found(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The status it is answered with.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(self)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"portner\""),
            );
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::internal(error),
            StoreError::TooBig { .. } => Self::unacceptable(error),
            StoreError::Open { .. } | StoreError::Io(_) | StoreError::Closed => {
                tracing::warn!(%error, "a request needed the store");
                Self::store_away()
            }
        }
    }
}

macro_rules! rejections {
    ($($rejection:ty),+) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                let error = match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => "too_large",
                    StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type",
                    _ => "invalid",
                };
                Self::new(rejection.status(), error, rejection.body_text())
            }
        }
    )+};
}

rejections!(
    JsonRejection,
    PathRejection,
    QueryRejection,
    StringRejection
);

/// Answers for addresses that do not exist.
pub(super) async fn nothing_here() -> Problem {
    Problem::not_found("there is nothing at this address")
        .hint("GET /api/v1/openapi.json tells what there is")
}

/// Answers for methods that an address does not know.
pub(super) async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "this address does not know that method",
    )
}

/// Answers changes that another site's page sends.
pub(super) fn cross_site(_: ProtectionError) -> Response {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "this came from another site's page and was refused",
    )
    .into_response()
}

/// Answers for a handler that panicked. What it said goes to the log by way of the panic hook.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> axum::http::Response<Body> {
    Problem::internal("a handler panicked").into_response()
}
