//! The reference of all settings, written from their types. A test holds that
//! `docs/configuration.md` is what is written here.

use std::fmt::Write as _;

use serde_json::Value;

use super::shape::{choices, heading, properties, schema};
use super::tree::{join, written};
use crate::call::Language;
use crate::screening::wording::{Audience, Placeholder, Prompt, Tone, shipped};

const INTRODUCTION: &str = "\
# Settings

Written from the types in `src/config/file/`; `docs/portner.toml` is an example to begin with.

Portner reads the file named by `--config`, else `portner.toml` where it was started, else none:
everything has a default that works. A variable of the environment beats the file; an empty one
counts as not set. Folders in the file are meant from where the file lies. `portner config` shows
what holds and where it came from.
";

/// The tables in the order in which a reader meets them.
const TABLES: [&str; 11] = [
    "server",
    "store",
    "rules",
    "providers",
    "limits",
    "spend",
    "notify",
    "mail",
    "retention",
    "desk",
    "line",
];

/// The reference of all settings, in Markdown.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let mut text = INTRODUCTION.to_owned();
    if let Some(known) = properties(&schema) {
        for table in TABLES {
            if let Some(schema) = known.get(table) {
                write_table(&mut text, schema, table);
            }
        }
    }
    write_wordings(&mut text);
    text
}

fn write_table(text: &mut String, schema: &Value, path: &str) {
    let (schema, path) = match schema.get("items") {
        Some(items) => (items, format!("{path}[0]")),
        None => (schema, path.to_owned()),
    };
    let Some(known) = properties(schema) else {
        return;
    };
    let (tables, settings): (Vec<_>, Vec<_>) =
        known.iter().partition(|(_, schema)| is_table(schema));
    if !settings.is_empty() {
        let _ = write!(
            text,
            "\n## `{}`\n\n{}\n\n| setting | meaning | default | variable |\n|---|---|---|---|\n",
            heading(&path),
            described(schema)
        );
        for (key, schema) in settings {
            let _ = writeln!(
                text,
                "| `{key}` | {} | {} | {} |",
                cell(&meaning(schema)),
                cell(&default(schema)),
                variable(schema)
            );
        }
    }
    for (key, schema) in tables {
        write_table(text, schema, &join(&path, key));
    }
}

fn is_table(schema: &Value) -> bool {
    properties(schema.get("items").unwrap_or(schema)).is_some()
}

fn described(schema: &Value) -> String {
    schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn meaning(schema: &Value) -> String {
    let mut text = described(schema);
    let choosable = schema.get("items").unwrap_or(schema);
    if let Some(list) = choosable.get("oneOf").and_then(Value::as_array) {
        for choice in list {
            let name = choice.get("const").map(written).unwrap_or_default();
            let _ = write!(text, "<br>`{name}`: {}", described(choice));
        }
    } else if let Some(names) = choices(choosable) {
        let _ = write!(text, "<br>One of `{}`.", names.join("`, `"));
    }
    if let (Some(least), Some(most)) = (schema.get("minimum"), schema.get("maximum")) {
        let _ = write!(text, " From {least} to {most}.");
    }
    if let Some(example) = schema.get("x-example") {
        let _ = write!(text, " Such as `{}`.", written(example));
    }
    text
}

fn default(schema: &Value) -> String {
    match schema.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.is_empty() => String::new(),
        Some(Value::Array(list)) if list.is_empty() => String::new(),
        Some(Value::Object(table)) if table.is_empty() => String::new(),
        Some(value) => format!("`{}`", written(value)),
    }
}

fn variable(schema: &Value) -> String {
    schema
        .get("x-variable")
        .and_then(Value::as_str)
        .map(|name| format!("`{name}`"))
        .unwrap_or_default()
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn write_wordings(text: &mut String) {
    text.push_str("\n## Texts\n\n");
    text.push_str(
        "Everything the doorman says, by the name it has under `[line.wordings.da]` and \
         `[line.wordings.en]`. A part in square brackets is left out when a placeholder in it has \
         nothing to say; `[{caller}|Somebody]` says the second part instead. ",
    );
    let names = |audience: Audience| {
        Placeholder::ALL
            .into_iter()
            .filter(|placeholder| placeholder.allowed(audience))
            .map(|placeholder| {
                let [english, danish] = placeholder.names();
                format!("`{{{english}}}` or `{{{danish}}}`")
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let _ = write!(
        text,
        "Texts for callers know {}; texts for the owner (marked *) know {}.\n\n\
         | text | when | Danish | English |\n|---|---|---|---|\n",
        names(Audience::Caller),
        names(Audience::Owner)
    );
    for prompt in Prompt::ALL {
        let mark = match prompt.audience() {
            Audience::Caller => "",
            Audience::Owner => " *",
        };
        let _ = writeln!(
            text,
            "| `{}`{mark} | {} | {} | {} |",
            prompt.key(),
            cell(prompt.meaning()),
            cell(shipped(prompt, Language::Da, Tone::Plain)),
            cell(shipped(prompt, Language::En, Tone::Plain)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run with `PORTNER_BLESS=1` to write the page anew.
    #[test]
    fn the_page_is_what_is_written_here() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        let expected = reference();
        if std::env::var_os("PORTNER_BLESS").is_some() {
            std::fs::write(page, &expected).unwrap();
        }
        let written = std::fs::read_to_string(page).unwrap();
        assert!(
            written == expected,
            "docs/configuration.md is out of date: PORTNER_BLESS=1 cargo test reference"
        );
    }

    #[test]
    fn a_setting_is_told_with_all_there_is_to_it() {
        let text = reference();
        for line in [
            "| `listen` | The address and port to listen on. Such as `\"127.0.0.1:8080\"`. | \
             `\"127.0.0.1:8080\"` | `PORTNER_LISTEN` |",
            "## `[[line.destination]]`",
            "## `[[line.profile.known_customers]]`",
            "`\"listen\"`: Everybody rings through",
            "From 1 to 4.",
        ] {
            assert!(text.contains(line), "{line}\n---\n{text}");
        }
    }
}
