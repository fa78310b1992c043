//! Everything Portner says, in each language: the owner's own text over the one that Portner comes
//! with, to be heard before it is kept.

use std::sync::LazyLock;

use axum::extract::{Form as Body, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::field::{Field, Kind, Part, Words};
use super::form::{Form, Section};
use super::page::{FormPage, LinePage};
use super::read_sheet;
use crate::call::{Bilingual, Language, bilingual};
use crate::screening::profile::Profile;
use crate::screening::wording::{Audience, Prompt, Template, Tone, Values, Wordings, shipped};
use crate::web::App;
use crate::web::language::Shown;
use crate::web::settings as files;

/// The texts of a language, those for callers first. Made once, for good.
pub(super) fn sections(spoken: Language) -> &'static [Section] {
    static ALL: LazyLock<[[Section; 2]; 2]> = LazyLock::new(|| Language::ALL.map(made));
    spoken.choose(&ALL[0], &ALL[1])
}

fn made(spoken: Language) -> [Section; 2] {
    let of = |audience, id, name: Words| {
        let texts = Prompt::ALL
            .into_iter()
            .filter(|prompt| prompt.audience() == audience);
        let parts: Vec<Part> = texts.map(|prompt| field(prompt, spoken).part()).collect();
        Section::new(id, name, ("", ""), parts.leak())
    };
    [
        of(
            Audience::Caller,
            "callers",
            ("Til den, der ringer", "To callers"),
        ),
        of(Audience::Owner, "owner", ("Til dig", "To you")),
    ]
}

fn field(prompt: Prompt, spoken: Language) -> Field {
    let key = format!("wordings.{}.{}", spoken.code(), prompt.key());
    Field::new(key.leak(), Kind::Long, (meaning(prompt), prompt.meaning()))
}

/// What a text is for, in Danish.
fn meaning(prompt: Prompt) -> &'static str {
    match prompt {
        Prompt::Notice => {
            "Begynder hvert opkald: firmaet, at en automat svarer, at ordene skrives ned."
        }
        Prompt::AskOpen => "Det åbne spørgsmål bagefter.",
        Prompt::AskWho => "HVEM: hvem er det, og hvem vil han tale med?",
        Prompt::AskWhat => "HVAD: hvad drejer det sig om?",
        Prompt::AskWhy => "HVORFOR: hvorfor netop her? Når det ligner salg.",
        Prompt::AgainOpen => "Det åbne spørgsmål igen, når svaret ikke blev forstået.",
        Prompt::AgainWho => "HVEM igen.",
        Prompt::AgainWhat => "HVAD igen.",
        Prompt::AgainWhy => "HVORFOR igen.",
        Prompt::Silent => "Det åbne spørgsmål igen, når intet blev hørt.",
        Prompt::OfferKeys => "Tilbyder taster, når ord ikke virker: 1 er en besked, 2 er igennem.",
        Prompt::Connecting => "Før din telefon ringer.",
        Prompt::Message => "Før tonen, der begynder en besked.",
        Prompt::No => "Nejet. Tast 1 fører til en besked.",
        Prompt::FinalNo => "Det sidste ord efter nejet, når ingen tast blev trykket.",
        Prompt::ScamEnd => "Slutter et opkald med tegn på svindel, neutralt.",
        Prompt::BlockedNo => {
            "Nejet til et blokeret nummer, hvor det siges. Tast 1 fører til en besked."
        }
        Prompt::NoAnswer => "Ingen tog opkaldet: før tonen, der begynder en besked.",
        Prompt::NoAnswerText => "Ingen tog opkaldet, og du får en sms om det.",
        Prompt::Goodbye => "Slutter et opkald.",
        Prompt::MessageThanks => "Efter en besked.",
        Prompt::Closed => "Uden for åbningstid: før tonen, der begynder en besked.",
        Prompt::Privacy => "Hvad der gemmes om den, der ringer; tast 9 spørger om det.",
        Prompt::FailOpen => {
            "Når noget hos os gik i stykker midt i samtalen, og telefonen bare ringer."
        }
        Prompt::Whisper => "Hvem der ringer, sagt til dig, når du tager den.",
        Prompt::WantedWhisper => "Det samme for én på listen over ønskede kunder.",
        Prompt::WhisperKeys => {
            "Dine taster: 1 tag den, 2 et pænt nej, 3 luk altid igennem, 4 afvis den slags."
        }
        Prompt::WhisperKeysWithheld => "Det samme, når nummeret er skjult.",
        Prompt::OwnerText => "Sms'en til dig om et opkald, som ingen tog.",
    }
}

/// The way to the other language's texts.
pub(super) fn tongues(page: &FormPage, spoken: Language, language: Language) -> Markup {
    let line = page.line.as_deref().unwrap_or_default();
    html! {
        p class="quiet" { (language.choose(
            "Tomt er det, Portner selv siger; det står under feltet. {firma} og {ejer} bliver til dine navne, og hvad der står i [ ], falder bort, når der intet er at sige.",
            "Empty is what Portner says by itself; it stands below the field. {company} and {owner} become your names, and what stands in [ ] is left out when there is nothing to say.")) }
        nav class="tongues" aria-label=(language.choose("Ordlyd på", "Wordings in")) {
            @for (other, name) in [(Language::Da, language.choose("Det danske", "The Danish")), (Language::En, language.choose("Det engelske", "The English"))] {
                @if other == spoken { span aria-current="true" { (name) } }
                @else { a href={ (LinePage::Wordings.address(line)) "?spoken=" (other.code()) } { (name) } }
            }
        }
    }
}

/// The texts, each with what holds without it and a way to hear it.
pub(super) fn markup(form: &Form, sections: &[Section], line: &str, spoken: Language) -> Markup {
    let language = form.language;
    let tone = match form.sheet.get(&format!("{}.tone", form.base)) {
        Some(tone) if tone == "dry" => Tone::Dry,
        _ => Tone::Plain,
    };
    html! {
        @for section in sections {
            section class="card" aria-labelledby=(section.id) {
                h2 id=(section.id) { (language.choose(section.name.0, section.name.1)) }
                div class="stack wordings" {
                    @for part in section.parts {
                        @if let Part::One(field) = part {
                            @let key = field.key.rsplit('.').next().unwrap_or_default();
                            div class="wording" {
                                (form.parts(std::slice::from_ref(part)))
                                div class="without" {
                                    @if let Some(prompt) = Prompt::from_key(key) {
                                        p class="quiet small" lang=(spoken.code()) { (shipped(prompt, spoken, tone)) }
                                    }
                                    button class="plain" type="button" hidden data-hear=(field.key) data-line=(line) data-lang=(spoken.tag()) {
                                        span aria-hidden="true" { "▶ " } (language.choose("Hør det", "Hear it"))
                                        span class="sr" { ": " (language.choose(field.name.0, field.name.1)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A text that is to be heard as a caller would.
#[derive(Debug, Deserialize)]
pub(super) struct Heard {
    line: String,
    /// The setting, such as `wordings.da.notice`.
    setting: String,
    text: String,
}

/// The text with its names in place, as it would be spoken; what is wrong with it otherwise.
pub(super) async fn say(
    State(app): State<App>,
    shown: Shown,
    Body(heard): Body<Heard>,
) -> Response {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    match spoken(&app, &heard).await {
        Ok(words) => (plain, words).into_response(),
        Err(why) => {
            let why = why.told_in(shown.language).to_owned();
            (StatusCode::UNPROCESSABLE_ENTITY, plain, why).into_response()
        }
    }
}

fn no_such_text() -> Bilingual {
    bilingual!("der er ikke sådan en tekst", "there is no such text")
}

async fn spoken(app: &App, heard: &Heard) -> Result<String, Bilingual> {
    let mut parts = heard.setting.rsplit('.');
    let (key, code) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let prompt = Prompt::from_key(key).ok_or_else(no_such_text)?;
    let language = Language::ALL
        .into_iter()
        .find(|language| language.code() == code)
        .ok_or_else(no_such_text)?;
    let current = files::read(app)
        .await
        .map_err(|problem| problem.message().clone())?;
    let sheet = read_sheet(app, &current.text)
        .map_err(|wrong| Bilingual::of(|language| wrong.told_in(language)))?;
    let at = sheet.lines().iter().position(|line| *line == heard.line);
    let base = format!("line[{}]", at.unwrap_or_default());
    let profile = sheet
        .get(&format!("{base}.profile"))
        .cloned()
        .unwrap_or_default();
    let profile: Profile = serde_json::from_value(profile).unwrap_or_default();
    let tone = sheet
        .get(&format!("{base}.tone"))
        .cloned()
        .unwrap_or_default();
    let tone: Tone = serde_json::from_value(tone).unwrap_or_default();
    let mut wordings = Wordings::new(&profile, tone);
    if !heard.text.trim().is_empty() {
        let own = Template::parse(prompt, heard.text.trim()).map_err(|error| error.told())?;
        wordings = wordings.with(prompt, language, own);
    }
    let caller = Values {
        caller: "Lone",
        firm: language.choose("Blomsterhjørnet", "the flower shop"),
        matter: language.choose("hjemmesiden", "the website"),
        ..Values::default()
    };
    Ok(wordings.text(prompt, language, &caller))
}
