//! What the owner reads about a call, in Danish and in English.

use super::quantity;
use super::{
    Call, Disposition, EvidenceKind, Filled, Ground, Language, Leaning, ListName, OPINION, Opinion,
    Reason, Treatment,
};

impl Treatment {
    /// What became of the caller, in a word or two.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Connect => language.choose("Sat igennem", "Connected"),
            Self::Message => language.choose("Besked", "Message"),
            Self::Reject => language.choose("Afvist", "Turned away"),
        }
    }
}

impl Call {
    /// What became of a caller who was to be put through and did not get the owner; nothing, where
    /// he did or still may.
    #[must_use]
    pub fn missed(&self, language: Language) -> Option<&'static str> {
        let verdict = self.verdict.as_ref()?;
        if verdict.treatment != Treatment::Connect {
            return None;
        }
        let (danish, english) = match (self.disposition?, self.was_met_by_a_closed_door()) {
            (Disposition::NotAnswered, false) => (
                "Skulle sættes igennem; ingen tog den",
                "Was to be put through; nobody took it",
            ),
            (Disposition::Message, false) => (
                "Ingen tog den; lagde en besked",
                "Nobody took it; left a message",
            ),
            (Disposition::NotAnswered, true) => (
                "Lukket: bedt om en besked, lagde ingen",
                "Closed: asked for a message, left none",
            ),
            (Disposition::Message, true) => (
                "Lukket: bedt om en besked, lagde en",
                "Closed: asked for a message, left one",
            ),
            _ => return None,
        };
        Some(language.choose(danish, english))
    }

    /// What became of the caller and why, as an owner reads it.
    #[must_use]
    pub fn sentence(&self, language: Language) -> Option<String> {
        let verdict = self.verdict.as_ref()?;
        let became = self.missed(language);
        let became = became.unwrap_or_else(|| verdict.treatment.word(language));
        Some(format!("{became}. {}", verdict.ground.sentence(language)))
    }
}

impl Leaning {
    /// How a caller sounds to the second opinion; nothing, where it finds him neither this nor that.
    #[must_use]
    pub fn sentence(self, language: Language) -> Option<&'static str> {
        let (danish, english) = match self {
            Self::Certain => (
                "Lyder helt som et salgsopkald",
                "Sounds just like a sales call",
            ),
            Self::Unwanted => ("Lyder som et salgsopkald", "Sounds like a sales call"),
            Self::Doubtful => (
                "Lyder nok som et salgsopkald",
                "Sounds rather like a sales call",
            ),
            Self::Legitimate => ("Lyder som et ærinde", "Sounds like an errand"),
            Self::Unclear => return None,
        };
        Some(language.choose(danish, english))
    }
}

impl Opinion {
    /// How the caller sounds, and how surely: of an errand so many percent speak for it.
    ///
    /// ```
    /// use portner::call::{Language, Leaning, Opinion};
    /// let opinion = Opinion { percent: 1, leaning: Leaning::Legitimate, ..Opinion::default() };
    /// let sentence = opinion.sentence(Language::En);
    /// assert_eq!(sentence.as_deref(), Some("Sounds like an errand (99%)"));
    /// ```
    #[must_use]
    pub fn sentence(&self, language: Language) -> Option<String> {
        let sentence = self.leaning.sentence(language)?;
        let percent = match self.leaning {
            Leaning::Legitimate => 100_u8.saturating_sub(self.percent),
            _ => self.percent,
        };
        Some(format!(
            "{sentence} ({})",
            quantity::percent(percent, language)
        ))
    }
}

impl Reason {
    /// What fired, by its name; what the second opinion said of this call in the words of whoever reads,
    /// since its reason was written in the language of the line.
    ///
    /// ```
    /// use portner::call::{EvidenceKind, Language, Leaning, OPINION, Opinion, Reason};
    /// let mut reason = Reason::new(OPINION, EvidenceKind::Sell);
    /// reason.name = "Lyder som et salgsopkald (97 %)".into();
    /// let opinion = Opinion { percent: 97, leaning: Leaning::Unwanted, ..Opinion::default() };
    /// assert_eq!(reason.told(Some(&opinion), Language::En), "Sounds like a sales call (97%)");
    /// assert_eq!(reason.told(None, Language::En), reason.name);
    /// ```
    #[must_use]
    pub fn told(&self, opinion: Option<&Opinion>, language: Language) -> String {
        let opinion = opinion.filter(|_| self.rule == OPINION);
        let anew = opinion.and_then(|opinion| opinion.sentence(language));
        anew.unwrap_or_else(|| {
            let has_none = self.name.is_empty();
            if has_none { &self.rule } else { &self.name }.clone()
        })
    }
}

impl Ground {
    /// The principle as a sentence.
    ///
    /// ```
    /// use portner::call::{Ground, Language};
    /// let sentence = Ground::Silent.sentence(Language::En);
    /// assert_eq!(sentence, "The last question got no clear answer.");
    /// ```
    #[must_use]
    pub fn sentence(self, language: Language) -> &'static str {
        let (danish, english) = match self {
            Self::Allowed => (
                "Nummeret står på listen over dem, der altid kommer igennem.",
                "The number is on the list of those who always get through.",
            ),
            Self::Wanted => (
                "Nummeret står på listen over kunder, du gerne vil have.",
                "The number is on the list of customers you want.",
            ),
            Self::Blocked => (
                "Nummeret står på listen over dem, der ikke kommer igennem.",
                "The number is on the list of those who do not get through.",
            ),
            Self::Protected => (
                "Der faldt ord, som aldrig holdes tilbage, såsom ulykke, sygehus eller skole.",
                "Words were said that are never held up, such as accident, hospital or school.",
            ),
            Self::Errand => (
                "Der ringes i et rigtigt ærinde.",
                "The caller has a real errand.",
            ),
            Self::TargetedSeller => (
                "En sælger, der siger det åbent og ved, hvorfor han ringer netop her.",
                "A seller who says so and knows why he calls exactly here.",
            ),
            Self::UntargetedSelling => (
                "Salg, og ingen grund til, at det skulle være netop her.",
                "Selling, and no reason why it should be exactly here.",
            ),
            Self::Fraud => (
                "Opkaldet bærer tegn på svindel.",
                "The call has the signs of fraud.",
            ),
            Self::Machine => (
                "Det er en optagelse, der taler.",
                "A recording is speaking.",
            ),
            Self::Evasive => ("To svar uden indhold.", "Two answers without content."),
            Self::UnclearSelling => (
                "Det lyder som salg, men for lidt er klart til at sige nej.",
                "It sounds like selling, but too little is clear to say no.",
            ),
            Self::Silent => (
                "Det sidste spørgsmål fik intet klart svar.",
                "The last question got no clear answer.",
            ),
            Self::CallerChose => ("Den, der ringede, valgte det selv.", "The caller chose it."),
            Self::BenefitOfDoubt => (
                "Intet taler imod opkaldet.",
                "Nothing speaks against the caller.",
            ),
            Self::Rule => ("En regel siger det direkte.", "A rule says so directly."),
            Self::RefusedCampaign => (
                "Næsten ord for ord en kampagne, du har afvist.",
                "Nearly word for word a campaign that you refused.",
            ),
            Self::OwnerDecided => ("Du bestemte det selv.", "You decided it yourself."),
            Self::FailOpen => (
                "Noget gik galt hos Portner, så telefonen ringede, som om ingen stod ved døren.",
                "Something of Portner's broke, so the phone rang as if nobody stood at the door.",
            ),
        };
        language.choose(danish, english)
    }
}

impl Disposition {
    /// How it turned out, in a few words.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Connected => language.choose("I talte sammen", "You spoke"),
            Self::NotAnswered => language.choose("Ikke taget", "Not answered"),
            Self::Message => language.choose("Lagde en besked", "Left a message"),
            Self::Rejected => language.choose("Fik et nej", "Got a no"),
            Self::Abandoned => language.choose("Lagde på", "Hung up"),
            Self::Unseen => language.choose("Kom aldrig hertil", "Never came here"),
        }
    }
}

impl Filled {
    /// The words, or a dash where what fired told who or what it is without any to keep.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.text.is_empty() {
            "–"
        } else {
            &self.text
        }
    }

    /// How particular it is.
    #[must_use]
    pub fn how_particular(&self, language: Language) -> &'static str {
        match self.specificity {
            0 | 1 => language.choose("kunne siges af hvem som helst", "could be said of anything"),
            2 => language.choose("nogenlunde konkret", "fairly particular"),
            _ => language.choose("gælder netop her", "only of this business"),
        }
    }
}

impl EvidenceKind {
    /// What it is evidence of, in a word or two.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Sell => language.choose("salg", "selling"),
            Self::Evade => language.choose("udenomssnak", "evasion"),
            Self::Scam => language.choose("svindel", "fraud"),
            Self::Machine => language.choose("optagelse", "a recording"),
            Self::Trust => language.choose("rigtigt ærinde", "a real errand"),
            Self::Protected => language.choose("holdes aldrig tilbage", "never held up"),
        }
    }
}

impl ListName {
    /// The list with this name in files and addresses.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{
        CallEvent, CallId, Caller, CallerNumber, Entry, Instruction, LineId, ProviderCallId, Score,
        Verdict,
    };

    fn put_through(disposition: Option<Disposition>, told: Vec<Instruction>) -> Call {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let provider = ProviderCallId {
            provider: "test".into(),
            id: "CA1".into(),
        };
        let line = LineId("demo".into());
        let caller = Caller::with_number(CallerNumber::Withheld);
        let id = CallId::new(now);
        let mut call = Call::begin(id, provider, line, Language::Da, caller, String::new(), now);
        call.disposition = disposition;
        call.verdict = Some(Verdict {
            treatment: Treatment::Connect,
            ground: Ground::Errand,
            score: Score::default(),
            missing: Vec::new(),
            policy: String::new(),
            would_have: None,
        });
        call.timeline.push(Entry {
            at: now,
            event: CallEvent::Ended { seconds: None },
            instructions: told,
        });
        call
    }

    #[test]
    fn who_was_to_be_put_through_is_told_to_have_been_only_if_he_was() {
        let dial = Instruction::Dial {
            attempt: 0,
            place: None,
            targets: Vec::new(),
            ring_seconds: 20,
            whisper: true,
        };
        let record = Instruction::Record {
            turn: 2,
            max_seconds: 60,
        };
        let rung = vec![dial, record.clone()];
        let closed = vec![record];
        for (disposition, told, danish, english) in [
            (
                Some(Disposition::NotAnswered),
                &rung,
                "Skulle sættes igennem; ingen tog den. Der ringes i et rigtigt ærinde.",
                "Was to be put through; nobody took it. The caller has a real errand.",
            ),
            (
                Some(Disposition::Message),
                &rung,
                "Ingen tog den; lagde en besked. Der ringes i et rigtigt ærinde.",
                "Nobody took it; left a message. The caller has a real errand.",
            ),
            (
                Some(Disposition::Message),
                &closed,
                "Lukket: bedt om en besked, lagde en. Der ringes i et rigtigt ærinde.",
                "Closed: asked for a message, left one. The caller has a real errand.",
            ),
            (
                Some(Disposition::Connected),
                &rung,
                "Sat igennem. Der ringes i et rigtigt ærinde.",
                "Connected. The caller has a real errand.",
            ),
            (
                None,
                &rung,
                "Sat igennem. Der ringes i et rigtigt ærinde.",
                "Connected. The caller has a real errand.",
            ),
        ] {
            let call = put_through(disposition, told.clone());
            assert_eq!(call.sentence(Language::Da).as_deref(), Some(danish));
            assert_eq!(call.sentence(Language::En).as_deref(), Some(english));
        }
    }
}
