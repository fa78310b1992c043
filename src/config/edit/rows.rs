//! Lists of tables.

use serde_json::Value as Json;
use toml_edit::{InlineTable, Item, Table, TableLike, Value};

use super::Row;
use super::table::missing;
use super::value::put;

pub(super) fn put_rows(table: &mut dyn TableLike, key: &str, rows: &[Row]) -> Option<()> {
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
