//! What is struck out of a call when the time for it is over, and what of it stays.

use std::collections::BTreeSet;

use super::{Answer, Call, CallEvent, Instruction};

impl Call {
    /// The call without anything that its caller said or was called by name: time, number, questions,
    /// verdict, and which rules hit stay.
    #[must_use]
    pub fn without_words(mut self) -> Self {
        self.caller.name = None;
        for filled in &mut self.slots {
            filled.text.clear();
        }
        for reason in &mut self.reasons {
            reason.words.clear();
            reason.spans.clear();
            // What lists and campaigns say is no rule's name, but an owner's note or callers' words.
            if reason.tactic.is_empty() {
                reason.name.clear();
            }
        }
        if let Some(opinion) = &mut self.opinion {
            opinion.words.clear();
        }
        for entry in &mut self.timeline {
            match &mut entry.event {
                CallEvent::Incoming { caller, .. }
                | CallEvent::Unseen { caller, .. }
                | CallEvent::Fallback { caller, .. } => caller.name = None,
                CallEvent::Heard {
                    answer: Answer::Speech(utterance),
                    ..
                } => utterance.text.clear(),
                CallEvent::Heard { .. }
                | CallEvent::OwnerReached { .. }
                | CallEvent::OwnerPressed { .. }
                | CallEvent::DialEnded { .. }
                | CallEvent::Recorded { .. }
                | CallEvent::Ended { .. }
                | CallEvent::OwnerActed { .. } => {}
            }
            for instruction in &mut entry.instructions {
                // The owner is told in the caller's words; all else are the doorman's own.
                if let Instruction::Whisper { text, .. } = instruction {
                    text.clear();
                }
            }
        }
        self
    }

    /// The call without where its recordings are kept; that there was a message, and how long, stays.
    #[must_use]
    pub fn without_recording(mut self) -> Self {
        let of_timeline = self
            .timeline
            .iter_mut()
            .filter_map(|entry| match &mut entry.event {
                CallEvent::Recorded { recording, .. } => Some(recording),
                _ => None,
            });
        for recording in of_timeline.chain(&mut self.recording) {
            recording.url.clear();
        }
        self
    }

    /// Where the provider keeps whatever was recorded in the call, each place once: the message, and
    /// what else was recorded, as the same caller may have been asked to speak twice.
    #[must_use]
    pub fn recordings_kept(&self) -> BTreeSet<&str> {
        let of_timeline = self.timeline.iter().filter_map(|entry| match &entry.event {
            CallEvent::Recorded { recording, .. } => Some(recording),
            _ => None,
        });
        let recordings = of_timeline.chain(&self.recording);
        let places = recordings.map(|recording| recording.url.as_str());
        places.filter(|url| !url.is_empty()).collect()
    }

    /// Where the provider keeps the message, unless there is none or it was let go of.
    #[must_use]
    pub fn recording_kept(&self) -> Option<&str> {
        let recording = self.recording.as_ref()?;
        Some(recording.url.as_str()).filter(|url| !url.is_empty())
    }
}
