//! A call as it is shown: the few facts that a list of calls holds.

use jiff::Timestamp;
use serde::Serialize;

use crate::call::{
    Call, CallId, CallerNumber, Disposition, Ground, Language, LineId, Mark, Slot, Stage, Treatment,
};

/// A call in a list of calls.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CallSummary {
    /// Our name for it.
    pub(super) id: CallId,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub(super) started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) ended_at: Option<Timestamp>,
    /// The line that was called.
    #[schema(value_type = String)]
    pub(super) line: LineId,
    /// The number or address that called; nothing when it was withheld.
    pub(super) caller: Option<String>,
    /// What the network calls the caller. Hostile text.
    pub(super) caller_name: Option<String>,
    /// The language spoken.
    pub(super) language: Language,
    /// Where it stands.
    pub(super) stage: Stage,
    /// What was decided.
    pub(super) verdict: Option<Treatment>,
    /// By which principle.
    pub(super) ground: Option<Ground>,
    /// What would have been decided, where the line only listens.
    pub(super) would_have: Option<Treatment>,
    /// How it turned out.
    pub(super) disposition: Option<Disposition>,
    /// Who called, in his own words. Hostile text.
    pub(super) who: Option<String>,
    /// What about. Hostile text.
    pub(super) what: Option<String>,
    /// Why exactly here. Hostile text.
    pub(super) why: Option<String>,
    /// The caller's words, answer by answer. Hostile text.
    pub(super) said: Vec<String>,
    /// Played to try things out.
    pub(super) simulated: bool,
    /// What the owner thinks of it. Never in the stream of changes: marks are no part of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<Mark>,
}

impl CallSummary {
    /// The facts of this call.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let slot = |slot| call.slot(slot).map(|filled| filled.text.clone());
        Self {
            id: call.id,
            started_at: call.started_at,
            ended_at: call.ended_at,
            line: call.line.clone(),
            caller: match &call.caller.number {
                CallerNumber::Withheld => None,
                known => Some(known.full()),
            },
            caller_name: call.caller.name.clone(),
            language: call.language,
            stage: call.stage,
            verdict: call.verdict.as_ref().map(|verdict| verdict.treatment),
            ground: call.verdict.as_ref().map(|verdict| verdict.ground),
            would_have: call.verdict.as_ref().and_then(|verdict| verdict.would_have),
            disposition: call.disposition,
            who: slot(Slot::Who),
            what: slot(Slot::What),
            why: slot(Slot::Why),
            said: call.said().map(str::to_owned).collect(),
            simulated: call.simulated,
            mark: None,
        }
    }

    /// The facts with what the owner thinks of the call.
    #[must_use]
    pub fn marked(self, mark: Option<Mark>) -> Self {
        Self { mark, ..self }
    }
}
