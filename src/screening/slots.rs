//! The three H's as slots: who is calling, what about, and why here, in the caller's own words.
//!
//! What a rule declares to be filled is filled with the words that fired. Names are read from how
//! people present themselves (“det er Lone fra Blomsterhjørnet”), in either language.

use std::borrow::Cow;
use std::ops::Range;

use crate::call::{Filled, Question, Slot};

/// The longest text that a slot keeps, in characters: it is spoken to the owner.
const MAX_SLOT_CHARS: usize = 80;

/// How people begin when they say who they are.
const CUES: &[&[&str]] = &[
    &["mit", "navn", "er"],
    &["mit", "navn", "det", "er"],
    &["navnet", "er"],
    &["jeg", "hedder"],
    &["du", "taler", "med"],
    &["det", "er"],
    &["det", "æ"],
    &["de", "er"],
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

/// What follows a name that stands alone (“hej, Lone her”).
const AFTER_NAME: &[&str] = &["her", "here", "speaking"];

/// What people say before they say anything.
const OPENERS: &[&str] = &[
    "hej",
    "hejsa",
    "dav",
    "davs",
    "goddag",
    "god",
    "dag",
    "godmorgen",
    "halløj",
    "hallo",
    "ja",
    "jo",
    "jamen",
    "nå",
    "øh",
    "øhm",
    "altså",
    "så",
    "og",
    "men",
    "hi",
    "hello",
    "hiya",
    "hey",
    "good",
    "morning",
    "afternoon",
    "evening",
    "yeah",
    "yes",
    "well",
    "okay",
    "ok",
    "erm",
    "um",
    "uh",
    "oh",
    "so",
    "and",
    "but",
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
                | "speaking"
        )
}

struct Word<'a> {
    /// Where it begins in the text, in bytes.
    at: usize,
    text: &'a str,
    folded: Cow<'a, str>,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.at + self.text.len()
    }
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

fn parts_words(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, ',' | '.' | ';' | '!' | '?' | ':' | '"' | '(' | ')')
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut next = 0;
    text.split_inclusive(parts_words)
        .map(|piece| {
            let at = next;
            next += piece.len();
            let text = piece.trim_end_matches(parts_words);
            Word {
                at,
                text,
                folded: folded(text),
            }
        })
        .filter(|word| !word.text.is_empty())
        .collect()
}

/// The first of these beginnings from a word on: from which word, and to which.
fn find_cue(words: &[Word<'_>], cues: &[&[&str]], from: usize) -> Option<Range<usize>> {
    (from..words.len()).find_map(|start| {
        cues.iter()
            .find(|cue| {
                words.len() >= start + cue.len()
                    && cue
                        .iter()
                        .zip(&words[start..])
                        .all(|(cue, word)| *cue == word.folded)
            })
            .map(|cue| start..start + cue.len())
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

/// Who presents himself in an answer: a name, a firm, or both; and where in it he does.
fn presented(text: &str, question: Question) -> Option<(Filled, Range<usize>)> {
    let words = words(text);
    let named = named(&words)
        .or_else(|| alone(&words))
        .or_else(|| bare(&words).filter(|_| question == Question::Who));
    let firm = match &named {
        Some(named) => words
            .get(named.end)
            .filter(|word| FROM.contains(&&*word.folded))
            .map(|_| named.end..named.end + 1),
        None => None,
    };
    let firm = firm
        .or_else(|| find_cue(&words, FIRM_CUES, 0))
        .and_then(|cue| {
            let name = name_at(&words, cue.end, 3);
            let end = cue.end + name.len();
            (!name.is_empty()).then_some(Named {
                name,
                start: cue.start,
                end,
            })
        });
    let (text, specificity) = match (&named, &firm) {
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) => (one.name.join(" "), 1),
        (Some(named), Some(firm)) => (
            format!("{}, {}", named.name.join(" "), firm.name.join(" ")),
            2,
        ),
    };
    let both = || named.iter().chain(&firm);
    let first = both().map(|one| one.start).min()?;
    let last = both().map(|one| one.end).max()?;
    let place = words.get(first)?.at..words.get(last.checked_sub(1)?)?.end();
    Some((filled(Slot::Who, &text, specificity), place))
}

/// A name or a firm that was heard, and the words that present it.
struct Named<'a> {
    name: Vec<&'a str>,
    start: usize,
    end: usize,
}

/// “Det er Lone”, “my name is Anna Holm”.
fn named<'a>(words: &'a [Word<'a>]) -> Option<Named<'a>> {
    let mut from = 0;
    while let Some(cue) = find_cue(words, CUES, from) {
        let name = name_at(words, cue.end, 3);
        if !name.is_empty() {
            let end = cue.end + name.len();
            return Some(Named {
                name,
                start: cue.start,
                end,
            });
        }
        from = cue.end;
    }
    None
}

/// “Hej, Lone her”.
fn alone<'a>(words: &'a [Word<'a>]) -> Option<Named<'a>> {
    let is_opener = |word: &Word<'_>| OPENERS.contains(&&*word.folded);
    let start = words.iter().position(|word| !is_opener(word))?;
    let name = name_at(words, start, 3);
    let end = start + name.len() + 1;
    let after = words.get(end - 1)?;
    (!name.is_empty() && AFTER_NAME.contains(&&*after.folded)).then_some(Named { name, start, end })
}

/// The first words that can be a name, where a name was asked for.
fn bare<'a>(words: &'a [Word<'a>]) -> Option<Named<'a>> {
    let start = words.iter().position(|word| !is_no_name(&word.folded))?;
    let name = name_at(words, start, 3);
    let end = start + name.len();
    (!name.is_empty()).then_some(Named { name, start, end })
}

fn filled(slot: Slot, text: &str, specificity: u8) -> Filled {
    Filled {
        slot,
        text: clipped(text, MAX_SLOT_CHARS).to_owned(),
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
    "det gælder ",
    "i forbindelse med ",
    "angående ",
    "vedrørende ",
    "it's about ",
    "it is about ",
    "i'm calling about ",
    "i am calling about ",
    "i'm calling because ",
    "it's regarding ",
    "regarding ",
    "to do with ",
    "about ",
];

/// What joins a matter to what was said before; whoever tells it on says it himself.
const ABOUT: &[&str] = &["om", "angående", "vedrørende", "about", "regarding"];

/// As many whole words as so many characters hold.
fn clipped(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => {
            let text = &text[..end];
            text.rfind(parts_words)
                .map_or(text, |end| &text[..end])
                .trim_end()
        }
    }
}

/// The matter in which words fired: what he says beside who he is, without how people begin.
fn around<'a>(text: &'a str, fired: &'a str, presented: Option<Range<usize>>) -> &'a str {
    let Some(at) = text.find(fired) else {
        return fired;
    };
    let part = match presented {
        Some(presented) if at + fired.len() > presented.end => &text[presented.end..],
        Some(presented) if at < presented.start => &text[..presented.start],
        _ => text,
    };
    let matter = clipped(without_openers(matter(part)), MAX_SLOT_CHARS);
    let last = fired.split_whitespace().next_back();
    if last.is_some_and(|last| matter.contains(last)) {
        matter
    } else {
        without_openers(fired)
    }
}

fn without_openers(text: &str) -> &str {
    let words = words(text);
    let is_opener =
        |word: &&Word<'_>| OPENERS.contains(&&*word.folded) || ABOUT.contains(&&*word.folded);
    let first = words.iter().find(|word| !is_opener(word));
    first.map_or(text, |first| &text[first.at..])
}

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
    let (who, place) = presented(text, question).unzip();
    let mut slots: Vec<Filled> = who.into_iter().collect();
    for found in found {
        let words = if found.slot == Slot::What {
            around(text, &found.words, place.clone())
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
        presented(text, question).map(|(filled, _)| filled.text)
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
            ("det æ karl fra tømmerhandlen", "karl, tømmerhandlen"),
            ("hej lone her fra blomsterhjørnet", "lone, blomsterhjørnet"),
            ("yeah hi dave speaking", "dave"),
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
            "hej er per her",
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
    fn what_a_rule_found_is_told_in_whole_words_without_who_says_it() {
        for (text, fired, matter) in [
            (
                "hi this is lone my website is down",
                "is lone my website",
                "my website is down",
            ),
            (
                "min hjemmeside er nede det er lone",
                "hjemmeside er nede",
                "min hjemmeside er nede",
            ),
            (
                "yeah hello it's about the invoice from march",
                "about the invoice",
                "the invoice from march",
            ),
            (
                "mit navn er karl jensen det drejer sig om jeres ordre",
                "om jeres ordre",
                "jeres ordre",
            ),
            (
                "det æ karl fra tømmerhandlen om jeres ordre",
                "om jeres ordre",
                "jeres ordre",
            ),
            (
                "øh ja altså vores vandhane drypper",
                "vores vandhane drypper",
                "vores vandhane drypper",
            ),
        ] {
            let found = Found {
                slot: Slot::What,
                words: fired.to_owned(),
                specificity: 2,
            };
            let slots = fill(text, Question::Open, &[found], false);
            let what = slots.iter().find(|slot| slot.slot == Slot::What);
            assert_eq!(what.map(|what| what.text.as_str()), Some(matter), "{text}");
        }
    }

    #[test]
    fn a_long_matter_is_cut_between_words() {
        let long = "vi mangler svar om ordren ".repeat(8);
        let found = Found {
            slot: Slot::What,
            words: "vi mangler".to_owned(),
            specificity: 2,
        };
        let slots = fill(&long, Question::What, &[found], false);
        let text = &slots[0].text;
        assert!(
            text.chars().count() <= MAX_SLOT_CHARS && long.starts_with(&**text),
            "{text}"
        );
        assert!(long[text.len()..].starts_with(' '), "{text}");
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
