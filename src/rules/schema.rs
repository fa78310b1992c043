//! The JSON Schema of a rule file and the reference for its readers, both made from the tables of
//! keys.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::builtin;
use super::condition;
use super::diagnostic::Code;
use super::key::{self, Key, Value};

/// The JSON Schema (draft 2020-12) of a rule file, for editors that complete and check.
#[must_use]
pub fn schema() -> Json {
    let mut schema = object(key::FILE.iter());
    if let Some(members) = schema.as_object_mut() {
        members.insert(
            "$schema".into(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        members.insert("title".into(), json!("A rule file of Portner"));
        members.insert(
            "$defs".into(),
            json!({
                "rule": object(key::RULE.iter()),
                "conditions": object(condition::keys()),
            }),
        );
    }
    schema
}

/// The same as it stands in a file.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

fn object<'k>(keys: impl Iterator<Item = &'k Key> + Clone) -> Json {
    let properties: Map<String, Json> = keys
        .clone()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let required: Vec<&str> = keys
        .filter(|key| key.required.is_some())
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> Json {
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let mut property = match key.value {
        Value::Text => json!({ "type": "string" }),
        Value::Formed(pattern) => json!({ "type": "string", "pattern": pattern }),
        Value::Texts { .. } | Value::Phrases => texts(),
        Value::Number { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Value::Flag => json!({ "type": "boolean" }),
        Value::OneOf(words) => json!({ "enum": words }),
        Value::SomeOf(words) => {
            json!({ "type": "array", "items": { "enum": words }, "minItems": 1 })
        }
        Value::Time => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
        Value::Conditions => json!({ "$ref": "#/$defs/conditions" }),
        Value::ManyConditions => {
            json!({ "type": "array", "items": { "$ref": "#/$defs/conditions" } })
        }
        Value::Classes => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z0-9_]{1,40}$" },
            "additionalProperties": texts(),
        }),
        Value::Rules => json!({ "type": "array", "items": { "$ref": "#/$defs/rule" } }),
    };
    if let Some(members) = property.as_object_mut() {
        members.insert("description".into(), json!(key.about));
    }
    property
}

/// The part of `rules/README.md` that is generated.
#[must_use]
pub fn reference() -> String {
    let mut text = String::new();
    table(&mut text, "Keys of a file", key::FILE.iter());
    table(&mut text, "Keys of a rule", key::RULE.iter());
    table(&mut text, "Conditions in `when`", condition::keys());
    text.push_str("### Built-in word classes\n\n");
    for (name, about) in builtin::CLASSES {
        let _ = writeln!(text, "- `{{{name}}}`: {about}");
    }
    let owner: Vec<String> = builtin::OWNER
        .iter()
        .map(|name| format!("`{{{name}}}`"))
        .collect();
    let _ = writeln!(
        text,
        "\nFilled by the owner's profile, and empty when it says nothing: {}.\n",
        owner.join(", ")
    );
    text.push_str("### What `portner check` may say\n\n| Code | Meaning |\n| --- | --- |\n");
    for code in Code::ALL {
        let _ = writeln!(text, "| `{code}` | {} |", code.explanation());
    }
    text
}

fn table<'k>(text: &mut String, title: &str, keys: impl Iterator<Item = &'k Key>) {
    let _ = writeln!(
        text,
        "### {title}\n\n| Key | Value | |\n| --- | --- | --- |"
    );
    for key in keys {
        let required = if key.required.is_some() {
            " Required."
        } else {
            ""
        };
        let about = key.about.replace('|', "\\|");
        let value = shown(key.value).replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | {value} | {about}{required} |", key.name);
    }
    text.push('\n');
}

fn shown(value: Value) -> String {
    let quoted = |words: &[&str]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
        quoted.join(", ")
    };
    match value {
        Value::Text | Value::Formed(_) => "text".into(),
        // Between double quotes, TOML reads what a backslash begins as another sign.
        Value::Texts { example } if example.contains('\\') => {
            format!("list of texts, such as `['{example}']`")
        }
        Value::Texts { example } => format!("list of texts, such as `[\"{example}\"]`"),
        Value::Phrases => "list of phrases".into(),
        Value::Number { least, most } if least == most => format!("`{least}`"),
        Value::Number { least, most } => format!("{least} to {most}"),
        Value::Flag => "`true` or `false`".into(),
        Value::OneOf(words) => format!("one of {}", quoted(words)),
        Value::SomeOf(words) => format!("list of {}", quoted(words)),
        Value::Time => "time, such as `\"08:30\"`".into(),
        Value::Conditions => "table of conditions".into(),
        Value::ManyConditions => "list of tables of conditions".into(),
        Value::Classes => "table: name = list of phrases".into(),
        Value::Rules => "list of rules".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const BEGIN: &str = "<!-- generated from here -->\n";
    const END: &str = "<!-- to here -->";

    /// Compares a file with what is generated; with `PORTNER_BLESS` set, writes it instead.
    fn compare(path: &Path, now: &str, wanted: &str) {
        if std::env::var_os("PORTNER_BLESS").is_some() {
            fs::write(path, wanted).unwrap();
            return;
        }
        assert!(
            now == wanted,
            "{} is out of date; run the tests once with PORTNER_BLESS=1",
            path.display()
        );
    }

    #[test]
    fn an_example_is_read_as_it_is_meant() {
        for key in key::RULE.iter().chain(condition::keys()) {
            let Value::Texts { example } = key.value else {
                continue;
            };
            let shown = shown(key.value);
            let written = shown.split('`').nth(1).unwrap();
            let file: toml::Table = format!("x = {written}").parse().unwrap();
            assert_eq!(file["x"][0].as_str(), Some(example), "{}", key.name);
        }
    }

    #[test]
    fn the_schema_file_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/schema.json");
        let now = fs::read_to_string(&path).unwrap_or_default();
        let wanted = schema_text();
        compare(&path, &now, &wanted);
    }

    #[test]
    fn the_reference_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/README.md");
        let now = fs::read_to_string(&path).unwrap();
        let (before, rest) = now.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let wanted = format!("{before}{BEGIN}{}{END}{after}", reference());
        compare(&path, &now, &wanted);
    }
}
