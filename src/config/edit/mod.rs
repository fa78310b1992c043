//! Changes of the settings file that leave everything else in it as it is written: comments, order,
//! blanks. What comes out is checked by whoever asked for it, like any other file.

use serde_json::Value as Json;
use toml_edit::DocumentMut;

mod list;
mod rows;
mod table;
mod value;

#[cfg(test)]
mod tests;

use rows::put_rows;
use table::table_of;
use value::put;

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
