//! What is said, and what becomes of the caller: examples that must come out as they do.

use super::*;

#[test]
fn the_greeting_says_that_a_machine_answers_and_takes_notes() {
    for (language, words) in [
        (Language::Da, ["automat", "skriver"]),
        (Language::En, ["machine", "write"]),
    ] {
        let mut policy = policy();
        policy.line.languages = Languages::new(&[language, Language::Da, Language::En]).unwrap();
        let played = Played::begin(policy, Facts::default(), CALLER);
        for word in words {
            assert!(played.said().contains(word), "{}", played.said());
        }
        assert!(matches!(
            played.instructions[..],
            [Instruction::Say { .. }, Instruction::Ask { turn: 1, .. }]
        ));
    }
}

#[test]
fn whoever_asks_for_a_role_and_cannot_say_why_gets_a_no() {
    let mut played = Played::stranger();
    played.say("Ja goddag, taler jeg med den IT-ansvarlige?");
    assert_eq!(played.treatment(), None, "one weak sign decides nothing");
    played.say("det handler om at optimere jeres drift");
    if played.treatment().is_none() {
        played.say("mange i jeres branche sparer penge hos os");
    }
    assert_eq!(played.treatment(), Some(Treatment::Reject));
    assert_eq!(played.ground(), Some(Ground::UntargetedSelling));
    assert!(played.said().contains("tryk 1"), "{}", played.said());
    played.press('1');
    assert!(played.records(), "even a wrong no loses nobody");
}

#[test]
fn conversations_end_as_they_should() {
    use Treatment::{Connect, Message, Reject};
    for (answers, endings) in [
        (
            &[
                "Taler jeg med den IT-ansvarlige?",
                "jeg ringer om jeres sag fire syv to serveren er nede",
            ][..],
            &[Connect][..],
        ),
        (
            &[
                "hej anna holm fra holm træ jeg vil gerne tale med per",
                "jeg vil sælge jer eg",
                "på jeres hjemmeside står at i bygger i eg i de mål vi saver",
            ],
            &[Connect, Message],
        ),
        (
            &[
                "er per der",
                "det er privat",
                "hanne topp jeg er hans søster",
            ],
            &[Connect],
        ),
        (
            &[
                "jeg skal bare bekræfte jeres oplysninger til registret",
                "det er til registret",
                "det gælder alle",
                "fra registret",
            ],
            &[Reject, Message],
        ),
        (&["ring lige til mig det er mor"], &[Connect]),
        (
            &[
                "hej det er lone min hjemmeside er nede og vi har skiftet bank",
                "hjemmesiden er nede",
            ],
            &[Connect, Message],
        ),
        (&["hello i have your delivery"], &[Connect]),
        (
            &[
                "jag heter lars och ringer om beställningen",
                "jag heter lars",
                "beställningen",
            ],
            &[Connect, Message],
        ),
        (
            &[
                "har du to minutter vi kan spare jer 30 procent på mobilen",
                "vi ringer til alle i området",
                "vi ringer til alle i området",
            ],
            &[Reject],
        ),
        (
            &[
                "dansk politi jeg skal tale med per topp om en sag",
                "det er fra politiet i viborg",
            ],
            &[Connect, Message],
        ),
        (&["der er sket en ulykke"], &[Connect]),
        (&["hej det er lone min hjemmeside er nede"], &[Connect]),
    ] {
        let mut played = Played::stranger();
        for answer in answers {
            if played.treatment().is_none() {
                played.say(answer);
            }
        }
        let ended = played.treatment();
        assert!(
            ended.is_some_and(|treatment| endings.contains(&treatment)),
            "{answers:?} ended in {ended:?} by {:?} with {:#?}",
            played.ground(),
            played.call.reasons
        );
    }
}

#[test]
fn a_long_reason_is_one_whatever_word_stands_in_it() {
    for word in ["for", "angående", "omkring"] {
        let mut policy = policy();
        policy.line.opinion = None;
        let mut played = Played::begin(policy, Facts::default(), CALLER);
        played.say("hej hvad er det egentlig i laver derhenne");
        played.say("det er til en fest vi skal holde for hele vejen");
        played.say(&format!(
            "ham den gamle slagter nede på hjørnet sagde at han havde været så glad {word} det hele"
        ));
        assert_eq!(played.treatment(), Some(Treatment::Message), "{word}");
    }
}

#[test]
fn silence_is_asked_again_once_then_offered_keys_then_a_message_and_never_a_no() {
    let mut played = Played::stranger();
    played.silent();
    assert!(matches!(
        played.call.stage,
        Stage::Asking { again: true, .. }
    ));
    played.silent();
    assert_eq!(played.call.stage, Stage::OfferingKeys);
    assert!(played.said().contains("ryk 1"), "{}", played.said());
    played.silent();
    assert!(played.records());
    assert_eq!(played.ground(), Some(Ground::Silent));
}

#[test]
fn keys_lead_to_a_message_or_to_a_person() {
    let mut played = Played::stranger();
    assert!(played.silent().silent().press('1').records());
    let mut played = Played::stranger();
    played.silent().silent().press('2');
    assert!(matches!(played.call.stage, Stage::Ringing { .. }));
    let mut played = Played::stranger();
    assert!(played.press('1').records());
}

#[test]
fn words_lead_there_too_and_everyday_words_that_sound_like_keys_do_not() {
    for text in ["jeg vil gerne lægge en besked", "I want to leave a message"] {
        let mut played = Played::stranger();
        assert!(played.say(text).records(), "{text}");
    }
    let mut played = Played::stranger();
    played.say("må jeg tale med et menneske");
    assert!(matches!(played.call.stage, Stage::Ringing { .. }));
    let mut played = Played::stranger();
    played.say("hvad gemmer i om mig");
    assert!(played.said().contains("gemmer"), "{}", played.said());
    assert!(matches!(played.call.stage, Stage::Asking { .. }));

    let mut played = Played::stranger();
    played.silent().silent().say("der er sket et uheld");
    assert_eq!(played.ground(), Some(Ground::Protected));
    let mut played = Played::stranger();
    played
        .silent()
        .silent()
        .say("i would like to offer you a cheaper plan for your mobiles");
    assert_ne!(played.treatment(), Some(Treatment::Connect));
}

#[test]
fn keys_that_decide_nothing_do_not_keep_a_call_open() {
    for sign in ['3', '9'] {
        let mut played = Played::stranger();
        for _ in 0..20 {
            if played.treatment().is_none() {
                played.press(sign);
            }
        }
        assert!(played.records(), "{sign}");
        assert!(played.call.turn <= played.policy.limits.max_turns + 2);
    }
}

#[test]
fn who_cannot_say_why_is_asked_what_it_is_about_in_place_of_the_same_again() {
    let mut played = Played::stranger();
    played.say("hej hvem er det der står for jeres mobilaftale");
    assert_eq!(played.call.asked, [Question::Open, Question::Why]);
    played.silent();
    let what = Stage::Asking {
        question: Question::What,
        again: true,
    };
    assert_eq!(played.call.stage, what);
    played.say("vi kan tilbyde jer en rigtig god pris på mobilabonnementer");
    assert_ne!(played.treatment(), Some(Treatment::Connect));

    let mut played = Played::stranger();
    played.silent();
    let open = Stage::Asking {
        question: Question::Open,
        again: true,
    };
    assert_eq!(played.call.stage, open, "who did not seem to sell");
    assert!(played.said().contains("Er der nogen"), "{}", played.said());
}

#[test]
fn doubtful_recognition_is_asked_again_and_judges_nothing() {
    let mut played = Played::stranger();
    played.answer(Answer::Speech(Utterance::new(
        "vi kan spare jer penge på mobilabonnement",
        Some(0.2),
    )));
    assert!(played.call.reasons.is_empty());
    assert!(matches!(
        played.call.stage,
        Stage::Asking { again: true, .. }
    ));
}

#[test]
fn who_speaks_english_is_spoken_to_in_english() {
    let mut played = Played::stranger();
    played.say("hello i would like to speak to the owner please");
    assert_eq!(played.call.language, Language::En);
    assert!(matches!(
        played.instructions.last(),
        Some(
            Instruction::Ask {
                language: Language::En,
                ..
            } | Instruction::Dial { .. }
        )
    ));
}

#[test]
fn whoever_wishes_for_something_or_is_not_understood_is_answered_in_his_own_language_too() {
    let english = |played: &Played| {
        assert_eq!(played.call.language, Language::En, "{}", played.said());
    };
    for text in [
        "I would like to leave a message",
        "can I speak to a human please",
        "what do you keep about me",
        "hello, is anybody there?",
    ] {
        english(Played::stranger().say(text));
    }
    let mut doubtful = Utterance::new("i am calling about my website that is down", None);
    doubtful.confidence = Some(0.2);
    english(Played::stranger().answer(Answer::Speech(doubtful)));
    english(
        Played::stranger()
            .silent()
            .silent()
            .say("could you put me through please"),
    );
    let mut played = Played::stranger();
    played.silent().silent().press('3');
    english(&played);
    assert_eq!(played.call.stage, Stage::OfferingKeys);
    assert!(played.press('1').records());
}

#[test]
fn after_a_no_every_word_for_somebody_leads_to_a_message() {
    for text in [
        "en",
        "tryk en",
        "ja et tak",
        "vent lige kan jeg tale med et menneske",
    ] {
        let mut played = Played::begin(blocked_aloud(), listed(ListName::Block), CALLER);
        assert_eq!(played.call.stage, Stage::Refusing);
        assert!(played.say(text).records(), "{text}");
    }
    let mut played = Played::begin(blocked_aloud(), listed(ListName::Block), CALLER);
    assert!(!played.say("en skam").records());
}

fn blocked_aloud() -> Policy {
    let mut policy = policy();
    policy.line.blocked = Blocked::Spoken;
    policy
}

#[test]
fn a_key_that_means_nothing_is_asked_about_once_and_then_keys_are_offered() {
    let mut played = Played::stranger();
    played.press('5');
    assert!(matches!(
        played.call.stage,
        Stage::Asking { again: true, .. }
    ));
    played.press('5');
    assert_eq!(played.call.stage, Stage::OfferingKeys);
}

#[test]
fn words_that_both_languages_have_switch_to_neither() {
    for text in ["to personer i aften", "kunde to to ni nul februar"] {
        let mut played = Played::stranger();
        played.say(text);
        assert_eq!(played.call.language, Language::Da, "{text}");
    }
}

#[test]
fn a_line_that_listens_puts_everybody_through_and_writes_down_what_it_would_have_done() {
    let mut policy = policy();
    policy.line.mode = Mode::Listen;
    let mut played = Played::begin(policy.clone(), Facts::default(), CALLER);
    played.say("taler jeg med den it-ansvarlige");
    played.say("det handler om jeres mobilabonnementer");
    played.say("vi ringer til alle i området fordi mange sparer penge hos os");
    assert!(matches!(
        played.instructions.last(),
        Some(Instruction::Dial { whisper: false, .. })
    ));
    let verdict = played.call.verdict.clone().unwrap();
    assert_eq!(verdict.would_have, Some(Treatment::Reject));
    let played = Played::begin(policy.clone(), listed(ListName::Block), CALLER);
    assert_eq!(played.treatment(), Some(Treatment::Connect));
    let mut played = Played::begin(policy, Facts::default(), CALLER);
    assert!(played.press('1').records(), "a message is what he chose");
}

#[test]
fn a_targeted_seller_is_treated_as_the_owner_chose() {
    let answers = [
        "anna holm fra holm træ jeg vil gerne sælge jer noget det siger jeg lige ud",
        "jeg vil sælge jer eg i planker",
        "på jeres hjemmeside står at i bygger i eg og vi saver eg i de mål",
    ];
    for (chosen, treatment) in [
        (TargetedSellers::Connect, Treatment::Connect),
        (TargetedSellers::Message, Treatment::Message),
    ] {
        let mut policy = policy();
        policy.line.targeted_sellers = chosen;
        let mut played = Played::begin(policy, Facts::default(), CALLER);
        for answer in answers {
            if played.treatment().is_none() {
                played.say(answer);
            }
        }
        assert_eq!(
            played.ground(),
            Some(Ground::TargetedSeller),
            "{:#?}",
            played.call.reasons
        );
        assert_eq!(played.treatment(), Some(treatment));
    }
}

/// A stranger whose words are those of a campaign that the owner refused.
fn refused_campaign() -> Played {
    let facts = Facts {
        campaign: Some(crate::screening::campaign::Known {
            name: "nordlys mobilabonnement".into(),
            days_ago: vec![0, 1],
            refused: true,
        }),
        ..Facts::default()
    };
    Played::begin(policy(), facts, CALLER)
}

#[test]
fn a_refused_campaign_gets_a_no_only_where_a_rule_speaks_against_it_too() {
    let mut played = refused_campaign();
    played.say("goddag taler jeg med den it ansvarlige i jeres virksomhed");
    assert_eq!(played.ground(), Some(Ground::RefusedCampaign));
    assert_eq!(played.call.stage, Stage::Refusing);
    let verdict = played.call.verdict.clone().unwrap();
    assert_eq!(verdict.treatment, Treatment::Reject);
    let noted = |reason: &&crate::call::Reason| reason.rule == "campaign-refused";
    assert_eq!(played.call.reasons.iter().filter(noted).count(), 1);

    // The match alone rejects nobody.
    let mut played = refused_campaign();
    played.say("jo altså den grønne er den som vi så forleden");
    let verdict = played.call.verdict.clone().unwrap();
    assert_eq!(
        (verdict.treatment, verdict.ground),
        (Treatment::Message, Ground::RefusedCampaign)
    );

    // What speaks for the caller sets it aside.
    for words in [
        "hej det er lone min hjemmeside er nede",
        "det er fra skolen din søn er kommet til skade",
    ] {
        let mut played = refused_campaign();
        played.say(words);
        let ground = played.ground();
        assert!(
            !matches!(ground, Some(Ground::RefusedCampaign)),
            "{words}: {ground:?}"
        );
    }
}
