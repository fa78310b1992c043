//! Logging in through a provider of OpenID Connect: what must go together, and who may.

use secrecy::SecretString;

use super::file;
use super::problem::Problems;
use super::url::BaseUrl;
use super::{Oidc, OidcLine};
use crate::call::{LineId, bilingual};

const TABLE: &str = "desk.oidc";

/// The provider, or nothing where none is set. `None` outside when something is wrong.
#[expect(
    clippy::option_option,
    reason = "outside: whether it could be read; inside: whether there is one"
)]
pub(super) fn check(
    settings: &file::Oidc,
    known: &[file::Line],
    problems: &mut Problems<'_>,
) -> Option<Option<Oidc>> {
    let text = |value: Option<&str>| {
        let value = value?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let (Some(issuer), client_id) = (text(settings.issuer.as_deref()), &settings.client_id) else {
        if settings.client_id.is_some() {
            missing("issuer", problems);
            return None;
        }
        return Some(None);
    };
    // Some providers' names end with a slash, and tokens say the name to the letter.
    if let Err(error) = BaseUrl::parse(issuer.trim_end_matches('/')) {
        problems.error(
            "desk.oidc.issuer",
            error.told(),
            None,
            bilingual!(
                "skriv den, som udbyderen skriver den, f.eks. \"https://accounts.google.com\"",
                "write it as the provider writes it, like \"https://accounts.google.com\""
            ),
        );
        return None;
    }
    let Some(client_id) = text(client_id.as_deref()) else {
        missing("client_id", problems);
        return None;
    };
    let owners = addresses(&settings.owners, &format!("{TABLE}.owners"), problems)?;
    let viewers = addresses(&settings.viewers, &format!("{TABLE}.viewers"), problems)?;
    let everywhere: Vec<&String> = owners.iter().chain(&viewers).collect();
    let lines = lines(settings, known, &everywhere, problems)?;
    let names_nobody = |own: &OidcLine| own.owners.is_empty() && own.viewers.is_empty();
    if everywhere.is_empty() && lines.iter().all(names_nobody) {
        problems.missing(
            "desk.oidc.owners",
            bilingual!(
                "ingen kunne logge ind på denne måde",
                "nobody could log in this way"
            ),
            bilingual!(
                "skriv owners = [\"dig@example.dk\"] under [desk.oidc]",
                "write owners = [\"you@example.dk\"] under [desk.oidc]"
            ),
        );
        return None;
    }
    let secret = text(
        settings
            .client_secret
            .as_ref()
            .map(|secret| secret.0.as_str()),
    );
    Some(Some(Oidc {
        issuer,
        client_id,
        client_secret: secret.map(SecretString::from),
        name: settings.name.trim().to_owned(),
        owners,
        viewers,
        lines,
    }))
}

/// Who may see single lines.
fn lines(
    settings: &file::Oidc,
    known: &[file::Line],
    everywhere: &[&String],
    problems: &mut Problems<'_>,
) -> Option<Vec<OidcLine>> {
    let mut lines = Vec::new();
    for (at, own) in settings.line.iter().enumerate() {
        let table = format!("{TABLE}.line[{at}]");
        let line = own.line.trim();
        if !known.iter().any(|known| known.id.trim() == line) {
            let ids: Vec<&str> = known.iter().map(|known| known.id.trim()).collect();
            let ids = ids.join(", ");
            problems.error(
                &format!("{table}.line"),
                bilingual!("der er ingen linje “{line}”", "there is no line “{line}”"),
                None,
                bilingual!("linjerne er: {ids}", "the lines are: {ids}"),
            );
            return None;
        }
        let owners = addresses(&own.owners, &format!("{table}.owners"), problems)?;
        let viewers = addresses(&own.viewers, &format!("{table}.viewers"), problems)?;
        let mut here = owners.iter().chain(&viewers);
        if let Some(twice) = here.find(|address| everywhere.contains(address)) {
            let key = if owners.contains(twice) {
                "owners"
            } else {
                "viewers"
            };
            problems.error(
                &format!("{table}.{key}"),
                bilingual!(
                    "“{twice}” ser alle linjer i forvejen",
                    "“{twice}” sees every line already"
                ),
                None,
                bilingual!(
                    "tag adressen ud her eller af listerne under [desk.oidc]",
                    "take the address out here, or out of the lists under [desk.oidc]"
                ),
            );
            return None;
        }
        lines.push(OidcLine {
            line: LineId(line.to_owned()),
            owners,
            viewers,
        });
    }
    Some(lines)
}

fn missing(key: &str, problems: &mut Problems<'_>) {
    problems.missing(
        &format!("{TABLE}.{key}"),
        bilingual!("`{key}` mangler", "`{key}` is missing"),
        bilingual!(
            "sæt `{key}` under [{TABLE}]; det, der ellers er sat, har brug for den",
            "set `{key}` under [{TABLE}]; what is set besides needs it"
        ),
    );
}

/// E-mail addresses, in small letters.
fn addresses(texts: &[String], setting: &str, problems: &mut Problems<'_>) -> Option<Vec<String>> {
    let mut addresses = Vec::new();
    for text in texts {
        let address = text.trim().to_lowercase();
        let whole = address.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.contains('@')
        });
        if !whole {
            problems.error(
                setting,
                bilingual!(
                    "“{text}” er ingen e-mailadresse",
                    "“{text}” is no e-mail address"
                ),
                None,
                bilingual!(
                    "skriv hver som \"per@toppdesign.dk\"",
                    "write each like \"per@toppdesign.dk\""
                ),
            );
            return None;
        }
        addresses.push(address);
    }
    Some(addresses)
}
