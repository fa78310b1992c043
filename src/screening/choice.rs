//! What a caller may choose instead of answering.

use crate::call::Key;

/// What a key means while the doorman talks, the same throughout the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Message,
    PutThrough,
    OtherLanguage,
    Privacy,
}

/// Numbers of keys, which are everyday words too: taken for a key only where nothing else is said but
/// what goes with a key.
const NUMBERS: &[(&str, Choice)] = &[
    ("1", Choice::Message),
    ("et", Choice::Message),
    ("ét", Choice::Message),
    ("én", Choice::Message),
    ("en", Choice::Message),
    ("ener", Choice::Message),
    ("one", Choice::Message),
    ("2", Choice::PutThrough),
    ("to", Choice::PutThrough),
    ("two", Choice::PutThrough),
];
/// What goes with a key, such as “ja, tryk et tak”.
const WITH_A_KEY: &[&str] = &[
    "tryk", "trykker", "tast", "nummer", "knap", "ja", "jo", "nej", "så", "øh", "tak", "press",
    "key", "number", "option", "yes", "no", "er", "um", "please", "thanks",
];

/// What stands for a key in an answer to the offer of keys.
const NAMES: &[(&str, Choice)] = &[
    ("besked", Choice::Message),
    ("message", Choice::Message),
    ("igennem", Choice::PutThrough),
    ("menneske", Choice::PutThrough),
    ("omstilling", Choice::PutThrough),
    ("human", Choice::PutThrough),
    ("person", Choice::PutThrough),
    ("through", Choice::PutThrough),
];

/// What is a choice wherever it is said.
const WISHES: &[(&str, Choice)] = &[
    ("lægge en besked", Choice::Message),
    ("lægge besked", Choice::Message),
    ("læg en besked", Choice::Message),
    ("efterlade en besked", Choice::Message),
    ("indtale en besked", Choice::Message),
    ("leave a message", Choice::Message),
    ("tale med et menneske", Choice::PutThrough),
    ("tale med et rigtigt menneske", Choice::PutThrough),
    ("speak to a human", Choice::PutThrough),
    ("talk to a human", Choice::PutThrough),
    ("speak to a real person", Choice::PutThrough),
    ("talk to a real person", Choice::PutThrough),
];
/// What is asked to hear what is kept, where nothing follows it: “what do you keep in stock” is another
/// question.
const PRIVACY: &[&str] = &[
    "hvad gemmer i",
    "hvad gemmer i om mig",
    "what do you keep",
    "what do you keep about me",
    "what do you store",
    "what do you store about me",
];
/// What makes another thing of a wish: not to want it, or to tell others what they may press, as recordings
/// do.
const NO_WISH: &[&str] = &[
    "ikke", "ingen", "aldrig", "not", "don", "dont", "never", "tryk", "press",
];
/// Who says more than so many words says something that is to be judged.
const WORDS_OF_A_WISH: usize = 8;

impl Choice {
    pub(super) fn of_key(key: Key) -> Option<Self> {
        match key.sign() {
            '1' => Some(Self::Message),
            '2' => Some(Self::PutThrough),
            '3' => Some(Self::OtherLanguage),
            '9' => Some(Self::Privacy),
            _ => None,
        }
    }

    /// Whether he wants to reach somebody, be it with a message.
    pub(super) fn is_for_somebody(self) -> bool {
        matches!(self, Self::Message | Self::PutThrough)
    }

    /// The same in answer to an offer of keys, said in words, for those who hold a locked phone in
    /// their hand.
    pub(super) fn of_words(text: &str) -> Option<Self> {
        let named = |names: &[(&str, Self)], words: &[String]| {
            let said = |name: &str| words.iter().any(|word| word == name);
            let choice = names.iter().find(|(name, _)| said(name));
            choice.map(|(_, choice)| *choice)
        };
        let words = words(text);
        let mut others = words.clone();
        others.retain(|word| !WITH_A_KEY.contains(&word.as_str()));
        let number = (others.len() == 1).then(|| named(NUMBERS, &others));
        number.flatten().or_else(|| named(NAMES, &words))
    }

    /// What is asked for in place of an answer to a question.
    pub(super) fn wished(text: &str) -> Option<Self> {
        let words = words(text);
        let is_another = |word: &String| NO_WISH.contains(&word.as_str());
        if words.len() > WORDS_OF_A_WISH || words.iter().any(is_another) {
            return None;
        }
        let said = format!(" {} ", words.join(" "));
        let ends = |wish: &&str| said.ends_with(&format!(" {wish} "));
        if PRIVACY.iter().any(ends) {
            return Some(Self::Privacy);
        }
        let wish = WISHES
            .iter()
            .find(|(wish, _)| said.contains(&format!(" {wish} ")));
        wish.map(|(_, choice)| *choice)
    }
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_key_where_nearly_nothing_else_is_said() {
        for (text, choice) in [
            ("et", Some(Choice::Message)),
            ("Tryk én.", Some(Choice::Message)),
            ("tryk en", Some(Choice::Message)),
            ("en ny kunde", None),
            ("two", Some(Choice::PutThrough)),
            ("ja tryk et", Some(Choice::Message)),
            ("Nummer ét, tak.", Some(Choice::Message)),
            ("yes, one please", Some(Choice::Message)),
            ("et øjeblik", None),
            ("vi er to", None),
            ("jeg vil lægge en besked tak", Some(Choice::Message)),
            ("stil mig igennem", Some(Choice::PutThrough)),
            ("der er sket et uheld", None),
            ("i would like to offer you a cheaper plan", None),
            ("vi er to mand på pladsen", None),
        ] {
            assert_eq!(Choice::of_words(text), choice, "{text}");
        }
    }

    #[test]
    fn a_wish_is_one_where_it_is_all_that_is_said() {
        for (text, choice) in [
            ("jeg vil gerne lægge en besked", Some(Choice::Message)),
            ("Må jeg tale med et menneske?", Some(Choice::PutThrough)),
            ("hvad gemmer I om mig", Some(Choice::Privacy)),
            ("I would like to leave a message", Some(Choice::Message)),
            ("what do you keep about me?", Some(Choice::Privacy)),
            ("what do you keep in stock", None),
            ("hvad gemmer i af reservedele", None),
            ("no I would like to leave a message", Some(Choice::Message)),
            ("jeg vil ikke lægge en besked", None),
            ("I don't want to leave a message", None),
            ("tryk et for at tale med et menneske", None),
            ("press one to speak to a real person", None),
            ("stil mig igennem til den ansvarlige", None),
            ("jeg fik en besked fra jer", None),
            (
                "kan jeg lægge en besked om at vi leverer gulvet på mandag",
                None,
            ),
        ] {
            assert_eq!(Choice::wished(text), choice, "{text}");
        }
    }
}
