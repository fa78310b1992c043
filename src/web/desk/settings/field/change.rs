//! How what was typed is read as a change of the settings file.

use serde_json::{Value as Json, json};

use super::rows::changed_rows;
use super::week::week;
use super::{Field, Kind, Part, Posted};
use crate::call::E164;
use crate::config::{Change, Sheet};
use crate::web::desk::lists::REGION;

/// What the form changes. `base` is the table that the form is about, such as `line[0]`; empty for
/// the whole file.
pub(in crate::web::desk) fn changes<'p>(
    parts: impl IntoIterator<Item = &'p Part>,
    posted: &Posted,
    sheet: &Sheet,
    base: &str,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for part in parts {
        match part {
            Part::One(field) => changes.extend(
                differing(field, posted, field.key, sheet, base)
                    .into_iter()
                    .map(|(setting, to)| Change::Set {
                        setting: join(base, &setting),
                        to,
                    }),
            ),
            Part::Many(rows) => changes.extend(changed_rows(rows, posted, sheet, base)),
        }
    }
    changes
}

/// The path of a setting in a table.
pub(in super::super) fn join(base: &str, setting: &str) -> String {
    if base.is_empty() {
        setting.to_owned()
    } else {
        format!("{base}.{setting}")
    }
}

/// What of a field is not as it holds now. What the environment sets cannot be changed.
pub(super) fn differing(
    field: &Field,
    posted: &Posted,
    name: &str,
    sheet: &Sheet,
    base: &str,
) -> Vec<(String, Json)> {
    let Some(wanted) = wanted(field, posted, name, sheet, base) else {
        return Vec::new();
    };
    wanted
        .into_iter()
        .filter(|(setting, to)| {
            let path = join(base, setting);
            sheet.variable(&path).is_none() && !same(sheet.get(&path), to)
        })
        .collect()
}

/// Nothing, an empty text and an empty list are the same.
fn same(holds: Option<&Json>, wanted: &Json) -> bool {
    let empty = |value: &Json| match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(list) => list.is_empty(),
        _ => false,
    };
    match holds {
        None => empty(wanted),
        Some(holds) => holds == wanted || (empty(holds) && empty(wanted)),
    }
}

/// What a field asks for, setting by setting; nothing where it was not in the form.
fn wanted(
    field: &Field,
    posted: &Posted,
    name: &str,
    sheet: &Sheet,
    base: &str,
) -> Option<Vec<(String, Json)>> {
    let one = |to: Json| Some(vec![(name.to_owned(), to)]);
    if matches!(field.kind, Kind::Flag) {
        // A box that is not ticked is not sent; its shadow says that it was there.
        posted.get(&format!("{name}.asked"))?;
        return one(posted.get(name).is_some().into());
    }
    if matches!(field.kind, Kind::Week) {
        return week(posted, name, sheet, base);
    }
    let typed = posted.get(name)?.trim();
    match field.kind {
        Kind::Secret if posted.get(&format!("{name}.forget")).is_some() => one(Json::Null),
        Kind::Secret if typed.is_empty() => None,
        Kind::Secret => one(typed.into()),
        Kind::Text | Kind::Choice(_) => one(text(typed)),
        Kind::Long => one(text(
            &typed.split_whitespace().collect::<Vec<_>>().join(" "),
        )),
        Kind::Phone => one(text(&number(typed))),
        Kind::Words => one(lines(typed).collect::<Vec<_>>().into()),
        Kind::Number => one(typed
            .parse::<i64>()
            .map_or_else(|_| text(typed), Json::from)),
        Kind::Languages => one(typed
            .split(',')
            .filter(|code| !code.is_empty())
            .collect::<Vec<_>>()
            .into()),
        Kind::Phones => Some(phones(typed, sheet, base)),
        Kind::Target => Some(target(typed, name)),
        Kind::Flag | Kind::Week => None,
    }
}

pub(super) fn text(typed: &str) -> Json {
    if typed.is_empty() {
        Json::Null
    } else {
        typed.into()
    }
}

fn lines(typed: &str) -> impl Iterator<Item = &str> {
    typed.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A number as it is written in settings, where one can be read; else what was typed.
fn number(typed: &str) -> String {
    E164::parse_national(typed, REGION).map_or_else(|_| typed.to_owned(), |number| number.full())
}

/// The first number is `number`, the others are `numbers`, unless all stand in `numbers` already.
fn phones(typed: &str, sheet: &Sheet, base: &str) -> Vec<(String, Json)> {
    let all: Vec<String> = lines(typed).map(number).collect();
    let has_first = sheet
        .get(&join(base, "number"))
        .is_some_and(Json::is_string);
    let has_others = sheet
        .get(&join(base, "numbers"))
        .and_then(Json::as_array)
        .is_some_and(|others| !others.is_empty());
    let only_list = has_others && !has_first;
    let (first, others) = match all.split_first() {
        Some((first, others)) if !only_list => (text(first), others),
        _ => (Json::Null, all.as_slice()),
    };
    let others = if others.is_empty() {
        Json::Null
    } else {
        json!(others)
    };
    vec![("number".to_owned(), first), ("numbers".to_owned(), others)]
}

/// A number, a SIP address or a client, by how it looks.
fn target(typed: &str, name: &str) -> Vec<(String, Json)> {
    let table = name.strip_suffix(".to").unwrap_or_default();
    let (mut tel, mut sip, mut client) = (Json::Null, Json::Null, Json::Null);
    if let Some(identity) = typed.strip_prefix("client:") {
        client = text(identity.trim());
    } else if typed.contains('@') || typed.to_lowercase().starts_with("sip") {
        sip = text(typed);
    } else {
        tel = text(&number(typed));
    }
    [("number", tel), ("sip", sip), ("client", client)]
        .map(|(key, to)| (join(table, key), to))
        .to_vec()
}
