//! How people begin: before they say anything, when they say who they are, and what it is about.

/// What people say before they say anything.
pub(super) const OPENERS: &[&str] = &[
    "hej",
    "hejsa",
    "dav",
    "davs",
    "goddag",
    "god",
    "dag",
    "godmorgen",
    "halløj",
    "hallo",
    "ja",
    "jo",
    "jamen",
    "nå",
    "øh",
    "øhm",
    "altså",
    "så",
    "og",
    "men",
    "hi",
    "hello",
    "hiya",
    "hey",
    "good",
    "morning",
    "afternoon",
    "evening",
    "yeah",
    "yes",
    "well",
    "okay",
    "ok",
    "erm",
    "um",
    "uh",
    "oh",
    "so",
    "and",
    "but",
];

/// How people begin when they say who they are.
pub(super) const CUES: &[&[&str]] = &[
    &["mit", "navn", "er"],
    &["mit", "navn", "det", "er"],
    &["navnet", "er"],
    &["jeg", "hedder"],
    &["du", "taler", "med"],
    &["det", "er"],
    &["det", "æ"],
    &["de", "er"],
    &["her", "er"],
    &["jeg", "er"],
    &["my", "name", "is"],
    &["the", "name", "is"],
    &["this", "is"],
    &["it", "is"],
    &["it's"],
    &["its"],
    &["i", "am"],
    &["i'm"],
    &["im"],
    &["you're", "speaking", "with"],
];

/// What comes between a name and a firm.
pub(super) const FROM: &[&str] = &["fra", "hos", "ved", "from", "at", "with", "of"];

/// How people name a firm without a name before it.
pub(super) const FIRM_CUES: &[&[&str]] = &[
    &["jeg", "ringer", "fra"],
    &["vi", "ringer", "fra"],
    &["ringer", "fra"],
    &["i'm", "calling", "from"],
    &["i", "am", "calling", "from"],
    &["calling", "from"],
    &["ringing", "from"],
];

/// What follows a name that stands alone (“hej, Lone her”).
pub(super) const AFTER_NAME: &[&str] = &["her", "here", "speaking"];

/// What joins a matter to what was said before; whoever tells it on says it himself.
pub(super) const ABOUT: &[&str] = &["om", "angående", "vedrørende", "about", "regarding"];

/// What a matter begins with, where “om” and “about” are not about how or whether.
pub(super) const BEFORE_MATTER: &[&str] = &[
    "en", "et", "din", "dit", "dine", "jeres", "min", "mit", "mine", "vores", "a", "an", "the",
    "your", "my", "our",
];

/// What stands before a name and is none.
pub(super) const TITLES: &[&str] = &[
    "politiassistent",
    "kriminalassistent",
    "betjent",
    "politibetjent",
    "advokat",
    "læge",
    "sygeplejerske",
    "jordemoder",
    "pædagog",
    "taksator",
    "doctor",
    "dr",
    "nurse",
    "officer",
    "constable",
    "sergeant",
    "inspector",
    "detective",
    "sheriff",
];
