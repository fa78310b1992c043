//! What holds for the whole installation.

use super::field::{Field, Kind};
use super::form::Section;

const NO_HINT: (&str, &str) = ("", "");

/// The page.
pub(super) static GENERAL: [Section; 4] = [
    Section::new(
        "conversation",
        ("Samtalen", "The conversation"),
        NO_HINT,
        &[
            Field::new(
                "limits.max_questions",
                Kind::Number,
                ("Højst så mange spørgsmål", "The most questions"),
            )
            .hint("1 til 3.", "1 to 3."),
            Field::new(
                "limits.max_seconds",
                Kind::Number,
                (
                    "Højst så mange sekunder, til det er afgjort",
                    "The most seconds until it is decided",
                ),
            )
            .hint("15 til 90.", "15 to 90."),
            Field::new(
                "limits.answer_seconds",
                Kind::Number,
                (
                    "Så længe ventes på et svar (sekunder)",
                    "How long to wait for an answer (seconds)",
                ),
            )
            .hint("2 til 15.", "2 to 15."),
            Field::new(
                "limits.pause_seconds",
                Kind::Number,
                (
                    "Så lang en pause slutter et svar (sekunder)",
                    "How long a pause ends an answer (seconds)",
                ),
            )
            .hint("1 til 5.", "1 to 5."),
            Field::new(
                "limits.message_seconds",
                Kind::Number,
                (
                    "Den længste besked (sekunder)",
                    "The longest message (seconds)",
                ),
            )
            .hint("10 til 600.", "10 to 600."),
            Field::new(
                "rules.second_opinion",
                Kind::Flag,
                (
                    "Hør en lært dømmekraft ved siden af reglerne",
                    "Hear a learned second opinion beside the rules",
                ),
            )
            .hint(
                "Den afviser aldrig nogen alene.",
                "It alone never refuses anybody.",
            ),
        ],
    ),
    Section::new(
        "money",
        ("Hvad det må koste", "What it may cost"),
        (
            "Så mange opkald bliver spurgt ud; resten ringer igennem, som om ingen stod ved døren.",
            "So many calls are screened; the rest ring through as if nobody stood at the door.",
        ),
        &[
            Field::new(
                "spend.per_minute",
                Kind::Number,
                ("I minuttet", "In a minute"),
            )
            .part(),
            Field::new(
                "spend.per_caller",
                Kind::Number,
                ("Fra ét nummer i timen", "Of one number in an hour"),
            )
            .part(),
            Field::new("spend.per_day", Kind::Number, ("Om dagen", "In a day")).part(),
            Field::new(
                "notify.silence_hours",
                Kind::Number,
                (
                    "Sig til efter så mange timer uden opkald",
                    "Tell me after so many hours without a call",
                ),
            )
            .hint("0 er aldrig.", "0 is never."),
        ],
    ),
    Section::new(
        "privacy",
        ("Hvor længe det gemmes", "How long it is kept"),
        (
            "Dage fra opkaldet; 0 er for altid. Hvad der er ældre, fjernes af sig selv. “portner erase” sletter et nummer med det samme.",
            "Days from the call; 0 is for ever. What is older is removed by itself. “portner erase” erases a number at once.",
        ),
        &[
            Field::new(
                "retention.words_days",
                Kind::Number,
                ("Det, der blev sagt", "What callers said"),
            )
            .hint(
                "Med de navne, de blev meldt med.",
                "And the names they were announced by.",
            ),
            Field::new(
                "retention.recordings_days",
                Kind::Number,
                ("Beskeder, der blev lagt", "Messages that callers left"),
            )
            .hint(
                "Udbyderen får også besked på at slette dem.",
                "The provider is told to remove them too.",
            ),
            Field::new("retention.calls_days", Kind::Number, ("Opkald", "Calls")).hint(
                "Nummer, tid, dom og dine mærker.",
                "Number, time, verdict, and your marks.",
            ),
            Field::new(
                "retention.audit_days",
                Kind::Number,
                ("Hvad der blev gjort her", "What was done here"),
            )
            .part(),
            Field::new(
                "retention.outbox_days",
                Kind::Number,
                (
                    "Hvad der ikke kunne afleveres",
                    "What could not be delivered",
                ),
            )
            .part(),
        ],
    ),
    Section::new(
        "installation",
        ("Installationen", "The installation"),
        NO_HINT,
        &[
            Field::new(
                "rules.folder",
                Kind::Text,
                ("Mappe med egne regler", "Folder of your own rules"),
            )
            .part(),
            Field::new(
                "rules.shipped",
                Kind::Flag,
                (
                    "Brug også de regler, der følger med",
                    "Use the rules that come with Portner too",
                ),
            )
            .part(),
        ],
    ),
];
