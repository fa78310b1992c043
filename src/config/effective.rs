//! Every setting as it holds, with where it came from: what `portner config` shows.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::file::File;
use super::problem::{Origin, origin_at};
use super::tree::{Places, join, written};

/// Every setting as it holds. Secrets are hidden.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Effective {
    /// The file that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The settings, table by table.
    pub rows: Vec<Row>,
}

/// A setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its name, such as `server.listen` or `line.shop.mode`.
    pub setting: String,
    /// Its value as it would be written; empty when it is not set.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// The tables that are shown before the others.
const FIRST: [&str; 4] = ["server", "store", "rules", "providers"];

impl Effective {
    pub(super) fn of(settings: &File, places: &Places, text: &str, file: Option<&Path>) -> Self {
        let tree = serde_json::to_value(settings).unwrap_or_default();
        let mut rows = Vec::new();
        let mut walk = Walk {
            places,
            text,
            rows: &mut rows,
        };
        let mut tables: Vec<_> = tree.as_object().into_iter().flatten().collect();
        // Lines come last, as they do in a file.
        let first = |table: &str| FIRST.iter().position(|one| *one == table);
        tables.sort_by_key(|(table, _)| (*table == "line", first(table).unwrap_or(FIRST.len())));
        for (table, value) in tables {
            walk.row(value, table, table);
        }
        Self {
            file: file.map(|file| file.display().to_string()),
            rows,
        }
    }

    /// The row of a setting.
    #[must_use]
    pub fn row(&self, setting: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.setting == setting)
    }

    /// The rows in columns.
    #[must_use]
    pub fn render(&self) -> String {
        let width = |text: &dyn Fn(&Row) -> String, most: usize| {
            let widths = self.rows.iter().map(|row| text(row).chars().count());
            widths.filter(|width| *width <= most).max().unwrap_or(0)
        };
        let first = width(&|row| row.setting.clone(), 48);
        let second = width(&|row| row.shown().to_owned(), 48);
        let mut shown = String::new();
        for row in &self.rows {
            let origin = self.name(&row.origin);
            let line = format!("{:first$}  {:second$}  {origin}", row.setting, row.shown());
            shown.push_str(line.trim_end());
            shown.push('\n');
        }
        shown
    }

    fn name(&self, origin: &Origin) -> String {
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::File { line, .. } => {
                format!("{}:{line}", self.file.as_deref().unwrap_or("settings"))
            }
            Origin::Variable(name) => name.clone(),
        }
    }
}

impl Row {
    fn shown(&self) -> &str {
        if self.value.is_empty() {
            "(not set)"
        } else {
            &self.value
        }
    }
}

struct Walk<'a> {
    places: &'a Places,
    text: &'a str,
    rows: &'a mut Vec<Row>,
}

impl Walk<'_> {
    /// `path` is where a setting stands, `name` what it is called: lines by their id.
    fn row(&mut self, value: &Value, path: &str, name: &str) {
        match value {
            Value::Object(table) if !table.is_empty() => {
                for (key, value) in table {
                    self.row(value, &join(path, key), &join(name, key));
                }
            }
            Value::Array(list) if list.iter().any(Value::is_object) => {
                for (index, value) in list.iter().enumerate() {
                    let called = value
                        .get("id")
                        .and_then(Value::as_str)
                        .map_or_else(|| (index + 1).to_string(), str::to_owned);
                    self.row(value, &format!("{path}[{index}]"), &join(name, &called));
                }
            }
            leaf => self.rows.push(Row {
                setting: name.to_owned(),
                value: if leaf.is_null() {
                    String::new()
                } else {
                    written(leaf)
                },
                origin: self.origin(path),
            }),
        }
    }

    fn origin(&self, path: &str) -> Origin {
        match (self.places.variable(path), self.places.exact(path)) {
            (Some(variable), _) => Origin::Variable(variable.to_owned()),
            (None, Some(span)) => origin_at(self.text, span.start),
            (None, None) => Origin::Default,
        }
    }
}
