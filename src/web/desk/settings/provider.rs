//! The account at the provider and the address that it calls, with what the doctor finds of them.
//! Secrets go in and never come out again.

use maud::{Markup, html};

use super::field::{Field, Kind};
use super::form::Section;
use super::health;
use crate::call::Language;
use crate::web::App;

/// What the doctor looks at that has to do with the provider, by the name that its findings have.
const LOOKED_AT: [&str; 6] = [
    "settings",
    "public address",
    "signature",
    "clock",
    "provider",
    "network",
];

/// The form.
pub(super) static PROVIDER: [Section; 3] = [
    Section::new(
        "account",
        ("Kontoen hos Twilio", "The account at Twilio"),
        (
            "Står på forsiden af Twilios konsol. Hemmeligheder bliver skrevet i indstillingernes fil og vises aldrig igen; et tomt felt lader dem være.",
            "On the first page of Twilio's console. Secrets are written into the settings file and never shown again; an empty field leaves them as they are.",
        ),
        &[
            Field::new(
                "providers.twilio.account_sid",
                Kind::Text,
                ("Kontoens SID", "Account SID"),
            )
            .hint("Begynder med AC.", "Begins with AC."),
            Field::new(
                "providers.twilio.auth_token",
                Kind::Secret,
                ("Kontoens nøgle (auth token)", "Auth token"),
            )
            .hint(
                "Med den kendes Twilios opkald fra andres.",
                "Twilio's calls are told from others' by it.",
            ),
            Field::new(
                "server.public_url",
                Kind::Text,
                (
                    "Adressen, som udbyderen kalder",
                    "The address that the provider calls",
                ),
            )
            .hint(
                "https, uden skråstreg til sidst.",
                "https, without a slash at the end.",
            ),
        ],
    ),
    Section::new(
        "keys",
        ("Til viderekomne", "For the advanced"),
        (
            "En egen nøgle til det, Portner selv beder Twilio om, og den anden nøgle, mens kontoens skiftes.",
            "A key of its own for what Portner itself asks of Twilio, and the second token while the account's is changed.",
        ),
        &[
            Field::new(
                "providers.twilio.api_key_sid",
                Kind::Text,
                ("API-nøglens SID", "API key SID"),
            )
            .hint("Begynder med SK.", "Begins with SK."),
            Field::new(
                "providers.twilio.api_key_secret",
                Kind::Secret,
                ("API-nøglens hemmelighed", "API key secret"),
            )
            .part(),
            Field::new(
                "providers.twilio.auth_token_secondary",
                Kind::Secret,
                ("Kontoens anden nøgle", "Secondary auth token"),
            )
            .part(),
        ],
    ),
    Section::new(
        "voices",
        ("Udbyderens stemmer", "The provider's voices"),
        ("", ""),
        &[
            Field::new(
                "providers.twilio.voice_da",
                Kind::Text,
                ("Dansk stemme", "Danish voice"),
            )
            .part(),
            Field::new(
                "providers.twilio.voice_en",
                Kind::Text,
                ("Engelsk stemme", "English voice"),
            )
            .part(),
            Field::new(
                "providers.twilio.speech_model",
                Kind::Text,
                ("Talegenkendelse", "Speech recognition"),
            )
            .hint("Tomt: udbyderen vælger.", "Empty: the provider chooses."),
        ],
    ),
];

/// What the doctor finds, where it was asked to look: that takes as long as the network does.
pub(super) async fn findings(app: &App, looks: bool, language: Language) -> Markup {
    let found = if looks {
        let mut found = health::examined(app, language).await;
        found.retain(|finding| LOOKED_AT.contains(&finding.name));
        found
    } else {
        Vec::new()
    };
    html! {
        section class="card" aria-labelledby="looked" {
            h2 id="looked" { (language.choose("Virker det?", "Does it work?")) }
            @if found.is_empty() {
                p class="quiet" { (language.choose(
                    "Spørger Twilio og adressen udefra, som de står i filen nu.",
                    "Asks Twilio and the address from outside, as they stand in the file now.")) }
            }
            (health::list(&found, language))
            p class="buttons" { a class="button" href="/settings/provider?look=1#looked" {
                @if looks { (language.choose("Se efter igen", "Look again")) } @else { (language.choose("Se efter", "Look")) } } }
        }
    }
}
