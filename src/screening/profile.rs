//! Whose line it is: what the owner is called, what his firm does, whom it knows and which roles
//! do not exist there. Rules ask it through word classes; nothing of it is ever told to a caller.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// What is true of this business and not of any business. The same fields, under the same names,
/// stand in `portner.toml` (`[line.profile]`) and in an owner file (JSON).
///
/// ```
/// use portner::screening::profile::Profile;
/// let profile = Profile::from_json(r#"{"owner": {"name": "Per Topp"}, "trade": "design"}"#).unwrap();
/// assert_eq!(profile.owner.name, "Per Topp");
/// assert!(profile.lexicon()["owner"].contains(&"Per".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Profile {
    /// The person whose phone it is.
    #[serde(deserialize_with = "or_default")]
    pub owner: Owner,
    /// The firm.
    #[serde(deserialize_with = "or_default")]
    pub company: Company,
    /// What the firm does, in a word or two: `webdesign`, `carpenter`.
    #[serde(deserialize_with = "or_default")]
    pub trade: String,
    /// What customers come for: `hjemmesider`, `logo`.
    #[serde(deserialize_with = "words")]
    pub services: Vec<String>,
    /// What the firm sells by name.
    #[serde(deserialize_with = "or_default")]
    pub products: Vec<Product>,
    /// Firms and people that buy here.
    #[serde(deserialize_with = "or_default")]
    pub known_customers: Vec<Customer>,
    /// Firms that the business buys from and knows.
    #[serde(deserialize_with = "or_default")]
    pub known_suppliers: Vec<Supplier>,
    /// Other people and offices whose call is welcome: the accountant, the school.
    #[serde(deserialize_with = "words")]
    pub known_contacts: Vec<String>,
    /// Roles that callers ask for and nobody has here: `IT-ansvarlig`, `indkøbschef`.
    #[serde(deserialize_with = "words")]
    pub roles_that_do_not_exist: Vec<String>,
    /// What the business buys, so that offers of it can be told from orders: `domæner`, `papir`.
    #[serde(deserialize_with = "words")]
    pub we_buy: Vec<String>,
}

/// The person whose phone it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Owner {
    /// First name and family name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What else the name is said or heard as: `Peer Top`.
    #[serde(deserialize_with = "words")]
    pub spoken_variants: Vec<String>,
    /// Whether nobody else works here: then every question for a role is beside the point.
    #[serde(deserialize_with = "or_default")]
    pub is_the_only_person: bool,
}

/// The firm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Company {
    /// Its name, as the doorman says it.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What else it is said or heard as: `Top Design`.
    #[serde(deserialize_with = "words")]
    pub spoken_variants: Vec<String>,
    /// The town.
    #[serde(deserialize_with = "or_default")]
    pub city: String,
    /// The street, with or without number.
    #[serde(deserialize_with = "or_default")]
    pub street: String,
    /// The domain of its site: `toppdesign.dk`.
    #[serde(deserialize_with = "or_default")]
    pub domain: String,
    /// The languages spoken there: `da`, `en`.
    #[serde(deserialize_with = "words")]
    pub languages: Vec<String>,
}

/// Something that the firm sells by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Product {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What it is, in plain words.
    #[serde(deserialize_with = "or_default")]
    pub what: String,
    /// What else the name is said or heard as.
    #[serde(deserialize_with = "words")]
    pub spoken_variants: Vec<String>,
}

/// A firm or person that buys here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Customer {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Who calls from there.
    #[serde(deserialize_with = "words")]
    pub people: Vec<String>,
    /// What they buy.
    #[serde(deserialize_with = "or_default")]
    pub what: String,
}

/// A firm that the business buys from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Supplier {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What is bought there.
    #[serde(deserialize_with = "or_default")]
    pub what: String,
}

/// `null` counts as not said.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A list of words; an object counts by its `name`, so that owner files may say more.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Word {
        Plain(String),
        Named { name: String },
    }
    Ok(Option::<Vec<Word>>::deserialize(deserializer)?
        .unwrap_or_default()
        .into_iter()
        .map(|word| match word {
            Word::Plain(word) | Word::Named { name: word } => word,
        })
        .collect())
}

/// The word classes that a profile fills, each with what it holds.
pub const CLASSES: [(&str, &str); 13] = [
    ("owner", "the owner's names"),
    ("company", "the firm's names and its domain"),
    (
        "people",
        "everybody known by name: owner, customers' people, contacts",
    ),
    ("suppliers", "known suppliers"),
    ("customers", "known customers and their people"),
    ("contacts", "known contacts and whoever is expected"),
    ("services", "what customers come for"),
    ("products", "what is sold by name"),
    ("we_sell", "services, products and the trade"),
    ("we_buy", "what the business buys"),
    ("missing_roles", "roles that do not exist here"),
    ("place", "town and street"),
    ("trade", "the trade"),
];

impl Profile {
    /// Reads an owner file. Fields it does not know are ignored.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The word classes that this profile fills: every class of [`CLASSES`], perhaps empty. Each
    /// entry is safe to stand as a phrase of the rule language.
    #[must_use]
    pub fn lexicon(&self) -> BTreeMap<String, Vec<String>> {
        self.lexicon_with(&[])
    }

    /// The same, with firms and people whose call is expected among the contacts.
    #[must_use]
    pub fn lexicon_with(&self, expected: &[String]) -> BTreeMap<String, Vec<String>> {
        let owner = self.owner.words();
        let contacts: Vec<String> = self
            .known_contacts
            .iter()
            .chain(expected)
            .cloned()
            .collect();
        let customers = self.customers();
        let services = self.services.clone();
        let products = self.products();
        let trade = vec![self.trade.clone()];
        let people = [
            owner.clone(),
            self.known_customers
                .iter()
                .flat_map(|customer| customer.people.clone())
                .collect(),
            self.known_contacts.clone(),
        ]
        .concat();
        let suppliers = self
            .known_suppliers
            .iter()
            .flat_map(|supplier| firm_names(&supplier.name))
            .collect();
        let filled = [
            (
                "we_sell",
                [services.clone(), products.clone(), trade.clone()].concat(),
            ),
            ("owner", owner),
            ("company", self.company.words()),
            ("people", people),
            ("suppliers", suppliers),
            ("customers", customers),
            ("contacts", contacts),
            ("services", services),
            ("products", products),
            ("we_buy", self.we_buy.clone()),
            ("missing_roles", self.roles_that_do_not_exist.clone()),
            ("place", self.company.places()),
            ("trade", trade),
        ];
        filled
            .into_iter()
            .map(|(class, words)| (class.to_owned(), phrases(words)))
            .collect()
    }

    fn customers(&self) -> Vec<String> {
        self.known_customers
            .iter()
            .flat_map(|customer| {
                let mut names = firm_names(&customer.name);
                names.extend(customer.people.iter().cloned());
                names
            })
            .collect()
    }

    fn products(&self) -> Vec<String> {
        self.products
            .iter()
            .flat_map(|product| {
                std::iter::once(product.name.clone())
                    .chain(product.spoken_variants.iter().cloned())
                    .chain(std::iter::once(product.what.clone()))
            })
            .collect()
    }
}

impl Owner {
    fn words(&self) -> Vec<String> {
        let mut words = vec![self.name.clone()];
        words.extend(self.spoken_variants.iter().cloned());
        let parts: Vec<&str> = self.name.split_whitespace().collect();
        if let [first, .., last] = parts.as_slice() {
            words.push((*first).to_owned());
            for title in ["hr", "herr", "fru", "mr", "mrs", "ms"] {
                words.push(format!("{title} {last}"));
            }
        }
        words
    }
}

impl Company {
    fn words(&self) -> Vec<String> {
        let mut words = firm_names(&self.name);
        words.extend(self.spoken_variants.iter().cloned());
        if let Some((label, end)) = self.domain.trim().rsplit_once('.') {
            let label = label.trim_start_matches("www.");
            for dot in [" ", " punktum ", " dot ", " point "] {
                words.push(format!("{label}{dot}{end}"));
            }
            if label.chars().count() >= 5 {
                words.push(label.to_owned());
            }
        }
        words
    }

    fn places(&self) -> Vec<String> {
        let street: Vec<&str> = self
            .street
            .split_whitespace()
            .take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        vec![self.city.clone(), self.street.clone(), street.join(" ")]
    }
}

/// A firm's name, with and without what the commercial register hangs onto it.
fn firm_names(name: &str) -> Vec<String> {
    const FORMS: [&str; 12] = [
        "aps", "a/s", "as", "i/s", "ivs", "p/s", "k/s", "amba", "ltd", "limited", "gmbh", "ab",
    ];
    let mut names = vec![name.to_owned()];
    if let Some((front, form)) = name.trim().rsplit_once(' ') {
        let form = form.trim_matches('.').to_lowercase();
        if FORMS.contains(&form.as_str()) {
            names.push(front.to_owned());
        }
    }
    names
}

/// Makes phrases of words: what means something in the phrase language becomes a blank; empty ones
/// and repeats go.
fn phrases(words: Vec<String>) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let plain: String = word
            .chars()
            .map(|character| match character {
                '*' | '[' | ']' | '(' | ')' | '|' | '<' | '>' | '{' | '}' | '\\' => ' ',
                control if control.is_control() => ' ',
                other => other,
            })
            .collect();
        let phrase = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        if phrase.chars().any(char::is_alphanumeric) && !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    phrases
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn per() -> Profile {
        Profile::from_json(
            r#"{
            "owner": {"name": "Per Topp", "spoken_variants": ["Peer Top"], "is_the_only_person": true},
            "company": {"name": "Topp Design ApS", "spoken_variants": ["Top Design"], "city": "Skive",
                        "street": "Nørregade 12 B", "domain": "toppdesign.dk", "languages": ["da", "en"]},
            "trade": "webdesign",
            "services": ["hjemmesider", "logo"],
            "products": [{"name": "Toppakken", "what": "hjemmeside til fast pris", "spoken_variants": ["top pakken"]}],
            "known_customers": [{"name": "Blomsterhjørnet", "people": ["Lone"], "what": "webshop"}],
            "known_suppliers": [{"name": "One.com A/S", "what": "domæner"}],
            "known_contacts": ["Revisor Hansen", {"name": "Skolen", "number": "+4597520000"}],
            "roles_that_do_not_exist": ["IT-ansvarlig"],
            "we_buy": ["papir"],
            "something_new": 7
        }"#,
        )
        .unwrap()
    }

    #[test]
    fn every_class_is_there_and_filled() {
        let lexicon = per().lexicon();
        assert_eq!(lexicon.len(), CLASSES.len());
        for (class, _) in CLASSES {
            assert!(!lexicon[class].is_empty(), "{class}");
        }
        let empty = Profile::default().lexicon();
        assert!(CLASSES.iter().all(|(class, _)| empty[*class].is_empty()));
    }

    #[test]
    fn names_are_known_as_people_say_them() {
        let lexicon = per().lexicon();
        let has = |class: &str, word: &str| lexicon[class].iter().any(|own| own == word);
        assert!(has("owner", "Per") && has("owner", "hr Topp") && has("owner", "Peer Top"));
        assert!(!has("owner", "Topp"));
        assert!(has("company", "Topp Design ApS") && has("company", "Topp Design"));
        assert!(has("company", "toppdesign punktum dk"));
        assert!(has("suppliers", "One.com"));
        assert!(has("customers", "Blomsterhjørnet") && has("customers", "Lone"));
        assert!(has("people", "Lone") && has("people", "Per Topp"));
        assert!(has("contacts", "Skolen"));
        assert!(has("we_sell", "Toppakken") && has("we_sell", "webdesign"));
        assert!(has("place", "Nørregade") && has("place", "Skive"));
        assert!(has("missing_roles", "IT-ansvarlig"));
    }

    #[test]
    fn whoever_is_expected_is_a_contact() {
        let lexicon = per().lexicon_with(&["Nordlys Telefoni".to_owned()]);
        assert!(lexicon["contacts"].contains(&"Nordlys Telefoni".to_owned()));
    }

    #[test]
    fn nothing_said_is_nothing_known() {
        let profile =
            Profile::from_json(r#"{"owner": null, "company": {"street": null}, "services": null}"#);
        assert_eq!(profile.unwrap(), Profile::default());
    }

    proptest! {
        #[test]
        fn no_entry_means_anything_to_the_phrase_language(words in proptest::collection::vec("\\PC{0,20}", 0..6)) {
            let profile = Profile { services: words.clone(), known_contacts: words, ..Profile::default() };
            for entry in profile.lexicon().values().flatten() {
                let signs = ['*', '[', ']', '(', ')', '|', '<', '>', '{', '}', '\\'];
                prop_assert!(!entry.contains(signs));
                prop_assert!(entry.chars().any(char::is_alphanumeric));
            }
        }
    }
}
