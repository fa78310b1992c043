//! Holds the Twilio provider against parts that we did not write: the official SDK signs, builds
//! and calls, and we must agree with it. `tests/sdk/install.sh` installs it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod documents;
mod oracle;
mod rest;
mod signatures;
mod timing;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const CALL: &str = "CA00000000000000000000000000000001";
const PUBLIC: &str = "https://screen.example.dk";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn settings() -> portner::providers::twilio::Settings {
    use portner::providers::twilio::{Account, Settings};
    let mut settings = Settings::new(PUBLIC);
    settings.account = Some(Account::new(ACCOUNT, TOKEN.into()));
    settings
}

fn twilio() -> portner::providers::twilio::Twilio {
    portner::providers::twilio::Twilio::new(settings()).unwrap()
}

fn call() -> portner::call::ProviderCallId {
    portner::call::ProviderCallId {
        provider: "twilio".into(),
        id: CALL.into(),
    }
}
