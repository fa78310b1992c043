//! An account at Twilio: what must go together, and the mix-ups that happen.

use secrecy::SecretString;

use super::check::base_url;
use super::file::{self, Secret};
use super::problem::Problems;
use super::{ApiKey, Twilio};
use crate::call::bilingual;

const TABLE: &str = "providers.twilio";

/// The account, or nothing where none is set. `None` outside when something is wrong.
#[expect(
    clippy::option_option,
    reason = "outside: whether it could be read; inside: whether there is one"
)]
pub(super) fn check(
    settings: &file::Twilio,
    problems: &mut Problems<'_>,
) -> Option<Option<Twilio>> {
    let address = |text: &str, key: &str, problems: &mut Problems<'_>| {
        base_url(text, &format!("{TABLE}.{key}"), problems)
    };
    let base_url = address(&settings.base_url, "base_url", problems)?;
    let lookups_url = address(&settings.lookups_url, "lookups_url", problems)?;
    let account_sid = sid(&settings.account_sid, "account_sid", "AC", problems);
    let api_key_sid = sid(&settings.api_key_sid, "api_key_sid", "SK", problems);
    let api_key = match (api_key_sid, secret(settings.api_key_secret.as_ref())) {
        (Some(sid), Some(secret)) => Some(ApiKey { sid, secret }),
        (None, None) => None,
        (Some(_), None) => {
            missing("api_key_secret", "PORTNER_TWILIO_API_SECRET", problems);
            None
        }
        (None, Some(_)) => {
            missing("api_key_sid", "PORTNER_TWILIO_API_KEY", problems);
            None
        }
    };
    let voice_da = name(&settings.voice_da, "voice_da", problems);
    let voice_en = name(&settings.voice_en, "voice_en", problems);
    let speech_model = settings
        .speech_model
        .as_deref()
        .map(|model| name(model, "speech_model", problems));
    let Some(auth_token) = secret(settings.auth_token.as_ref()) else {
        if account_sid.is_some() || api_key.is_some() || settings.auth_token_secondary.is_some() {
            missing("auth_token", "PORTNER_TWILIO_AUTH_TOKEN", problems);
        }
        return Some(None);
    };
    // Without it, every request of the provider would be one that names another account.
    let Some(account_sid) = account_sid else {
        missing("account_sid", "PORTNER_TWILIO_ACCOUNT_SID", problems);
        return None;
    };
    Some(Some(Twilio {
        account_sid,
        auth_token,
        auth_token_secondary: secret(settings.auth_token_secondary.as_ref()),
        api_key,
        base_url,
        lookups_url,
        voice_da,
        voice_en,
        speech_model,
    }))
}

fn missing(key: &str, variable: &str, problems: &mut Problems<'_>) {
    problems.missing(
        &format!("{TABLE}.{key}"),
        bilingual!("`{key}` mangler", "`{key}` is missing"),
        bilingual!(
            "sæt {variable} eller `{key}` under [{TABLE}]; det, der ellers er sat, har brug for den",
            "set {variable}, or `{key}` under [{TABLE}]; what is set besides needs it"
        ),
    );
}

/// How many characters a SID has.
const SID_LENGTH: usize = 34;

/// A SID stands in addresses: letters and digits only.
fn sid(
    text: &Option<String>,
    key: &str,
    prefix: &str,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let text = text.as_deref()?.trim();
    if text.is_empty() {
        return None;
    }
    let setting = format!("{TABLE}.{key}");
    let written = bilingual!(
        "det begynder med {prefix} og har {SID_LENGTH} tegn",
        "it begins with {prefix} and has {SID_LENGTH} characters"
    );
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        problems.error(
            &setting,
            bilingual!(
                "dette er ikke et SID: det har kun bogstaver og cifre",
                "this is not a SID: it has letters and digits only"
            ),
            None,
            written,
        );
    } else if !text.starts_with(prefix) {
        let help = match &text[..text.len().min(2)] {
            "SK" => bilingual!(
                "dette er en API-nøgles SID: det hører til i `api_key_sid`",
                "this is an API key's SID: it goes into `api_key_sid`"
            ),
            "AC" => bilingual!(
                "dette er kontoens SID: det hører til i `account_sid`",
                "this is the account's SID: it goes into `account_sid`"
            ),
            _ => bilingual!("det står i konsollen", "the console shows it"),
        };
        problems.error(
            &setting,
            bilingual!(
                "det SID, der hører til her, begynder med {prefix}",
                "the SID here begins with {prefix}"
            ),
            None,
            help,
        );
    } else if text.len() != SID_LENGTH {
        problems.error(
            &setting,
            bilingual!(
                "dette SID har {count} tegn",
                "this SID has {count} characters",
                count = text.len()
            ),
            None,
            written,
        );
    }
    Some(text.to_owned())
}

fn secret(secret: Option<&Secret>) -> Option<SecretString> {
    let text = secret?.0.trim();
    (!text.is_empty()).then(|| SecretString::from(text.to_owned()))
}

/// A name that Twilio gave to something.
fn name(text: &str, key: &str, problems: &mut Problems<'_>) -> String {
    let text = text.trim();
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if text.is_empty() || !text.bytes().all(good) {
        problems.error(
            &format!("{TABLE}.{key}"),
            bilingual!(
                "dette er ikke et navn, som Twilio giver",
                "this is not a name that Twilio gives"
            ),
            None,
            bilingual!(
                "f.eks. \"Polly.Sofie-Neural\" eller \"Google.da-DK-Wavenet-A\" for en stemme",
                "such as \"Polly.Sofie-Neural\" or \"Google.da-DK-Wavenet-A\" for a voice"
            ),
        );
    }
    text.to_owned()
}
