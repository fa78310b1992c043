//! What the owner hears of a caller before he takes the call.

use proptest::prelude::*;

use super::*;
use crate::call::EvidenceKind;
use crate::screening::summary::{text_message, whisper};

/// The sentence of who and what that is whispered when this was said, in turn.
fn whispered(language: Language, said: &[&str]) -> String {
    let mut policy = policy();
    policy.line.languages = Languages::new(&[language]).unwrap();
    let mut played = Played::begin(policy, Facts::default(), CALLER);
    for said in said {
        played.say(said);
    }
    let whisper = whisper(&played.policy, &played.call);
    let (told, _) = whisper.split_once(". ").unwrap();
    told.to_owned()
}

#[test]
fn who_and_what_are_told_without_the_words_that_present_them() {
    for (language, said, told) in [
        (
            Language::Da,
            "mit navn er Karin Holm og jeg ringer fra kommunen angående jeres affald",
            "Karin Holm fra kommunen, om jeres affald",
        ),
        (
            Language::Da,
            "Det er fra Skat, Jens Holm, det handler om din årsopgørelse",
            "Jens Holm fra Skat, om din årsopgørelse",
        ),
        (Language::Da, "hej det er Mor", "Mor"),
        (
            Language::Da,
            "jeg ringer fra skolen, det er om dit barn",
            "skolen, om dit barn",
        ),
        (
            Language::Da,
            "jeg ringer fra Falck alarmcentral, alarmen hos jer er gået",
            "Falck alarmcentral: alarmen hos jer er gået",
        ),
        (
            Language::Da,
            "mit navn er Hanne Sørensen jeg ringer fra Skive Kommune angående din byggesag",
            "Hanne Sørensen fra Skive Kommune, om din byggesag",
        ),
        (
            Language::Da,
            "hej det er politiet i viborg vi ringer om et indbrud",
            "politiet, om et indbrud",
        ),
        (
            Language::Da,
            "det er skolen emma er faldet",
            "skolen: emma er faldet",
        ),
        (
            Language::Da,
            "det er din rådgiver i banken jeg må kun tale med dig selv",
            "din rådgiver i banken: jeg må kun tale med dig selv",
        ),
        (
            Language::En,
            "This is the police, we need to talk to Per Topp",
            "the police: we need to talk to Per Topp",
        ),
        (
            Language::En,
            "I am calling from the hospital about your wife",
            "the hospital, about your wife",
        ),
        (
            Language::En,
            "this is ward four at the general hospital about your mother",
            "ward four from the general hospital, about your mother",
        ),
        (
            Language::Da,
            "hej det er sloan jeg er hans søn",
            "sloan: jeg er hans søn",
        ),
        (
            Language::Da,
            "jeg hedder anja og er fra jobcentret det handler om en medarbejder på sygedagpenge",
            "anja fra jobcentret, om en medarbejder på sygedagpenge",
        ),
        (
            Language::En,
            "your accountant here about the annual accounts",
            "your accountant, about the annual accounts",
        ),
    ] {
        assert_eq!(whispered(language, &[said]), told, "{said}");
    }
}

#[test]
fn what_is_no_name_is_told_of_nobody() {
    assert_eq!(
        whispered(Language::Da, &["der er brudt ind i jeres varevogn i nat"]),
        "En uden navn: der er brudt ind i jeres varevogn i nat"
    );
    assert_eq!(
        whispered(Language::En, &["your father has been taken ill"]),
        "Somebody without a name: your father has been taken ill"
    );
}

#[test]
fn about_is_said_only_of_what_was_said_to_be_the_matter() {
    for (said, told) in [
        ("hej det er sloan om papir", "sloan, om papir"),
        (
            "jeg hedder Bo jeg vil gerne bestille en hjemmeside",
            "Bo: jeg vil gerne bestille en hjemmeside",
        ),
        (
            "jeg skal aflevere en pakke",
            "En uden navn: jeg skal aflevere en pakke",
        ),
        ("det drejer sig om jeres tag", "En uden navn, om jeres tag"),
        ("hej", "En uden navn"),
    ] {
        assert_eq!(whispered(Language::Da, &[said]), told, "{said}");
    }
}

#[test]
fn a_name_and_a_matter_may_come_in_two_answers() {
    assert_eq!(
        whispered(
            Language::Da,
            &["det er sloan", "det drejer sig om jeres tag"]
        ),
        "sloan, om jeres tag"
    );
}

#[test]
fn the_text_after_a_missed_call_tells_it_likewise() {
    let mut played = Played::stranger();
    played.say("jeg skal aflevere en pakke");
    assert_eq!(
        text_message(&played.policy, &played.call),
        format!(
            "Ubesvaret opkald til Topp Design: en uden navn: jeg skal aflevere en pakke. Nummer: {CALLER}."
        )
    );
}

#[test]
fn who_only_uses_a_word_of_sellers_is_not_said_to_sell() {
    for (said, sells) in [
        ("der er brand i jeres lager", false),
        (
            "jeg vil gerne have jeres tilbud på en ny hjemmeside til mit firma",
            false,
        ),
        (
            "det er din rådgiver i banken jeg må kun tale med dig selv",
            false,
        ),
        ("vi kan spare jer 30 procent på mobilregningen", true),
    ] {
        let mut played = Played::stranger();
        played.say(said);
        let hinted = played
            .call
            .reasons
            .iter()
            .any(|reason| reason.kind == EvidenceKind::Sell && reason.points > 0);
        assert!(hinted, "{said}");
        let told = whisper(&played.policy, &played.call);
        assert_eq!(
            told.contains("Det lyder som salg."),
            sells,
            "{said}: {told}"
        );
    }
}

/// The longest that is whispered: name and firm, matter and reason with 80 characters each, and what
/// is said around them.
const MOST_WHISPERED: usize = 560;

proptest! {
    #[test]
    fn whatever_is_said_is_whispered_without_what_steers_and_within_bounds(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "det er", "jeg ringer fra", "fra", "this is", "from", "the", "din", "i", "om", "about",
                "angående", "her", "kommunen", "skolen,", "the police", "hospital", "Lone", "Hans",
                "O\u{301}le.", "jeres affald", "\u{7}", "\n", "\u{1f600}", "(", "\"", "alarmen hos jer",
                "İstanbul", "og", "er",
            ]),
            0..30,
        ),
        again in "\\PC{0,200}",
    ) {
        let mut played = Played::stranger();
        for said in [pieces.join(" "), again] {
            if matches!(played.call.stage, Stage::Asking { .. }) {
                played.say(&said);
            }
        }
        let told = whisper(&played.policy, &played.call);
        prop_assert!(told.chars().count() <= MOST_WHISPERED, "{told}");
        prop_assert!(!told.chars().any(char::is_control), "{told:?}");
    }
}
