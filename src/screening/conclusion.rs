//! What becomes of the caller: a verdict put into effect.

use crate::call::{Disposition, Ground, Instruction, RejectCause, Slot, Stage, Treatment, Verdict};

use super::Doorman;
use super::evidence::Evidence;
use super::line::{Blocked, Closed, Mode};
use super::wording::Prompt;

/// How long the doorman waits for the key that is offered with a no, in seconds.
const WAY_BACK_SECONDS: u8 = 3;

impl Doorman<'_> {
    /// Puts a verdict into effect.
    pub(super) fn conclude(&mut self, treatment: Treatment, ground: Ground) -> Vec<Instruction> {
        let is_wish = matches!(ground, Ground::OwnerDecided | Ground::CallerChose);
        let listening =
            self.policy.line.mode == Mode::Listen && treatment != Treatment::Connect && !is_wish;
        let missing = Slot::ALL
            .into_iter()
            .filter(|slot| self.call.slot(*slot).is_none())
            .collect();
        let treated = if listening {
            Treatment::Connect
        } else {
            treatment
        };
        self.call.verdict = Some(Verdict {
            treatment: treated,
            ground,
            score: Evidence::of(&self.call.reasons).score,
            missing,
            policy: self.policy.rules.version().to_owned(),
            would_have: listening.then_some(treatment),
        });
        match (treated, ground) {
            (Treatment::Connect, ground) if self.is_closed_for(ground) => {
                self.take_message(Prompt::Closed)
            }
            (Treatment::Connect, _) => self.ring(0),
            (Treatment::Message, _) => self.take_message(Prompt::Message),
            (Treatment::Reject, Ground::Blocked)
                if self.policy.line.blocked == Blocked::Unanswered && self.call.turn == 0 =>
            {
                self.call.disposition = Some(Disposition::Rejected);
                self.close(vec![Instruction::Reject {
                    cause: RejectCause::Declined,
                }])
            }
            (Treatment::Reject, Ground::Blocked) => self.refuse(Prompt::BlockedNo),
            (Treatment::Reject, Ground::Fraud | Ground::Machine) => self.refuse(Prompt::ScamEnd),
            (Treatment::Reject, _) => self.refuse(Prompt::No),
        }
    }

    fn is_closed_for(&self, ground: Ground) -> bool {
        let always_open = matches!(
            ground,
            Ground::Allowed
                | Ground::Wanted
                | Ground::Protected
                | Ground::OwnerDecided
                | Ground::FailOpen
        );
        self.policy.line.closed == Closed::Message
            && self.policy.line.mode == Mode::Screen
            && !always_open
            && !self.is_open()
    }

    /// Says no, and offers the key that leads back.
    pub(super) fn refuse(&mut self, prompt: Prompt) -> Vec<Instruction> {
        self.call.stage = Stage::Refusing;
        self.call.disposition = Some(Disposition::Rejected);
        let text = self.text(prompt);
        vec![self.prompt(None, text, WAY_BACK_SECONDS)]
    }

    /// Takes a message after a tone.
    pub(super) fn take_message(&mut self, prompt: Prompt) -> Vec<Instruction> {
        self.call.stage = Stage::Recording;
        self.call.turn += 1;
        vec![
            self.say(prompt),
            Instruction::Record {
                turn: self.call.turn,
                max_seconds: self.policy.limits.message_seconds,
            },
        ]
    }

    pub(super) fn close(&mut self, instructions: Vec<Instruction>) -> Vec<Instruction> {
        self.call.stage = Stage::Closing;
        instructions
    }
}
