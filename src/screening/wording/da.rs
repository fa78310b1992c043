//! The shipped texts in Danish.

use super::{Prompt, Tone};

pub(super) fn text(prompt: Prompt, tone: Tone) -> &'static str {
    if tone == Tone::Dry
        && let Some(text) = dry(prompt)
    {
        return text;
    }
    match prompt {
        Prompt::Notice => {
            "Hej, det er [automaten hos {company}|en automat]. Jeg skriver dine ord ned."
        }
        Prompt::AskOpen => "Hvem er du, og hvad gælder det?",
        Prompt::AskWho => "Hvem er du, og hvem vil du gerne tale med?",
        Prompt::AskWhat => "Tak. Hvad drejer det sig om? Få ord er nok.",
        Prompt::AskWhy => "Tak. Hvorfor ringer du netop hertil?",
        Prompt::AgainOpen => "Det fangede jeg ikke. Hvem er du, og hvad drejer det sig om?",
        Prompt::AgainWho => "Det fangede jeg ikke. Hvad hedder du, og hvem vil du tale med?",
        Prompt::AgainWhat => "Det forstod jeg ikke. Hvad gælder det, med andre ord?",
        Prompt::AgainWhy => "Det forstod jeg ikke. Hvorfor ringer du netop hertil?",
        Prompt::Silent => "Er der nogen? Sig, hvem du er, og hvad det gælder.",
        Prompt::OfferKeys => {
            "Vi hører ikke hinanden. Tryk 1 for at lægge en besked, eller 2 for at blive stillet \
             igennem."
        }
        Prompt::Connecting => "Tak. Jeg stiller om. Bliv hængende et øjeblik.",
        Prompt::Message => "Læg en besked efter tonen: navn, nummer, og hvad det gælder.",
        Prompt::No => {
            "Tak, fordi du ringede. Svaret er et direkte nej. Tager jeg fejl, så tryk 1 og læg en \
             besked."
        }
        Prompt::FinalNo => "Så blev det et nej. Hav en god dag.",
        Prompt::ScamEnd => {
            "Den slags klarer vi ikke over telefonen. Tager jeg fejl, så tryk 1 og læg en besked."
        }
        Prompt::BlockedNo => {
            "Dette nummer stiller jeg ikke om. Tager jeg fejl, så tryk 1 og læg en besked."
        }
        Prompt::NoAnswer => {
            "Opkaldet blev ikke taget. Læg en besked efter tonen: navn, nummer, og hvad det gælder."
        }
        Prompt::NoAnswerText => "Opkaldet blev ikke taget. Jeg skriver en note om det. Farvel.",
        Prompt::Goodbye => "Tak, fordi du ringede. Farvel.",
        Prompt::MessageThanks => "Tak. Beskeden er gemt. Farvel.",
        Prompt::Closed => {
            "Vi har lukket lige nu. Læg en besked efter tonen: navn, nummer, og hvad det gælder."
        }
        Prompt::Privacy => {
            "[{company} gemmer|Vi gemmer] dit nummer og dine svar for at sortere salgsopkald fra. \
             Lyd gemmes kun, når du lægger en besked. Spørg firmaet, hvis du vil se dem eller have \
             dem slettet."
        }
        Prompt::FailOpen => "Et øjeblik, jeg stiller dig igennem.",
        Prompt::Whisper => {
            "[{caller}|En uden navn][ fra {firm}][, om {matter}][: {words}][. {why}]."
        }
        Prompt::WantedWhisper => {
            "Fra din ønskeliste: [{caller}|en uden navn][ fra {firm}][, om {matter}][: {words}]."
        }
        Prompt::WhisperKeys => {
            "Tryk 1 for at tage den, 2 for et pænt nej, 3 for altid at lukke igennem, 4 for at \
             afvise den slags fremover."
        }
        Prompt::WhisperKeysWithheld => {
            "Tryk 1 for at tage den, 2 for et pænt nej, 4 for at afvise den slags fremover."
        }
        Prompt::OwnerText => {
            "Ubesvaret opkald[ til {company}]: [{caller}|en uden navn][ fra {firm}][, om {matter}][: {words}].\
             [ Nummer: {number}.]"
        }
    }
}

fn dry(prompt: Prompt) -> Option<&'static str> {
    Some(match prompt {
        Prompt::AskWho => "Sig dit navn, og hvem du søger. Navne tæller, titler gør ikke.",
        Prompt::AskWhat => {
            "Og hvad gælder det? Vil du sælge noget, så sig det. Ærlighed trækker op."
        }
        Prompt::AskWhy => {
            "Hvorfor lige os? At vi var de næste på listen, er også et svar. Bare ikke et godt."
        }
        Prompt::AgainOpen => {
            "Det gik stærkt, for en maskine. Hvem er du, og hvad drejer det sig om?"
        }
        Prompt::No => {
            "Her får du et direkte nej, så ingen af os spilder tiden. Tager jeg fejl, så tryk 1."
        }
        Prompt::FinalNo => {
            "Det blev et nej. Find ti kunder, du virkelig vil have, og ring til dem. God jagt."
        }
        Prompt::MessageThanks => "Tak. Jeg glemmer den ikke, jeg er en maskine. Farvel.",
        _ => return None,
    })
}
