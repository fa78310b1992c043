//! The three H's as slots: who is calling, what about, and why here, in the caller's own words.
//!
//! What a rule declares to be filled is filled with the words that fired. Names are read from how
//! people present themselves (“det er Lone fra Blomsterhjørnet”), in either language.

use std::borrow::Cow;

use crate::call::{Filled, Question, Slot};

/// The longest text that a slot keeps, in characters: it is spoken to the owner.
const MAX_SLOT_CHARS: usize = 80;

/// How people begin when they say who they are.
const CUES: &[&[&str]] = &[
    &["mit", "navn", "er"],
    &["navnet", "er"],
    &["jeg", "hedder"],
    &["du", "taler", "med"],
    &["det", "er"],
    &["her", "er"],
    &["jeg", "er"],
    &["my", "name", "is"],
    &["the", "name", "is"],
    &["this", "is"],
    &["it", "is"],
    &["it's"],
    &["its"],
    &["i", "am"],
    &["i'm"],
    &["im"],
    &["you're", "speaking", "with"],
];

/// What comes between a name and a firm.
const FROM: &[&str] = &["fra", "hos", "ved", "from", "at", "with", "of"];

/// How people name a firm without a name before it.
const FIRM_CUES: &[&[&str]] = &[
    &["jeg", "ringer", "fra"],
    &["vi", "ringer", "fra"],
    &["ringer", "fra"],
    &["i'm", "calling", "from"],
    &["i", "am", "calling", "from"],
    &["calling", "from"],
    &["ringing", "from"],
];

/// Whether no name holds this word: where a name that was heard ends, and what is no name at all.
fn is_no_name(word: &str) -> bool {
    let danish = matches!(
        word,
        "angående"
            | "om"
            | "fordi"
            | "at"
            | "en"
            | "et"
            | "den"
            | "det"
            | "der"
            | "de"
            | "ikke"
            | "jo"
            | "bare"
            | "lige"
            | "kun"
            | "privat"
            | "vedrørende"
            | "vedr"
            | "mig"
            | "dig"
            | "min"
            | "mit"
            | "mine"
            | "din"
            | "dit"
            | "jeres"
            | "vores"
            | "hans"
            | "hendes"
            | "jeg"
            | "du"
            | "vi"
            | "i"
            | "han"
            | "hun"
            | "så"
            | "og"
            | "men"
            | "eller"
            | "som"
            | "til"
            | "på"
            | "med"
            | "for"
            | "af"
            | "under"
            | "over"
            | "er"
            | "var"
            | "har"
            | "havde"
            | "kan"
            | "skal"
            | "vil"
            | "må"
            | "ville"
            | "skulle"
            | "kunne"
            | "ringer"
            | "ringede"
            | "igen"
            | "her"
            | "noget"
            | "nogen"
            | "meget"
            | "rigtig"
            | "helt"
            | "svært"
            | "godt"
            | "fint"
            | "okay"
            | "ja"
            | "nej"
            | "tak"
            | "hej"
            | "goddag"
            | "øh"
            | "øhm"
            | "altså"
            | "dårligt"
            | "vigtigt"
            | "hurtigt"
            | "haster"
            | "interesseret"
            | "kunde"
            | "ny"
            | "nye"
            | "gammel"
            | "hvor"
            | "hvad"
            | "hvem"
            | "hvornår"
            | "hvorfor"
            | "hvordan"
            | "når"
            | "da"
            | "også"
            | "gerne"
            | "nok"
            | "lidt"
            | "personligt"
            | "fortroligt"
            | "rette"
            | "ansvarlige"
            | "sket"
            | "muligt"
            | "mulig"
            | "nu"
            | "kommet"
            | "blevet"
            | "ved"
            | "går"
            | "står"
            | "sidder"
            | "søger"
            | "taler"
            | "snakker"
            | "ude"
            | "inde"
            | "glad"
            | "ked"
            | "virksomhed"
            | "firma"
    );
    danish
        || matches!(
            word,
            "about"
                | "regarding"
                | "because"
                | "a"
                | "an"
                | "the"
                | "that"
                | "this"
                | "these"
                | "not"
                | "just"
                | "only"
                | "private"
                | "personal"
                | "me"
                | "my"
                | "your"
                | "yours"
                | "our"
                | "his"
                | "you"
                | "we"
                | "he"
                | "she"
                | "they"
                | "so"
                | "and"
                | "but"
                | "or"
                | "who"
                | "to"
                | "on"
                | "is"
                | "was"
                | "have"
                | "has"
                | "had"
                | "can"
                | "shall"
                | "will"
                | "may"
                | "would"
                | "should"
                | "could"
                | "calling"
                | "called"
                | "ringing"
                | "again"
                | "here"
                | "something"
                | "very"
                | "really"
                | "quite"
                | "fine"
                | "ok"
                | "yes"
                | "no"
                | "thanks"
                | "hi"
                | "hello"
                | "uh"
                | "um"
                | "urgent"
                | "important"
                | "interested"
                | "customer"
                | "new"
                | "old"
                | "where"
                | "what"
                | "when"
                | "why"
                | "how"
                | "also"
                | "it"
                | "it's"
                | "going"
                | "possible"
                | "sorry"
                | "afraid"
                | "trying"
                | "looking"
                | "wondering"
                | "sure"
                | "returning"
                | "phoning"
                | "hoping"
                | "wanting"
                | "there"
                | "good"
                | "in"
                | "now"
                | "right"
        )
}

struct Word<'a> {
    text: &'a str,
    folded: Cow<'a, str>,
}

/// A word in small letters; most are heard in them.
fn folded(word: &str) -> Cow<'_, str> {
    let is_small = |letter: char| letter.to_lowercase().eq(std::iter::once(letter));
    if word.chars().all(is_small) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase())
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    text.split(|character: char| {
        character.is_whitespace()
            || matches!(
                character,
                ',' | '.' | ';' | '!' | '?' | ':' | '"' | '(' | ')'
            )
    })
    .filter(|word| !word.is_empty())
    .map(|text| Word {
        text,
        folded: folded(text),
    })
    .collect()
}

fn find_cue(words: &[Word<'_>], cues: &[&[&str]], from: usize) -> Option<usize> {
    (from..words.len()).find_map(|start| {
        cues.iter()
            .find(|cue| {
                words.len() >= start + cue.len()
                    && cue
                        .iter()
                        .zip(&words[start..])
                        .all(|(cue, word)| *cue == word.folded)
            })
            .map(|cue| start + cue.len())
    })
}

/// The words from here on that can be a name: up to `most`, up to the first that cannot.
fn name_at<'a>(words: &'a [Word<'a>], start: usize, most: usize) -> Vec<&'a str> {
    let words = &words[start.min(words.len())..];
    words
        .iter()
        .enumerate()
        .take_while(|(at, word)| {
            let may_be_name =
                !is_no_name(&word.folded) || is_hans(word, words.get(at + 1).filter(|_| *at == 0));
            may_be_name && !FROM.contains(&&*word.folded) && !word.folded.contains(char::is_numeric)
        })
        .take(most)
        .map(|(_, word)| word.text)
        .collect()
}

/// “Hans” is a man's name where a firm follows, and “his” elsewhere.
fn is_hans(word: &Word<'_>, next: Option<&Word<'_>>) -> bool {
    word.folded == "hans" && next.is_some_and(|next| FROM.contains(&&*next.folded))
}

/// Who presents himself in an answer: a name, a firm, or both.
fn presented(text: &str, question: Question) -> Option<Filled> {
    let words = words(text);
    let mut name = Vec::new();
    let mut after_name = 0;
    let mut from = 0;
    while let Some(start) = find_cue(&words, CUES, from) {
        let heard = name_at(&words, start, 3);
        if !heard.is_empty() {
            after_name = start + heard.len();
            name = heard;
            break;
        }
        from = start;
    }
    if name.is_empty() && question == Question::Who {
        let start = words
            .iter()
            .position(|word| !is_no_name(&word.folded))
            .unwrap_or(words.len());
        name = name_at(&words, start, 3);
        after_name = start + name.len();
    }
    let firm_start = words
        .get(after_name)
        .filter(|word| !name.is_empty() && FROM.contains(&&*word.folded))
        .map(|_| after_name + 1)
        .or_else(|| find_cue(&words, FIRM_CUES, 0));
    let firm = firm_start.map_or_else(Vec::new, |start| name_at(&words, start, 3));
    let (text, specificity) = match (name.is_empty(), firm.is_empty()) {
        (true, true) => return None,
        (false, true) => (name.join(" "), 1),
        (true, false) => (firm.join(" "), 1),
        (false, false) => (format!("{}, {}", name.join(" "), firm.join(" ")), 2),
    };
    Some(filled(Slot::Who, &text, specificity))
}

fn filled(slot: Slot, text: &str, specificity: u8) -> Filled {
    Filled {
        slot,
        text: text.chars().take(MAX_SLOT_CHARS).collect(),
        specificity,
    }
}

/// How an answer to “what is it about” begins, and says nothing yet.
const MATTER_CUES: &[&str] = &[
    "det drejer sig om ",
    "det handler om ",
    "jeg ringer angående ",
    "jeg ringer vedrørende ",
    "jeg ringer om ",
    "jeg ringer fordi ",
    "det er angående ",
    "det er vedrørende ",
    "det er om ",
    "det er fordi ",
    "angående ",
    "it's about ",
    "it is about ",
    "i'm calling about ",
    "i am calling about ",
    "i'm calling because ",
    "it's regarding ",
    "regarding ",
    "about ",
];

fn matter(text: &str) -> &str {
    let folded = text.to_lowercase();
    MATTER_CUES
        .iter()
        .filter_map(|cue| folded.find(cue).map(|at| at + cue.len()))
        .min()
        .and_then(|start| text.get(start..))
        .unwrap_or(text)
        .trim()
}

/// What rules found in an answer: which slot, with which words, how particular.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The slot that the rule fills.
    pub slot: Slot,
    /// The words that fired.
    pub words: String,
    /// How particular: 1 could be said of anything, 3 only of this business.
    pub specificity: u8,
}

/// Fills slots from an answer: what rules found, who presented himself, and, where nothing else
/// is known, the answer itself to the question that was asked.
#[must_use]
pub fn fill(text: &str, question: Question, found: &[Found], evades: bool) -> Vec<Filled> {
    let mut slots: Vec<Filled> = presented(text, question).into_iter().collect();
    for found in found {
        let words = if found.slot == Slot::What && question == Question::What {
            matter(text)
        } else {
            &found.words
        };
        keep(&mut slots, filled(found.slot, words, found.specificity));
    }
    let asked = match question {
        Question::What => Some(Slot::What),
        Question::Why => Some(Slot::Why),
        Question::Open | Question::Who => None,
    };
    if let Some(slot) = asked
        && !slots.iter().any(|known| known.slot == slot)
    {
        let has_matter = matter(text).split_whitespace().count() >= 2;
        if has_matter && !evades {
            keep(&mut slots, filled(slot, matter(text), 1));
        } else if slot == Slot::Why && !text.trim().is_empty() {
            // Whoever was asked why and said anything has answered, however little.
            keep(&mut slots, filled(slot, text.trim(), 1));
        }
    }
    slots
}

/// Keeps the more particular of two answers to the same H.
pub fn keep(slots: &mut Vec<Filled>, new: Filled) {
    match slots.iter_mut().find(|known| known.slot == new.slot) {
        None => slots.push(new),
        Some(known) if new.specificity > known.specificity => *known = new,
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str, question: Question) -> Option<String> {
        presented(text, question).map(|filled| filled.text)
    }

    #[test]
    fn people_present_themselves() {
        for (text, name) in [
            ("hej det er lone min hjemmeside er nede", "lone"),
            (
                "Ja goddag, du taler med Per Topp fra Nordlys Telefoni",
                "Per Topp, Nordlys Telefoni",
            ),
            (
                "hi this is anna holm from holm timber",
                "anna holm, holm timber",
            ),
            ("jeg ringer fra skattestyrelsen", "skattestyrelsen"),
            ("det er hans fra papirhuset vi har", "hans, papirhuset"),
            ("det er fordi jeg hedder jens", "jens"),
        ] {
            assert_eq!(who(text, Question::Open).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_matter_is_no_name() {
        for text in [
            "det er angående en faktura",
            "det er privat",
            "det er hans mor",
            "it's about my order",
            "taler jeg med den it-ansvarlige",
            "",
        ] {
            assert_eq!(who(text, Question::Open), None, "{text}");
        }
    }

    #[test]
    fn asked_for_a_name_people_just_say_it() {
        assert_eq!(
            who("lone fra blomsterhjørnet", Question::Who).as_deref(),
            Some("lone, blomsterhjørnet")
        );
    }

    #[test]
    fn an_answer_to_what_fills_what_unless_it_evades() {
        let slots = fill("det drejer sig om jeres tag", Question::What, &[], false);
        assert_eq!(slots, [filled(Slot::What, "jeres tag", 1)]);
        assert_eq!(
            fill("det siger jeg kun til ham", Question::What, &[], true),
            []
        );
    }
}
