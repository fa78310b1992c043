//! The conversation with the caller: what is made of each answer, and what is asked next.

use crate::call::{
    Answer, CallerNumber, EvidenceKind, Ground, Instruction, Language, ListName, Question, Reason,
    Slot, Stage, Treatment, Utterance,
};
use crate::rules::{Reading, Situation, Specificity};

use super::campaign::{is_refused_campaign, refused_campaign};
use super::choice::Choice;
use super::evidence::Evidence;
use super::principles::{Decision, Standing, decide};
use super::slots::{self, Found};
use super::wording::Prompt;
use super::{Doorman, language, reasons};

/// Points of clear selling that are ground for a no though the last question got no answer.
const ENOUGH_WITHOUT_AN_ANSWER: u16 = 6;

impl Doorman<'_> {
    /// Opens the door: known callers go straight through, blocked ones are refused, everybody
    /// else is greeted.
    pub(super) fn open(&mut self) -> Vec<Instruction> {
        let listed = self.facts.listed.as_ref().map(|entry| entry.list);
        if let Some(entry) = &self.facts.listed {
            let reason = reasons::listed(entry.list, &entry.note);
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
        if let Answer::Speech(utterance) = answer {
            self.answer_in_the_language_of(utterance);
        }
        match (self.call.stage, answer) {
            (Stage::Refusing, answer) => self.after_no(answer),
            (Stage::OfferingKeys, answer) => self.after_keys_offered(answer),
            (Stage::Asking { question, again }, Answer::Key(key)) => match Choice::of_key(*key) {
                Some(choice) => self.chosen(choice, question, again),
                None => self.not_understood(question, again, answer),
            },
            (Stage::Asking { question, again }, Answer::Speech(utterance))
                if language::is_clear(utterance) =>
            {
                match Choice::wished(&utterance.text) {
                    Some(choice) => self.chosen(choice, question, again),
                    None => self.judge(question, utterance),
                }
            }
            (Stage::Asking { question, again }, _) => self.not_understood(question, again, answer),
            _ => self.stay(),
        }
    }

    fn answer_in_the_language_of(&mut self, utterance: &Utterance) {
        if let Some(spoken) = language::detect(&utterance.text) {
            self.speak(spoken);
        }
    }

    fn speak(&mut self, language: Language) {
        if self.policy.line.languages.contains(language) {
            self.call.language = language;
        }
    }

    /// What a caller chose in place of an answer.
    fn chosen(&mut self, choice: Choice, question: Question, again: bool) -> Vec<Instruction> {
        match choice {
            Choice::Message => self.conclude(Treatment::Message, Ground::CallerChose),
            Choice::PutThrough => self.put_through_on_request(),
            Choice::OtherLanguage | Choice::Privacy if !self.may_prompt() => {
                self.conclude(Treatment::Message, Ground::Silent)
            }
            Choice::OtherLanguage => {
                self.speak(self.call.language.choose(Language::En, Language::Da));
                let text = self.text(Prompt::asking(question, false));
                self.put_again(question, again, text)
            }
            Choice::Privacy => {
                let privacy = self.text(Prompt::Privacy);
                let text = format!("{privacy} {}", self.text(Prompt::asking(question, false)));
                self.put_again(question, again, text)
            }
        }
    }

    /// A caller who asks for a person gets one, unless what he said speaks against it.
    fn put_through_on_request(&mut self) -> Vec<Instruction> {
        let evidence = Evidence::of(&self.call.reasons);
        let doubtful = evidence.sells() || evidence.score.scam > 0 || evidence.score.machine >= 3;
        if doubtful {
            self.conclude(Treatment::Message, Ground::UnclearSelling)
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
            (Some(Choice::OtherLanguage), _) if self.may_prompt() => {
                self.speak(self.call.language.choose(Language::En, Language::Da));
                self.offer_keys()
            }
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
                Choice::of_words(&utterance.text).is_some_and(Choice::is_for_somebody)
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

    fn not_understood(
        &mut self,
        question: Question,
        again: bool,
        answer: &Answer,
    ) -> Vec<Instruction> {
        if !again && self.may_prompt() {
            let question = self.easier_than(question);
            let prompt = match (question, answer) {
                (Question::Open, Answer::Silence) => Prompt::Silent,
                _ => Prompt::asking(question, true),
            };
            let text = self.text(prompt);
            return self.put_again(question, true, text);
        }
        if self.knows_enough_for_a_no() {
            return self.conclude(Treatment::Reject, Ground::UntargetedSelling);
        }
        if self.may_prompt() {
            return self.offer_keys();
        }
        self.conclude(Treatment::Message, Ground::Silent)
    }

    fn offer_keys(&mut self) -> Vec<Instruction> {
        self.call.stage = Stage::OfferingKeys;
        let text = self.text(Prompt::OfferKeys);
        vec![self.prompt(None, text, self.policy.limits.answer_seconds)]
    }

    /// What is asked of a caller who gave no answer to this: the same again. Who sounds unwanted and
    /// has no answer to why exactly here is asked what he was not asked yet.
    fn easier_than(&mut self, question: Question) -> Question {
        let standing = self.standing();
        if question != Question::Why || !standing.may_ask || standing.evidence.opinion == 0 {
            return question;
        }
        let asked = &self.call.asked;
        let mut others = [Question::What, Question::Who].into_iter();
        let Some(other) = others.find(|other| !asked.contains(other)) else {
            return question;
        };
        self.call.asked.push(other);
        other
    }

    /// Whether what was said before a silence is ground enough for a no by itself: the silence
    /// speaks for nothing, so the words must weigh more than they must in an answered call.
    fn knows_enough_for_a_no(&self) -> bool {
        let evidence = Evidence::of(&self.call.reasons);
        let verdict = decide(&Standing {
            call: self.call,
            evidence,
            may_ask: false,
            targeted_sellers: self.policy.line.targeted_sellers.treatment(),
        });
        let signs = evidence.score.sell - evidence.hints - evidence.opinion;
        verdict == Decision::Decide(Treatment::Reject, Ground::UntargetedSelling)
            && evidence.score.trust == 0
            && self.call.slot(Slot::What).is_some()
            && signs >= ENOUGH_WITHOUT_AN_ANSWER
    }

    /// Judges an answer by the rules and the principles.
    fn judge(&mut self, question: Question, utterance: &Utterance) -> Vec<Instruction> {
        let reading = self.policy.rules.read(&utterance.text);
        let says = reading.specificity();
        let reasons = self.evidence_in(question, &reading, Some(says));
        let evades = reasons
            .iter()
            .any(|reason| reason.kind == EvidenceKind::Evade && reason.points >= 2);
        let found: Vec<Found> = reasons
            .iter()
            .filter(|reason| !reason.shadow && !reason.spans.is_empty())
            .flat_map(|reason| {
                reason.fills.iter().map(|slot| Found {
                    slot: *slot,
                    place: reasons::stretch(reason),
                    specificity: reasons::specificity(reason),
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
        let is_left = self.policy.limits.leave_a_question(&self.call.asked);
        Standing {
            call: self.call,
            evidence: Evidence::of(&self.call.reasons),
            may_ask: is_left && self.may_prompt(),
            targeted_sellers: self.policy.line.targeted_sellers.treatment(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        let line = &self.policy.line;
        line.hours.is_open(self.now, &line.time_zone)
    }

    /// Whether the caller may be asked anything more: neither turns nor seconds are used up.
    fn may_prompt(&self) -> bool {
        let seconds = self.now.duration_since(self.call.started_at).as_secs();
        self.policy.limits.leave_a_turn(self.call.turn, seconds)
    }

    fn evidence_in(
        &self,
        question: Question,
        reading: &Reading<'_, '_>,
        says: Option<Specificity>,
    ) -> Vec<Reason> {
        reasons::reasons(reading, question, &self.situation(says), self.call.turn)
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
}
