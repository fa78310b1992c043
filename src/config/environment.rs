//! Variables of the environment. Only this file reads ours.

use std::collections::BTreeMap;

use super::fly;

/// The variables that concern Portner. Those that are not readable text are passed over.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(PREFIX) || name == fly::VARIABLE)
        .collect()
}

pub(super) const PREFIX: &str = "PORTNER_";
