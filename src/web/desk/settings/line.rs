//! What an owner settles for a line, page by page.

use super::field::{Field, Kind, Part, Rows};
use super::form::Section;

const NO_HINT: (&str, &str) = ("", "");

/// How callers are received.
pub(super) static CALLS: [Section; 3] = [
    Section::new(
        "the-line",
        ("Linjen", "The line"),
        NO_HINT,
        &[
            Field::new("id", Kind::Text, ("Kort navn", "Short name")).hint(
                "Små bogstaver, tal og bindestreger. Opkald i loggen hører til navnet.",
                "Small letters, digits, dashes. Calls in the log belong to the name.",
            ),
            Field::new(
                "number",
                Kind::Phones,
                ("Numre, som folk ringer til", "Numbers that people call"),
            )
            .hint("Et på hver linje.", "One on each line."),
            Field::new("languages", Kind::Languages, ("Sprog", "Languages")).part(),
            MODE,
        ],
    ),
    Section::new(
        "who-gets-through",
        ("Hvem kommer igennem", "Who gets through"),
        NO_HINT,
        &[
            Field::new(
                "targeted_sellers",
                Kind::Choice(&[
                    (
                        "connect",
                        (
                            "Telefonen ringer: det har han fortjent",
                            "The phone rings: he has earned it",
                        ),
                    ),
                    (
                        "message",
                        ("Han må lægge en besked", "He may leave a message"),
                    ),
                ]),
                (
                    "En sælger, der siger det og ved, hvorfor netop her",
                    "A seller who says so and knows why exactly here",
                ),
            )
            .part(),
            Field::new(
                "blocked",
                Kind::Choice(&[
                    (
                        "unanswered",
                        (
                            "Uden at blive taget, så det er gratis",
                            "Without being answered, so it costs nothing",
                        ),
                    ),
                    (
                        "spoken",
                        (
                            "Med et talt nej, der tilbyder en besked",
                            "With a spoken no that offers a message",
                        ),
                    ),
                ]),
                ("Blokerede numre afvises", "Blocked numbers are refused"),
            )
            .part(),
            Field::new(
                "expect",
                Kind::Words,
                ("Opkald, du venter", "Calls you expect"),
            )
            .hint(
                "Firmaer og folk, ét navn på hver linje. De tæller som bekendte.",
                "Firms and people, one name on each line. They count as contacts.",
            ),
        ],
    ),
    Section::new(
        "manner",
        ("Hvordan Portner er", "How Portner is"),
        NO_HINT,
        &[
            Field::new(
                "tone",
                Kind::Choice(&[
                    ("plain", ("Venlig og ligetil", "Friendly and plain")),
                    (
                        "dry",
                        (
                            "Med en tør bemærkning her og der, aldrig på andres bekostning",
                            "With a dry remark here and there, never at the caller's cost",
                        ),
                    ),
                ]),
                ("Tone", "Tone"),
            )
            .part(),
            Field::new(
                "whisper",
                Kind::Flag,
                (
                    "Jeg hører, hvem det er, og trykker en tast, før opkaldet er mit",
                    "I hear who it is and press a key before the call is mine",
                ),
            )
            .hint(
                "Uden det kan mobilens egen telefonsvarer sluge et opkald.",
                "Without it, a mobile's own voicemail can swallow a call.",
            ),
            Field::new(
                "whisper_wait_seconds",
                Kind::Number,
                (
                    "Så længe venter Portner på tasten (sekunder)",
                    "How long Portner waits for the key (seconds)",
                ),
            )
            .part(),
        ],
    ),
];

/// Whether callers are asked.
pub(in crate::web::desk) const MODE: Part = Field::new(
    "mode",
    Kind::Choice(&[
        (
            "listen",
            (
                "Lyt først: alle ringer igennem, og loggen viser, hvad der ville være sket",
                "Listen first: everybody rings through, and the log shows what would have happened",
            ),
        ),
        (
            "screen",
            (
                "Spørg: ukendte bliver spurgt og kommer igennem eller ej",
                "Screen: unknown callers are asked, and get through or not",
            ),
        ),
    ]),
    ("Ved opkald", "Mode"),
)
.part();

/// Whose line it is.
pub(super) static PROFILE: [Section; 3] = [
    Section::new(
        "you",
        ("Dig og firmaet", "You and the firm"),
        (
            "Hvad der passer på dig og ikke på enhver anden. Reglerne spørger om det; den, der ringer, hører kun firmaets navn.",
            "What is true of you and not of anybody. The rules ask it; callers are told only the firm's name.",
        ),
        &[
            OWNER,
            Field::new("profile.owner.spoken_variants", Kind::Words, ("Navnet kan også høres som", "The name may be heard as")).part(),
            ALONE,
            COMPANY,
            Field::new("profile.company.spoken_variants", Kind::Words, ("Firmaet kan også høres som", "The firm may be heard as")).part(),
            CITY,
            Field::new("profile.company.street", Kind::Text, ("Gade", "Street")).part(),
            Field::new("profile.company.domain", Kind::Text, ("Domæne", "Domain")).hint("For eksempel toppdesign.dk.", "For example toppdesign.dk."),
            Field::new("profile.company.languages", Kind::Words, ("Sprog, der tales hos jer", "Languages spoken there"))
                .hint("For eksempel da og en.", "For example da and en."),
        ],
    ),
    Section::new(
        "business",
        ("Hvad I laver", "What you do"),
        ("Ét på hver linje.", "One on each line."),
        &[
            TRADE,
            SERVICES,
            Part::Many(Rows {
                key: "profile.products",
                name: ("Varer med navn", "Things sold by name"),
                one: ("Vare", "Product"),
                hint: NO_HINT,
                columns: &[
                    Field::new("name", Kind::Text, ("Navn", "Name")),
                    Field::new("what", Kind::Text, ("Hvad det er", "What it is")),
                    Field::new("spoken_variants", Kind::Words, ("Høres også som", "Heard as")),
                ],
                ordered: false,
            }),
            Field::new("profile.we_buy", Kind::Words, ("Hvad I selv køber", "What you buy"))
                .hint("Så tilbud på det kan kendes fra bestillinger.", "So that offers of it can be told from orders."),
            Field::new("profile.roles_that_do_not_exist", Kind::Words, ("Roller, som ingen har her", "Roles that nobody has here"))
                .hint("Den, der spørger efter en af dem, har ikke set sig for: IT-ansvarlig, indkøbschef.", "Whoever asks for one of them has not looked: IT manager, head of purchasing."),
        ],
    ),
    Section::new(
        "known",
        ("Hvem I kender", "Whom you know"),
        NO_HINT,
        &[
            Part::Many(Rows {
                key: "profile.known_customers",
                name: ("Kunder", "Customers"),
                one: ("Kunde", "Customer"),
                hint: NO_HINT,
                columns: &[
                    Field::new("name", Kind::Text, ("Navn", "Name")),
                    Field::new("what", Kind::Text, ("Hvad de køber", "What they buy")),
                    Field::new("people", Kind::Words, ("Hvem der ringer derfra", "Who calls from there")),
                ],
                ordered: false,
            }),
            Part::Many(Rows {
                key: "profile.known_suppliers",
                name: ("Leverandører", "Suppliers"),
                one: ("Leverandør", "Supplier"),
                hint: NO_HINT,
                columns: &[
                    Field::new("name", Kind::Text, ("Navn", "Name")),
                    Field::new("what", Kind::Text, ("Hvad I køber der", "What is bought there")),
                ],
                ordered: false,
            }),
            Field::new("profile.known_contacts", Kind::Words, ("Andre, der er velkomne", "Others who are welcome"))
                .hint("Revisoren, skolen: ét navn på hver linje.", "The accountant, the school: one name on each line."),
        ],
    ),
];

pub(in crate::web::desk) const OWNER: Part =
    Field::new("profile.owner.name", Kind::Text, ("Dit navn", "Your name"))
        .hint("Fornavn og efternavn.", "First name and family name.");
pub(in crate::web::desk) const COMPANY: Part = Field::new(
    "profile.company.name",
    Kind::Text,
    ("Firmaets navn", "The firm's name"),
)
.hint(
    "Sådan siger Portner det, når nogen ringer.",
    "As Portner says it when somebody calls.",
);
pub(in crate::web::desk) const CITY: Part =
    Field::new("profile.company.city", Kind::Text, ("By", "Town")).part();
pub(in crate::web::desk) const ALONE: Part = Field::new(
    "profile.owner.is_the_only_person",
    Kind::Flag,
    ("Jeg arbejder alene", "I work alone"),
)
.hint(
    "Så er alle spørgsmål efter en afdeling eller en chef ved siden af.",
    "Then every question for a department or a manager is beside the point.",
);
pub(in crate::web::desk) const TRADE: Part =
    Field::new("profile.trade", Kind::Text, ("Fag", "Trade")).hint(
        "Et ord eller to: webdesign, tømrer.",
        "A word or two: web design, carpenter.",
    );
pub(in crate::web::desk) const SERVICES: Part = Field::new(
    "profile.services",
    Kind::Words,
    ("Hvad kunderne kommer efter", "What customers come for"),
)
.hint(
    "Ét på hver linje: hjemmesider, logo.",
    "One on each line: websites, logo.",
);

/// When and where it rings.
pub(super) static RINGING: [Section; 3] = [
    Section::new(
        "where",
        ("Hvor det ringer", "Where it rings"),
        (
            "Én efter den anden, fra oven. Aldrig et nummer, der er viderestillet til linjen selv.",
            "One after the other, from the top. Never a number that is forwarded to the line itself.",
        ),
        &[Part::Many(Rows {
            key: "destination",
            name: ("Telefoner", "Phones"),
            one: ("Telefon", "Phone"),
            hint: NO_HINT,
            columns: &[
                Field::new(
                    "to",
                    Kind::Target,
                    (
                        "Nummer, sip:adresse eller client:navn",
                        "Number, sip:address or client:name",
                    ),
                ),
                Field::new("ring_seconds", Kind::Number, ("Sekunder", "Seconds")),
                Field::new(
                    "together",
                    Kind::Flag,
                    ("Sammen med den ovenfor", "Together with the one above"),
                ),
            ],
            ordered: true,
        })],
    ),
    Section::new(
        "nobody",
        ("Når ingen tager den", "When nobody answers"),
        NO_HINT,
        &[
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
                    ("text", ("Jeg får en sms", "I get a text message")),
                    ("goodbye", ("Et pænt farvel", "A polite goodbye")),
                ]),
                ("Så", "Then"),
            )
            .part(),
            Field::new("text_to", Kind::Phone, ("Sms til", "Texts go to")).part(),
        ],
    ),
    Section::new(
        "when",
        ("Hvornår der er åbent", "When it is open"),
        NO_HINT,
        &[
            Field::new("hours", Kind::Week, ("Åbningstider", "Opening hours")).hint(
                "08:00-16:00, eller flere med komma: 08:00-12:00, 12:30-15:00. Tomt er lukket.",
                "08:00-16:00, or several with a comma: 08:00-12:00, 12:30-15:00. Empty is closed.",
            ),
            Field::new(
                "closed",
                Kind::Choice(&[
                    ("connect", ("Som ellers", "As ever")),
                    (
                        "message",
                        (
                            "En besked i stedet for at ringe",
                            "A message instead of ringing",
                        ),
                    ),
                ]),
                ("Uden for dem", "Outside them"),
            )
            .part(),
            Field::new("time_zone", Kind::Text, ("Tidszone", "Time zone")).part(),
        ],
    ),
];
