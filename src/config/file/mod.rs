//! What may be written in `portner.toml`. The doc comments are the reference, the types are the
//! schema that the file is checked against, and `Default` is what holds where nothing is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod bounds;
mod desk;
mod line;
mod place;
mod providers;
mod secret;
mod told;

pub use bounds::{Limits, Retention, Spend};
pub use desk::{Desk, Oidc};
pub use line::{Destination, Line, NoAnswer, Wordings};
pub use place::{Rules, Server, Store};
pub use providers::{Providers, Twilio};
pub use secret::{HIDDEN, Secret, SecretUrl};
pub use told::{Mail, MailSecurity, Notify};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Where Portner listens, and where it is reached from outside.
    pub server: Server,
    /// Where calls and lists are kept.
    pub store: Store,
    /// Where the rules come from.
    pub rules: Rules,
    /// The telephony providers.
    pub providers: Providers,
    /// How far a conversation may go.
    pub limits: Limits,
    /// How many calls are screened; the rest ring the owner as if nobody stood at the door.
    pub spend: Spend,
    /// Where you are told of what happens.
    pub notify: Notify,
    /// A mail once a week of what happened.
    pub mail: Mail,
    /// The desk, and who may enter it from elsewhere.
    pub desk: Desk,
    /// How long what is known of callers is kept, in days from when they called; 0 for ever. What is over
    /// is removed by itself, from every file of the store within a day.
    pub retention: Retention,
    /// The numbers that people call. Without any, a line to try things out serves: `demo`,
    /// +4570101010.
    pub line: Vec<Line>,
}
