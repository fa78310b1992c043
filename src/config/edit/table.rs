//! The tables that settings stand in.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// The table that a setting stands in, and its name there. Tables that are missing are made, if
/// wanted; nothing inside when they are not.
pub(super) fn table_of<'d, 's>(
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
pub(super) fn missing(around: &dyn TableLike, list: bool) -> Item {
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
