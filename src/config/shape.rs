//! Whether what is written has the shape of the settings: names, kinds, ranges, choices. The shape
//! is the JSON Schema of [`File`], so a new field needs nothing here.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::environment::PREFIX;
use super::file::File;
use super::problem::Problems;
use super::tree::{Kind, Places, join, written};
use crate::call::{Bilingual, bilingual};

/// The schema of the file, without references.
pub(super) fn schema() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings
        .into_generator()
        .into_root_schema_for::<File>()
        .into()
}

/// A variable that stands for a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// Its name.
    pub name: String,
    /// The setting's path.
    pub setting: String,
}

/// Every variable that stands for a setting.
pub(super) fn variables(schema: &Value) -> Vec<Variable> {
    let mut found = Vec::new();
    collect_variables(schema, "", &mut found);
    found
}

fn collect_variables(schema: &Value, path: &str, found: &mut Vec<Variable>) {
    if let Some(name) = schema.get("x-variable").and_then(Value::as_str) {
        found.push(Variable {
            name: name.to_owned(),
            setting: path.to_owned(),
        });
    }
    for (key, schema) in properties(schema).into_iter().flatten() {
        collect_variables(schema, &join(path, key), found);
    }
}

/// Puts variables over what is written. An empty variable counts as not set.
pub(super) fn overlay(
    tree: &mut Value,
    places: &mut Places,
    schema: &Value,
    environment: &BTreeMap<String, String>,
) {
    for Variable { name, setting } in variables(schema) {
        let Some(value) = environment.get(&name).map(|value| value.trim()) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        let mut at = &mut *tree;
        let (tables, key) = setting.rsplit_once('.').unwrap_or(("", &setting));
        for table in tables.split('.').filter(|table| !table.is_empty()) {
            if !at.is_object() {
                break;
            }
            at = &mut at[table];
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
        }
        if let Some(table) = at.as_object_mut() {
            table.insert(key.to_owned(), Value::from(value));
            places.set_by(&setting, &name);
        }
    }
}

/// Warns of variables that look like a misspelt setting. Others are somebody else's.
pub(super) fn check_variables(
    schema: &Value,
    environment: &BTreeMap<String, String>,
    problems: &mut Problems<'_>,
) {
    let known = variables(schema);
    for name in environment.keys().filter(|name| name.starts_with(PREFIX)) {
        if known.iter().any(|variable| variable.name == *name) {
            continue;
        }
        let close = known
            .iter()
            .map(|variable| variable.name.as_str())
            .find(|known| strsim::damerau_levenshtein(known, name) <= 2);
        if let Some(close) = close {
            problems.warning(
                name,
                bilingual!(
                    "ingen læser variablen {name}",
                    "nothing reads the variable {name}"
                ),
                None,
                bilingual!("mente du {close}?", "did you mean {close}?"),
            );
        }
    }
}

/// Checks a tree against a schema. What does not fit is told, and taken out, so that the rest can
/// be checked further.
pub(super) fn check(
    schema: &Value,
    tree: &mut Value,
    places: &Places,
    problems: &mut Problems<'_>,
) {
    let walk = Walk {
        root: schema,
        places,
    };
    walk.fits(schema, tree, "", problems);
}

struct Walk<'a> {
    root: &'a Value,
    places: &'a Places,
}

impl Walk<'_> {
    fn fits(
        &self,
        schema: &Value,
        value: &mut Value,
        path: &str,
        problems: &mut Problems<'_>,
    ) -> bool {
        if let Some(choices) = choices(schema)
            && let Value::String(text) = value
        {
            return choice_fits(&choices, text, path, problems);
        }
        match value {
            Value::Object(table) if accepts(schema, "object") => {
                self.table_fits(schema, table, path, problems);
                true
            }
            Value::Array(list) if accepts(schema, "array") => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                let mut good = true;
                for (index, item) in list.iter_mut().enumerate() {
                    good &= self.fits(items, item, &format!("{path}[{index}]"), problems);
                }
                good
            }
            Value::String(_) if accepts(schema, "string") => true,
            Value::Bool(_) if accepts(schema, "boolean") => true,
            Value::Number(number) if accepts(schema, "integer") && number.is_i64() => {
                number_fits(schema, number.as_i64().unwrap_or_default(), path, problems)
            }
            _ => {
                self.wrong_kind(schema, value, path, problems);
                false
            }
        }
    }

    fn table_fits(
        &self,
        schema: &Value,
        table: &mut Map<String, Value>,
        path: &str,
        problems: &mut Problems<'_>,
    ) {
        let Some(known) = properties(schema) else {
            let items = schema.get("additionalProperties").unwrap_or(&Value::Null);
            table.retain(|key, value| self.fits(items, value, &join(path, key), problems));
            return;
        };
        table.retain(|key, value| {
            let setting = join(path, key);
            if let Some(schema) = known.get(key) {
                return self.fits(schema, value, &setting, problems);
            }
            self.unknown(known, key, path, problems);
            false
        });
    }

    fn unknown(
        &self,
        known: &Map<String, Value>,
        key: &str,
        table: &str,
        problems: &mut Problems<'_>,
    ) {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let help = if let Some(close) = closest(key, &names) {
            problems.silence(join(table, close));
            bilingual!("mente du `{close}`?", "did you mean `{close}`?")
        } else if let Some(place) = table_with(self.root, key, "") {
            bilingual!("`{key}` hører til i {place}", "`{key}` belongs in {place}")
        } else {
            let names = names.join(", ");
            bilingual!("kendt her: {names}", "known here: {names}")
        };
        let message = if table.is_empty() {
            bilingual!(
                "der er ingen indstilling `{key}` øverst i filen",
                "there is no setting `{key}` at the top of the file"
            )
        } else {
            let place = heading(table);
            bilingual!(
                "der er ingen indstilling `{key}` i {place}",
                "there is no setting `{key}` in {place}"
            )
        };
        let label = bilingual!("ukendt", "unknown");
        problems.error_at_name(&join(table, key), message, label, help);
    }

    fn wrong_kind(&self, schema: &Value, value: &Value, path: &str, problems: &mut Problems<'_>) {
        let name = last(path);
        let Some(wanted) = kind_of(schema) else {
            return;
        };
        let help = match (wanted, value) {
            (Kind::Text, Value::Number(_) | Value::Bool(_) | Value::Null) => {
                Some(bilingual!("sæt det i anførselstegn", "put it in quotes"))
            }
            (Kind::List, Value::String(text)) => Some(bilingual!(
                "sæt det i kantede parenteser: [{text:?}]",
                "put it in brackets: [{text:?}]"
            )),
            (Kind::List, Value::Object(_)) => Some(bilingual!(
                "skriv {place} med to parenteser: der kan være flere",
                "write {place} with two brackets: there may be several",
                place = heading(&format!("{path}[0]"))
            )),
            (Kind::Whole, Value::String(_)) => Some(bilingual!(
                "skriv det uden anførselstegn",
                "write it without quotes"
            )),
            (Kind::Truth, Value::String(_)) => Some(bilingual!(
                "skriv true eller false, uden anførselstegn",
                "write true or false, without quotes"
            )),
            _ => schema.get("x-example").map(|example| {
                bilingual!(
                    "skriv det som {example}",
                    "write it like {example}",
                    example = written(example)
                )
            }),
        };
        let (wanted, found) = (wanted.told(), self.places.kind(path).told());
        let message = Bilingual::of(|language| {
            let (wanted, found) = (wanted.told_in(language), found.told_in(language));
            language.choose(
                format!("`{name}` skal være {wanted}, ikke {found}"),
                format!("`{name}` must be {wanted}, not {found}"),
            )
        });
        problems.error(path, message, None, help);
    }
}

fn choice_fits(choices: &[&str], text: &str, path: &str, problems: &mut Problems<'_>) -> bool {
    if choices.contains(&text) {
        return true;
    }
    let all = choices
        .iter()
        .map(|choice| format!("{choice:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    let help = match closest(text, choices) {
        None => bilingual!("det er en af {all}", "it is one of {all}"),
        Some(close) => bilingual!(
            "mente du {close:?}? Det er en af {all}",
            "did you mean {close:?}? It is one of {all}"
        ),
    };
    let name = last(path);
    let message = bilingual!(
        "`{name}` kan ikke være {text:?}",
        "`{name}` cannot be {text:?}"
    );
    problems.error(path, message, None, help);
    false
}

fn number_fits(schema: &Value, number: i64, path: &str, problems: &mut Problems<'_>) -> bool {
    let bound = |name| schema.get(name).and_then(Value::as_i64);
    let (least, most) = (
        bound("minimum").unwrap_or(i64::MIN),
        bound("maximum").unwrap_or(i64::MAX),
    );
    let fits = (least..=most).contains(&number);
    if !fits {
        let name = last(path);
        let message = bilingual!(
            "`{name}` skal være fra {least} til {most}",
            "`{name}` must be from {least} to {most}"
        );
        problems.error(path, message, None, None);
    }
    fits
}

/// The name closest to what was written, if any is close.
pub(super) fn closest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase();
    known
        .iter()
        .map(|name| {
            (
                strsim::normalized_damerau_levenshtein(&written, &name.to_lowercase()),
                *name,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// The settings of a table, where the schema names them.
pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// What may be chosen, where only some texts are allowed.
pub(super) fn choices(schema: &Value) -> Option<Vec<&str>> {
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return list.iter().map(Value::as_str).collect();
    }
    let list = schema.get("oneOf").and_then(Value::as_array)?;
    list.iter()
        .map(|choice| choice.get("const").and_then(Value::as_str))
        .collect()
}

fn accepts(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(own)) => own == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|own| own == kind),
        _ => false,
    }
}

fn kind_of(schema: &Value) -> Option<Kind> {
    let kinds = [
        ("string", Kind::Text),
        ("integer", Kind::Whole),
        ("boolean", Kind::Truth),
        ("array", Kind::List),
        ("object", Kind::Table),
    ];
    if choices(schema).is_some() {
        return Some(Kind::Text);
    }
    kinds
        .into_iter()
        .find(|(kind, _)| accepts(schema, kind))
        .map(|(_, kind)| kind)
}

/// The table that has a setting of this name, as it is headed in the file.
fn table_with(schema: &Value, key: &str, path: &str) -> Option<String> {
    let known = properties(schema)?;
    if !path.is_empty() && known.contains_key(key) {
        return Some(heading(path));
    }
    known.iter().find_map(|(name, schema)| {
        let path = join(path, name);
        match schema.get("items") {
            Some(items) => table_with(items, key, &format!("{path}[0]")),
            None => table_with(schema, key, &path),
        }
    })
}

/// How the table at a path is headed in the file: `[server]`, `[[line.destination]]`.
pub(super) fn heading(path: &str) -> String {
    let mut name = String::new();
    let mut inside = false;
    for character in path.chars() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            other if !inside => name.push(other),
            _ => {}
        }
    }
    if path.ends_with(']') {
        format!("[[{name}]]")
    } else {
        format!("[{name}]")
    }
}

fn last(path: &str) -> &str {
    let path = path.rsplit('.').next().unwrap_or(path);
    path.split('[').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_headed_as_they_are_written() {
        assert_eq!(heading("server"), "[server]");
        assert_eq!(heading("line[0].destination[2]"), "[[line.destination]]");
        assert_eq!(heading("line[0].profile.owner"), "[line.profile.owner]");
    }

    #[test]
    fn every_variable_stands_for_one_setting() {
        let variables = variables(&schema());
        let names: Vec<&str> = variables.iter().map(|v| v.name.as_str()).collect();
        for name in [
            "PORTNER_PUBLIC_URL",
            "PORTNER_LISTEN",
            "PORTNER_STORE",
            "PORTNER_RULES",
            "PORTNER_TWILIO_ACCOUNT_SID",
            "PORTNER_TWILIO_AUTH_TOKEN",
            "PORTNER_TWILIO_AUTH_TOKEN_SECONDARY",
            "PORTNER_TWILIO_API_KEY",
            "PORTNER_TWILIO_API_SECRET",
            "PORTNER_TWILIO_BASE_URL",
            "PORTNER_TWILIO_LOOKUPS_URL",
        ] {
            assert_eq!(
                names.iter().filter(|own| **own == name).count(),
                1,
                "{name}"
            );
        }
    }

    #[test]
    fn the_schema_says_what_every_setting_is() {
        fn walk(schema: &Value, path: &str) {
            if let Some(known) = properties(schema) {
                for (key, schema) in known {
                    let path = join(path, key);
                    assert!(
                        schema.get("description").is_some(),
                        "{path} has no description"
                    );
                    walk(schema, &path);
                }
            } else if let Some(items) = schema.get("items") {
                walk(items, &format!("{path}[0]"));
            } else {
                assert!(kind_of(schema).is_some(), "{path}: {schema}");
            }
        }
        walk(&schema(), "");
    }
}
