//! The pages with a form on them: where each is, and what of the settings it shows.

use super::field::{Part, Posted};
use super::form::Section;
use super::{general, line, provider, wordings};
use crate::call::Language;
use crate::config::Sheet;
use crate::web::desk::lists::encoded;

/// A page with a form on it.
pub(super) struct FormPage {
    pub(super) title: String,
    /// Where it is, and where it is sent.
    pub(super) address: String,
    /// The line that it is about; none for the whole installation.
    pub(super) line: Option<String>,
    pub(super) sections: &'static [Section],
    pub(super) spoken: Option<Language>,
}

/// The pages of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinePage {
    Calls,
    Profile,
    Ringing,
    Wordings,
}

impl LinePage {
    pub(super) const ALL: [Self; 4] = [Self::Calls, Self::Profile, Self::Ringing, Self::Wordings];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == name)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Calls => "",
            Self::Profile => "profile",
            Self::Ringing => "ringing",
            Self::Wordings => "wordings",
        }
    }

    pub(super) fn name(self, language: Language) -> &'static str {
        match self {
            Self::Calls => language.choose("Opkald", "Calls"),
            Self::Profile => language.choose("Profil", "Profile"),
            Self::Ringing => language.choose("Telefoner og tider", "Phones and hours"),
            Self::Wordings => language.choose("Hvad Portner siger", "What Portner says"),
        }
    }

    pub(super) fn address(self, line: &str) -> String {
        let line = encoded(line);
        match self {
            Self::Calls => format!("/settings/line/{line}"),
            other => format!("/settings/line/{line}/{}", other.path()),
        }
    }
}

impl FormPage {
    pub(super) fn general(language: Language) -> Self {
        Self {
            title: language.choose("Fælles", "For all lines").to_owned(),
            address: "/settings/general".to_owned(),
            line: None,
            sections: &general::GENERAL,
            spoken: None,
        }
    }

    pub(super) fn provider(language: Language) -> Self {
        Self {
            title: language.choose("Udbyder", "Provider").to_owned(),
            address: "/settings/provider".to_owned(),
            line: None,
            sections: &provider::PROVIDER,
            spoken: None,
        }
    }

    pub(super) fn of_line(line: &str, page: LinePage, spoken: &str, language: Language) -> Self {
        let spoken = Language::ALL
            .into_iter()
            .find(|one| one.code() == spoken)
            .unwrap_or(language);
        let sections: &'static [Section] = match page {
            LinePage::Calls => &line::CALLS,
            LinePage::Profile => &line::PROFILE,
            LinePage::Ringing => &line::RINGING,
            LinePage::Wordings => wordings::sections(spoken),
        };
        let address = page.address(line);
        let is_spoken = page == LinePage::Wordings;
        Self {
            title: format!("{} · {line}", page.name(language)),
            address: if is_spoken {
                format!("{address}?spoken={}", spoken.code())
            } else {
                address
            },
            line: Some(line.to_owned()),
            sections,
            spoken: is_spoken.then_some(spoken),
        }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &'static Part> + use<> {
        self.sections
            .iter()
            .flat_map(|section| section.parts.iter())
    }

    /// The table of the line in the file; nothing where there is no such line any more.
    pub(super) fn base(&self, sheet: &Sheet) -> Option<String> {
        match &self.line {
            None => Some(String::new()),
            Some(line) => {
                let at = sheet.lines().iter().position(|own| own == line)?;
                Some(format!("line[{at}]"))
            }
        }
    }

    /// Where to go when it is saved: a line may be called something else now.
    pub(super) fn after(&self, posted: &Posted) -> String {
        let address = match posted.get("id").map(str::trim) {
            Some(id) if self.line.is_some() => LinePage::Calls.address(id),
            _ => self.address.clone(),
        };
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}done=saved")
    }
}
