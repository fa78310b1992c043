//! Texts that are not shown.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that is never shown.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("x-secret" = true))]
pub struct Secret(pub(in crate::config) String);

/// An address that may hold a secret: only where it leads is shown.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretUrl(pub(in crate::config) String);

impl SecretUrl {
    fn shown(&self) -> String {
        let origin = self.0.split_once("://").and_then(|(scheme, rest)| {
            let host = rest.split(['/', '?', '#']).next()?;
            let host = host.rsplit('@').next()?;
            Some(format!("{scheme}://{host}/"))
        });
        origin.unwrap_or_default() + HIDDEN
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

/// What stands for a secret that is set.
pub const HIDDEN: &str = "••••";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}
