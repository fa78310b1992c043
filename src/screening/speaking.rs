//! What the doorman says, and the questions he puts.

use crate::call::{Instruction, Question, Stage};

use super::Doorman;
use super::wording::Prompt;

impl Doorman<'_> {
    pub(super) fn ask(&mut self, question: Question) -> Instruction {
        self.call.asked.push(question);
        self.call.stage = Stage::Asking {
            question,
            again: false,
        };
        let text = self.text(Prompt::asking(question, false));
        self.prompt(Some(question), text, self.policy.limits.answer_seconds)
    }

    /// Puts a question because the owner wants it put, whether it was put before or not.
    pub(super) fn ask_on_request(&mut self, question: Question) -> Vec<Instruction> {
        self.call.verdict = None;
        if self.call.asked.contains(&question) {
            let text = self.text(Prompt::asking(question, true));
            return self.put_again(question, true, text);
        }
        vec![self.ask(question)]
    }

    /// Puts the same question once more, in these words.
    pub(super) fn put_again(
        &mut self,
        question: Question,
        again: bool,
        text: String,
    ) -> Vec<Instruction> {
        self.call.stage = Stage::Asking { question, again };
        vec![self.prompt(Some(question), text, self.policy.limits.answer_seconds)]
    }

    /// Speaks and waits for an answer: the next turn.
    pub(super) fn prompt(
        &mut self,
        question: Option<Question>,
        text: String,
        wait_seconds: u8,
    ) -> Instruction {
        self.call.turn += 1;
        Instruction::Ask {
            turn: self.call.turn,
            question,
            text,
            language: self.call.language,
            hints: self.policy.hints.in_language(self.call.language),
            wait_seconds,
            pause_seconds: self.policy.limits.pause_seconds,
        }
    }

    pub(super) fn say(&self, prompt: Prompt) -> Instruction {
        Instruction::Say {
            text: self.text(prompt),
            language: self.call.language,
        }
    }

    pub(super) fn text(&self, prompt: Prompt) -> String {
        let wordings = &self.policy.line.wordings;
        wordings.say(prompt, self.call.language)
    }
}
