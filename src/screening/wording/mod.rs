//! Everything that the doorman says. He is short, direct, warm and dry. He never says yes, never
//! confirms or gives out a name, a number or whether somebody is in, promises nothing, accuses
//! nobody. Any of it may be reworded for a line.
//!
//! A text may hold placeholders, `{company}`, and sections, `[ from {firm}]`, which are left out
//! where a placeholder in them has nothing to say; `[{caller}|Somebody]` says the second part
//! instead. What a caller said comes into texts as data, and only into those for the owner.

mod da;
mod en;
mod prompt;
mod template;

use serde::{Deserialize, Serialize};

use super::profile::Profile;
use crate::call::Language;

pub use prompt::{Audience, Prompt};
pub use template::{MAX_CHARS, Placeholder, Template, WordingError};

/// How dry the doorman is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Friendly and plain.
    #[default]
    Plain,
    /// With a dry remark here and there, never at the caller's cost.
    Dry,
}

/// What comes into a text from the call at hand. Empty is unknown. The texts are hostile: they
/// are cut, cleaned of control characters and never read as templates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values<'a> {
    /// Who calls, as far as he said.
    pub caller: &'a str,
    /// The firm he calls from.
    pub firm: &'a str,
    /// What it is about.
    pub matter: &'a str,
    /// The same in words of his own that no “about” goes before, in place of the matter.
    pub words: &'a str,
    /// Why exactly here.
    pub why: &'a str,
    /// His number.
    pub number: &'a str,
}

/// The texts of a line in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wordings {
    company: String,
    owner: String,
    danish: Vec<Template>,
    english: Vec<Template>,
}

impl Wordings {
    /// The shipped texts in this tone, for this owner and his firm.
    #[must_use]
    pub fn new(profile: &Profile, tone: Tone) -> Self {
        let texts = |language| {
            Prompt::ALL
                .iter()
                .map(|prompt| Template::shipped(shipped(*prompt, language, tone)))
                .collect()
        };
        let nobodys = Self {
            company: String::new(),
            owner: String::new(),
            danish: texts(Language::Da),
            english: texts(Language::En),
        };
        nobodys.for_owner(profile)
    }

    /// The same for another owner and his firm.
    #[must_use]
    pub fn for_owner(mut self, profile: &Profile) -> Self {
        profile.company.name.trim().clone_into(&mut self.company);
        profile.owner.name.trim().clone_into(&mut self.owner);
        self
    }

    /// The same with one text reworded.
    #[must_use]
    pub fn with(mut self, prompt: Prompt, language: Language, text: Template) -> Self {
        let texts = match language {
            Language::Da => &mut self.danish,
            Language::En => &mut self.english,
        };
        if let Some(own) = texts.get_mut(prompt as usize) {
            *own = text;
        }
        self
    }

    /// A text, filled in.
    ///
    /// ```
    /// use portner::call::Language;
    /// use portner::screening::profile::Profile;
    /// use portner::screening::wording::{Prompt, Tone, Values, Wordings};
    /// let wordings = Wordings::new(&Profile::default(), Tone::Plain);
    /// let values = Values { caller: "Lone", matter: "hjemmesiden", ..Values::default() };
    /// assert_eq!(wordings.text(Prompt::Whisper, Language::Da, &values), "Lone, om hjemmesiden.");
    /// let values = Values { caller: "Lone", words: "den er nede", ..Values::default() };
    /// assert_eq!(wordings.text(Prompt::Whisper, Language::Da, &values), "Lone: den er nede.");
    /// ```
    #[must_use]
    pub fn text(&self, prompt: Prompt, language: Language, values: &Values<'_>) -> String {
        let texts = language.choose(&self.danish, &self.english);
        let Some(template) = texts.get(prompt as usize) else {
            return String::new();
        };
        // A text that knows of no words has the matter alone.
        let matter = if values.matter.is_empty() && !template.asks_for(Placeholder::Words) {
            values.words
        } else {
            values.matter
        };
        template.fill(|placeholder| match placeholder {
            Placeholder::Company => &self.company,
            Placeholder::Owner => &self.owner,
            Placeholder::Caller => values.caller,
            Placeholder::Firm => values.firm,
            Placeholder::Matter => matter,
            Placeholder::Words => values.words,
            Placeholder::Why => values.why,
            Placeholder::Number => values.number,
        })
    }

    /// A text for callers, which needs nothing from the call.
    #[must_use]
    pub fn say(&self, prompt: Prompt, language: Language) -> String {
        self.text(prompt, language, &Values::default())
    }

    /// The greeting: that a machine answers and takes notes, then the open question.
    #[must_use]
    pub fn greeting(&self, language: Language) -> String {
        let notice = self.say(Prompt::Notice, language);
        let question = self.say(Prompt::AskOpen, language);
        format!("{notice} {question}")
    }
}

/// The text that Portner comes with.
#[must_use]
pub fn shipped(prompt: Prompt, language: Language, tone: Tone) -> &'static str {
    match language {
        Language::Da => da::text(prompt, tone),
        Language::En => en::text(prompt, tone),
    }
}

/// How long a synthetic voice takes to speak a text, in seconds. An estimate: 15 characters a
/// second and a breath at every stop.
#[must_use]
pub fn seconds(text: &str) -> f32 {
    text.chars()
        .map(|character| match character {
            '.' | '?' | '!' | ':' | ';' => 1.0 / 15.0 + 0.3,
            ',' => 1.0 / 15.0 + 0.15,
            _ => 1.0 / 15.0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn topp() -> Profile {
        let mut profile = Profile::default();
        profile.company.name = "Topp Design".into();
        profile.owner.name = "Per Topp".into();
        profile
    }

    fn everything() -> impl Iterator<Item = (Prompt, Language, Tone, &'static str)> {
        Prompt::ALL.into_iter().flat_map(|prompt| {
            Language::ALL.into_iter().flat_map(move |language| {
                [Tone::Plain, Tone::Dry]
                    .map(|tone| (prompt, language, tone, shipped(prompt, language, tone)))
            })
        })
    }

    #[test]
    fn every_shipped_text_is_a_good_template() {
        for (prompt, language, tone, text) in everything() {
            let template = Template::parse(prompt, text);
            assert!(
                template.is_ok(),
                "{prompt:?} {language:?} {tone:?}: {template:?}"
            );
        }
    }

    #[test]
    fn the_doorman_agrees_to_nothing_and_accuses_nobody() {
        const NEVER: [&str; 22] = [
            "ja",
            "jo",
            "jep",
            "okay",
            "ok",
            "enig",
            "bekræfter",
            "bekræfte",
            "bekræftet",
            "lover",
            "ulovligt",
            "svindel",
            "svindler",
            "bedrageri",
            "yes",
            "yeah",
            "sure",
            "agreed",
            "confirm",
            "promise",
            "illegal",
            "fraud",
        ];
        for (prompt, language, tone, text) in everything() {
            for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
                assert!(
                    !NEVER.contains(&word) && word != "scam" && word != "scammer",
                    "{prompt:?} {language:?} {tone:?} says “{word}”"
                );
            }
        }
    }

    #[test]
    fn callers_are_told_no_name_but_the_firm() {
        for (prompt, language, tone, text) in everything() {
            if prompt.audience() == Audience::Caller {
                for placeholder in Placeholder::ALL {
                    let used = placeholder
                        .names()
                        .iter()
                        .any(|name| text.contains(&format!("{{{name}}}")));
                    assert!(
                        !used || placeholder == Placeholder::Company,
                        "{prompt:?} {language:?} {tone:?} gives out {placeholder:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn texts_are_short() {
        let wordings = [Tone::Plain, Tone::Dry].map(|tone| Wordings::new(&topp(), tone));
        for wordings in wordings {
            for language in Language::ALL {
                let greeting = wordings.greeting(language);
                assert!(
                    seconds(&greeting) <= 8.2,
                    "{greeting} {}",
                    seconds(&greeting)
                );
                for prompt in Prompt::ALL {
                    let text = wordings.say(prompt, language);
                    let limit = if prompt == Prompt::Privacy { 15.5 } else { 8.0 };
                    assert!(
                        seconds(&text) <= limit,
                        "{prompt:?}: {text} {}",
                        seconds(&text)
                    );
                }
            }
        }
    }

    #[test]
    fn the_greeting_names_firm_machine_and_notes() {
        let wordings = Wordings::new(&topp(), Tone::Plain);
        let danish = wordings.greeting(Language::Da);
        for word in ["Topp Design", "automat", "skriver"] {
            assert!(danish.contains(word), "{danish}");
        }
        let english = wordings.greeting(Language::En);
        for word in ["Topp Design", "machine", "write down"] {
            assert!(english.contains(word), "{english}");
        }
        let nameless = Wordings::new(&Profile::default(), Tone::Plain).greeting(Language::Da);
        assert!(
            nameless.contains("automat") && !nameless.contains("hos"),
            "{nameless}"
        );
    }

    #[test]
    fn a_text_that_knows_of_no_words_has_them_as_the_matter() {
        let own = Template::parse(Prompt::Whisper, "[{caller}], [sag: {sag}]").unwrap();
        let wordings = Wordings::new(&topp(), Tone::Plain);
        let wordings = wordings.with(Prompt::Whisper, Language::Da, own);
        let values = Values {
            caller: "Lone",
            words: "den er nede",
            ..Values::default()
        };
        let told = wordings.text(Prompt::Whisper, Language::Da, &values);
        assert_eq!(told, "Lone, sag: den er nede");
    }

    #[test]
    fn the_whisper_says_what_is_known() {
        let wordings = Wordings::new(&topp(), Tone::Plain);
        let values = Values {
            caller: "Mette",
            firm: "Nordlys Telefoni",
            matter: "mobilabonnement",
            ..Values::default()
        };
        assert_eq!(
            wordings.text(Prompt::Whisper, Language::Da, &values),
            "Mette fra Nordlys Telefoni, om mobilabonnement."
        );
        let nobody = wordings.text(Prompt::Whisper, Language::Da, &Values::default());
        assert_eq!(nobody, "En uden navn.");
        let wanted = wordings.text(Prompt::WantedWhisper, Language::En, &values);
        assert!(wanted.contains("Mette"), "{wanted}");
    }

    #[test]
    fn a_reworded_text_is_said_instead() {
        let own = Template::parse(Prompt::Goodbye, "Hej hej fra {ejer} hos {firma}.").unwrap();
        let wordings = Wordings::new(&topp(), Tone::Plain).with(Prompt::Goodbye, Language::Da, own);
        assert_eq!(
            wordings.say(Prompt::Goodbye, Language::Da),
            "Hej hej fra Per Topp hos Topp Design."
        );
        assert!(!wordings.say(Prompt::Goodbye, Language::En).contains("Hej"));
    }

    proptest! {
        #[test]
        fn what_a_caller_says_stays_data(said in "\\PC{0,300}") {
            let wordings = Wordings::new(&topp(), Tone::Plain);
            let values = Values { caller: &said, matter: "{owner}[x|y]", ..Values::default() };
            let text = wordings.text(Prompt::Whisper, Language::Da, &values);
            let kept = text.contains("{owner}[x|y]");
            prop_assert!(kept);
            prop_assert!(text.chars().count() < 200);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}
