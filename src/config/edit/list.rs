//! Lists of words: what stays stands as it is written, with what is written about it.

use serde_json::Value as Json;
use toml_edit::{Array, Value};

/// Makes a list hold these words: those that stay stand as they are written, new ones after them.
pub(super) fn put_words(list: &mut Array, words: &[Json]) {
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
