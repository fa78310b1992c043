//! Lists of tables in a form: their rows come, go and change places.

use serde_json::Value as Json;

use super::change::{differing, join};
use super::{Kind, Posted, Rows};
use crate::config::{Change, ListRow, Sheet};

/// What was tapped beside saving: a row goes up, down, or away.
#[derive(Debug, Clone, Copy)]
enum Move {
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

/// The rows as they are to be, where they are not so already.
pub(super) fn changed_rows(
    rows: &Rows,
    posted: &Posted,
    sheet: &Sheet,
    base: &str,
) -> Option<Change> {
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
