//! The keys of a rule file: the one table that the reader, the JSON Schema and the reference in
//! `rules/README.md` are all made from.

/// A key and what may stand behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand behind it.
    pub value: Value,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// What it is for, told to Danes where it must be there and is not.
    pub required: Option<&'static str>,
}

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    /// One text.
    Text,
    /// One text of this form, a regular expression.
    Formed(&'static str),
    /// Several texts, of which `example` is one.
    Texts { example: &'static str },
    /// Several phrases.
    Phrases,
    /// A whole number within bounds.
    Number { least: i64, most: i64 },
    /// Yes or no.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Some of these words.
    SomeOf(&'static [&'static str]),
    /// A time of day.
    Time,
    /// A table of conditions.
    Conditions,
    /// Several tables of conditions.
    ManyConditions,
    /// Names of classes, each with phrases.
    Classes,
    /// Rules.
    Rules,
}

const fn key(name: &'static str, value: Value, about: &'static str) -> Key {
    Key {
        name,
        value,
        about,
        required: None,
    }
}

const fn required(
    name: &'static str,
    value: Value,
    danish: &'static str,
    about: &'static str,
) -> Key {
    Key {
        name,
        value,
        about,
        required: Some(danish),
    }
}

pub(super) const LANGUAGES: &[&str] = &["da", "en"];
pub(super) const KINDS: &[&str] = &["sell", "evade", "scam", "machine", "trust", "protected"];
pub(super) const LIVES: &[&str] = &["live", "shadow", "draft"];
pub(super) const SLOTS: &[&str] = &["who", "what", "why"];
pub(super) const QUESTIONS: &[&str] = &["open", "who", "what", "why"];
pub(super) const ACTIONS: &[&str] = &["connect", "message", "reject"];

/// The keys at the top of a file.
pub(super) const FILE: &[Key] = &[
    required(
        "version",
        Value::Number { least: 1, most: 1 },
        "Reglernes sprogs version: 1.",
        "The version of the rule language: 1.",
    ),
    key(
        "language",
        Value::OneOf(LANGUAGES),
        "The language the file is written for. It decides what `{number}` means (“to” is a number in Danish and none in English). The rules are tried on every answer, since callers mix languages.",
    ),
    key(
        "classes",
        Value::Classes,
        "Word classes: a name and the words or short phrases that belong to it. The same name in several files adds up.",
    ),
    key("rule", Value::Rules, "The rules, each as `[[rule]]`."),
];

/// The keys of a rule.
pub(super) const RULE: &[Key] = &[
    required(
        "id",
        Value::Formed("^[a-z0-9-]{1,60}$"),
        "Dens id: små bogstaver, cifre og bindestreger, som ingen anden regel i nogen fil har; `opinion` og id'er med `list-` forrest er Portners egne.",
        "Its id: small letters, digits and hyphens, found in no other rule of any file; `opinion` and ids that begin with `list-` are Portner's own.",
    ),
    required(
        "name",
        Value::Text,
        "Hvad reglen ser, med almindelige ord. Ejeren læser det ved hvert opkald.",
        "What the rule sees, in plain words. The owner reads it with every call.",
    ),
    key(
        "description",
        Value::Text,
        "Anything more that the next person should know.",
    ),
    required(
        "tactic",
        Value::Formed("^[A-Z][0-9]{1,3}$"),
        "Den taktik eller slags opkald, den kender, f.eks. `A1` eller `R5`: et bogstav, som er dens gruppe, og et tal. Salg i to taktikker siger mere end salg i én. Gruppe `H` er vink: alle et opkalds vink om salg giver tilsammen højst 2 point, og ingen ved siden af et andet tegn på det samme i det samme svar. `H6` siger også, at grunden til at ringe passer på alle; `H7` giver aldrig point; `P2` hos tillid siger, at den, der ringer, selv siger, at han sælger. Egne regler har andre bogstaver, f.eks. `Z`.",
        "The tactic or caller pattern it knows, such as `A1` or `R5`: a letter, which is its group, and a number. Selling by two tactics tells more than by one. Group `H` is hints: all hints of selling in a call give at most 2 points together, and none beside another sign of the same kind in the same answer. `H6` also says that the reason for calling would fit everybody; `H7` never gives points; `P2` on a rule of trust says that the caller admits selling. Rules of your own take other letters, such as `Z`.",
    ),
    required(
        "kind",
        Value::OneOf(KINDS),
        "Hvad det er tegn på, at den rammer.",
        "What a hit is evidence of.",
    ),
    required(
        "points",
        Value::Number { least: 0, most: 5 },
        "Hvor stærkt det taler: 1 svagt, 2 klart, 3 stærkt; 0 for en regel, der kun udfylder et H.",
        "How strong the evidence is: 1 weak, 2 clear, 3 strong; 0 for a rule that only fills a slot.",
    ),
    key(
        "life",
        Value::OneOf(LIVES),
        "`live` counts (this is what holds when nothing is said), `shadow` is shown and has no effect, `draft` is only checked.",
    ),
    key(
        "fills",
        Value::SomeOf(SLOTS),
        "Which of the three questions a hit answers.",
    ),
    key(
        "answers",
        Value::SomeOf(QUESTIONS),
        "Look only at answers to these questions; all, when nothing is said.",
    ),
    key(
        "phrases",
        Value::Phrases,
        "What is looked for. One phrase that is found is a hit.",
    ),
    key(
        "unless",
        Value::Phrases,
        "Phrases that cancel the hit when they stand in the same answer.",
    ),
    key(
        "regex",
        Value::Texts {
            example: "\\bkun i (dag|aften)\\b",
        },
        "Regular expressions (syntax of the Rust regex crate) on the normalised text, for what phrases cannot say.",
    ),
    key(
        "action",
        Value::OneOf(ACTIONS),
        "What becomes of the caller at once, without counting points.",
    ),
    key(
        "when",
        Value::Conditions,
        "Conditions beside the words; all must hold.",
    ),
    key(
        "i_mean_it",
        Value::Flag,
        "Silences the complaint that the rule could turn a caller away alone.",
    ),
    key(
        "examples",
        Value::Texts {
            example: "Taler jeg med den IT-ansvarlige?",
        },
        "What callers say; each must hit this rule.",
    ),
    key(
        "counter_examples",
        Value::Texts {
            example: "Jeg har en IT-sag om min ordre",
        },
        "What other callers say; none may hit this rule.",
    ),
];
