//! What would have become of callers on a line that only listens.

use serde_json::Value;

/// In words; nothing where the line screens.
pub(in crate::cli) fn would_have_been(would_have: &Value) -> Option<&'static str> {
    match would_have.as_str()? {
        "connect" => Some("put through"),
        "message" => Some("sent to leave a message"),
        "reject" => Some("rejected"),
        _ => None,
    }
}
