//! The only place where what went wrong becomes an HTTP status.

use std::any::Any;
use std::error::Error;
use std::fmt::Display;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection, StringRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tower_http::csrf::ProtectionError;

use super::language::Shown;
use crate::call::{Bilingual, Language, bilingual};
use crate::rules::Diagnostic;
use crate::service::erase::EraseError;
use crate::store::StoreError;

/// The kind of problem that the store's absence is.
const STORE_AWAY: &str = "store_away";

/// The kind of problem that others are who do the same just now.
const TOO_MANY: &str = "too_many";

/// What is told to a program whose request could not be met.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct Problem {
    /// The kind of problem, one word that does not change.
    #[schema(example = "not_found")]
    error: &'static str,
    /// What is wrong, for people.
    #[schema(value_type = String)]
    message: Bilingual,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    hint: Option<Bilingual>,
    /// What is wrong with a rule file, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    #[serde(skip)]
    status: StatusCode,
}

impl Problem {
    fn new(status: StatusCode, error: &'static str, message: Bilingual) -> Self {
        Self {
            error,
            message,
            hint: None,
            diagnostics: Vec::new(),
            status,
        }
    }

    /// The request cannot be understood.
    pub(super) fn invalid(message: Bilingual) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    /// The request is understood and its content cannot be accepted.
    pub(super) fn unacceptable(message: Bilingual) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unacceptable", message)
    }

    /// The request cannot even be taken apart: what the library says of it, which is English.
    pub(super) fn unreadable(why: &str) -> Self {
        Self::invalid(bilingual!(
            "forespørgslen kan ikke læses: {why}",
            "the request cannot be read: {why}"
        ))
    }

    /// The caller's number was withheld, and so nothing can be done with it.
    pub(super) fn withheld() -> Self {
        Self::unacceptable(bilingual!("nummeret er skjult", "the number is withheld"))
    }

    /// There is no such call, or not any more.
    pub(super) fn no_such_call() -> Self {
        Self::not_found(bilingual!(
            "der er ikke sådan et opkald",
            "there is no such call"
        ))
        .hint(bilingual!(
            "opkald bliver slettet, når deres tid er omme",
            "calls are removed when their time is up"
        ))
    }

    /// There is no such list.
    pub(super) fn no_such_list() -> Self {
        Self::not_found(bilingual!(
            "der er ikke sådan en liste",
            "there is no such list"
        ))
    }

    /// There is no such version of a file.
    pub(super) fn no_such_version() -> Self {
        Self::not_found(bilingual!(
            "der er ikke sådan en udgave",
            "there is no such version"
        ))
    }

    /// There is nothing at this address.
    pub(super) fn nothing_here() -> Self {
        Self::not_found(bilingual!(
            "der er intet på denne adresse",
            "there is nothing at this address"
        ))
    }

    /// There is no such thing.
    pub(super) fn not_found(message: Bilingual) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Something else was changed meanwhile, or does not allow it.
    pub(super) fn conflict(message: Bilingual) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// There are too many of these just now.
    pub(super) fn too_many(message: Bilingual) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, TOO_MANY, message)
    }

    /// The log is judged again by somebody else.
    pub(super) fn replaying() -> Self {
        Self::too_many(bilingual!(
            "opkaldene spilles igennem af en anden; prøv igen, når det er gjort",
            "another replay runs; try again when it is done"
        ))
    }

    /// The disk does not take it.
    pub(super) fn unwritable(message: Bilingual) -> Self {
        tracing::warn!(why = message.english(), "a file could not be written");
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "unwritable", message)
    }

    /// The body has more bytes than are read.
    pub(super) fn too_large(message: Bilingual) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// The body is of a kind that is not read here.
    pub(super) fn media_type(message: Bilingual) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", message)
    }

    /// Something of ours does not work. The cause goes to the log only.
    pub(super) fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "a request could not be answered");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            bilingual!(
                "noget i Portner gik i stykker; loggen siger hvad",
                "something of Portner's broke; its log says what"
            ),
        )
    }

    /// Somebody else whom this rests on does not answer as he should.
    pub(super) fn bad_gateway(message: Bilingual) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "bad_gateway", message)
    }

    /// The store is away.
    pub(super) fn store_away() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            STORE_AWAY,
            bilingual!(
                "lageret er ikke åbent; opkald ringer imens igennem",
                "the store is not open; calls ring the owner meanwhile"
            ),
        )
        .hint(bilingual!(
            "`portner doctor` siger, hvad der er i vejen; Portner prøver selv igen",
            "`portner doctor` says what is in the way; Portner tries again by itself"
        ))
    }

    /// No secret was shown, or a wrong one.
    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            bilingual!(
                "dette kræver installationens nøgle",
                "this needs the token of this installation"
            ),
        )
        .hint(bilingual!(
            "send den som `Authorization: Bearer …`; `portner token` laver en ny",
            "send it as `Authorization: Bearer …`; `portner token` makes a new one"
        ))
    }

    /// Whoever asks may not do that, or not see it.
    pub(super) fn not_allowed(changes: bool) -> Self {
        let message = if changes {
            bilingual!(
                "kontoen må ikke ændre det",
                "this account may not change that"
            )
        } else {
            bilingual!("kontoen må ikke se det", "this account may not see that")
        };
        Self::new(StatusCode::FORBIDDEN, "not_allowed", message).hint(bilingual!(
            "hvad en konto må, og på hvilke linjer, bestemmer en ejer på siden Adgang",
            "an owner settles on the page Access what an account may, and on which lines"
        ))
    }

    /// The answer did not begin in time.
    pub(super) fn too_slow() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_slow",
            bilingual!("det tog for lang tid", "it took too long"),
        )
        .hint(bilingual!(
            "prøv igen, når maskinen har mindre at lave",
            "try again when the machine has less to do"
        ))
    }

    /// Whoever sends something at the desk is not logged in any more.
    pub(super) fn logged_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "logged_out",
            bilingual!(
                "du er logget ud, og intet er gemt; log ind i en ny fane, og prøv igen",
                "you are logged out, and nothing is saved; log in in a new tab, and try again"
            ),
        )
    }

    /// Adds what to do about it.
    pub(super) fn hint(mut self, hint: Bilingual) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Adds what is wrong with rule files.
    pub(super) fn diagnostics(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// What is wrong, for people.
    pub(super) fn message(&self) -> &Bilingual {
        &self.message
    }

    /// What to do about it.
    pub(super) fn what_to_do(&self) -> Option<&Bilingual> {
        self.hint.as_ref()
    }

    /// Whether the store is away.
    pub(super) fn is_store_away(&self) -> bool {
        self.error == STORE_AWAY
    }

    /// Whether it can be done as soon as others are done.
    pub(super) fn is_too_many(&self) -> bool {
        self.error == TOO_MANY
    }

    /// The same, told in this language alone.
    pub(super) fn for_readers_of(mut self, language: Language) -> Self {
        self.message = self.message.only(language);
        self.hint = self.hint.map(|hint| hint.only(language));
        self.diagnostics = told_in(language, self.diagnostics);
        self
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

/// What is wrong with rule files, told in this language alone.
pub(super) fn told_in(language: Language, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.into_iter().map(|one| one.only(language)).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(&self)).into_response();
        response.extensions_mut().insert(self);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"portner\""),
            );
        }
        response
    }
}

/// Tells a problem in the language of whoever asked: programs get English, and the desk's own scripts
/// show what they are told.
pub(super) async fn in_their_language(shown: Shown, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if shown.language == Language::En {
        return response;
    }
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, Json(problem.for_readers_of(shown.language))).into_response()
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::Live => Self::conflict(bilingual!(
                "nummeret er i et opkald lige nu; slet det, når opkaldet er slut",
                "this number is in a call right now; erase it when the call is over"
            )),
            EraseError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::internal(error),
            StoreError::TooBig { .. } => Self::unacceptable(error.told()),
            StoreError::BackupRuns | StoreError::KeepsNothing => Self::conflict(error.told()),
            StoreError::Open { .. } | StoreError::Io(_) | StoreError::Closed => {
                tracing::warn!(%error, "a request needed the store");
                Self::store_away()
            }
        }
    }
}

/// What a request is told that cannot be taken apart. The library's own words are English, and stand
/// only where they say which part is wrong.
fn rejected(status: StatusCode, rejection: &dyn Error) -> Problem {
    let told = match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(bilingual!(
            "indholdet har flere byte, end der læses her",
            "the body has more bytes than are read here"
        )),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::media_type(bilingual!(
            "indholdet er ikke JSON; send det med Content-Type: application/json",
            "the body is not JSON; send it with Content-Type: application/json"
        )),
        _ => match rejection.source() {
            Some(part) => Problem::unreadable(&part.to_string()),
            None => Problem::unreadable(&rejection.to_string()),
        },
    };
    Problem { status, ..told }
}

macro_rules! rejections {
    ($($rejection:ty),+) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                rejected(rejection.status(), &rejection)
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

/// Addresses that do not exist, for programs.
pub(super) fn nowhere() -> Problem {
    Problem::nothing_here().hint(bilingual!(
        "GET /api/v1/openapi.json fortæller, hvad der er",
        "GET /api/v1/openapi.json tells what there is"
    ))
}

/// Methods that an address does not know, for programs.
pub(super) fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        bilingual!(
            "adressen kender ikke den metode",
            "this address does not know that method"
        ),
    )
}

/// Answers changes that another site's page sends.
pub(super) fn cross_site(_: ProtectionError) -> Response {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        bilingual!(
            "dette kom fra et andet steds side og blev afvist",
            "this came from another site's page and was refused"
        ),
    )
    .into_response()
}

/// Answers for a handler that panicked. What it said goes to the log by way of the panic hook.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> axum::http::Response<Body> {
    Problem::internal("a handler panicked").into_response()
}
