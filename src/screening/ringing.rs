//! How the owner is rung: told who calls, asked whether he takes it, and what happens if not.

use jiff::SignedDuration;

use crate::call::{
    CallEvent, DialOutcome, Disposition, Effect, Entry, Ground, Instruction, Key, ListEntry,
    ListName, NumberPattern, Origin, OwnerAction, Question, Recording, Stage, Treatment,
};

use super::campaign::Opening;
use super::line::{Mode, NoAnswer, Whisper};
use super::rings::{self, Ring};
use super::wording::Prompt;
use super::{Doorman, may_act, summary};

/// How long a key of the owner keeps a caller out.
const BLOCK_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a key of the owner keeps a campaign out.
const REFUSE_CAMPAIGN_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

impl Doorman<'_> {
    /// Rings the destinations at this place of the line; when there are none left, the owner did not
    /// answer.
    pub(super) fn ring(&mut self, place: u16) -> Vec<Instruction> {
        let Some(next) = self.policy.line.attempts.get(usize::from(place)) else {
            return self.not_answered();
        };
        let attempt = rings::next(self.call, self.event);
        self.call.stage = Stage::Ringing { attempt };
        let dial = Instruction::Dial {
            attempt,
            place: Some(place),
            targets: next.targets.clone(),
            ring_seconds: next.ring_seconds,
            whisper: self.whispers(),
        };
        if place == 0 && self.call.turn > 0 {
            let is_fail_open = self
                .call
                .verdict
                .as_ref()
                .is_some_and(|verdict| verdict.ground == Ground::FailOpen);
            let prompt = if is_fail_open {
                Prompt::FailOpen
            } else {
                Prompt::Connecting
            };
            vec![self.say(prompt), dial]
        } else {
            vec![dial]
        }
    }

    /// Whether the owner is told who calls and must press a key. Known callers ring straight
    /// through, and so does everybody while the line only listens.
    fn whispers(&self) -> bool {
        let straight =
            self.call.verdict.as_ref().is_some_and(|verdict| {
                matches!(verdict.ground, Ground::Allowed | Ground::FailOpen)
            });
        self.policy.line.whisper != Whisper::Off
            && self.policy.line.mode == Mode::Screen
            && !straight
    }

    pub(super) fn owner_reached(&mut self, attempt: u16) -> Vec<Instruction> {
        self.make_good_the_beginning(attempt);
        if self.call.stage != (Stage::Ringing { attempt }) {
            return vec![Instruction::Hangup];
        }
        match self.policy.line.whisper {
            Whisper::On { wait_seconds } => vec![Instruction::Whisper {
                attempt,
                text: summary::whisper(self.policy, self.call),
                language: self.policy.line.languages.greeting(),
                wait_seconds,
            }],
            // It was settled while the phone rang.
            Whisper::Off => self.connect(attempt),
        }
    }

    /// The owner's key: 1 takes the call, 2 is a polite no, 3 lets the caller through from now on,
    /// 4 refuses his number and what he says from now on. No key takes nothing, so that a mobile's voicemail cannot.
    pub(super) fn owner_pressed(&mut self, attempt: u16, key: Option<Key>) -> Vec<Instruction> {
        self.make_good_the_beginning(attempt);
        if self.call.stage != (Stage::Ringing { attempt }) {
            return vec![Instruction::Hangup];
        }
        match key.map(Key::sign) {
            Some('1') => self.connect(attempt),
            Some('3') => {
                self.list_caller(ListName::Allow);
                self.connect(attempt)
            }
            Some('2') => self.owner_refuses(),
            Some('4') => {
                self.list_caller(ListName::Block);
                self.refuse_campaign();
                self.owner_refuses()
            }
            _ => vec![Instruction::Hangup],
        }
    }

    /// Where it is not written down that the call began, the owner is rung all the same.
    fn make_good_the_beginning(&mut self, attempt: u16) {
        if self.call.stage == Stage::Offered {
            self.conclude(Treatment::Connect, Ground::FailOpen);
            self.call.stage = Stage::Ringing { attempt };
        }
    }

    fn connect(&mut self, attempt: u16) -> Vec<Instruction> {
        if let Some(verdict) = &mut self.call.verdict {
            // Of several phones another one may have said no.
            verdict.treatment = Treatment::Connect;
        }
        self.call.stage = Stage::Connected { attempt };
        self.call.disposition = Some(Disposition::Connected);
        vec![Instruction::Bridge]
    }

    fn owner_refuses(&mut self) -> Vec<Instruction> {
        if let Some(verdict) = &mut self.call.verdict {
            verdict.treatment = Treatment::Reject;
            verdict.ground = Ground::OwnerDecided;
        }
        vec![Instruction::Hangup]
    }

    fn list_caller(&mut self, list: ListName) {
        let Some(number) = self.call.caller.number.public() else {
            return;
        };
        let expires_at = (list == ListName::Block)
            .then(|| self.now.checked_add(BLOCK_FOR))
            .and_then(Result::ok);
        self.effects.push(Effect::List(ListEntry {
            pattern: NumberPattern::exact(number),
            list,
            line: Some(self.call.line.clone()),
            note: summary::note(self.call),
            origin: Origin::Whisper,
            added_at: self.now,
            expires_at,
        }));
    }

    /// Others who open nearly alike are refused too, as far as the opening can be told from others.
    fn refuse_campaign(&mut self) {
        let opening = Opening::of_call(self.call);
        if let (Some(_), Ok(until)) = (opening, self.now.checked_add(REFUSE_CAMPAIGN_FOR)) {
            self.effects.push(Effect::RefuseCampaign { until });
        }
    }

    pub(super) fn dial_ended(
        &mut self,
        attempt: u16,
        outcome: DialOutcome,
        spoke: bool,
        bridged: Option<bool>,
    ) -> Vec<Instruction> {
        if spoke && self.call.recording.is_none() {
            self.call.disposition = Some(Disposition::Connected);
        }
        if self.call.is_over() {
            return vec![Instruction::Hangup];
        }
        let is_taken = self.call.stage == (Stage::Connected { attempt });
        if is_taken && !spoke && bridged == Some(false) {
            // The owner took the call, and his phone never heard of it.
            self.call.disposition = None;
            self.call.stage = Stage::Ringing { attempt };
        } else if spoke || is_taken {
            return self.close(vec![Instruction::Hangup]);
        }
        self.make_good_the_beginning(attempt);
        let Stage::Ringing { attempt: rung } = self.call.stage else {
            return self.stay();
        };
        // A ring that is written down nowhere was given in place of the one that is.
        if rung != attempt && Ring::find(self.call, attempt).is_some() {
            return self.stay();
        }
        if outcome == DialOutcome::Cancelled {
            self.call.disposition = Some(Disposition::NotAnswered);
            return self.close(vec![Instruction::Hangup]);
        }
        let refused = self
            .call
            .verdict
            .as_ref()
            .is_some_and(|verdict| verdict.treatment == Treatment::Reject);
        if refused {
            return self.refuse(Prompt::No);
        }
        self.ring(rings::place(self.call, rung).saturating_add(1))
    }

    fn not_answered(&mut self) -> Vec<Instruction> {
        let is_told = |entry: &Entry| matches!(entry.event, CallEvent::OwnerReached { .. });
        if self.call.timeline.iter().any(is_told) {
            // Somebody picked up, and pressed no key: a mobile's own voicemail, or the owner, who
            // knows of the call.
            return self.take_message(Prompt::Message);
        }
        match self.policy.line.no_answer {
            NoAnswer::Voicemail => self.take_message(Prompt::NoAnswer),
            NoAnswer::Text { to } => {
                let body = summary::text_message(self.policy, self.call);
                self.effects.push(Effect::Text { to, body });
                self.call.disposition = Some(Disposition::NotAnswered);
                let told = self.say(Prompt::NoAnswerText);
                self.close(vec![told, Instruction::Hangup])
            }
            NoAnswer::Goodbye => {
                self.call.disposition = Some(Disposition::NotAnswered);
                let goodbye = self.say(Prompt::Goodbye);
                self.close(vec![goodbye, Instruction::Hangup])
            }
        }
    }

    /// A message was left. It is kept even when the provider tells of it after the call's end, unless
    /// he says that nothing is in it. What he tells `aside` leaves the call where it is.
    pub(super) fn recorded(&mut self, recording: &Recording, aside: bool) -> Vec<Instruction> {
        let is_empty = recording.seconds == Some(0);
        if !is_empty {
            self.keep_message(recording);
        }
        if aside {
            return Vec::new();
        }
        if self.call.is_over() {
            return vec![Instruction::Hangup];
        }
        if self.call.stage != Stage::Recording && is_empty {
            return self.stay();
        }
        let parting = self.say(if is_empty {
            Prompt::Goodbye
        } else {
            Prompt::MessageThanks
        });
        self.close(vec![parting, Instruction::Hangup])
    }

    /// Keeps the longest of what was recorded. Of one the provider tells twice, and may know its length
    /// the second time only.
    fn keep_message(&mut self, recording: &Recording) {
        match &mut self.call.recording {
            Some(known) if known.url == recording.url => {
                known.seconds = recording.seconds.or(known.seconds);
            }
            Some(known) if known.seconds >= recording.seconds => {}
            known => *known = Some(recording.clone()),
        }
        self.call.disposition = Some(Disposition::Message);
    }

    /// A call that never came here: nothing can be done but to know of it.
    pub(super) fn unseen(&mut self) -> Vec<Instruction> {
        if self.call.stage == Stage::Offered {
            self.call.disposition = Some(Disposition::Unseen);
            self.call.ended_at = Some(self.now);
            self.call.stage = Stage::Ended;
        }
        Vec::new()
    }

    pub(super) fn ended(&mut self) -> Vec<Instruction> {
        if self.call.disposition.is_none() {
            self.call.disposition = Some(match self.call.stage {
                Stage::Ringing { .. } | Stage::Recording => Disposition::NotAnswered,
                Stage::Offered if self.call.timeline.is_empty() => Disposition::Unseen,
                _ => Disposition::Abandoned,
            });
        }
        self.call.ended_at = Some(self.now);
        self.call.stage = Stage::Ended;
        Vec::new()
    }

    /// The owner looked on and settled what comes next. What does not fit the call as it now is
    /// changes nothing.
    pub(super) fn owner_acted(&mut self, action: OwnerAction) -> Vec<Instruction> {
        if !may_act(self.call, action) {
            return Vec::new();
        }
        self.call.disposition = None;
        match action {
            OwnerAction::Take => self.conclude(Treatment::Connect, Ground::OwnerDecided),
            OwnerAction::AskWhy => self.ask_on_request(Question::Why),
            OwnerAction::TakeMessage => self.conclude(Treatment::Message, Ground::OwnerDecided),
            OwnerAction::Refuse => self.conclude(Treatment::Reject, Ground::OwnerDecided),
        }
    }

    /// The provider could not do what it was told: the owner is rung plainly, unless the call was
    /// decided otherwise, or has come to its end already.
    pub(super) fn fall_back(&mut self) -> Vec<Instruction> {
        let is_done = matches!(self.call.stage, Stage::Connected { .. } | Stage::Closing);
        if is_done || self.call.recording.is_some() {
            return self.close(vec![Instruction::Hangup]);
        }
        if self.call.stage == Stage::Recording {
            return self.stay();
        }
        match self.call.verdict.as_ref().map(|verdict| verdict.treatment) {
            Some(Treatment::Reject) => self.close(vec![Instruction::Hangup]),
            Some(Treatment::Message) => self.take_message(Prompt::Message),
            Some(Treatment::Connect) | None => self.conclude(Treatment::Connect, Ground::FailOpen),
        }
    }

    /// Something came that does not fit: what was last said to the caller is said again, and where
    /// nothing was, the owner is rung.
    pub(super) fn stay(&mut self) -> Vec<Instruction> {
        let last = self
            .call
            .timeline
            .iter()
            .rev()
            .find(|entry| is_for_caller(entry));
        match last {
            Some(entry) => entry.instructions.clone(),
            None => self.conclude(Treatment::Connect, Ground::FailOpen),
        }
    }
}

fn is_for_caller(entry: &Entry) -> bool {
    !entry.event.is_on_owners_leg() && !entry.instructions.is_empty()
}
