//! Who is calling, as the network tells it.

use serde::{Deserialize, Serialize};

use super::{CallerNumber, E164};

/// The caller as the network presents him. Nothing here is proof of anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Caller {
    /// Calling party number; withheld is a class of its own.
    pub number: CallerNumber,
    /// What the network calls the caller (CNAM). Hostile text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the originating carrier says of the number (SHAKEN, RFC 8588). Absent in Denmark,
    /// where absence means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
    /// The number that forwarded the call here, if the carrier passes it on (RFC 5806).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub forwarded_from: Option<E164>,
}

impl Caller {
    /// A caller of whom nothing but the number is known.
    #[must_use]
    pub fn with_number(number: CallerNumber) -> Self {
        Self {
            number,
            name: None,
            attestation: None,
            forwarded_from: None,
        }
    }
}

/// How far the originating carrier vouches for the number (SHAKEN `attest`, RFC 8588).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attestation {
    /// The carrier knows the customer and his right to the number.
    Full,
    /// The carrier knows the customer, not his right to the number.
    Partial,
    /// The carrier only passed the call on.
    Gateway,
    /// A signature was there and did not hold.
    Failed,
}
