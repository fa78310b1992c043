//! What the owner's own address of the web is told: calls that were decided, messages that were
//! left, troubles that began and ended, and each Monday the week before.
//!
//! Every message is JSON with `type`, `timestamp` and `data`, as Standard Webhooks proposes.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::{Call, CallId, CallerNumber, Effect, Language};
use crate::store::Job;
use crate::telemetry::News;

/// Delivers messages to the owner's own address of the web.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Delivers a message. The same one has the same `id` each time.
    ///
    /// # Errors
    /// Why it was not taken, in words that hold no secret.
    async fn notify(&self, id: &str, now: Timestamp, body: &str) -> Result<(), String>;
}

/// Sends mails to the owner's own address.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a mail. The same one has the same `id` each time.
    ///
    /// # Errors
    /// Why it was not taken, in words that hold no secret.
    async fn send(&self, id: Uuid, now: Timestamp, subject: &str, text: &str)
    -> Result<(), String>;
}

/// The way to the owner, where there is one, swapped whole when its settings change.
pub(super) struct Way<T: ?Sized>(RwLock<Option<Arc<T>>>);

impl<T: ?Sized> Way<T> {
    /// There is none yet.
    pub(super) fn none() -> Self {
        Self(RwLock::new(None))
    }

    /// Puts another one in force, or none.
    pub(super) fn swap(&self, way: Option<Arc<T>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = way;
    }

    /// The one in force.
    pub(super) fn get(&self) -> Option<Arc<T>> {
        let way = self.0.read().unwrap_or_else(PoisonError::into_inner);
        way.clone()
    }
}

/// What is to be told of a step that a call took.
pub(super) fn of_step(before: &Call, after: &Call, now: Timestamp) -> Vec<Effect> {
    let mut notices = Vec::new();
    if after.simulated {
        return notices;
    }
    if let Some(verdict) = &after.verdict
        && before.verdict.is_none()
    {
        let decided = json!({ "treatment": verdict.treatment, "ground": verdict.ground });
        notices.push(notice("call.decided", now, about(after, decided)));
    }
    if let Some(recording) = &after.recording
        && before.recording.is_none()
    {
        let recorded = json!({ "seconds": recording.seconds });
        notices.push(notice("message.received", now, about(after, recorded)));
    }
    notices
}

/// The job that tells of a trouble.
pub(super) fn of_news(news: &News) -> Job {
    let kind = if news.begins {
        "alarm.raised"
    } else {
        "alarm.cleared"
    };
    let data = json!({
        "kind": news.alarm.kind,
        "since": news.alarm.since.to_string(),
        "text": news.alarm.text,
        "mend": news.alarm.kind.mend(Language::En),
    });
    Job {
        id: Uuid::from_bytes(*CallId::new(news.at).as_bytes()),
        call: CallId::from_bytes([0; 16]),
        provider: String::new(),
        effect: notice(kind, news.at, data),
        attempts: 0,
        due: news.at,
    }
}

fn about(call: &Call, more: Value) -> Value {
    let number = match &call.caller.number {
        CallerNumber::Public(number) => Some(number.full()),
        CallerNumber::Address(_) | CallerNumber::Withheld => None,
    };
    let mut data = json!({
        "call": call.id.to_string(),
        "line": call.line,
        "caller": number,
        "caller_name": call.caller.name,
        "started_at": call.started_at.to_string(),
    });
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    data
}

pub(super) fn notice(kind: &str, now: Timestamp, data: Value) -> Effect {
    let body = json!({ "type": kind, "timestamp": now.to_string(), "data": data });
    Effect::Notify {
        body: body.to_string(),
    }
}
