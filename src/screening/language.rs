//! Which language an answer is in, and whether it says anything at all.

use crate::call::{Language, Utterance};

/// Below this, speech recognition itself does not believe what it heard.
const MIN_CONFIDENCE: f32 = 0.4;

/// Whether it is an everyday word of Danish that English has not.
fn is_danish(word: &str) -> bool {
    matches!(
        word,
        "jeg"
            | "det"
            | "er"
            | "og"
            | "ikke"
            | "hej"
            | "goddag"
            | "med"
            | "har"
            | "en"
            | "til"
            | "på"
            | "af"
            | "vil"
            | "du"
            | "om"
            | "kan"
            | "der"
            | "fra"
            | "skal"
            | "min"
            | "mit"
            | "vi"
            | "jeres"
            | "hvad"
            | "lige"
            | "ringer"
            | "tak"
            | "den"
            | "hos"
            | "noget"
            | "også"
            | "mig"
            | "dig"
            | "som"
            | "være"
            | "gerne"
            | "godt"
    )
}

/// Whether it is an everyday word of English that Danish has not.
fn is_english(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "is"
            | "and"
            | "you"
            | "your"
            | "my"
            | "of"
            | "with"
            | "this"
            | "it"
            | "it's"
            | "i'm"
            | "calling"
            | "hello"
            | "have"
            | "would"
            | "like"
            | "please"
            | "about"
            | "from"
            | "can"
            | "we"
            | "are"
            | "what"
            | "speak"
            | "english"
            | "a"
            | "not"
            | "do"
            | "that"
            | "could"
            | "hi"
            | "good"
            | "morning"
            | "who"
            | "how"
            | "am"
            | "was"
            | "need"
            | "want"
            | "book"
            | "name"
            | "went"
            | "off"
            | "our"
            | "has"
            | "been"
            | "they"
    )
}

/// Whether it is an everyday word of English that is one of Danish too: it counts beside others only.
fn may_be_english(word: &str) -> bool {
    matches!(word, "i" | "to")
}

/// Whether a word only asks whether somebody is there, or greets.
fn is_empty_talk(word: &str) -> bool {
    matches!(
        word,
        "hallo"
            | "halloj"
            | "haløj"
            | "hello"
            | "hullo"
            | "hi"
            | "hej"
            | "hejsa"
            | "hva"
            | "hvad"
            | "hvabehar"
            | "behager"
            | "what"
            | "huh"
            | "sorry"
            | "undskyld"
            | "pardon"
            | "ja"
            | "jo"
            | "nej"
            | "yes"
            | "yeah"
            | "no"
            | "okay"
            | "ok"
            | "øh"
            | "øhm"
            | "æh"
            | "eh"
            | "uh"
            | "um"
            | "er"
            | "hmm"
            | "mm"
            | "goddag"
            | "dav"
            | "davs"
            | "godmorgen"
            | "there"
            | "der"
            | "nogen"
            | "anybody"
            | "anyone"
            | "siger"
            | "sagde"
            | "du"
            | "is"
            | "said"
            | "say"
            | "you"
            | "did"
            | "good"
            | "morning"
    )
}

/// The words of a text in small letters.
fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split(|character: char| !character.is_alphanumeric() && character != '\'')
        .filter(|word| !word.is_empty())
}

/// The language of an answer, where its everyday words tell: one language must be clearly ahead.
#[must_use]
pub fn detect(text: &str) -> Option<Language> {
    let (mut danish, mut english, mut either) = (0_u32, 0_u32, 0_u32);
    for word in words(&text.to_lowercase()) {
        danish += u32::from(is_danish(word));
        english += u32::from(is_english(word));
        either += u32::from(may_be_english(word));
    }
    if english > 0 {
        english += either;
    }
    if english >= 2 && english > 2 * danish {
        Some(Language::En)
    } else if danish >= 2 && danish > 2 * english {
        Some(Language::Da)
    } else {
        None
    }
}

/// Whether an answer holds anything that can be judged: recognition believes it, and it is more
/// than a greeting or a “hvad?”.
#[must_use]
pub fn is_clear(utterance: &Utterance) -> bool {
    let believed = utterance
        .confidence
        .is_none_or(|confidence| confidence >= MIN_CONFIDENCE);
    believed && words(&utterance.text.to_lowercase()).any(|word| !is_empty_talk(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_words_tell_the_language() {
        for (text, language) in [
            ("hej det er lone min hjemmeside er nede", Some(Language::Da)),
            ("hello i have your delivery", Some(Language::En)),
            ("taler jeg med den it-ansvarlige", Some(Language::Da)),
            (
                "am i speaking with the person in charge of it",
                Some(Language::En),
            ),
            ("i need to speak to per", Some(Language::En)),
            ("the burglar alarm went off", Some(Language::En)),
            ("to personer i aften", None),
            ("bord til to i aften i haven", None),
            ("kunde to to ni nul februar", None),
            ("per", None),
            ("", None),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }

    #[test]
    fn greetings_noise_and_doubt_are_not_answers() {
        for text in [
            "",
            "hallo?",
            "hvad",
            "Hello, hello?",
            "øh ja",
            "…",
            "hvad siger du",
        ] {
            assert!(!is_clear(&Utterance::new(text, None)), "{text}");
        }
        assert!(!is_clear(&Utterance::new(
            "vi sælger forsikring",
            Some(0.2)
        )));
        assert!(is_clear(&Utterance::new("pakke", None)));
        assert!(is_clear(&Utterance::new("ja det er mor", Some(0.9))));
    }
}
