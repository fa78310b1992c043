//! How the doorman talks: what he asks, what he makes of an answer, and what he says in the end.

use std::sync::Arc;

use crate::call::{
    Answer, CallerNumber, Disposition, EvidenceKind, Ground, Instruction, Key, Language, ListName,
    Question, Reason, RejectCause, Slot, Stage, Treatment, Utterance, Verdict,
};
use crate::rules::{Hit, Life, Reading, Situation, Specificity};

use super::campaign::{is_refused_campaign, refused_campaign};
use super::evidence::Evidence;
use super::line::{Blocked, Closed, Mode, TargetedSellers};
use super::principles::{Decision, Standing, decide};
use super::slots::{self, Found};
use super::wording::Prompt;
use super::{Doorman, language};

/// How long the doorman waits for the key that is offered with a no, in seconds.
const WAY_BACK_SECONDS: u8 = 3;

/// Points of clear selling that are ground for a no though the last question got no answer.
const ENOUGH_WITHOUT_AN_ANSWER: u16 = 6;

/// What a key means while the doorman talks, the same throughout the call.
enum Choice {
    Message,
    PutThrough,
    OtherLanguage,
    Privacy,
}

impl Choice {
    fn of_key(key: Key) -> Option<Self> {
        match key.sign() {
            '1' => Some(Self::Message),
            '2' => Some(Self::PutThrough),
            '3' => Some(Self::OtherLanguage),
            '9' => Some(Self::Privacy),
            _ => None,
        }
    }

    /// The same, said in words, for those who hold a locked phone in their hand.
    fn of_words(text: &str) -> Option<Self> {
        const MESSAGE: &[&str] = &["et", "én", "ét", "1", "one", "besked", "message"];
        const PUT_THROUGH: &[&str] = &[
            "to",
            "2",
            "two",
            "igennem",
            "menneske",
            "human",
            "person",
            "through",
            "omstilling",
        ];
        let text = text.to_lowercase();
        let says = |choices: &[&str]| {
            text.split(|character: char| !character.is_alphanumeric())
                .any(|word| choices.contains(&word))
        };
        if says(MESSAGE) {
            Some(Self::Message)
        } else if says(PUT_THROUGH) {
            Some(Self::PutThrough)
        } else {
            None
        }
    }
}

impl Doorman<'_> {
    /// Opens the door: known callers go straight through, blocked ones are refused, everybody
    /// else is greeted.
    pub(super) fn open(&mut self) -> Vec<Instruction> {
        let listed = self.facts.listed.as_ref().map(|entry| entry.list);
        if let Some(entry) = &self.facts.listed {
            let reason = list_reason(entry.list, &entry.note);
            self.call.reasons.push(reason);
        }
        match listed {
            Some(ListName::Allow) => return self.conclude(Treatment::Connect, Ground::Allowed),
            Some(ListName::Wanted) => return self.conclude(Treatment::Connect, Ground::Wanted),
            Some(ListName::Block) => return self.conclude(Treatment::Reject, Ground::Blocked),
            None => {}
        }
        let reasons = self.evidence_in(Question::Open, &self.policy.rules.read(""), None);
        self.call.reasons.extend(reasons);
        if let Some(treatment) = self
            .call
            .reasons
            .iter()
            .filter(|reason| !reason.shadow)
            .filter_map(|reason| reason.action)
            .min()
        {
            return self.conclude(treatment, Ground::Rule);
        }
        let notice = self.say(Prompt::Notice);
        let question = self.ask(Question::Open);
        vec![notice, question]
    }

    pub(super) fn heard(&mut self, answer: &Answer) -> Vec<Instruction> {
        match (self.call.stage, answer) {
            (Stage::Refusing, answer) => self.after_no(answer),
            (Stage::OfferingKeys, answer) => self.after_keys_offered(answer),
            (Stage::Asking { question, .. }, Answer::Key(key)) => self.pressed(question, *key),
            (Stage::Asking { question, .. }, Answer::Speech(utterance))
                if language::is_clear(utterance) =>
            {
                self.judge(question, utterance)
            }
            (Stage::Asking { question, again }, _) => self.not_understood(question, again),
            _ => self.stay(),
        }
    }

    fn pressed(&mut self, question: Question, key: Key) -> Vec<Instruction> {
        match Choice::of_key(key) {
            Some(Choice::Message) => self.conclude(Treatment::Message, Ground::CallerChose),
            Some(Choice::PutThrough) => self.put_through_on_request(),
            Some(Choice::OtherLanguage) => {
                let other = self.call.language.choose(Language::En, Language::Da);
                if self.policy.line.languages.contains(other) {
                    self.call.language = other;
                }
                let text = self.text(question_prompt(question));
                self.put_again(question, false, text)
            }
            Some(Choice::Privacy) => {
                let privacy = self.text(Prompt::Privacy);
                let text = format!("{privacy} {}", self.text(question_prompt(question)));
                self.put_again(question, false, text)
            }
            None => self.not_understood(question, false),
        }
    }

    /// A caller who asks for a person gets one, unless what he said speaks against it.
    fn put_through_on_request(&mut self) -> Vec<Instruction> {
        let evidence = Evidence::of(&self.call.reasons);
        let doubtful = evidence.sells() || evidence.score.scam > 0 || evidence.score.machine >= 3;
        if doubtful {
            self.conclude(Treatment::Message, Ground::CallerChose)
        } else {
            self.conclude(Treatment::Connect, Ground::CallerChose)
        }
    }

    fn after_keys_offered(&mut self, answer: &Answer) -> Vec<Instruction> {
        let choice = match answer {
            Answer::Key(key) => Choice::of_key(*key),
            Answer::Speech(utterance) => Choice::of_words(&utterance.text),
            Answer::Silence => None,
        };
        match (choice, answer) {
            (Some(Choice::Message), _) => self.conclude(Treatment::Message, Ground::CallerChose),
            (Some(Choice::PutThrough), _) => self.put_through_on_request(),
            (_, Answer::Speech(utterance)) if language::is_clear(utterance) => {
                self.judge(Question::Open, utterance)
            }
            _ => self.conclude(Treatment::Message, Ground::Silent),
        }
    }

    /// After a no there is one way back: a key, or an errand that should have been said before.
    fn after_no(&mut self, answer: &Answer) -> Vec<Instruction> {
        let wants_message = match answer {
            Answer::Key(key) => matches!(Choice::of_key(*key), Some(Choice::Message)),
            Answer::Speech(utterance) => {
                let reading = self.policy.rules.read(&utterance.text);
                let heard = self.evidence_in(Question::Open, &reading, Some(reading.specificity()));
                let evidence = Evidence::of(&heard);
                matches!(Choice::of_words(&utterance.text), Some(Choice::Message))
                    || evidence.score.protected > 0
                    || evidence.errand >= 2
            }
            Answer::Silence => false,
        };
        if wants_message {
            self.call.disposition = None;
            return self.take_message(Prompt::Message);
        }
        let goodbye = self.say(Prompt::FinalNo);
        self.close(vec![goodbye, Instruction::Hangup])
    }

    fn not_understood(&mut self, question: Question, again: bool) -> Vec<Instruction> {
        if !again && self.may_prompt() {
            let text = self.text(again_prompt(question));
            return self.put_again(question, true, text);
        }
        if self.knows_enough_for_a_no() {
            return self.conclude(Treatment::Reject, Ground::UntargetedSelling);
        }
        if self.call.turn < self.policy.limits.max_turns {
            self.call.stage = Stage::OfferingKeys;
            let text = self.text(Prompt::OfferKeys);
            return vec![self.prompt(text, self.policy.limits.answer_seconds)];
        }
        self.conclude(Treatment::Message, Ground::Silent)
    }

    /// Whether what was said before a silence is ground enough for a no by itself: the silence
    /// speaks for nothing, so the words must weigh more than they must in an answered call.
    fn knows_enough_for_a_no(&self) -> bool {
        let evidence = Evidence::of(&self.call.reasons);
        let verdict = decide(&Standing {
            call: self.call,
            evidence,
            may_ask: false,
            targeted_sellers: self.targeted_sellers(),
        });
        let signs = evidence.score.sell - evidence.hints - evidence.opinion;
        verdict == Decision::Decide(Treatment::Reject, Ground::UntargetedSelling)
            && evidence.score.trust == 0
            && self.call.slot(Slot::What).is_some()
            && signs >= ENOUGH_WITHOUT_AN_ANSWER
    }

    /// Judges an answer by the rules and the principles.
    fn judge(&mut self, question: Question, utterance: &Utterance) -> Vec<Instruction> {
        if let Some(spoken) = language::detect(&utterance.text)
            && self.policy.line.languages.contains(spoken)
        {
            self.call.language = spoken;
        }
        let reading = self.policy.rules.read(&utterance.text);
        let says = reading.specificity();
        let reasons = self.evidence_in(question, &reading, Some(says));
        let evades = reasons
            .iter()
            .any(|reason| reason.kind == EvidenceKind::Evade && reason.points >= 2);
        let found: Vec<Found> = reasons
            .iter()
            .filter(|reason| !reason.shadow)
            .flat_map(|reason| {
                reason.fills.iter().map(|slot| Found {
                    slot: *slot,
                    words: stretch(reason, &utterance.text).to_owned(),
                    specificity: specificity(reason),
                })
            })
            .collect();
        for filled in slots::fill(&utterance.text, question, &found, evades, says) {
            slots::keep(&mut self.call.slots, filled);
        }
        self.call.reasons.extend(reasons);
        self.note_refused_campaign();
        self.consult(question, &reading);
        match decide(&self.standing()) {
            Decision::Ask(question) => vec![self.ask(question)],
            Decision::Decide(treatment, ground) => self.conclude(treatment, ground),
        }
    }

    /// Writes down, once, that the caller says what a campaign says that the owner refused.
    fn note_refused_campaign(&mut self) {
        let refused = self.facts.campaign.as_ref().filter(|known| known.refused);
        if let Some(campaign) = refused
            && !self.call.reasons.iter().any(is_refused_campaign)
        {
            let reason = refused_campaign(&campaign.name, self.call.turn);
            self.call.reasons.push(reason);
        }
    }

    fn standing(&self) -> Standing<'_> {
        let asked = u8::try_from(self.call.asked.len()).unwrap_or(u8::MAX);
        Standing {
            call: self.call,
            evidence: Evidence::of(&self.call.reasons),
            may_ask: asked < self.policy.limits.max_questions && self.may_prompt(),
            targeted_sellers: self.targeted_sellers(),
        }
    }

    fn targeted_sellers(&self) -> Treatment {
        match self.policy.line.targeted_sellers {
            TargetedSellers::Connect => Treatment::Connect,
            TargetedSellers::Message => Treatment::Message,
        }
    }

    fn is_open(&self) -> bool {
        let line = &self.policy.line;
        line.hours.is_open(self.now, &line.time_zone)
    }

    /// Whether the caller may be asked anything more: neither turns nor seconds are used up.
    fn may_prompt(&self) -> bool {
        let seconds = self.now.duration_since(self.call.started_at).as_secs();
        self.call.turn < self.policy.limits.max_turns
            && seconds < i64::from(self.policy.limits.max_seconds)
    }

    fn evidence_in(
        &self,
        question: Question,
        reading: &Reading<'_, '_>,
        says: Option<Specificity>,
    ) -> Vec<Reason> {
        reasons(reading, question, &self.situation(says), self.call.turn)
    }

    /// What is known when an answer is judged that says so much, or before there is one.
    fn situation(&self, says: Option<Specificity>) -> Situation {
        let local = self.policy.line.time_zone.to_datetime(self.now);
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        Situation {
            withheld: self.call.caller.number == CallerNumber::Withheld,
            number: self.call.caller.number.public(),
            list: self.facts.listed.as_ref().map(|entry| entry.list),
            line: self.call.line.clone(),
            open: self.is_open(),
            weekday: local.weekday(),
            minute_of_day: u16::try_from(minute).unwrap_or_default(),
            one_person: self.policy.line.profile.owner.is_the_only_person,
            says,
            calls_before: self.facts.calls_before,
            campaign_days_ago: self
                .facts
                .campaign
                .as_ref()
                .map(|campaign| campaign.days_ago.clone())
                .unwrap_or_default(),
        }
    }

    /// Puts a verdict into effect.
    pub(super) fn conclude(&mut self, treatment: Treatment, ground: Ground) -> Vec<Instruction> {
        let listening = self.policy.line.mode == Mode::Listen
            && treatment != Treatment::Connect
            && ground != Ground::OwnerDecided;
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
        vec![self.prompt(text, WAY_BACK_SECONDS)]
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

    fn ask(&mut self, question: Question) -> Instruction {
        self.call.asked.push(question);
        self.call.stage = Stage::Asking {
            question,
            again: false,
        };
        let text = self.text(question_prompt(question));
        self.prompt(text, self.policy.limits.answer_seconds)
    }

    /// Puts a question because the owner wants it put, whether it was put before or not.
    pub(super) fn ask_on_request(&mut self, question: Question) -> Vec<Instruction> {
        self.call.verdict = None;
        if self.call.asked.contains(&question) {
            let text = self.text(again_prompt(question));
            return self.put_again(question, true, text);
        }
        vec![self.ask(question)]
    }

    /// Puts the same question once more, in these words.
    fn put_again(&mut self, question: Question, again: bool, text: String) -> Vec<Instruction> {
        self.call.stage = Stage::Asking { question, again };
        vec![self.prompt(text, self.policy.limits.answer_seconds)]
    }

    /// Speaks and waits for an answer: the next turn.
    fn prompt(&mut self, text: String, wait_seconds: u8) -> Instruction {
        self.call.turn += 1;
        Instruction::Ask {
            turn: self.call.turn,
            text,
            language: self.call.language,
            hints: Arc::clone(&self.policy.hints),
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

    fn text(&self, prompt: Prompt) -> String {
        let wordings = &self.policy.line.wordings;
        wordings.say(prompt, self.call.language)
    }
}

fn question_prompt(question: Question) -> Prompt {
    match question {
        Question::Open => Prompt::AskOpen,
        Question::Who => Prompt::AskWho,
        Question::What => Prompt::AskWhat,
        Question::Why => Prompt::AskWhy,
    }
}

fn again_prompt(question: Question) -> Prompt {
    match question {
        Question::Open => Prompt::AgainOpen,
        Question::Who => Prompt::AgainWho,
        Question::What => Prompt::AgainWhat,
        Question::Why => Prompt::AgainWhy,
    }
}

/// The answer from the first word that fired to the last.
fn stretch<'a>(reason: &Reason, text: &'a str) -> &'a str {
    let from = reason.spans.iter().map(|(from, _)| *from).min();
    let to = reason.spans.iter().map(|(_, to)| *to).max();
    from.zip(to)
        .and_then(|(from, to)| text.get(from as usize..to as usize))
        .unwrap_or_default()
}

fn specificity(reason: &Reason) -> u8 {
    match reason.kind {
        EvidenceKind::Trust | EvidenceKind::Protected => reason.points.clamp(1, 3),
        _ => 1,
    }
}

/// What the rules find in an answer, as reasons of the turn.
#[must_use]
pub fn reasons(
    reading: &Reading<'_, '_>,
    question: Question,
    situation: &Situation,
    turn: u16,
) -> Vec<Reason> {
    reading
        .evaluate(question, situation)
        .iter()
        .map(|hit| reason(hit, reading.text(), turn, question))
        .collect()
}

fn reason(hit: &Hit<'_>, text: &str, turn: u16, question: Question) -> Reason {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Reason {
        rule: hit.rule.id.clone(),
        name: hit.rule.name.clone(),
        tactic: hit.rule.tactic.clone(),
        kind: hit.rule.kind,
        points: hit.rule.points,
        turn,
        question,
        words: hit
            .spans
            .iter()
            .filter_map(|span| text.get(span.clone()).map(str::to_owned))
            .collect(),
        spans: hit
            .spans
            .iter()
            .map(|span| (place(span.start), place(span.end)))
            .collect(),
        fills: hit.rule.fills.clone(),
        action: hit.rule.action,
        shadow: hit.rule.life == Life::Shadow,
    }
}

fn list_reason(list: ListName, note: &str) -> Reason {
    Reason {
        rule: format!("list-{}", list.as_str()),
        name: note.to_owned(),
        tactic: String::new(),
        kind: if list == ListName::Block {
            EvidenceKind::Evade
        } else {
            EvidenceKind::Trust
        },
        points: 0,
        turn: 0,
        question: Question::Open,
        words: Vec::new(),
        spans: Vec::new(),
        fills: Vec::new(),
        action: None,
        shadow: false,
    }
}
