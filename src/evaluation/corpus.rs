//! The conversations of this project, as they lie in `tests/corpus`: what the rules were tuned on
//! and the second opinion was learned from. Of some sets a third is only scored; most are learned
//! from whole, since whole businesses are held out to measure by.

use super::{Conversation, ConversationError};
use crate::screening::profile::Profile;

/// Conversations with one business.
#[derive(Debug)]
pub struct Set {
    /// Whose line it is.
    pub profile: Profile,
    /// What callers said there.
    pub conversations: Vec<Conversation>,
    /// Whether a third of them is only scored.
    pub divided: bool,
    /// Calls that the owner marked: too few to keep a third of them apart.
    pub marked: Vec<Conversation>,
}

impl Set {
    /// What may be learned from: all but what is only scored.
    pub fn tuning(&self) -> impl Iterator<Item = &Conversation> {
        let may_be = |one: &&Conversation| !self.divided || !one.is_scored();
        self.conversations.iter().filter(may_be).chain(&self.marked)
    }
}

/// An error in the corpus.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A line is no conversation.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// An owner's profile cannot be read.
    #[error("{file}: {error}")]
    Profile {
        /// The file.
        file: &'static str,
        /// What is wrong.
        error: serde_json::Error,
    },
}

/// Path and text of an owner's profile, and of the conversations with him.
type Files = (
    (&'static str, &'static str),
    &'static [(&'static str, &'static str)],
);

macro_rules! file {
    ($($part:literal),+) => {
        (
            concat!("tests/corpus/", $($part),+),
            include_str!(concat!("../../tests/corpus/", $($part),+)),
        )
    };
}

/// A business in a folder of its own, and the languages of its callers.
macro_rules! set {
    ($folder:literal, $($language:literal),+) => {
        (
            file!($folder, "/owner.json"),
            &[$(file!($folder, "/", $language, ".jsonl")),+],
        )
    };
}

/// A third of these is only scored.
const DIVIDED: &[Files] = &[
    (file!("owner.json"), &[file!("da.jsonl"), file!("en.jsonl")]),
    set!("short", "da", "en"),
];

const WHOLE: &[Files] = &[
    set!("software", "da"),
    set!("bakery", "da"),
    set!("joinery", "en"),
    set!("photo", "da"),
    set!("electrician", "da"),
    set!("clinic", "en"),
    set!("web", "da"),
    set!("garage", "da", "en"),
    set!("books", "en"),
    set!("itcons", "da", "en"),
    set!("accountant", "en"),
    set!("coach", "da"),
    set!("hairdresser", "da"),
    set!("lettings", "en"),
    set!("plumber", "da"),
    set!("cafe", "en"),
    set!("dentist", "da"),
    set!("itsupport", "da"),
    set!("bikes", "da"),
    set!("blacksmith", "da"),
    set!("bridal", "en"),
    set!("designer", "en"),
    set!("massage", "da"),
    set!("musicschool", "da"),
    set!("optician", "da"),
    set!("painter", "da"),
    set!("surveyor", "en"),
    set!("tattoo", "da"),
    set!("translator", "da"),
    set!("vet", "da"),
    set!("chimney", "da"),
    set!("seamstress", "da"),
    set!("webshop", "da"),
    set!("locksmith", "en"),
    set!("brewery", "en"),
    set!("architectuk", "en"),
    set!("movers", "da"),
    set!("cheese", "da"),
    set!("podiatrist", "da"),
    set!("roofer", "da"),
    set!("arch", "da", "en"),
    set!("florist", "da", "en"),
    set!("carpenter", "da", "en"),
    set!("lawyer", "da"),
    set!("guesthouse", "da"),
    set!("gardener", "da"),
    set!("consultant", "da"),
    set!("farrier", "en"),
    set!("tutor", "en"),
    set!("kennel", "da"),
    set!("chiro", "da"),
    set!("firewood", "da"),
    set!("riding", "da"),
    set!("boats", "da"),
    set!("windows", "da"),
    set!("bookkeeper", "da"),
    set!("driving", "da"),
    set!("sewer", "da"),
    set!("farmshop", "da"),
    set!("sound", "da"),
    set!("caretaker", "da"),
    set!("potter", "da"),
    set!("groomer", "en"),
    set!("treesurgeon", "en"),
    set!("drivinguk", "en"),
    set!("physio", "en"),
    set!("framer", "en"),
    set!("plasterer", "en"),
    set!("graphic", "da"),
    set!("speech", "da"),
    set!("beekeeper", "da"),
    set!("handyman", "da"),
    set!("boatbuilder", "en"),
    set!("pianotuner", "en"),
    set!("catering", "en"),
    set!("carpetclean", "da"),
    set!("acupuncture", "da"),
    set!("gutters", "da"),
    set!("dogtrainer", "da"),
    set!("upholsterer", "da"),
    set!("childminder", "da"),
    set!("taxi", "da"),
    set!("yoga", "da"),
    set!("fishmonger", "da"),
    set!("printer", "da"),
    set!("osteopath", "en"),
    set!("scaffolder", "en"),
    set!("nannyagency", "en"),
    set!("tiler", "en"),
    set!("celebrant", "en"),
    set!("driver", "da"),
    set!("hearing", "da"),
    set!("signs", "da"),
    set!("copywriter", "da"),
    set!("gardendesign", "da"),
    set!("networktech", "da"),
    set!("drone", "da"),
    set!("lampshop", "da"),
    set!("bodywork", "da"),
    set!("wholefood", "da"),
    set!("skipper", "da"),
    set!("cleaning", "da"),
    set!("piano", "da"),
    set!("signwriter", "en"),
    set!("gasfitter", "en"),
    set!("florauk", "en"),
    set!("bikefitter", "da"),
    set!("videouk", "en"),
    set!("furnituk", "en"),
    set!("glazier", "da"),
    set!("funeral", "da"),
    set!("dietitian", "da"),
    set!("shoemaker", "da"),
    set!("electricbike", "da"),
    set!("auditor", "da"),
    set!("goldsmith", "da"),
    set!("paver", "da"),
    set!("nailbar", "da"),
    set!("welder", "da"),
    set!("solarfitter", "da"),
    set!("campsite", "da"),
    set!("advertiser", "da"),
    set!("petsitter", "da"),
    set!("coffeecart", "da"),
    set!("dairyfarm", "en"),
    set!("mortgage", "en"),
    set!("sharpener", "en"),
    set!("tailor", "en"),
    set!("bouncycastle", "en"),
    set!("itsole", "en"),
    set!("stairlift", "en"),
    set!("butcher", "en"),
    set!("piercing", "en"),
    set!("removalsuk", "en"),
    set!("autopaint", "da"),
    set!("psychomotor", "da"),
    set!("butchershop", "da"),
    set!("tentrental", "da"),
    set!("roofclean", "da"),
    set!("bikefix", "da"),
    set!("translatorda", "da"),
    set!("reflexology", "da"),
    set!("stoves", "da"),
    set!("mushrooms", "da"),
    set!("photobooth", "da"),
    set!("estatecounsel", "da"),
    set!("dogfood", "da"),
    set!("engineer", "da"),
    set!("barber", "da"),
    set!("winebar", "da"),
    set!("excavator", "da"),
    set!("toyshop", "da"),
    set!("screenprint", "da"),
    set!("staircase", "en"),
    set!("barberuk", "en"),
    set!("vetuk", "en"),
    set!("conservatory", "en"),
    set!("audiobook", "en"),
    set!("beautician", "en"),
    set!("archuk", "en"),
    set!("escape", "en"),
    set!("counsellor", "en"),
    set!("welderuk", "en"),
    set!("petshop", "en"),
    set!("mobilecoffee", "en"),
    set!("wanted/d1", "da"),
    set!("wanted/d2", "da"),
    set!("wanted/d3", "da"),
    set!("wanted/d4", "da"),
    set!("wanted/d5", "da"),
    set!("wanted/d6", "da"),
    set!("wanted/d7", "da"),
    set!("wanted/d8", "da"),
    set!("wanted/e1", "en"),
    set!("wanted/e2", "en"),
    set!("wanted/e3", "en"),
    set!("wanted/e4", "en"),
    set!("wanted/e5", "en"),
    set!("wanted/e6", "en"),
    set!("wanted/e7", "en"),
];

/// Every set of the corpus.
///
/// # Errors
/// The first place that cannot be read.
pub fn corpus() -> Result<Vec<Set>, CorpusError> {
    let divided = DIVIDED.iter().map(|files| (files, true));
    let whole = WHOLE.iter().map(|files| (files, false));
    divided
        .chain(whole)
        .map(|(((file, owner), files), divided)| {
            let profile =
                Profile::from_json(owner).map_err(|error| CorpusError::Profile { file, error })?;
            let mut conversations = Vec::new();
            for (path, text) in *files {
                conversations.extend(Conversation::read_all(path, text)?);
            }
            Ok(Set {
                profile,
                conversations,
                divided,
                marked: Vec::new(),
            })
        })
        .collect()
}
