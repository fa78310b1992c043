//! The five questions.

use crate::web::desk::settings::field::{Field, Kind, Part, Words};
use crate::web::desk::settings::line::{ALONE, CITY, COMPANY, MODE, OWNER, SERVICES, TRADE};

/// A question, and the fields that answer it.
pub(super) struct Question {
    pub(super) title: Words,
    pub(super) about: Words,
    pub(super) parts: &'static [Part],
}

/// All of them, in order.
pub(super) static QUESTIONS: [Question; 5] = [
    Question {
        title: ("Hvem er du?", "Who are you?"),
        about: (
            "Portner svarer i firmaets navn, og kender dit, når nogen spørger efter dig.",
            "Portner answers in the firm's name, and knows yours when somebody asks for you.",
        ),
        parts: &[OWNER, COMPANY, CITY],
    },
    Question {
        title: ("Hvad laver du?", "What do you do?"),
        about: (
            "Den, der ringer om noget af det, er nok en kunde.",
            "Whoever calls about any of it is probably a customer.",
        ),
        parts: &[TRADE, SERVICES, ALONE],
    },
    Question {
        title: (
            "Hvilket nummer ringer folk til?",
            "Which number do people call?",
        ),
        about: (
            "Nummeret hos udbyderen, som Portner tager. Har du det ikke endnu, så skriv det, du får; det kan rettes.",
            "The number at the provider that Portner answers. If you do not have it yet, write the one you will get; it can be changed.",
        ),
        parts: &[
            Field::new("number", Kind::Phone, ("Nummer", "Number")).hint(
                "For eksempel 70 10 10 10, eller med landekode.",
                "For example 70 10 10 10, or with its country code.",
            ),
        ],
    },
    Question {
        title: ("Hvor skal det ringe?", "Where shall it ring?"),
        about: (
            "Din egen telefon, når Portner stiller igennem. Ikke et nummer, der er viderestillet til det første.",
            "Your own phone, when Portner puts somebody through. Not a number that is forwarded to the first one.",
        ),
        parts: &[
            Field::new(
                "destination[0].to",
                Kind::Target,
                ("Din telefon", "Your phone"),
            )
            .hint(
                "Et mobilnummer; en sip:adresse går også.",
                "A mobile number; a sip:address will do too.",
            ),
            Field::new(
                "no_answer",
                Kind::Choice(&[
                    (
                        "voicemail",
                        (
                            "Den, der ringer, lægger en besked",
                            "The caller leaves a message",
                        ),
                    ),
                    ("goodbye", ("Et pænt farvel", "A polite goodbye")),
                ]),
                ("Tager du den ikke", "If you do not answer"),
            )
            .part(),
        ],
    },
    Question {
        title: ("Hvordan skal Portner være?", "How shall Portner behave?"),
        about: (
            "Lyt først er en god måde at begynde på: ingen bliver afvist, og loggen viser, hvad Portner ville have gjort.",
            "Listening first is a good way to begin: nobody is turned away, and the log shows what Portner would have done.",
        ),
        parts: &[
            MODE,
            Field::new("languages", Kind::Languages, ("Sprog", "Languages")).part(),
        ],
    },
];
