//! The rules that Portner comes with.

use super::Source;

/// Path and text of each file under `rules/`, in the order of their paths.
const FILES: &[(&str, &str)] = &[
    (
        "da/authorities.toml",
        include_str!("../../rules/da/authorities.toml"),
    ),
    (
        "da/borrowed_trust.toml",
        include_str!("../../rules/da/borrowed_trust.toml"),
    ),
    (
        "da/customers.toml",
        include_str!("../../rules/da/customers.toml"),
    ),
    (
        "da/customers_bookings.toml",
        include_str!("../../rules/da/customers_bookings.toml"),
    ),
    (
        "da/customers_faults.toml",
        include_str!("../../rules/da/customers_faults.toml"),
    ),
    (
        "da/customers_orders.toml",
        include_str!("../../rules/da/customers_orders.toml"),
    ),
    (
        "da/customers_questions.toml",
        include_str!("../../rules/da/customers_questions.toml"),
    ),
    (
        "da/emergencies.toml",
        include_str!("../../rules/da/emergencies.toml"),
    ),
    (
        "da/evasion.toml",
        include_str!("../../rules/da/evasion.toml"),
    ),
    ("da/fraud.toml", include_str!("../../rules/da/fraud.toml")),
    (
        "da/fraud_access.toml",
        include_str!("../../rules/da/fraud_access.toml"),
    ),
    (
        "da/fraud_business.toml",
        include_str!("../../rules/da/fraud_business.toml"),
    ),
    (
        "da/fraud_money.toml",
        include_str!("../../rules/da/fraud_money.toml"),
    ),
    (
        "da/fraud_offers.toml",
        include_str!("../../rules/da/fraud_offers.toml"),
    ),
    (
        "da/fraud_offices.toml",
        include_str!("../../rules/da/fraud_offices.toml"),
    ),
    (
        "da/fraud_private.toml",
        include_str!("../../rules/da/fraud_private.toml"),
    ),
    (
        "da/fraud_yes.toml",
        include_str!("../../rules/da/fraud_yes.toml"),
    ),
    ("da/hints.toml", include_str!("../../rules/da/hints.toml")),
    (
        "da/hints_frames.toml",
        include_str!("../../rules/da/hints_frames.toml"),
    ),
    (
        "da/hints_offers.toml",
        include_str!("../../rules/da/hints_offers.toml"),
    ),
    (
        "da/hints_wares.toml",
        include_str!("../../rules/da/hints_wares.toml"),
    ),
    (
        "da/honest_seller.toml",
        include_str!("../../rules/da/honest_seller.toml"),
    ),
    (
        "da/machines.toml",
        include_str!("../../rules/da/machines.toml"),
    ),
    (
        "da/no_reason.toml",
        include_str!("../../rules/da/no_reason.toml"),
    ),
    (
        "da/open_selling.toml",
        include_str!("../../rules/da/open_selling.toml"),
    ),
    (
        "da/open_selling_pretexts.toml",
        include_str!("../../rules/da/open_selling_pretexts.toml"),
    ),
    (
        "da/pitches.toml",
        include_str!("../../rules/da/pitches.toml"),
    ),
    (
        "da/private_and_other.toml",
        include_str!("../../rules/da/private_and_other.toml"),
    ),
    (
        "da/routing.toml",
        include_str!("../../rules/da/routing.toml"),
    ),
    (
        "da/visitors_and_suppliers.toml",
        include_str!("../../rules/da/visitors_and_suppliers.toml"),
    ),
    ("da/words.toml", include_str!("../../rules/da/words.toml")),
    (
        "da/words_callers.toml",
        include_str!("../../rules/da/words_callers.toml"),
    ),
    (
        "da/words_callers_things.toml",
        include_str!("../../rules/da/words_callers_things.toml"),
    ),
    (
        "da/words_guards.toml",
        include_str!("../../rules/da/words_guards.toml"),
    ),
    (
        "da/words_wares.toml",
        include_str!("../../rules/da/words_wares.toml"),
    ),
    (
        "en/authorities.toml",
        include_str!("../../rules/en/authorities.toml"),
    ),
    (
        "en/borrowed_trust.toml",
        include_str!("../../rules/en/borrowed_trust.toml"),
    ),
    (
        "en/customers.toml",
        include_str!("../../rules/en/customers.toml"),
    ),
    (
        "en/emergencies.toml",
        include_str!("../../rules/en/emergencies.toml"),
    ),
    (
        "en/evasion.toml",
        include_str!("../../rules/en/evasion.toml"),
    ),
    ("en/fraud.toml", include_str!("../../rules/en/fraud.toml")),
    (
        "en/fraud_access.toml",
        include_str!("../../rules/en/fraud_access.toml"),
    ),
    (
        "en/fraud_money.toml",
        include_str!("../../rules/en/fraud_money.toml"),
    ),
    (
        "en/fraud_offers.toml",
        include_str!("../../rules/en/fraud_offers.toml"),
    ),
    (
        "en/fraud_offices.toml",
        include_str!("../../rules/en/fraud_offices.toml"),
    ),
    (
        "en/fraud_private.toml",
        include_str!("../../rules/en/fraud_private.toml"),
    ),
    (
        "en/fraud_yes.toml",
        include_str!("../../rules/en/fraud_yes.toml"),
    ),
    ("en/hints.toml", include_str!("../../rules/en/hints.toml")),
    (
        "en/hints_frames.toml",
        include_str!("../../rules/en/hints_frames.toml"),
    ),
    (
        "en/hints_offers.toml",
        include_str!("../../rules/en/hints_offers.toml"),
    ),
    (
        "en/hints_wares.toml",
        include_str!("../../rules/en/hints_wares.toml"),
    ),
    (
        "en/honest_seller.toml",
        include_str!("../../rules/en/honest_seller.toml"),
    ),
    (
        "en/machines.toml",
        include_str!("../../rules/en/machines.toml"),
    ),
    (
        "en/open_selling.toml",
        include_str!("../../rules/en/open_selling.toml"),
    ),
    (
        "en/private_and_other.toml",
        include_str!("../../rules/en/private_and_other.toml"),
    ),
    (
        "en/routing.toml",
        include_str!("../../rules/en/routing.toml"),
    ),
    (
        "en/visitors_and_suppliers.toml",
        include_str!("../../rules/en/visitors_and_suppliers.toml"),
    ),
    ("en/words.toml", include_str!("../../rules/en/words.toml")),
    (
        "en/words_wares.toml",
        include_str!("../../rules/en/words_wares.toml"),
    ),
];

/// The shipped pack: rules and word classes for Danish and English.
#[must_use]
pub fn shipped() -> Vec<Source> {
    FILES
        .iter()
        .map(|(path, text)| Source {
            path: format!("rules/{path}"),
            text: (*text).to_owned(),
        })
        .collect()
}

/// Whether this is a file that Portner comes with, unchanged.
pub(super) fn is_shipped(source: &Source) -> bool {
    let path = source.path.strip_prefix("rules/");
    let text = FILES.iter().find(|(known, _)| path == Some(*known));
    text.is_some_and(|(_, text)| source.text == *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Language;
    use crate::rules::{Lexicon, Rule, RuleSet, check, read_dir};

    #[test]
    fn a_file_is_shipped_as_long_as_nobody_changed_it() {
        let mut file = shipped().remove(3);
        assert!(is_shipped(&file));
        file.text.push('\n');
        assert!(!is_shipped(&file));
    }

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut on_disk: Vec<String> = read_dir(&folder)
            .unwrap()
            .into_iter()
            .map(|source| source.text)
            .collect();
        let mut shipped: Vec<String> = shipped().into_iter().map(|source| source.text).collect();
        on_disk.sort();
        shipped.sort();
        assert!(
            on_disk == shipped,
            "src/rules/shipped.rs must list every file of rules/"
        );
    }

    #[test]
    fn the_shipped_rules_hold_what_they_promise() {
        let mut sources = shipped();
        for source in &mut sources {
            // As an owner's own are looked at.
            source.path.insert_str(0, "own/");
        }
        let report = check(&sources, &Lexicon::default());
        let rendered: Vec<String> = report
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.render(&sources, false))
            .collect();
        assert_eq!(report.errors(), 0, "{}", rendered.join("\n"));
    }

    #[test]
    fn every_shipped_rule_shows_what_it_hits_and_what_it_must_not() {
        let compiled = RuleSet::compile(&shipped(), &Lexicon::default()).unwrap();
        for language in Language::ALL {
            let own = |rule: &&Rule| rule.language == Some(language);
            assert!(compiled.rules.rules().iter().filter(own).count() >= 30);
        }
        for rule in compiled.rules.rules() {
            assert!(rule.examples.len() >= 4, "{}", rule.id);
            assert!(rule.counter_examples.len() >= 3, "{}", rule.id);
        }
    }
}
