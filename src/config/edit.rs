//! Changes of the settings file that leave everything else in it as it is written: comments, order,
//! blanks. What comes out is checked by whoever asked for it, like any other file.

use serde_json::Value as Json;
use toml_edit::{
    Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value,
};

use crate::screening::hours::DAYS;

/// A change of the settings file.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A setting gets a value: a text, a number, true or false, a list of texts, or a table of
    /// texts. `null` takes it out, so that its default holds.
    Set {
        /// Its path, such as `line[0].profile.trade`.
        setting: String,
        /// The value.
        to: Json,
    },
    /// A list of tables gets these rows, in this order; those of before that are not among them go.
    Rows {
        /// The path of the list, such as `line[0].destination`.
        setting: String,
        /// The rows.
        rows: Vec<Row>,
    },
}

/// A row of a list of tables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Which row it was before; nothing for a new one.
    pub was: Option<usize>,
    /// What changes in it; `null` takes a cell out.
    pub cells: Vec<(String, Json)>,
}

/// The file with the changes in it; `None` when it cannot be read, or when something stands where a
/// table should be. Whoever asks gets to know by checking the text as it is.
///
/// ```
/// use portner::config::{Change, amend};
/// let text = "[limits]\nmax_turns = 8 # enough\n";
/// let change = Change::Set { setting: "limits.max_turns".into(), to: 9.into() };
/// assert_eq!(amend(text, &[change]).unwrap(), "[limits]\nmax_turns = 9 # enough\n");
/// ```
#[must_use]
pub fn amend(text: &str, changes: &[Change]) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    for change in changes {
        match change {
            Change::Set { setting, to } => {
                let (table, key) = table_of(&mut document, setting, !to.is_null())?;
                let Some(table) = table else { continue };
                put(table, key, to)?;
            }
            Change::Rows { setting, rows } => {
                let (table, key) = table_of(&mut document, setting, !rows.is_empty())?;
                let Some(table) = table else { continue };
                put_rows(table, key, rows)?;
            }
        }
    }
    Some(document.to_string())
}

/// The table that a setting stands in, and its name there. Tables that are missing are made, if
/// wanted; nothing inside when they are not.
fn table_of<'d, 's>(
    document: &'d mut DocumentMut,
    setting: &'s str,
    make: bool,
) -> Option<(Option<&'d mut dyn TableLike>, &'s str)> {
    let (way, key) = setting.rsplit_once('.').unwrap_or(("", setting));
    let mut at: &mut dyn TableLike = document.as_table_mut();
    for step in way.split('.').filter(|step| !step.is_empty()) {
        let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((name, index)) => (name, Some(index.parse::<usize>().ok()?)),
            None => (step, None),
        };
        if !at.contains_key(name) {
            if !make {
                return Some((None, key));
            }
            let made = missing(at, index.is_some());
            at.insert(name, made);
        }
        let item = at.get_mut(name)?;
        at = match index {
            None => item.as_table_like_mut()?,
            Some(index) => nth(item, index)?,
        };
    }
    Some((Some(at), key))
}

/// A table that is not there yet, written as the one around it is.
fn missing(around: &dyn TableLike, list: bool) -> Item {
    if list {
        return Item::ArrayOfTables(ArrayOfTables::new());
    }
    let mut table = Table::new();
    table.set_implicit(true);
    table.set_dotted(around.is_dotted());
    Item::Table(table)
}

/// A row of a list of tables; the one after the last is made.
fn nth(item: &mut Item, index: usize) -> Option<&mut dyn TableLike> {
    match item {
        Item::ArrayOfTables(rows) => {
            if rows.len() == index {
                rows.push(Table::new());
            }
            Some(rows.get_mut(index)?)
        }
        Item::Value(Value::Array(rows)) => {
            if rows.len() == index {
                rows.push(InlineTable::new());
            }
            Some(rows.get_mut(index)?.as_inline_table_mut()?)
        }
        _ => None,
    }
}

fn put(table: &mut dyn TableLike, key: &str, to: &Json) -> Option<()> {
    if to.is_null() {
        take_out(table, key);
        return Some(());
    }
    if let (Some(list), Some(words)) = (
        table.get_mut(key).and_then(Item::as_array_mut),
        to.as_array(),
    ) {
        put_words(list, words);
        return Some(());
    }
    let new = written(to)?;
    match table.get_mut(key) {
        Some(item) if item.is_value() => {
            let old = item.as_value_mut()?;
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        Some(item) if item.is_table_like() => *item = value(new),
        Some(_) => return None,
        None => {
            table.insert(key, value(new));
        }
    }
    Some(())
}

fn written(json: &Json) -> Option<Value> {
    Some(match json {
        Json::String(text) => Value::from(text.as_str()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => Value::from(number.as_i64()?),
        Json::Array(list) => {
            let words: Option<Vec<Value>> = list.iter().map(written).collect();
            Value::Array(Array::from_iter(words?))
        }
        Json::Object(fields) => {
            let mut table = InlineTable::new();
            let mut fields: Vec<_> = fields.iter().collect();
            // Hours stand in the order of the week.
            fields.sort_by_key(|(key, _)| DAYS.iter().position(|day| key.starts_with(day)));
            for (key, field) in fields {
                table.insert(key, written(field)?);
            }
            Value::InlineTable(table)
        }
        Json::Null => return None,
    })
}

/// Takes a setting out. What is written above it stays: above the next one, else behind the one
/// before.
fn take_out(table: &mut dyn TableLike, key: &str) {
    let above = table
        .get_key_value(key)
        .and_then(|(key, _)| key.leaf_decor().prefix()?.as_str().map(str::to_owned))
        .filter(|text| text.contains('#'));
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let at = names.iter().position(|name| name == key);
    table.remove(key);
    let (Some(above), Some(at)) = (above, at) else {
        return;
    };
    let is_plain =
        |table: &dyn TableLike, name: &String| table.get(name).is_some_and(Item::is_value);
    if let Some(next) = names.get(at + 1).filter(|name| is_plain(table, name))
        && let Some((mut next, _)) = table.get_key_value_mut(next)
    {
        let decor = next.leaf_decor_mut();
        let own = decor
            .prefix()
            .and_then(|own| own.as_str())
            .unwrap_or_default();
        let both = format!("{above}{own}");
        decor.set_prefix(both);
    } else if let Some(before) = at.checked_sub(1).and_then(|at| names.get(at))
        && let Some(Item::Value(before)) = table.get_mut(before)
    {
        let decor = before.decor_mut();
        let own = decor
            .suffix()
            .and_then(|own| own.as_str())
            .unwrap_or_default();
        let both = format!("{own}\n{}", above.trim_end());
        decor.set_suffix(both);
    }
}

/// Makes a list hold these words: those that stay stand as they are written, new ones after them.
fn put_words(list: &mut Array, words: &[Json]) {
    let new: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
    let stays = |old: &Value| old.as_str().is_some_and(|old| new.contains(&old));
    let kept: Vec<bool> = list
        .iter()
        .filter(|old| stays(old))
        .zip(&new)
        .map(|(old, new)| old.as_str() == Some(*new))
        .collect();
    let came = if kept.iter().all(|same| *same) {
        without(list, stays);
        &new[kept.len()..]
    } else {
        list.clear();
        &new[..]
    };
    let beside = list.iter().last().and_then(|last| {
        let prefix = last.decor().prefix()?.as_str()?;
        // What stands behind the word before on its line is about that one.
        Some(
            prefix
                .rfind('\n')
                .map_or(prefix, |at| &prefix[at..])
                .to_owned(),
        )
    });
    for word in came {
        let mut value = Value::from(*word);
        match &beside {
            Some(beside) if list.len() > 1 || list.trailing_comma() => {
                value.decor_mut().set_prefix(beside.as_str());
                list.push_formatted(value);
            }
            _ => list.push(value),
        }
    }
}

/// Takes values out of a list. A comment behind the value before stands in front of the one that
/// goes; it stays.
fn without(list: &mut Array, stays: impl Fn(&Value) -> bool) {
    let old: Vec<Value> = list.iter().cloned().collect();
    list.clear();
    let mut carried = String::new();
    for mut value in old {
        let prefix = value
            .decor()
            .prefix()
            .and_then(|own| own.as_str())
            .unwrap_or_default();
        if stays(&value) {
            if !carried.is_empty() {
                let both = format!("{}{prefix}", std::mem::take(&mut carried));
                value.decor_mut().set_prefix(both);
            }
            list.push_formatted(value);
        } else if prefix.contains('#') {
            carried.push_str(prefix.rfind('\n').map_or("", |at| &prefix[..at]));
        }
    }
    if !carried.is_empty() {
        let own = list.trailing().as_str().unwrap_or_default();
        let both = format!("{carried}{own}");
        list.set_trailing(both);
    }
}

fn put_rows(table: &mut dyn TableLike, key: &str, rows: &[Row]) -> Option<()> {
    if !table.contains_key(key) {
        if rows.is_empty() {
            return Some(());
        }
        let made = missing(table, true);
        table.insert(key, made);
    }
    if rows.is_empty() {
        table.remove(key);
        return Some(());
    }
    match table.get_mut(key)? {
        Item::ArrayOfTables(list) => {
            let old: Vec<Table> = std::mem::take(list).into_iter().collect();
            let mut places: Vec<Option<isize>> = old.iter().map(Table::position).collect();
            places.sort();
            let mut places = places.into_iter();
            let first_gap = old.first().map(|first| first.decor().clone());
            for row in rows {
                let mut made = match row.was {
                    Some(was) => old.get(was)?.clone(),
                    None => Table::new(),
                };
                put_cells(&mut made, &row.cells)?;
                // Rows are written where their places are, whatever stands in them.
                made.set_position(places.next().flatten());
                list.push(made);
            }
            // What stands above the first row is about all of them as often as not.
            if let (Some(gap), Some(first)) = (first_gap, list.get_mut(0))
                && rows[0].was.is_none()
            {
                *first.decor_mut() = gap;
            }
            Some(())
        }
        Item::Value(Value::Array(list)) => {
            let old: Vec<Value> = list.iter().cloned().collect();
            list.clear();
            for row in rows {
                let mut made = match row.was {
                    Some(was) => old.get(was)?.as_inline_table()?.clone(),
                    None => InlineTable::new(),
                };
                put_cells(&mut made, &row.cells)?;
                match row.was {
                    Some(_) => list.push_formatted(Value::InlineTable(made)),
                    None => list.push(made),
                }
            }
            Some(())
        }
        _ => None,
    }
}

fn put_cells(row: &mut dyn TableLike, cells: &[(String, Json)]) -> Option<()> {
    cells.iter().try_for_each(|(key, to)| put(row, key, to))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = r#"# My settings
[limits]
# Not too long.
max_turns = 6 # turns
max_seconds = 40

[[line]] # the shop
id = "shop"
number = "+4570101010"
hours = { mon-fri = "08:00-16:00" }

[line.profile]
trade = "webdesign"
services = [
    "hjemmeside", # most of all
    "logo",
]
owner = { name = "Per Topp" } # me

# My mobile.
[[line.destination]]
number = "+4520111111"
ring_seconds = 20 # before voicemail

# The desk.
[[line.destination]]
sip = "sip:per@pbx.dk"

[[line]]
id = "home"
profile.trade = "none"
destination = [{ client = "owner" }]

[notify] # last
silence_hours = 5
"#;

    fn set(setting: &str, to: Json) -> Change {
        Change::Set {
            setting: setting.into(),
            to,
        }
    }

    fn lines<'a>(of: &'a str, but_not_in: &str) -> Vec<&'a str> {
        let known: Vec<&str> = but_not_in.lines().collect();
        of.lines().filter(|line| !known.contains(line)).collect()
    }

    /// The lines that went and those that came.
    fn changed(changes: &[Change]) -> (Vec<String>, Vec<String>) {
        let after = amend(FILE, changes).unwrap();
        let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
        after.parse::<DocumentMut>().unwrap();
        toml::from_str::<toml::Table>(&after).unwrap_or_else(|error| panic!("{error}\n{after}"));
        (owned(lines(FILE, &after)), owned(lines(&after, FILE)))
    }

    #[test]
    fn only_what_is_meant_changes() {
        for (setting, to, gone, new) in [
            (
                "limits.max_turns",
                json!(9),
                vec!["max_turns = 6 # turns"],
                vec!["max_turns = 9 # turns"],
            ),
            (
                "line[0].profile.owner.name",
                json!("Anne"),
                vec!["owner = { name = \"Per Topp\" } # me"],
                vec!["owner = { name = \"Anne\" } # me"],
            ),
            (
                "line[0].profile.company.name",
                json!("Topp"),
                vec![],
                vec!["[line.profile.company]", "name = \"Topp\""],
            ),
            (
                "line[1].profile.company.name",
                json!("Topp"),
                vec![],
                vec!["profile.company.name = \"Topp\""],
            ),
            (
                "line[0].mode",
                json!("listen"),
                vec![],
                vec!["mode = \"listen\""],
            ),
            (
                "line[0].hours",
                json!({"mon": "9-12"}),
                vec!["hours = { mon-fri = \"08:00-16:00\" }"],
                vec!["hours = { mon = \"9-12\" }"],
            ),
            (
                "line[0].hours",
                Json::Null,
                vec!["hours = { mon-fri = \"08:00-16:00\" }"],
                vec![],
            ),
            (
                "line[0].profile.services",
                json!(["hjemmeside", "logo", "print"]),
                vec![],
                vec!["    \"print\","],
            ),
            (
                "line[0].profile.services",
                json!(["hjemmeside"]),
                vec!["    \"logo\","],
                vec![],
            ),
            (
                "spend.per_day",
                json!(7),
                vec![],
                vec!["[spend]", "per_day = 7"],
            ),
            ("spend.per_day", Json::Null, vec![], vec![]),
            (
                "line[1].destination[0].client",
                json!("per"),
                vec!["destination = [{ client = \"owner\" }]"],
                vec!["destination = [{ client = \"per\" }]"],
            ),
        ] {
            let (went, came) = changed(&[set(setting, to)]);
            assert_eq!(
                (went, came),
                (
                    gone.into_iter().map(str::to_owned).collect(),
                    new.into_iter().map(str::to_owned).collect()
                ),
                "{setting}"
            );
        }
    }

    #[test]
    fn what_stands_above_a_setting_outlives_it() {
        let (went, came) = changed(&[set("limits.max_turns", Json::Null)]);
        assert_eq!(
            (went, came),
            (vec!["max_turns = 6 # turns".to_owned()], vec![])
        );
        let text = "[a]\nx = 1\n# about y\ny = 2\n\n[b]\n";
        let after = amend(text, &[set("a.y", Json::Null)]).unwrap();
        assert_eq!(after, "[a]\nx = 1\n# about y\n\n[b]\n");
    }

    #[test]
    fn rows_move_with_what_is_written_about_them() {
        let row = |was, cells: Json| Row {
            was,
            cells: cells.as_object().unwrap().clone().into_iter().collect(),
        };
        let rows = |rows| Change::Rows {
            setting: "line[0].destination".into(),
            rows,
        };
        let swapped = amend(
            FILE,
            &[rows(vec![row(Some(1), json!({})), row(Some(0), json!({}))])],
        )
        .unwrap();
        let (desk, mobile) = (
            swapped.find("# The desk.").unwrap(),
            swapped.find("# My mobile.").unwrap(),
        );
        assert!(
            desk < mobile && mobile < swapped.find("id = \"home\"").unwrap(),
            "{swapped}"
        );
        assert_eq!(lines(&swapped, FILE).len(), 0);
        let fewer = amend(
            FILE,
            &[rows(vec![row(Some(1), json!({"ring_seconds": 15}))])],
        )
        .unwrap();
        assert!(
            fewer.contains(
                "# The desk.\n[[line.destination]]\nsip = \"sip:per@pbx.dk\"\nring_seconds = 15\n"
            ),
            "{fewer}"
        );
        assert!(!fewer.contains("+4520111111"));
        let more = amend(
            FILE,
            &[rows(vec![
                row(Some(0), json!({"ring_seconds": null})),
                row(Some(1), json!({})),
                row(None, json!({"client": "owner", "together": true})),
            ])],
        )
        .unwrap();
        let new = more.find("client = \"owner\"\ntogether = true").unwrap();
        assert!(
            more.find("sip:per").unwrap() < new && new < more.find("id = \"home\"").unwrap(),
            "{more}"
        );
        let inline = Change::Rows {
            setting: "line[1].destination".into(),
            rows: vec![
                row(Some(0), json!({})),
                row(None, json!({"number": "+4520111112"})),
            ],
        };
        assert_eq!(
            changed(&[inline]).1,
            ["destination = [{ client = \"owner\" }, { number = \"+4520111112\" }]"]
        );
        let first = Change::Rows {
            setting: "line[1].profile.products".into(),
            rows: vec![row(None, json!({"name": "Toppakken"}))],
        };
        let (_, came) = changed(&[first]);
        assert!(
            came.contains(&"name = \"Toppakken\"".to_owned()),
            "{came:?}"
        );
    }

    #[test]
    fn a_line_is_added_after_the_last_one() {
        let (went, came) = changed(&[
            set("line[2].id", json!("new")),
            set("line[2].profile.owner.name", json!("Anne")),
            set("line[2].destination[0].number", json!("+4520111112")),
        ]);
        assert!(went.is_empty());
        assert_eq!(
            came,
            [
                "id = \"new\"",
                "[line.profile.owner]",
                "name = \"Anne\"",
                "number = \"+4520111112\""
            ]
        );
        let first = amend(
            "",
            &[
                set("line[0].id", json!("new")),
                set("line[0].profile.trade", json!("a")),
            ],
        )
        .unwrap();
        assert_eq!(
            first.trim_start(),
            "[[line]]\nid = \"new\"\n\n[line.profile]\ntrade = \"a\"\n"
        );
        assert_eq!(amend("a = ", &[]), None);
        assert_eq!(amend("line = 3", &[set("line[0].id", json!("x"))]), None);
    }
}
