//! The three H's as slots: who is calling, what about, and why here, in the caller's own words.
//!
//! What a rule declares to be filled is filled with what is said around the words that fired. Names
//! are read from how people present themselves (“det er Lone fra Blomsterhjørnet”), in either
//! language; a rule that knows who calls says how particular that is, and where to look.

mod cues;
mod matter;
mod named;
mod no_name;
mod office;
mod presented;
mod words;

use std::ops::Range;

use crate::call::{Filled, Question, Slot};
use crate::rules::Specificity;

use matter::{around, beside, clipped, matter};
use presented::{place_with_cue, presented};

pub(super) use matter::came_as_matter;

/// The longest text that a slot keeps, in characters: it is spoken to the owner.
const MAX_SLOT_CHARS: usize = 80;
/// The longest reason: how many words it has is counted.
const MAX_REASON_CHARS: usize = 200;

/// What rules found in an answer: which slot, with which words, how particular.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The slot that the rule fills.
    pub slot: Slot,
    /// From the first word that fired to the last, in bytes of the answer.
    pub place: Range<usize>,
    /// How particular: 1 could be said of anything, 3 only of this business.
    pub specificity: u8,
}

/// Fills slots from an answer: what rules found, who presented himself, and, where nothing else
/// is known, the answer itself to the question that was asked, as particular as it is on the whole.
#[must_use]
pub fn fill(
    text: &str,
    question: Question,
    found: &[Found],
    evades: bool,
    says: Specificity,
) -> Vec<Filled> {
    let who: Vec<Range<usize>> = found
        .iter()
        .filter(|found| found.slot == Slot::Who)
        .map(|found| found.place.clone())
        .collect();
    let presented = presented(text, question, &who);
    let (who, places) = presented.map(|one| (one.who, one.places)).unzip();
    let places = places.unwrap_or_default();
    let mut slots: Vec<Filled> = who.into_iter().collect();
    for found in found {
        let words = match found.slot {
            // The words that fired are no name; that he said who he is counts without one.
            Slot::Who => "",
            Slot::What => around(text, found.place.clone(), &places),
            Slot::Why => text.get(found.place.clone()).unwrap_or_default(),
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
            let words = match (slot, beside(text, &places)) {
                // A reason is the whole answer: how much it says is counted.
                (Slot::Why, _) => text.trim(),
                (_, "") => matter(text),
                (_, words) => words,
            };
            keep(&mut slots, filled(slot, words, degree(says)));
        } else if slot == Slot::Why && !text.trim().is_empty() {
            // Whoever was asked why and said anything has answered, however little.
            keep(&mut slots, filled(slot, text.trim(), 1));
        }
    }
    slots
}

/// What is said in an answer beside who says it, as it is kept of him; nothing, where that is all.
#[must_use]
pub(super) fn beside_who<'a>(text: &'a str, who: &str) -> &'a str {
    let names = who.split(", ").filter(|name| !name.is_empty());
    let places: Vec<Range<usize>> = names
        .filter_map(|name| place_with_cue(text, name))
        .collect();
    beside(text, &places)
}

/// Keeps the more particular of two answers to the same H. One without words lends how particular it
/// is to the other.
pub fn keep(slots: &mut Vec<Filled>, new: Filled) {
    let Some(known) = slots.iter_mut().find(|known| known.slot == new.slot) else {
        slots.push(new);
        return;
    };
    let is_wordless = known.text.is_empty() || new.text.is_empty();
    let specificity = known.specificity.max(new.specificity);
    if known.text.is_empty() || (!new.text.is_empty() && new.specificity > known.specificity) {
        *known = new;
    }
    if is_wordless {
        known.specificity = specificity;
    }
}

/// How particular, as a slot has it.
fn degree(says: Specificity) -> u8 {
    match says {
        Specificity::Nothing | Specificity::General => 1,
        Specificity::Concrete => 2,
        Specificity::Particular => 3,
    }
}

fn filled(slot: Slot, text: &str, specificity: u8) -> Filled {
    let most = match slot {
        Slot::Why => MAX_REASON_CHARS,
        Slot::Who | Slot::What => MAX_SLOT_CHARS,
    };
    Filled {
        slot,
        text: clipped(text, most).to_owned(),
        specificity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERAL: Specificity = Specificity::General;

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
                "det er lone min hjemmeside er nede jeg ringer fra blomsterhjørnet",
                "min hjemmeside er nede",
                "min hjemmeside er nede",
            ),
            (
                "øh ja altså vores vandhane drypper",
                "vores vandhane drypper",
                "vores vandhane drypper",
            ),
        ] {
            let at = text.find(fired).unwrap();
            let found = Found {
                slot: Slot::What,
                place: at..at + fired.len(),
                specificity: 2,
            };
            let slots = fill(text, Question::Open, &[found], false, GENERAL);
            let what = slots.iter().find(|slot| slot.slot == Slot::What);
            assert_eq!(what.map(|what| what.text.as_str()), Some(matter), "{text}");
        }
    }

    #[test]
    fn a_long_matter_is_cut_between_words() {
        let long = "vi mangler svar om ordren ".repeat(8);
        let found = Found {
            slot: Slot::What,
            place: 0.."vi mangler".len(),
            specificity: 2,
        };
        let slots = fill(&long, Question::What, &[found], false, GENERAL);
        let text = &slots[0].text;
        assert!(
            text.chars().count() <= MAX_SLOT_CHARS && long.starts_with(&**text),
            "{text}"
        );
        assert!(long[text.len()..].starts_with(' '), "{text}");
    }

    #[test]
    fn a_reason_in_long_words_keeps_all_of_them() {
        let why = "fordi virksomhedsejere i midtjylland efterspørger energioptimering af \
                   ventilationsanlæg sammen med varmegenvinding";
        let slots = fill(why, Question::Why, &[], false, GENERAL);
        assert_eq!(slots[0].text, why);
    }

    #[test]
    fn an_answer_to_what_fills_what_unless_it_evades() {
        let slots = fill(
            "det drejer sig om jeres tag",
            Question::What,
            &[],
            false,
            GENERAL,
        );
        assert_eq!(slots, [filled(Slot::What, "jeres tag", 1)]);
        assert_eq!(
            fill(
                "det siger jeg kun til ham",
                Question::What,
                &[],
                true,
                GENERAL
            ),
            []
        );
    }

    #[test]
    fn a_rule_that_knows_who_calls_says_how_particular_that_is_and_not_his_name() {
        for (text, fired, who, what) in [
            (
                "mit navn er lone holm og jeg ringer fra kommunen angående jeres affald",
                "ringer fra kommunen angående",
                "lone holm, kommunen",
                "jeres affald",
            ),
            ("hej det er mor", "det er mor", "mor", ""),
            (
                "det er skolen emma er faldet",
                "det er skolen",
                "skolen",
                "emma er faldet",
            ),
            (
                "i'm from the bank about your loan",
                "from the bank about",
                "the bank",
                "your loan",
            ),
            (
                "der er brudt ind i nat",
                "brudt ind i nat",
                "",
                "der er brudt ind i nat",
            ),
        ] {
            let at = text.find(fired).unwrap();
            let found = [Slot::Who, Slot::What].map(|slot| Found {
                slot,
                place: at..at + fired.len(),
                specificity: 3,
            });
            let slots = fill(text, Question::Open, &found, false, GENERAL);
            let wanted = [filled(Slot::Who, who, 3), filled(Slot::What, what, 3)];
            assert_eq!(slots, wanted, "{text}");
        }
    }

    #[test]
    fn an_answer_without_words_takes_none_from_another() {
        let mut slots = vec![filled(Slot::Who, "lone", 1)];
        keep(&mut slots, filled(Slot::Who, "", 3));
        assert_eq!(slots, [filled(Slot::Who, "lone", 3)]);
        let mut slots = vec![filled(Slot::What, "", 3)];
        keep(&mut slots, filled(Slot::What, "jeres tag", 1));
        assert_eq!(slots, [filled(Slot::What, "jeres tag", 3)]);
    }
}
