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

/// Numbers of keys, which are everyday words too: taken for a key only where nearly nothing else is said.
const NUMBERS: &[(&str, Choice)] = &[
    ("1", Choice::Message),
    ("et", Choice::Message),
    ("ét", Choice::Message),
    ("én", Choice::Message),
    ("one", Choice::Message),
    ("2", Choice::PutThrough),
    ("to", Choice::PutThrough),
    ("two", Choice::PutThrough),
];
/// So many words may be said beside a number, such as “tryk et”.
const WORDS_WITH_A_NUMBER: usize = 2;

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
    ("hvad gemmer i", Choice::Privacy),
    ("what do you keep", Choice::Privacy),
    ("what do you store", Choice::Privacy),
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

    /// The same in answer to an offer of keys, said in words, for those who hold a locked phone in
    /// their hand.
    pub(super) fn of_words(text: &str) -> Option<Self> {
        let words = words(text);
        let says = |choices: &[(&str, Self)]| {
            let chosen = choices
                .iter()
                .find(|(word, _)| words.iter().any(|said| said == word));
            chosen.map(|(_, choice)| *choice)
        };
        let number = (words.len() <= WORDS_WITH_A_NUMBER)
            .then(|| says(NUMBERS))
            .flatten();
        number.or_else(|| says(NAMES))
    }

    /// What is asked for in place of an answer to a question.
    pub(super) fn wished(text: &str) -> Option<Self> {
        let words = words(text);
        if words.len() > WORDS_OF_A_WISH {
            return None;
        }
        let said = format!(" {} ", words.join(" "));
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
            ("two", Some(Choice::PutThrough)),
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
