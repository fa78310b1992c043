//! Fields of a form, each a setting: how what was typed is read as a change of the settings file.

use serde_json::{Map, Value as Json, json};

use crate::call::{E164, Language};
use crate::config::{Change, ListRow, Sheet};
use crate::screening::hours::{DAYS, parse_days};
use crate::web::desk::lists::REGION;

/// A text in Danish and in English.
pub(in crate::web::desk) type Words = (&'static str, &'static str);

/// A field.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) struct Field {
    /// The setting, as it is called in its table.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// What people call it.
    pub(super) name: Words,
    /// What they should know of it; perhaps nothing.
    pub(super) hint: Words,
}

/// How a field is shown and read.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) enum Kind {
    /// A line of text.
    Text,
    /// A few lines of text.
    Long,
    /// A telephone number.
    Phone,
    /// The numbers of a line, one a row: `number`, then `numbers`.
    Phones,
    /// Words or names, one a row.
    Words,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// One of a few: the value, and what it means.
    Choice(&'static [(&'static str, Words)]),
    /// The languages of a line, the greeting's first.
    Languages,
    /// Opening hours by weekday.
    Week,
    /// Whom to ring: a number, a SIP address, a client.
    Target,
}

/// A list of tables, a few fields each.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) struct Rows {
    pub(super) key: &'static str,
    /// What they are.
    pub(super) name: Words,
    /// What one of them is.
    pub(super) one: Words,
    pub(super) hint: Words,
    pub(super) columns: &'static [Field],
    /// Whether their order means something.
    pub(super) ordered: bool,
}

impl Rows {
    /// The setting, as it is called in its table.
    pub(in crate::web::desk) fn key(&self) -> &'static str {
        self.key
    }
}

/// A part of a form.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::desk) enum Part {
    One(Field),
    Many(Rows),
}

impl Field {
    pub(in crate::web::desk) const fn new(key: &'static str, kind: Kind, name: Words) -> Self {
        Self {
            key,
            kind,
            name,
            hint: ("", ""),
        }
    }

    pub(in crate::web::desk) const fn hint(
        self,
        danish: &'static str,
        english: &'static str,
    ) -> Part {
        Part::One(self.with(danish, english))
    }

    pub(super) const fn with(mut self, danish: &'static str, english: &'static str) -> Self {
        self.hint = (danish, english);
        self
    }

    /// The setting, as it is called in its table.
    pub(in crate::web::desk) fn key(&self) -> &'static str {
        self.key
    }

    pub(in crate::web::desk) const fn part(self) -> Part {
        Part::One(self)
    }
}

/// What was typed, field by field.
#[derive(Debug, Clone, Default)]
pub(in crate::web::desk) struct Posted(pub(in crate::web::desk) Vec<(String, String)>);

impl Posted {
    pub(in crate::web::desk) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// How many rows of a list there are.
    pub(super) fn rows(&self, key: &str) -> usize {
        let number = |name: &str| {
            let rest = name.strip_prefix(key)?.strip_prefix('[')?;
            rest.split_once(']')?.0.parse::<usize>().ok()
        };
        let rows = self.0.iter().filter_map(|(name, _)| number(name));
        rows.max().map_or(0, |most| most.min(MOST_ROWS) + 1)
    }
}

/// More rows than this are not read.
const MOST_ROWS: usize = 500;

/// What was tapped beside saving: a row goes up, down, or away.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move {
    Up(usize),
    Down(usize),
    Drop(usize),
}

impl Move {
    /// Reads `up:destination:1`, if it is about this list.
    fn of(posted: &Posted, key: &str) -> Option<Self> {
        let mut parts = posted.get("do")?.split(':');
        let (what, list, row) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
        match what {
            _ if list != key => None,
            "up" => Some(Self::Up(row)),
            "down" => Some(Self::Down(row)),
            "drop" => Some(Self::Drop(row)),
            _ => None,
        }
    }
}

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
pub(super) fn join(base: &str, setting: &str) -> String {
    if base.is_empty() {
        setting.to_owned()
    } else {
        format!("{base}.{setting}")
    }
}

/// What of a field is not as it holds now. What the environment sets cannot be changed.
fn differing(
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

fn text(typed: &str) -> Json {
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

/// A target as it is shown, of the table that it stands in.
pub(super) fn target_text(table: Option<&Json>) -> String {
    let cell = |key: &str| table?.get(key)?.as_str().map(str::to_owned);
    cell("number")
        .or_else(|| cell("sip"))
        .or_else(|| cell("client").map(|client| format!("client:{client}")))
        .unwrap_or_default()
}

/// What is written for each weekday, Monday first; nothing where it is always open.
pub(super) fn week_of(hours: Option<&Json>) -> Option<[String; 7]> {
    let mut week: [String; 7] = Default::default();
    for (days, ranges) in hours?.as_object()? {
        for day in parse_days(days).unwrap_or_default() {
            let ranges = ranges.as_str().unwrap_or_default().trim();
            week[day] = if ranges.eq_ignore_ascii_case("closed") {
                String::new()
            } else {
                ranges.to_owned()
            };
        }
    }
    Some(week)
}

/// The hours that were typed; days in a row that are alike are written as one.
fn week(posted: &Posted, name: &str, sheet: &Sheet, base: &str) -> Option<Vec<(String, Json)>> {
    let always = posted.get(&format!("{name}.always"))? == "yes";
    let wanted = (!always).then(|| {
        DAYS.map(|day| {
            let typed = posted.get(&format!("{name}.{day}")).unwrap_or_default();
            typed.trim().to_owned()
        })
    });
    if wanted == week_of(sheet.get(&join(base, name))) {
        return None;
    }
    let Some(week) = wanted else {
        return Some(vec![(name.to_owned(), Json::Null)]);
    };
    let mut hours = Map::new();
    let mut day = 0;
    while day < DAYS.len() {
        let alike = week[day..].iter().take_while(|other| **other == week[day]);
        let last = day + alike.count() - 1;
        let days = if last == day {
            DAYS[day].to_owned()
        } else {
            format!("{}-{}", DAYS[day], DAYS[last])
        };
        if !week[day].is_empty() {
            hours.insert(days, text(&week[day]));
        }
        day = last + 1;
    }
    Some(vec![(name.to_owned(), Json::Object(hours))])
}

/// The rows as they are to be, where they are not so already.
fn changed_rows(rows: &Rows, posted: &Posted, sheet: &Sheet, base: &str) -> Option<Change> {
    let count = posted.rows(rows.key);
    if count == 0 {
        return None;
    }
    let setting = join(base, rows.key);
    let had = sheet
        .get(&setting)
        .and_then(Json::as_array)
        .map_or(0, Vec::len);
    let blank = |row: usize| {
        rows.columns.iter().all(|field| {
            matches!(field.kind, Kind::Flag | Kind::Number)
                || posted
                    .get(&format!("{}[{row}].{}", rows.key, field.key))
                    .is_none_or(|typed| typed.trim().is_empty())
        })
    };
    let mut order: Vec<usize> = (0..count).collect();
    match Move::of(posted, rows.key) {
        Some(Move::Drop(row)) => order.retain(|own| *own != row),
        Some(Move::Up(row)) if 0 < row && row < count => order.swap(row, row - 1),
        Some(Move::Down(row)) if row + 1 < count => order.swap(row, row + 1),
        _ => {}
    }
    order.retain(|row| !blank(*row));
    let wanted: Vec<ListRow> = order
        .into_iter()
        .map(|row| ListRow {
            was: (row < had).then_some(row),
            cells: cells(rows, row, posted, sheet, base),
        })
        .collect();
    let as_before = wanted.len() == had
        && wanted
            .iter()
            .enumerate()
            .all(|(at, row)| row.was == Some(at) && row.cells.is_empty());
    (!as_before).then_some(Change::Rows {
        setting,
        rows: wanted,
    })
}

fn cells(
    rows: &Rows,
    row: usize,
    posted: &Posted,
    sheet: &Sheet,
    base: &str,
) -> Vec<(String, Json)> {
    let table = format!("{}[{row}]", rows.key);
    rows.columns
        .iter()
        .flat_map(|field| {
            let name = format!("{table}.{}", field.key);
            differing(field, posted, &name, sheet, base)
        })
        .filter_map(|(setting, to)| {
            let key = setting.strip_prefix(&table)?.strip_prefix('.')?;
            Some((key.to_owned(), to))
        })
        .filter(|(_, to)| {
            !matches!(to, Json::Bool(false)) || sheet.get(&join(base, &table)).is_some()
        })
        .collect()
}

/// What a field holds now, as it is typed.
pub(super) fn typed(field: &Field, name: &str, sheet: &Sheet, base: &str) -> String {
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
        _ => match holds {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            Some(Json::Bool(true)) => "yes".to_owned(),
            _ => String::new(),
        },
    }
}

/// The languages that can be chosen, as they are sent.
pub(super) const LANGUAGES: [(&str, Words); 4] = [
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

/// Weekdays by name.
pub(super) fn day_name(day: usize, language: Language) -> &'static str {
    const DANISH: [&str; 7] = [
        "Mandag", "Tirsdag", "Onsdag", "Torsdag", "Fredag", "Lørdag", "Søndag",
    ];
    const ENGLISH: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    language.choose(DANISH, ENGLISH)[day]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Look, amend};

    const FILE: &str = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\nhours = { mon-fri = \"08:00-16:00\", sun = \"closed\" }\n\n[line.profile]\nservices = [\"logo\"] # what we do\n\n# My mobile.\n[[line.destination]]\nnumber = \"+4520111111\"\n\n# The desk.\n[[line.destination]]\nsip = \"sip:per@pbx.dk\"\n";

    static DESTINATION: Rows = Rows {
        key: "destination",
        name: ("", ""),
        one: ("", ""),
        hint: ("", ""),
        columns: &[
            Field::new("to", Kind::Target, ("", "")),
            Field::new("ring_seconds", Kind::Number, ("", "")),
            Field::new("together", Kind::Flag, ("", "")),
        ],
        ordered: true,
    };

    fn sheet(text: &str) -> Sheet {
        Sheet::read(None, text, &BTreeMap::new(), Look::Close).unwrap()
    }

    fn after(parts: &[Part], typed: &[(&str, &str)]) -> String {
        let posted = Posted(
            typed
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        );
        amend(FILE, &changes(parts, &posted, &sheet(FILE), "line[0]")).unwrap()
    }

    #[test]
    fn what_is_typed_as_it_is_changes_nothing() {
        let parts = [
            Field::new("number", Kind::Phones, ("", "")).part(),
            Field::new("profile.services", Kind::Words, ("", "")).part(),
            Field::new("profile.trade", Kind::Text, ("", "")).part(),
            Field::new("mode", Kind::Text, ("", "")).part(),
            Field::new("whisper_wait_seconds", Kind::Number, ("", "")).part(),
            Field::new("whisper", Kind::Flag, ("", "")).part(),
            Field::new("hours", Kind::Week, ("", "")).part(),
            Part::Many(DESTINATION),
        ];
        let typed = [
            ("number", "70 10 10 10"),
            ("profile.services", " logo \r\n"),
            ("profile.trade", ""),
            ("mode", "screen"),
            ("whisper_wait_seconds", "8"),
            ("whisper.asked", "1"),
            ("whisper", "yes"),
            ("hours.always", "no"),
            ("hours.mon", "08:00-16:00"),
            ("hours.tue", "08:00-16:00"),
            ("hours.wed", "08:00-16:00"),
            ("hours.thu", "08:00-16:00"),
            ("hours.fri", "08:00-16:00"),
            ("destination[0].to", "20 11 11 11"),
            ("destination[0].ring_seconds", "20"),
            ("destination[0].together.asked", "1"),
            ("destination[1].to", "sip:per@pbx.dk"),
            ("destination[1].ring_seconds", "20"),
            ("destination[1].together.asked", "1"),
            ("destination[2].to", ""),
            ("destination[2].ring_seconds", ""),
        ];
        assert_eq!(after(&parts, &typed), FILE);
        assert_eq!(after(&parts, &[]), FILE);
    }

    #[test]
    fn rows_come_go_and_change_places() {
        let parts = [Part::Many(DESTINATION)];
        let mut typed = vec![
            ("destination[0].to", "+4520111111"),
            ("destination[1].to", "sip:per@pbx.dk"),
            ("destination[2].to", "client:owner"),
            ("destination[2].together.asked", "1"),
            ("destination[2].together", "yes"),
        ];
        let more = after(&parts, &typed);
        assert_eq!(
            more,
            format!("{FILE}\n[[line.destination]]\nclient = \"owner\"\ntogether = true\n")
        );
        typed.truncate(2);
        typed.push(("do", "up:destination:1"));
        let moved = after(&parts, &typed);
        assert!(
            moved.find("# The desk.").unwrap() < moved.find("# My mobile.").unwrap(),
            "{moved}"
        );
        typed.pop();
        typed.push(("do", "drop:destination:0"));
        let fewer = after(&parts, &typed);
        assert!(
            !fewer.contains("2011") && fewer.contains("# The desk."),
            "{fewer}"
        );
        typed[1].1 = "20111112";
        typed.pop();
        let other = after(&parts, &typed);
        assert!(
            other.ends_with("[[line.destination]]\nnumber = \"+4520111112\"\n"),
            "{other}"
        );
    }

    #[test]
    fn hours_are_written_as_people_write_them() {
        let parts = [Field::new("hours", Kind::Week, ("", "")).part()];
        let typed = [
            ("hours.always", "no"),
            ("hours.mon", "9-12"),
            ("hours.tue", "9-12"),
            ("hours.sat", "10-14"),
        ];
        assert!(
            after(&parts, &typed).contains("hours = { mon-tue = \"9-12\", sat = \"10-14\" }\n")
        );
        assert!(!after(&parts, &[("hours.always", "yes")]).contains("hours"));
        let none = after(&parts, &[("hours.always", "no")]);
        assert!(none.contains("hours = {}\n"), "{none}");
    }

    #[test]
    fn several_numbers_are_one_and_the_others() {
        let parts = [Field::new("number", Kind::Phones, ("", "")).part()];
        let more = after(&parts, &[("number", "70101010\n70101011")]);
        assert!(
            more.contains("number = \"+4570101010\"\n")
                && more.contains("numbers = [\"+4570101011\"]\n"),
            "{more}"
        );
        let odd = after(&parts, &[("number", "banana")]);
        assert!(odd.contains("number = \"banana\""), "{odd}");
    }
}
