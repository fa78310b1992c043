//! What the reader of TOML says of a file that is none, in both languages.

use crate::call::Bilingual;

/// What it says, up to the comma before what it expected, and the same in Danish.
const MISTAKES: &[(&str, &str)] = &[
    (
        "missing comma between array elements",
        "der mangler et komma eller et anførselstegn i listen",
    ),
    ("extra comma in array", "der er et komma for meget i listen"),
    (
        "unexpected `=` in array",
        "der står et = i en liste: måske mangler listens ]",
    ),
    ("unclosed array", "listen mangler sit ]"),
    ("missing array opening", "listen mangler sit ["),
    ("unclosed table", "overskriften mangler sit ]"),
    ("unclosed array table", "overskriften mangler sit ]]"),
    ("unclosed inline table", "tabellen mangler sit }"),
    ("missing inline table opening", "tabellen mangler sit {"),
    (
        "extra comma in inline table",
        "der er et komma for meget i tabellen",
    ),
    (
        "missing comma between key-value pairs",
        "der mangler et komma i tabellen",
    ),
    (
        "missing assignment between key-value pairs",
        "der mangler et = i tabellen",
    ),
    (
        "missing key for inline table element",
        "der mangler en nøgle i tabellen",
    ),
    ("key with no value", "efter nøglen mangler = og en værdi"),
    ("missing value for key", "der mangler en værdi efter ="),
    ("missing value", "der mangler en værdi efter ="),
    ("extra `=`", "der er et = for meget"),
    ("duplicate key", "nøglen står der to gange"),
    (
        "string values must be quoted",
        "tekst skal stå i anførselstegn",
    ),
    (
        "missing opening quote",
        "teksten mangler sit første anførselstegn",
    ),
    (
        "invalid basic string",
        "teksten mangler et anførselstegn, eller der er en \\, som ikke kan stå der",
    ),
    ("invalid literal string", "teksten mangler et anførselstegn"),
    (
        "missing escaped value",
        "efter en \\ i en tekst mangler der noget; skriv \\\\ for tegnet selv",
    ),
    (
        "invalid unquoted key",
        "en nøgle har kun a til z, tal, - og _",
    ),
    ("unquoted keys cannot be empty", "der mangler en nøgle"),
    (
        "invalid key-value pair",
        "her står noget, der ikke hører til",
    ),
    (
        "unexpected key or value",
        "her står noget, der ikke hører til",
    ),
    ("unexpected content", "her står noget, der ikke hører til"),
    ("unexpected leading zero", "et tal kan ikke begynde med 0"),
];

/// What it says. Rare mistakes stay in its own words.
pub(crate) fn told(message: &str) -> Bilingual {
    let mistake = message.split(", expected").next().unwrap_or(message);
    let known = MISTAKES.iter().find(|(english, _)| *english == mistake);
    let danish = known.map_or(message, |(_, danish)| danish);
    Bilingual::new(danish, message)
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;
    use crate::call::Language;

    #[test]
    fn what_people_write_wrong_most_often_is_told_in_danish() {
        for text in [
            "x = [\"a, \"b\"]",
            "x = [\"a\" \"b\"]",
            "x = [\"a\", \"b\"",
            "x = \"a",
            "x = a",
            "x = a\"",
            "x",
            "x =",
            "x = = 1",
            "x = 1\nx = 2",
            "[x",
            "[[x]",
            "x = { a = 1, b }",
            "x = 'a",
            "x = 1 y",
            "= 1",
            "x = 01",
            "å = 1",
        ] {
            let (_, mistakes) = DeTable::parse_recoverable(text);
            let first = told(mistakes[0].message());
            assert_ne!(
                first.told_in(Language::Da),
                first.told_in(Language::En),
                "{text}"
            );
        }
    }
}
