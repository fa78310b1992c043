//! The file as a tree of plain values, and where each of them stands.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use super::file::HIDDEN;
use crate::call::{Bilingual, bilingual};

/// Where settings stand, by their path: `line[0].number`.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    places: BTreeMap<String, Place>,
    variables: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Place {
    name: Range<usize>,
    value: Range<usize>,
    kind: Kind,
}

/// What sort of value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Decimal,
    Truth,
    Moment,
    List,
    Table,
}

impl Kind {
    /// What it is, in plain words.
    pub(super) fn told(self) -> Bilingual {
        match self {
            Self::Text => bilingual!("en tekst", "text"),
            Self::Whole => bilingual!("et helt tal", "a whole number"),
            Self::Decimal => bilingual!("et kommatal", "a number with decimals"),
            Self::Truth => bilingual!("true eller false", "true or false"),
            Self::Moment => bilingual!("en dato eller et klokkeslæt", "a date or a time"),
            Self::List => bilingual!("en liste", "a list"),
            Self::Table => bilingual!("en tabel", "a table"),
        }
    }
}

impl Places {
    /// Where the value of a setting stands, or else what it would stand in.
    pub(super) fn value(&self, setting: &str) -> Option<Range<usize>> {
        self.nearest(setting).map(|place| place.value.clone())
    }

    /// Where the name of a setting stands.
    pub(super) fn name(&self, setting: &str) -> Option<Range<usize>> {
        self.nearest(setting).map(|place| place.name.clone())
    }

    /// Where exactly this setting stands, if it is written.
    pub(super) fn exact(&self, setting: &str) -> Option<Range<usize>> {
        self.places.get(setting).map(|place| place.name.clone())
    }

    /// What was written there.
    pub(super) fn kind(&self, setting: &str) -> Kind {
        self.places
            .get(setting)
            .map_or(Kind::Text, |place| place.kind)
    }

    /// The variable that set it.
    pub(super) fn variable(&self, setting: &str) -> Option<&str> {
        self.variables.get(setting).map(String::as_str)
    }

    /// Notes that a variable set it.
    pub(super) fn set_by(&mut self, setting: &str, variable: &str) {
        self.places.remove(setting);
        self.variables
            .insert(setting.to_owned(), variable.to_owned());
    }

    /// Every setting that is written as text, with the place of its value.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.places
            .iter()
            .filter(|(_, place)| place.kind == Kind::Text)
            .map(|(setting, place)| (setting.as_str(), place.value.clone()))
    }

    /// Every setting that is written.
    #[cfg(test)]
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    fn nearest(&self, setting: &str) -> Option<&Place> {
        let mut setting = setting;
        loop {
            if let Some(place) = self.places.get(setting) {
                return Some(place);
            }
            setting = &setting[..setting.rfind(['.', '['])?];
        }
    }
}

/// The path of a setting in a table.
pub(super) fn join(table: &str, key: &str) -> String {
    if table.is_empty() {
        key.to_owned()
    } else {
        format!("{table}.{key}")
    }
}

/// Turns what was read into plain values and notes where they stand.
pub(super) fn plain(table: &DeTable<'_>) -> (Value, Places) {
    let mut places = Places::default();
    let value = plain_table(table, "", &mut places);
    (value, places)
}

fn plain_table(table: &DeTable<'_>, path: &str, places: &mut Places) -> Value {
    let mut object = Map::new();
    for (key, value) in table {
        let name: &str = key.get_ref();
        let path = join(path, name);
        let place = Place {
            name: key.span(),
            value: value.span(),
            kind: kind(value.get_ref()),
        };
        places.places.insert(path.clone(), place);
        object.insert(name.to_owned(), plain_value(value.get_ref(), &path, places));
    }
    Value::Object(object)
}

fn plain_value(value: &DeValue<'_>, path: &str, places: &mut Places) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number),
        DeValue::Datetime(_) => Value::Null,
        DeValue::Table(table) => plain_table(table, path, places),
        DeValue::Array(array) => array
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let path = format!("{path}[{index}]");
                let place = Place {
                    name: value.span(),
                    value: value.span(),
                    kind: kind(value.get_ref()),
                };
                places.places.insert(path.clone(), place);
                plain_value(value.get_ref(), &path, places)
            })
            .collect(),
    }
}

fn kind(value: &DeValue<'_>) -> Kind {
    match value {
        DeValue::String(_) => Kind::Text,
        DeValue::Integer(_) => Kind::Whole,
        DeValue::Float(_) => Kind::Decimal,
        DeValue::Boolean(_) => Kind::Truth,
        DeValue::Datetime(_) => Kind::Moment,
        DeValue::Array(_) => Kind::List,
        DeValue::Table(_) => Kind::Table,
    }
}

/// A value as it would be written in the file; a secret as it is shown.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(text) if text == HIDDEN => text.clone(),
        Value::Object(table) => {
            let bare = |key: &str| {
                key.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            };
            let items: Vec<String> = table
                .iter()
                .map(|(key, value)| match bare(key) {
                    true => format!("{key} = {}", written(value)),
                    false => format!("{key:?} = {}", written(value)),
                })
                .collect();
            if items.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", items.join(", "))
            }
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
