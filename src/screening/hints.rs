//! The words that recognition should expect, for each language that a caller is heard in.

use std::sync::Arc;

use crate::call::Language;

use super::profile::Profile;

/// How many phrases a recogniser takes at most.
const MOST: usize = 100;
/// How long such a phrase may be, in characters.
const LONGEST: usize = 100;

/// What recognition should expect on any line where Danish is spoken.
const DANISH: &[&str] = &[
    "IT-ansvarlig",
    "den ansvarlige",
    "indkøb",
    "abonnement",
    "mobilabonnement",
    "elaftale",
    "forsikring",
    "pension",
    "besparelse",
    "uforpligtende",
    "tilbud",
    "konsulent",
    "undersøgelse",
    "annonce",
    "faktura",
    "ordre",
    "levering",
    "reparation",
    "reklamation",
    "Skattestyrelsen",
    "kommunen",
    "politiet",
    "sygehuset",
];

/// The same where English is spoken.
const ENGLISH: &[&str] = &[
    "IT manager",
    "the person responsible",
    "purchasing",
    "subscription",
    "mobile plan",
    "electricity contract",
    "insurance",
    "pension",
    "savings",
    "no obligation",
    "offer",
    "consultant",
    "survey",
    "advertisement",
    "invoice",
    "order",
    "delivery",
    "repair",
    "complaint",
    "the Danish Tax Agency",
    "the municipality",
    "the police",
    "the hospital",
];

/// The phrases that recognition should expect on a line.
#[derive(Debug, Clone)]
pub struct Hints {
    danish: Arc<[String]>,
    english: Arc<[String]>,
}

impl Hints {
    /// The names of this business, and what is said on any line.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self {
            danish: with_names(profile, DANISH),
            english: with_names(profile, ENGLISH),
        }
    }

    /// Those for a caller who is heard in this language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Arc<[String]> {
        Arc::clone(language.choose(&self.danish, &self.english))
    }
}

fn with_names(profile: &Profile, common: &[&str]) -> Arc<[String]> {
    [&profile.owner.name, &profile.company.name]
        .into_iter()
        .chain(profile.services.iter())
        .chain(profile.known_customers.iter().map(|known| &known.name))
        .chain(profile.known_suppliers.iter().map(|known| &known.name))
        .map(String::as_str)
        .chain(common.iter().copied())
        .map(str::trim)
        .filter(|hint| !hint.is_empty() && hint.chars().count() <= LONGEST && !hint.contains(','))
        .take(MOST)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_expects_its_own_words_and_both_the_names() {
        let mut profile = Profile::default();
        profile.company.name = "Topp Design".into();
        profile.services = vec!["x".repeat(LONGEST + 1), "logo, web".into()];
        let hints = Hints::of(&profile);
        let of = |language| hints.in_language(language).to_vec();
        let (danish, english) = (of(Language::Da), of(Language::En));
        assert_eq!(danish.first(), english.first());
        assert!(danish.iter().any(|hint| hint == "elaftale"), "{danish:?}");
        assert!(english.iter().any(|hint| hint == "invoice"), "{english:?}");
        assert!(
            !english
                .iter()
                .any(|hint| DANISH.contains(&&**hint) && hint != "pension")
        );
        assert_eq!(danish.len(), 1 + DANISH.len(), "{danish:?}");
    }
}
