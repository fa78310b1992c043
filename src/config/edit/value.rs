//! A setting gets a value, or is taken out.

use serde_json::Value as Json;
use toml_edit::{Array, InlineTable, Item, TableLike, Value, value};

use super::list::put_words;
use crate::screening::hours::DAYS;

pub(super) fn put(table: &mut dyn TableLike, key: &str, to: &Json) -> Option<()> {
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
