//! The public address on Fly.io, which tells every machine the name of its app. The names are global, so
//! none that stands in a file would be right for another installation.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::tree::Places;

/// The variable that Fly.io sets.
pub(super) const VARIABLE: &str = "FLY_APP_NAME";

const TABLE: &str = "server";
const KEY: &str = "public_url";

/// Puts the address of the app in where nobody says another.
pub(super) fn fill_in(
    tree: &mut Value,
    places: &mut Places,
    environment: &BTreeMap<String, String>,
) {
    let app = environment.get(VARIABLE).map(|app| app.trim());
    let Some(app) = app.filter(|app| !app.is_empty()) else {
        return;
    };
    let Some(tables) = tree.as_object_mut() else {
        return;
    };
    let server = tables
        .entry(TABLE)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(server) = server.as_object_mut()
        && !server.contains_key(KEY)
    {
        server.insert(KEY.to_owned(), format!("https://{app}.fly.dev").into());
        places.set_by(&format!("{TABLE}.{KEY}"), VARIABLE);
    }
}
