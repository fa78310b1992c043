//! Which calls a filter takes. Every store asks here last, whatever index led it to a call.

use crate::call::{Answer, Call, CallEvent};

use super::CallFilter;

/// A filter with its text made ready, so that it is not done again for each call.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    filter: &'a CallFilter,
    text: Option<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(filter: &'a CallFilter) -> Self {
        let text = filter.text.as_deref().map(str::trim);
        Self {
            filter,
            text: text.filter(|text| !text.is_empty()).map(str::to_lowercase),
        }
    }

    pub(super) fn takes(&self, call: &Call) -> bool {
        let Self { filter, text } = self;
        (filter.simulated || !call.simulated)
            && filter.line.as_ref().is_none_or(|line| *line == call.line)
            && filter
                .caller
                .is_none_or(|caller| call.caller.number.public() == Some(caller))
            && filter.verdict.is_none_or(|treatment| {
                call.verdict
                    .as_ref()
                    .is_some_and(|verdict| verdict.treatment == treatment)
            })
            && (!filter.message || call.is_about_a_message())
            && filter.from.is_none_or(|from| from <= call.started_at)
            && filter.until.is_none_or(|until| call.started_at < until)
            && text.as_ref().is_none_or(|text| said(call, text))
    }
}

/// Whether the caller said these words, which are in lower case.
fn said(call: &Call, text: &str) -> bool {
    call.timeline.iter().any(|entry| match &entry.event {
        CallEvent::Heard {
            answer: Answer::Speech(utterance),
            ..
        } => utterance.text.to_lowercase().contains(text),
        _ => false,
    })
}
