//! Where Portner listens, where it keeps things, and where its rules come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where Portner listens, and where it is reached from outside.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address and port to listen on.
    #[schemars(extend("x-variable" = "PORTNER_LISTEN", "x-example" = "127.0.0.1:8080"))]
    pub listen: String,
    /// The address that providers call, without a slash at the end. `https`, unless it is this
    /// machine. Without it, the address of the app on Fly.io (by `FLY_APP_NAME`), and elsewhere the
    /// address that is listened on.
    #[schemars(extend("x-variable" = "PORTNER_PUBLIC_URL", "x-example" = "https://telefon.toppdesign.dk"))]
    pub public_url: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            public_url: None,
        }
    }
}

/// Where calls and lists are kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// `sled:` and a folder, or `memory:` to keep nothing.
    #[schemars(extend("x-variable" = "PORTNER_STORE", "x-example" = "sled:portner-data"))]
    pub address: String,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            address: "sled:portner-data".into(),
        }
    }
}

/// Where the rules come from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// A folder of your own rule files. They are read again whenever they change. Without it, what you
    /// write in the desk is kept in `rules` where the store is.
    #[schemars(extend("x-variable" = "PORTNER_RULES", "x-example" = "rules"))]
    pub folder: Option<String>,
    /// Whether the rules that Portner comes with are used too.
    pub shipped: bool,
    /// Whether a learned second opinion is heard beside the rules. It alone never refuses anybody.
    /// `opinion.model` in the folder of rules counts where there is one (`portner learn` writes
    /// it), else what Portner comes with.
    pub second_opinion: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            folder: None,
            shipped: true,
            second_opinion: true,
        }
    }
}
