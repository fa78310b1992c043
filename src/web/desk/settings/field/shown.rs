//! What fields hold now, as it is typed.

use serde_json::Value as Json;

use super::{Field, Kind, Words, join};
use crate::config::Sheet;

/// What a field holds now, as it is typed.
pub(in super::super) fn typed(field: &Field, name: &str, sheet: &Sheet, base: &str) -> String {
    let holds = sheet.get(&join(base, name));
    let list = |holds: Option<&Json>, between: &str| {
        let words = holds.and_then(Json::as_array).into_iter().flatten();
        words
            .filter_map(Json::as_str)
            .collect::<Vec<_>>()
            .join(between)
    };
    match field.kind {
        Kind::Words => list(holds, "\n"),
        Kind::Languages => list(holds, ","),
        Kind::Phones => {
            let first = holds.and_then(Json::as_str).unwrap_or_default();
            let others = list(sheet.get(&join(base, "numbers")), "\n");
            [first, &others]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
        }
        Kind::Target => {
            let table = name.strip_suffix(".to").unwrap_or_default();
            target_text(sheet.get(&join(base, table)))
        }
        // Never shown again.
        Kind::Secret => String::new(),
        _ => match holds {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            Some(Json::Bool(true)) => "yes".to_owned(),
            _ => String::new(),
        },
    }
}

/// Whether a setting holds something, whatever it is.
pub(in super::super) fn is_set(name: &str, sheet: &Sheet, base: &str) -> bool {
    let holds = sheet.get(&join(base, name)).and_then(Json::as_str);
    holds.is_some_and(|holds| !holds.is_empty())
}

/// A target as it is shown, of the table that it stands in.
pub(in super::super) fn target_text(table: Option<&Json>) -> String {
    let cell = |key: &str| table?.get(key)?.as_str().map(str::to_owned);
    cell("number")
        .or_else(|| cell("sip"))
        .or_else(|| cell("client").map(|client| format!("client:{client}")))
        .unwrap_or_default()
}

/// The languages that can be chosen, as they are sent.
pub(in super::super) const LANGUAGES: [(&str, Words); 4] = [
    (
        "da,en",
        ("Dansk først, og engelsk", "Danish first, and English"),
    ),
    (
        "en,da",
        ("Engelsk først, og dansk", "English first, and Danish"),
    ),
    ("da", ("Kun dansk", "Danish only")),
    ("en", ("Kun engelsk", "English only")),
];
