//! How the installation is set up, to be read and heard. Settings are changed in the file that the
//! page names, which keeps comments and order.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::Page;
use super::place::Place;
use super::time::number;
use crate::call::Language;
use crate::screening::Policy;
use crate::screening::line::{Closed, Mode, NoAnswer, TargetedSellers, Whisper};
use crate::screening::wording::{Audience, Prompt};
use crate::web::App;
use crate::web::api::status::masked;
use crate::web::language::Shown;

/// The page.
pub(super) async fn page(State(app): State<App>, shown: Shown) -> Response {
    let language = shown.language;
    let findings = findings(&app, language).await;
    let policies = app.state.service.policies();
    let title = Place::Settings.name(language);
    let body = html! {
        div class="head" { h1 { (title) } }
        p class="quiet" {
            (language.choose("De ændres i filen ", "They are changed in the file ")) code { "portner.toml" }
            (language.choose("; ", "; ")) code { "portner config" }
            (language.choose(" viser, hvor hver af dem kommer fra.", " shows where each of them comes from."))
        }
        section class="card" aria-labelledby="health" {
            h2 id="health" { (language.choose("Hvordan det står til", "How it is")) }
            ul class="findings" {
                @for finding in &findings { (finding.markup(language)) }
            }
            p class="quiet small" { code { "portner doctor" } (language.choose(" ser efter hos udbyderen også.", " looks at the provider too.")) }
        }
        @for policy in policies.lines() { (line(policy, language)) }
    };
    Page::new(title, body).at(Place::Settings).respond(&shown)
}

/// Something that was looked at.
struct Finding {
    good: bool,
    words: String,
}

impl Finding {
    fn markup(&self, language: Language) -> Markup {
        let (class, sign, word) = if self.good {
            ("connect", "✓", language.choose("I orden", "Well"))
        } else {
            ("message", "!", language.choose("Se på det", "Look at this"))
        };
        html! {
            li class=(class) {
                span class="sign" aria-hidden="true" { (sign) }
                span { span class="sr" { (word) ": " } (self.words) }
            }
        }
    }
}

async fn findings(app: &App, language: Language) -> Vec<Finding> {
    let service = &app.state.service;
    let policies = service.policies();
    let finding = |good, words: String| Finding { good, words };
    let mut findings = Vec::new();
    let counts = match service.keeper().store() {
        Some(store) => store.counts().await.map_err(|error| error.to_string()),
        None => Err(service.keeper().trouble().unwrap_or_default()),
    };
    findings.push(match counts {
        Ok(counts) => finding(
            true,
            language.choose(
                format!(
                    "Lageret er åbent: {} opkald, {} på lister.",
                    counts.calls, counts.entries
                ),
                format!(
                    "The store is open: {} calls, {} on lists.",
                    counts.calls, counts.entries
                ),
            ),
        ),
        Err(trouble) => finding(
            false,
            language.choose(
                format!("Lageret er væk, så telefonen ringer for alle: {trouble}"),
                format!("The store is away, so the phone rings for everybody: {trouble}"),
            ),
        ),
    });
    let version = policies.lines()[0].rules.version();
    findings.push(match policies.trouble() {
        None => finding(
            true,
            language.choose(
                format!("Reglerne gælder, version {version}."),
                format!("The rules are in force, version {version}."),
            ),
        ),
        Some(_) => finding(
            false,
            language.choose(
                "De ændrede regelfiler kan ikke bruges; reglerne fra før gælder stadig.".to_owned(),
                "The changed rule files cannot be used; the rules of before are still in force."
                    .to_owned(),
            ),
        ),
    });
    let url = &app.state.public_url;
    findings.push(if url.starts_with("https://") {
        finding(
            true,
            language.choose(
                format!("Udbyderen når Portner på {url}."),
                format!("The provider reaches Portner at {url}."),
            ),
        )
    } else {
        finding(
            false,
            language.choose(
                format!("Adressen {url} kan kun nås herfra. Ingen udbyder kan ringe ind endnu."),
                format!(
                    "The address {url} is only reached from here. No provider can call in yet."
                ),
            ),
        )
    });
    let can_act = service
        .provider("twilio")
        .is_some_and(|provider| provider.control().is_some());
    findings.push(if can_act {
        finding(true, language.choose("Knapperne på igangværende opkald virker med det samme.".into(), "The buttons on calls in progress work at once.".into()))
    } else {
        finding(
            false,
            language.choose(
                "Uden konto hos udbyderen virker knapperne på igangværende opkald først ved næste svar.".into(),
                "Without an account at the provider, the buttons on calls in progress work with the next answer.".into(),
            ),
        )
    });
    findings
}

fn line(policy: &Policy, language: Language) -> Markup {
    let line = &policy.line;
    let fact = |name: &str, value: Markup| html! { div { dt { (name) } dd { (value) } } };
    let text = |text: &str| html! { @if text.is_empty() { "–" } @else { (text) } };
    let own = &line.profile;
    html! {
        section class="card line-card" aria-labelledby={ "line-" (line.id) } {
            h2 id={ "line-" (line.id) } { (language.choose("Linje ", "Line ")) (line.id) }
            dl class="facts" {
                (fact(language.choose("Numre", "Numbers"), html! {
                    @for (at, own) in line.numbers.iter().enumerate() { @if at > 0 { ", " } span class="number" { (number(*own)) } }
                }))
                (fact(language.choose("Tilstand", "Mode"), text(match line.mode {
                    Mode::Screen => language.choose("Spørger opkald ud", "Screens callers"),
                    Mode::Listen => language.choose("Lytter kun, alle ringer igennem", "Only listens, everybody rings through"),
                })))
                (fact(language.choose("Sprog", "Languages"), text(&line.languages.iter().map(Language::code).collect::<Vec<_>>().join(", "))))
                (fact(language.choose("Ringer hos", "Rings at"), html! {
                    @for (at, attempt) in line.attempts.iter().enumerate() {
                        @if at > 0 { (language.choose(", så ", ", then ")) }
                        (attempt.targets.iter().map(masked).collect::<Vec<_>>().join(" + ")) " (" (attempt.ring_seconds) " s)"
                    }
                }))
                (fact(language.choose("Tager ingen den", "If nobody answers"), text(match line.no_answer {
                    NoAnswer::Voicemail => language.choose("En besked optages", "A message is recorded"),
                    NoAnswer::Text { .. } => language.choose("Du får en sms", "You get a text"),
                    NoAnswer::Goodbye => language.choose("Et pænt farvel", "A polite goodbye"),
                })))
                (fact(language.choose("Du hører, hvem det er", "You hear who it is"), text(match line.whisper {
                    Whisper::On { .. } => language.choose("Ja, og trykker en tast", "Yes, and press a key"),
                    Whisper::Off => language.choose("Nej", "No"),
                })))
                (fact(language.choose("Uden for åbningstid", "Outside the hours"), text(match line.closed {
                    Closed::Connect => language.choose("Som ellers", "As ever"),
                    Closed::Message => language.choose("En besked i stedet", "A message instead"),
                })))
                (fact(language.choose("Sælgere, der ved hvorfor", "Sellers who know why"), text(match line.targeted_sellers {
                    TargetedSellers::Connect => language.choose("Telefonen ringer", "The phone rings"),
                    TargetedSellers::Message => language.choose("En besked", "A message"),
                })))
                (fact(language.choose("Tidszone", "Time zone"), text(line.time_zone.iana_name().unwrap_or_default())))
                (fact(language.choose("Indehaver", "Owner"), text(&own.owner.name)))
                (fact(language.choose("Firma", "Company"), text(&own.company.name)))
                (fact(language.choose("Fag", "Trade"), text(&own.trade)))
                (fact(language.choose("Ydelser", "Services"), text(&own.services.join(", "))))
                (fact(language.choose("Ventede opkald", "Expected calls"), text(&line.expect.join(", "))))
            }
            (wordings(policy, language))
        }
    }
}

/// Everything the doorman says, with a button to hear it.
fn wordings(policy: &Policy, language: Language) -> Markup {
    let line = &policy.line;
    html! {
        details {
            summary { (language.choose("Hvad Portner siger", "What Portner says")) }
            @for spoken in line.languages.iter() {
                h3 { (spoken.choose("Dansk", "English")) }
                dl class="wordings" {
                    @for prompt in Prompt::ALL.into_iter().filter(|prompt| prompt.audience() == Audience::Caller) {
                        @let words = line.wordings.say(prompt, spoken);
                        div {
                            dt { code { (prompt.key()) } }
                            dd {
                                span lang=(spoken.code()) { (words) } " "
                                button class="plain" data-say=(words) data-lang=(spoken.tag()) hidden
                                    aria-label={ (language.choose("Hør ", "Hear ")) (prompt.key()) } { "▶ " (language.choose("Hør", "Hear it")) }
                            }
                        }
                    }
                }
            }
        }
    }
}
