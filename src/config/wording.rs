//! The owner's own texts.

use super::check::suggestion;
use super::file;
use super::problem::Problems;
use super::shape::closest;
use crate::call::{Bilingual, Language, bilingual};
use crate::screening::line::Languages;
use crate::screening::wording::{Prompt, Template, WordingError, Wordings, seconds};

/// A greeting that takes longer than this, in seconds, is talked over.
const LONG_GREETING: f32 = 10.0;

/// The texts of a line: the shipped ones, and the owner's own over them.
pub(super) fn check(line: &file::Line, path: &str, problems: &mut Problems<'_>) -> Wordings {
    let mut wordings = Wordings::new(&line.profile, line.tone);
    for language in Language::ALL {
        for (key, text) in language.choose(&line.wordings.da, &line.wordings.en) {
            let setting = format!("{path}.wordings.{}.{key}", language.code());
            let Some(prompt) = Prompt::from_key(key) else {
                let known = Prompt::ALL.map(Prompt::key);
                problems.error_at_name(
                    &setting,
                    bilingual!("der er ingen tekst {key:?}", "there is no text {key:?}"),
                    bilingual!("ukendt", "unknown"),
                    suggestion(key, &known),
                );
                continue;
            };
            match Template::parse(prompt, text) {
                Ok(text) => wordings = wordings.with(prompt, language, text),
                Err(error) => {
                    let help = wording_help(prompt, &error);
                    problems.error(&setting, error.told(), None, help);
                }
            }
        }
    }
    wordings
}

fn wording_help(prompt: Prompt, error: &WordingError) -> Bilingual {
    match error {
        WordingError::Empty if prompt == Prompt::Notice => bilingual!(
            "den siger, at en maskine svarer og skriver ord ned: sig det med dine egne ord, men sig det",
            "the notice says that a machine answers and writes words down: say it in your own words, but say it"
        ),
        WordingError::Empty => bilingual!(
            "udelad indstillingen for at beholde den medfølgende tekst",
            "leave the setting out to keep the shipped text"
        ),
        WordingError::TooLong(_) => bilingual!(
            "sig det kortere: otte sekunder er længe",
            "say it shorter: eight seconds are long"
        ),
        WordingError::UnknownPlaceholder { name, known } => {
            let all = known
                .iter()
                .map(|name| format!("{{{name}}}"))
                .collect::<Vec<_>>()
                .join(", ");
            match closest(name, known) {
                None => bilingual!("kendt her: {all}", "known here: {all}"),
                Some(close) => bilingual!(
                    "mente du {{{close}}}? Kendt her: {all}",
                    "did you mean {{{close}}}? Known here: {all}"
                ),
            }
        }
        WordingError::Unpaired(_) | WordingError::Nested => bilingual!(
            "skriv {{firma}} for en pladsholder og [ hos {{firma}}] for det, der udelades uden den",
            "write {{company}} for a placeholder and [ by {{company}}] for what is left out without it"
        ),
    }
}

/// Warns of a greeting that is too long, or does not say whom the caller has reached.
pub(super) fn tell_odd_greeting(
    line: &file::Line,
    wordings: &Wordings,
    languages: &Languages,
    path: &str,
    problems: &mut Problems<'_>,
) {
    for language in languages.iter() {
        let spoken = seconds(&wordings.greeting(language));
        if spoken > LONG_GREETING {
            problems.warning(
                &format!("{path}.wordings.{}.notice", language.code()),
                bilingual!(
                    "hilsenen tager omkring {spoken:.0} sekunder; folk taler hen over den",
                    "the greeting takes about {spoken:.0} seconds; people talk over it"
                ),
                None,
                bilingual!(
                    "afkort `notice` eller `ask_open`",
                    "shorten `notice` or `ask_open`"
                ),
            );
        }
    }
    let profile = format!("{path}.profile");
    if line.profile.company.name.trim().is_empty() && !problems.any_in(&profile) {
        problems.warning(
            &profile,
            bilingual!(
                "profilen nævner intet firma: hilsenen kan ikke sige, hvem man har fået fat i",
                "the profile names no company: the greeting cannot say whom the caller has reached"
            ),
            None,
            bilingual!(
                "skriv company = {{ name = \"…\" }} under [line.profile]",
                "write company = {{ name = \"…\" }} under [line.profile]"
            ),
        );
    }
}
