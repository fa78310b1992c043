//! What was done, in words: out of the method and the address that were written down.

use crate::call::{Language, ListName};
use crate::web::audit;
use crate::web::desk::lists;

/// The deed in words; as it was written down, where there are none for it.
pub(super) fn words(what: &str, language: Language) -> String {
    known(what, language).unwrap_or_else(|| what.to_owned())
}

fn known(what: &str, language: Language) -> Option<String> {
    if let Some(how) = what.strip_prefix("login: ") {
        return login(how, language).map(str::to_owned);
    }
    if what == audit::ERASED {
        return Some(erased(language).to_owned());
    }
    let (method, path) = what.split_once(' ')?;
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if let ["lists", list, rest @ ..] = parts.as_slice()
        && let Some(list) = ListName::parse(list)
    {
        let name = lists::name(list, language);
        let done = match (method, rest) {
            (_, ["put"]) | ("PUT", _) => language.choose("Skrev på listen", "Wrote on the list"),
            (_, ["remove"]) | ("DELETE", _) => {
                language.choose("Fjernede fra listen", "Removed from the list")
            }
            (_, ["restore"]) => language.choose("Satte tilbage på listen", "Put back on the list"),
            _ => return None,
        };
        return Some(format!("{done} “{name}”"));
    }
    deed(method, &parts, language).map(str::to_owned)
}

fn erased(language: Language) -> &'static str {
    language.choose("Slettede alt om et nummer", "Erased everything on a number")
}

fn login(how: &str, language: Language) -> Option<&'static str> {
    Some(match how {
        "password" => language.choose("Loggede ind med adgangskode", "Logged in with a password"),
        "token" => language.choose("Loggede ind med nøglen", "Logged in with the token"),
        "first link" => language.choose("Oprettede den første konto", "Made the first account"),
        "provider" => language.choose("Loggede ind hos udbyderen", "Logged in at the provider"),
        "code" | "password and code" => language.choose(
            "Loggede ind med adgangskode og kode",
            "Logged in with a password and a code",
        ),
        "recovery code" => language.choose(
            "Loggede ind med adgangskode og nødkode",
            "Logged in with a password and a recovery code",
        ),
        "wrong code" => language.choose("Skrev en forkert kode", "Gave a wrong code"),
        _ => return None,
    })
}

fn deed(method: &str, parts: &[&str], language: Language) -> Option<&'static str> {
    Some(match (method, parts) {
        ("DELETE", ["calls", _, "mark"]) => {
            language.choose("Fjernede et mærke", "Took a mark away")
        }
        (_, ["calls", _, "mark"]) => language.choose("Mærkede et opkald", "Marked a call"),
        (_, ["calls", _, "heard"]) => language.choose(
            "Mærkede en besked som hørt eller ikke hørt",
            "Marked a message as heard or not heard",
        ),
        (_, ["calls", _, "list"]) => language.choose(
            "Satte den, der ringede, på en liste",
            "Put a caller on a list",
        ),
        (_, ["calls", _, "act"]) => language.choose("Greb ind i et opkald", "Stepped into a call"),
        (_, ["calls", _, "proposals"]) => language.choose(
            "Bad om en ændring af reglerne",
            "Asked for a change of the rules",
        ),
        (_, ["calls", _, "erase"]) => erased(language),
        (_, ["now", "mode"]) => language.choose(
            "Skiftede, om en linje sorterer eller lytter",
            "Switched whether a line screens or listens",
        ),
        (_, ["lists", "import"]) => {
            language.choose("Hentede en fil ind på listerne", "Imported a file")
        }
        ("PUT", ["campaigns", _, "refusal"]) => {
            language.choose("Afviste en kampagne", "Refused a campaign")
        }
        ("DELETE", ["campaigns", _, "refusal"]) => {
            language.choose("Tillod en kampagne igen", "Admitted a campaign again")
        }
        (_, ["rules", "insist"]) => language.choose(
            "Insisterede på regler, der var holdt tilbage",
            "Insisted on rules that were held back",
        ),
        (_, ["rules", "life"]) => language.choose(
            "Satte en regel i kraft, på prøve eller ud af kraft",
            "Switched a rule live, on trial or off",
        ),
        (_, ["rules", "save"]) | ("PUT", ["rules", ..]) => {
            language.choose("Gemte regler", "Saved rules")
        }
        (_, ["settings", "keys"]) | ("POST", ["token"]) => {
            language.choose("Lavede en ny nøgle", "Made a new token")
        }
        (_, ["settings", ..]) => language.choose("Gemte indstillinger", "Saved settings"),
        (_, ["guide", ..]) => language.choose(
            "Svarede på et spørgsmål fra begynderhjælpen",
            "Answered a question of the guide",
        ),
        (_, ["try", ..]) => language.choose("Prøvede et opkald", "Tried a call"),
        (_, ["access", "add"]) => language.choose("Oprettede en konto", "Made an account"),
        (_, ["access", "remove"]) => language.choose("Fjernede en konto", "Removed an account"),
        (_, ["access", "rights"]) => {
            language.choose("Ændrede, hvad en konto må", "Changed what an account may")
        }
        (_, ["access", "password"]) => {
            language.choose("Skiftede adgangskode", "Changed a password")
        }
        (_, ["access", "revoke"]) => language.choose("Afsluttede et login", "Ended a login"),
        (_, ["access", "code", "off" | "off-for"]) => language.choose(
            "Slog koden fra telefonen fra",
            "Switched the code from the phone off",
        ),
        (_, ["access", "code", ..]) => language.choose(
            "Satte koden fra telefonen op",
            "Set up the code from the phone",
        ),
        (_, ["logout"]) => language.choose("Loggede ud", "Logged out"),
        ("GET", ["backup"]) => language.choose("Tog en sikkerhedskopi", "Took a backup"),
        ("DELETE", ["outbox", _]) => language.choose("Opgav en besked", "Gave a message up"),
        ("POST", ["outbox", _, "send"]) => {
            language.choose("Sendte en besked igen", "Sent a message again")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_told_in_the_language_of_the_page() {
        let da = |what| words(what, Language::Da);
        assert_eq!(da("POST /lists/block/put"), "Skrev på listen “Blokerede”");
        assert_eq!(
            da("DELETE /api/v1/lists/allow/+4540112233"),
            "Fjernede fra listen “Altid igennem”"
        );
        assert_eq!(
            da("POST /settings/line/shop/profile"),
            "Gemte indstillinger"
        );
        assert_eq!(
            words("PUT /api/v1/rules/my.toml", Language::En),
            "Saved rules"
        );
        assert_eq!(
            da("login: recovery code"),
            "Loggede ind med adgangskode og nødkode"
        );
        assert_eq!(da("POST /something/new"), "POST /something/new");
    }
}
