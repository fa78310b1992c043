//! One word heard as another: a sound-alike, an ending lost or swapped, a sound taken for its
//! neighbour, or a common word where a name was.

use super::dice::Dice;
use crate::call::Language;

/// What each of these words is often heard as.
type SoundAlikes = &'static [(&'static str, &'static [&'static str])];

const DANISH_SOUND_ALIKES: SoundAlikes = &[
    ("it", &["i te", "ite", "i t", "i tv", "id", "det", "et"]),
    ("ansvarlig", &["svarlig", "anvarlig", "ansvarli"]),
    ("ansvarlige", &["svarlige", "ansvarlig", "ansvar lige"]),
    ("det", &["de", "den", "er"]),
    ("de", &["det", "di"]),
    ("den", &["det", "en"]),
    ("en", &["et", "ind", "den"]),
    ("et", &["en", "it", "at"]),
    ("og", &["at", "å"]),
    ("at", &["og", "et"]),
    ("er", &["ær", "af", "her"]),
    ("af", &["er", "a"]),
    ("jeg", &["jer", "ja", "i"]),
    ("jer", &["jeg", "her"]),
    ("jeres", &["jer", "deres", "jers"]),
    ("i", &["de", "vi", "ih"]),
    ("vi", &["i", "ved", "de"]),
    ("vil", &["vi", "ville"]),
    ("ville", &["vil"]),
    ("har", &["hva", "her", "ham"]),
    ("hvad", &["hva", "var"]),
    ("var", &["hvad", "har"]),
    ("hvem", &["hjem", "vem"]),
    ("hvor", &["vor", "får"]),
    ("hvorfor", &["vorfor", "hvor for"]),
    ("hvis", &["vis", "hvid"]),
    ("med", &["mit", "ved", "me"]),
    ("ved", &["vil", "med"]),
    ("mig", &["maj", "mej"]),
    ("dig", &["dej", "de"]),
    ("sig", &["sej", "sige"]),
    ("ikke", &["ik", "icke"]),
    ("nogle", &["nogen", "noget"]),
    ("noget", &["nogle", "nået"]),
    ("kan", &["ka", "kun"]),
    ("kun", &["kan"]),
    ("skal", &["ska", "skål"]),
    ("ja", &["jo", "ja ja"]),
    ("nej", &["nær", "ej"]),
    ("jo", &["ja", "ju"]),
    ("lige", &["li", "liv"]),
    ("meget", &["med", "mere"]),
    ("fra", &["far", "fa"]),
    ("for", &["får", "fra"]),
    ("på", &["og", "bå"]),
    ("til", &["ti", "tid"]),
    ("om", &["og", "som"]),
    ("som", &["om", "så"]),
    ("min", &["mine", "men"]),
    ("men", &["min", "mænd"]),
    ("han", &["hun", "ham"]),
    ("hun", &["han"]),
    ("ringer", &["ringe", "finger"]),
    ("tilbud", &["tilbage", "til bud"]),
    ("aftale", &["tale", "aftalt"]),
    ("regning", &["ringning", "tegning"]),
    ("strøm", &["strøg", "strømme"]),
    ("pension", &["passion", "pension er"]),
    ("to", &["tog", "2"]),
    ("tre", &["træ", "3"]),
    ("fire", &["4", "fyre"]),
    ("fem", &["5", "frem"]),
    ("seks", &["6", "sex"]),
    ("syv", &["7", "sy"]),
    ("otte", &["8", "åtte"]),
    ("ni", &["9", "nu"]),
    ("ti", &["10", "til"]),
    ("tyve", &["20", "type"]),
    ("hundrede", &["100", "hunde"]),
    ("tusind", &["1000", "tusinde"]),
];

const ENGLISH_SOUND_ALIKES: SoundAlikes = &[
    ("there", &["their", "they're"]),
    ("their", &["there"]),
    ("two", &["to", "2"]),
    ("to", &["two", "the", "do"]),
    ("too", &["to"]),
    ("for", &["four", "from"]),
    ("four", &["for", "4"]),
    ("your", &["you're", "you"]),
    ("you", &["your", "u"]),
    ("you're", &["your"]),
    ("our", &["are", "hour"]),
    ("are", &["our", "or"]),
    ("we", &["they", "he"]),
    ("we're", &["were", "we are"]),
    ("were", &["where", "we're"]),
    ("where", &["were", "wear"]),
    ("here", &["hear", "her"]),
    ("hear", &["here"]),
    ("know", &["no", "now"]),
    ("no", &["know", "now"]),
    ("a", &["the", "uh"]),
    ("the", &["a", "they"]),
    ("an", &["and", "in"]),
    ("and", &["an", "in"]),
    ("in", &["and", "an"]),
    ("is", &["his", "it's"]),
    ("it", &["at", "eat"]),
    ("its", &["it's"]),
    ("i", &["eye", "i'd"]),
    ("i'm", &["am", "i am"]),
    ("i'll", &["all", "i will"]),
    ("by", &["buy", "bye"]),
    ("buy", &["by"]),
    ("would", &["wood", "could"]),
    ("could", &["would", "good"]),
    ("can", &["can't", "could"]),
    ("speak", &["speech", "peak"]),
    ("sale", &["sail", "sell"]),
    ("offer", &["after", "often"]),
    ("order", &["older", "auto"]),
    ("bill", &["build", "pill"]),
    ("price", &["prize", "rice"]),
    ("one", &["won", "1"]),
    ("eight", &["ate", "8"]),
];

/// Endings, and what is left of them.
const DANISH_ENDINGS: &[(&str, &str)] = &[
    ("erne", "ene"),
    ("erne", "er"),
    ("ende", "ene"),
    ("eren", "er"),
    ("ede", "et"),
    ("ede", "e"),
    ("ene", "en"),
    ("ere", "er"),
    ("en", "et"),
    ("et", "en"),
    ("et", "e"),
    ("en", ""),
    ("er", "e"),
    ("er", ""),
    ("ig", "i"),
    ("ed", "e"),
    ("te", "t"),
    ("de", ""),
    ("e", "er"),
    ("e", ""),
    ("s", ""),
    ("t", ""),
    ("r", ""),
];
const ENGLISH_ENDINGS: &[(&str, &str)] = &[
    ("ing", "in"),
    ("ing", ""),
    ("ed", ""),
    ("es", "e"),
    ("ly", ""),
    ("er", "a"),
    ("s", ""),
    ("d", ""),
    ("t", ""),
    ("", "s"),
];

/// Sounds that are taken for each other.
const DANISH_SOUNDS: &[(&str, &str)] = &[
    ("d", "t"),
    ("t", "d"),
    ("b", "p"),
    ("p", "b"),
    ("g", "k"),
    ("k", "g"),
    ("v", "f"),
    ("f", "v"),
    ("hv", "v"),
    ("hj", "j"),
    ("ld", "l"),
    ("nd", "n"),
    ("rd", "r"),
    ("sj", "ch"),
    ("ks", "x"),
    ("eg", "aj"),
    ("øj", "aj"),
    ("æ", "e"),
    ("e", "æ"),
    ("ø", "y"),
    ("ø", "å"),
    ("å", "o"),
    ("o", "å"),
    ("y", "ø"),
    ("i", "e"),
    ("a", "æ"),
    ("u", "o"),
    ("m", "n"),
    ("n", "m"),
    ("l", "r"),
];
const ENGLISH_SOUNDS: &[(&str, &str)] = &[
    ("th", "f"),
    ("th", "d"),
    ("ph", "f"),
    ("wh", "w"),
    ("v", "b"),
    ("b", "p"),
    ("d", "t"),
    ("t", "d"),
    ("c", "k"),
    ("s", "z"),
    ("g", "k"),
    ("m", "n"),
    ("n", "m"),
    ("l", "r"),
    ("ee", "i"),
    ("ea", "e"),
    ("oo", "u"),
    ("i", "e"),
    ("e", "i"),
    ("a", "e"),
    ("o", "a"),
    ("u", "o"),
];

/// What a recogniser writes when it has no idea.
const DANISH_COMMON: &[&str] = &[
    "det", "en", "så", "var", "noget", "med", "der", "om", "her", "nu", "mand", "gang", "ting",
    "over", "vide", "bare", "hele", "komme", "andre", "måske", "hvor", "tale", "finde", "hånd",
    "plads", "lade", "mellem", "sådan", "hvordan", "under", "skrive", "lørdag", "barn", "verden",
];
const ENGLISH_COMMON: &[&str] = &[
    "the", "that", "it", "so", "was", "then", "with", "there", "man", "time", "thing", "over",
    "know", "just", "whole", "come", "other", "maybe", "how", "find", "hand", "place", "between",
    "under", "write", "water", "child", "world", "better", "again",
];

/// What this word is heard as; nothing when the draw did not fit the word.
pub(super) fn mishear(word: &str, language: Language, dice: &mut Dice) -> Option<String> {
    let (alikes, endings, sounds, common) = match language {
        Language::Da => (
            DANISH_SOUND_ALIKES,
            DANISH_ENDINGS,
            DANISH_SOUNDS,
            DANISH_COMMON,
        ),
        Language::En => (
            ENGLISH_SOUND_ALIKES,
            ENGLISH_ENDINGS,
            ENGLISH_SOUNDS,
            ENGLISH_COMMON,
        ),
    };
    if let Some((_, heard)) = alikes.iter().find(|(said, _)| *said == word) {
        return dice.pick(heard).map(|heard| (*heard).to_owned());
    }
    let heard = match dice.below(100) {
        0..40 => ending(word, endings, dice),
        40..85 => sound(word, sounds, dice),
        _ => dice.pick(common).map(|heard| (*heard).to_owned()),
    };
    heard.filter(|heard| heard != word)
}

fn ending(word: &str, endings: &[(&str, &str)], dice: &mut Dice) -> Option<String> {
    let fits: Vec<(&str, &str)> = endings
        .iter()
        .filter_map(|(ending, left)| Some((word.strip_suffix(ending)?, *left)))
        .filter(|(stem, _)| stem.chars().count() >= 2)
        .collect();
    let (stem, left) = dice.pick(&fits)?;
    Some(format!("{stem}{left}"))
}

fn sound(word: &str, sounds: &[(&str, &str)], dice: &mut Dice) -> Option<String> {
    if word.chars().count() < 3 {
        return None;
    }
    let fits: Vec<(usize, &str, &str)> = sounds
        .iter()
        .flat_map(|(sound, other)| {
            let at = word.match_indices(sound).map(|(at, _)| at);
            at.map(move |at| (at, *sound, *other))
        })
        .collect();
    let (at, sound, other) = *dice.pick(&fits)?;
    Some(format!(
        "{}{other}{}",
        &word[..at],
        &word[at + sound.len()..]
    ))
}

/// Whether a letter is a vowel, in Danish or English.
pub(super) fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'æ' | 'ø' | 'å')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(word: &str, language: Language) -> Vec<String> {
        let mut heard: Vec<String> = (0..400)
            .filter_map(|seed| mishear(word, language, &mut Dice::of(seed, word)))
            .collect();
        heard.sort();
        heard.dedup();
        heard
    }

    #[test]
    fn mishears_as_danish_is_misheard() {
        let it = all("it", Language::Da);
        assert!(
            it.contains(&"i te".to_owned()) && it.contains(&"id".to_owned()),
            "{it:?}"
        );
        let saving = all("besparelsen", Language::Da);
        for heard in ["besparelset", "besparels", "pesparelsen"] {
            assert!(saving.contains(&heard.to_owned()), "{heard}: {saving:?}");
        }
        assert!(
            all("nordlys", Language::Da)
                .iter()
                .any(|one| DANISH_COMMON.contains(&one.as_str()))
        );
    }

    #[test]
    fn never_hears_what_was_said() {
        for table in [DANISH_SOUND_ALIKES, ENGLISH_SOUND_ALIKES] {
            for (said, heard) in table {
                assert!(!heard.is_empty() && !heard.contains(said), "{said}");
            }
        }
        for word in ["det", "bil", "electricity", "æ", "x", "1234"] {
            for language in Language::ALL {
                assert!(!all(word, language).contains(&word.to_owned()));
            }
        }
    }
}
