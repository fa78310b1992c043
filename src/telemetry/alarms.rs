//! What an owner must be told: troubles that stand until they are mended.
//!
//! A trouble is raised once however often it is met, shows in the status, the figures and
//! `portner doctor` for as long as it stands, and is passed on through the owner's notification
//! channel when it begins and when it ends.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::call::{Bilingual, Language, steers};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many pieces of news wait to be passed on; the oldest makes room.
const MOST_NEWS: usize = 100;
/// The longest text of a trouble, in characters.
const LONGEST_TEXT: usize = 600;

/// The kind of a trouble; one of each stands at most.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// The store is away or slow: calls ring the owner, and are written down later.
    Store,
    /// The store was damaged and is set aside; a new one goes on with the lists.
    Damage,
    /// The rules or settings on disk are wrong: the last good ones judge.
    Rules,
    /// A request that looks like the provider's was refused for its signature.
    Signature,
    /// The made-up call that goes through the whole path failed.
    SelfTest,
    /// No call has come for unusually long.
    Silence,
    /// More calls than the owner wants to pay for: unscreened ones ring him plainly.
    Spend,
    /// More requests than can be served: the rest ring the owner without being screened.
    Overload,
    /// The provider's own list of calls cannot be had.
    Ledger,
    /// The provider had calls that the log did not.
    MissedCalls,
    /// Log and lists are empty, and the provider had calls before: the disk may be another one.
    FreshStore,
    /// Something could not be delivered, however often it was tried.
    Outbox,
    /// This machine's clock cannot be right.
    Clock,
    /// Something broke inside that never should.
    Panic,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Store,
        Self::Damage,
        Self::Rules,
        Self::Signature,
        Self::SelfTest,
        Self::Silence,
        Self::Spend,
        Self::Overload,
        Self::Ledger,
        Self::MissedCalls,
        Self::FreshStore,
        Self::Outbox,
        Self::Clock,
        Self::Panic,
    ];

    /// What is wrong, in a few words for the owner.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (da, en) = match self {
            Self::Store => (
                "Lageret er væk; alle ringer igennem",
                "The store is away; everybody rings through",
            ),
            Self::Damage => (
                "Lageret var beskadiget; ældre opkald kan mangle",
                "The store was damaged; older calls may be missing",
            ),
            Self::Rules => ("Reglerne kan ikke bruges", "The rules cannot be used"),
            Self::Signature => (
                "Udbyderens opkald bliver måske afvist",
                "The provider's calls may be refused",
            ),
            Self::SelfTest => (
                "Vores egen prøve kom ikke igennem",
                "Our own test did not get through",
            ),
            Self::Silence => ("Usædvanligt stille", "Unusually quiet"),
            Self::Spend => (
                "Flere opkald end der må spørges ud",
                "More calls than are to be screened",
            ),
            Self::Overload => (
                "For travlt; nogle ringer igennem",
                "Too busy; some ring through",
            ),
            Self::Ledger => (
                "Udbyderens liste kan ikke læses",
                "The provider's list cannot be read",
            ),
            Self::MissedCalls => (
                "Opkald, der aldrig kom hertil",
                "Calls that never came here",
            ),
            Self::FreshStore => ("Log og lister begynder forfra", "Log and lists begin anew"),
            Self::Outbox => ("En besked blev opgivet", "A message was given up"),
            Self::Clock => ("Uret går forkert", "The clock is wrong"),
            Self::Panic => (
                "Noget gik i stykker; alle ringede igennem",
                "Something broke; everybody rang through",
            ),
        };
        language.choose(da, en)
    }

    /// What to do about it, in a sentence.
    #[must_use]
    pub fn mend(self, language: Language) -> &'static str {
        let (da, en) = match self {
            Self::Store => (
                "skaf plads på disken, ret dens rettigheder, eller hent en sikkerhedskopi; Portner prøver selv igen",
                "free the disk, mend its rights, or restore a backup; it is tried again by itself",
            ),
            Self::Damage => (
                "stop Portner og tag en backup tilbage, eller fortsæt uden; flyt så mappen damaged-… \
                 ud af lagerets mappe, og se på disken",
                "stop Portner and restore a backup, or go on without it; then move the folder \
                 damaged-… out of the store's folder, and look at the disk",
            ),
            Self::Rules => (
                "ret filen; `portner check` viser hvor",
                "mend the file; `portner check` shows where",
            ),
            Self::Signature => (
                "PORTNER_PUBLIC_URL skal bogstav for bogstav være det, udbyderen kalder, og nøglen (auth token) kontoens egen",
                "PORTNER_PUBLIC_URL must be, letter by letter, what the provider calls, and the auth token the account's own",
            ),
            Self::SelfTest => (
                "se på den adresse, der nævnes: på DNS, proxyen og dens certifikat, og på PORTNER_PUBLIC_URL",
                "look at the address that is named: at DNS, the proxy and its certificate, and at PORTNER_PUBLIC_URL",
            ),
            Self::Silence => (
                "ring til nummeret; ringer intet, så se `portner doctor` og udbyderens konsol",
                "call the number; if nothing rings, `portner doctor` and the provider's console",
            ),
            Self::Spend => (
                "se på, hvem der ringer; grænserne står under [spend]",
                "look at who calls; the limits are under [spend]",
            ),
            Self::Overload => (
                "se på, hvad der sender så meget; de, der ringer, kommer stadig igennem til dig",
                "look at what sends the requests; callers still reach the owner",
            ),
            Self::Ledger => (
                "kan udbyderen ikke nås, så se på, hvordan denne maskine kommer på internettet; ellers på \
                 kontoen og dens nøgle i udbyderens konsol",
                "where the provider cannot be reached, look at this machine's way to the internet; else at \
                 the account and its token in the provider's console",
            ),
            Self::MissedCalls => (
                "se opkaldene i loggen, hvor der står “Kom aldrig hertil”, og ring tilbage",
                "look at the calls of the log that say “Never came here”, and call back",
            ),
            Self::FreshStore => (
                "er Portner ikke ny på dette nummer, så er disken væk eller en anden: tag den seneste \
                 backup tilbage; ellers sæt en kunde på listen over dem, der altid kommer igennem",
                "if Portner is not new on this number, its disk is gone or is another one: restore the \
                 latest backup; otherwise put a customer on the list of those who always come through",
            ),
            Self::Outbox => (
                "`portner outbox` viser, hvad der blev opgivet, og sender det igen",
                "`portner outbox` lists what was given up and sends it again",
            ),
            Self::Clock => (
                "lad maskinen holde tiden (timedatectl set-ntp true)",
                "let the machine keep time (timedatectl set-ntp true)",
            ),
            Self::Panic => (
                "det er en fejl i Portner: meld den med linjerne omkring den i loggen",
                "this is a fault of Portner's: report it with the log lines around it",
            ),
        };
        language.choose(da, en)
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("{self:?}");
        for (place, letter) in name.chars().enumerate() {
            if letter.is_ascii_uppercase() && place > 0 {
                f.write_str("_")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

/// A trouble that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Alarm {
    /// What kind it is of.
    pub kind: AlarmKind,
    /// Since when it stands.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// What is wrong, in words. Numbers in it are masked.
    #[schema(value_type = String)]
    pub text: Bilingual,
}

/// That a trouble began or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The trouble.
    pub alarm: Alarm,
    /// Whether it begins; else it ended.
    pub begins: bool,
    /// When.
    pub at: Timestamp,
}

/// The board that troubles stand on.
#[derive(Debug, Default)]
pub struct Alarms(Mutex<Board>);

#[derive(Debug, Default)]
struct Board {
    standing: BTreeMap<AlarmKind, Alarm>,
    seen: BTreeMap<AlarmKind, Instant>,
    news: VecDeque<News>,
}

impl Alarms {
    /// Puts a trouble on the board. One of the same kind that stands already gets the new text and
    /// is not news. `true` when it is.
    pub fn raise(&self, kind: AlarmKind, now: Timestamp, text: &Bilingual) -> bool {
        let text = Bilingual::of(|language| shown(text.told_in(language)));
        let mut board = self.board();
        board.seen.insert(kind, Instant::now());
        if let Some(alarm) = board.standing.get_mut(&kind) {
            alarm.text = text;
            return false;
        }
        tracing::error!(alarm = %kind, "alarm: {}", text.english());
        let alarm = Alarm {
            kind,
            since: now,
            text,
        };
        board.standing.insert(kind, alarm.clone());
        board.tell(News {
            alarm,
            begins: true,
            at: now,
        });
        true
    }

    /// Notes that a trouble which stands on the board goes on, as often as it may be. `false` when it
    /// does not stand there.
    pub fn goes_on(&self, kind: AlarmKind) -> bool {
        let mut board = self.board();
        let stands = board.standing.contains_key(&kind);
        if stands {
            board.seen.insert(kind, Instant::now());
        }
        stands
    }

    /// Takes a trouble off the board; `true` when it stood there.
    pub fn clear(&self, kind: AlarmKind, now: Timestamp) -> bool {
        let mut board = self.board();
        let Some(alarm) = board.standing.remove(&kind) else {
            return false;
        };
        tracing::info!(alarm = %kind, "the alarm is over");
        board.tell(News {
            alarm,
            begins: false,
            at: now,
        });
        true
    }

    /// Puts it on the board while there is something to say, and takes it off when there is not.
    pub fn set(&self, kind: AlarmKind, now: Timestamp, trouble: Option<&Bilingual>) {
        match trouble {
            Some(text) => self.raise(kind, now, text),
            None => self.clear(kind, now),
        };
    }

    /// Takes a trouble off the board that was not met for this long.
    pub fn clear_when_quiet(&self, kind: AlarmKind, now: Timestamp, time: Duration) {
        let quiet = self
            .board()
            .seen
            .get(&kind)
            .is_some_and(|seen| seen.elapsed() >= time);
        if quiet {
            self.clear(kind, now);
        }
    }

    /// What stands, in a fixed order.
    #[must_use]
    pub fn standing(&self) -> Vec<Alarm> {
        self.board().standing.values().cloned().collect()
    }

    /// Takes the news that nobody took before, the oldest first.
    #[must_use]
    pub fn take_news(&self) -> Vec<News> {
        self.board().news.drain(..).collect()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Board {
    fn tell(&mut self, news: News) {
        if self.news.len() == MOST_NEWS {
            self.news.pop_front();
        }
        self.news.push_back(news);
    }
}

/// Cut, and without characters that steer terminals; lines stay.
fn shown(text: &str) -> String {
    text.chars()
        .take(LONGEST_TEXT)
        .filter(|character| *character == '\n' || !steers(*character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::bilingual;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_trouble_is_told_once_when_it_begins_and_once_when_it_ends() {
        let alarms = Alarms::default();
        let full = bilingual!("disken er fuld", "the disk is full");
        let still = bilingual!("stadig", "still");
        assert!(alarms.raise(AlarmKind::Store, at(1), &full));
        assert!(!alarms.raise(AlarmKind::Store, at(2), &still));
        let standing = alarms.standing();
        assert_eq!((standing.len(), standing[0].since), (1, at(1)));
        assert_eq!(standing[0].text, still);
        assert!(alarms.clear(AlarmKind::Store, at(3)));
        assert!(!alarms.clear(AlarmKind::Store, at(4)));
        let news = alarms.take_news();
        let told: Vec<_> = news.iter().map(|news| (news.begins, news.at)).collect();
        assert_eq!(told, [(true, at(1)), (false, at(3))]);
        assert!(alarms.take_news().is_empty());
    }

    #[test]
    fn names_are_what_serde_writes_and_no_kind_is_forgotten() {
        let names: std::collections::BTreeSet<String> =
            AlarmKind::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), AlarmKind::ALL.len());
        for kind in AlarmKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
    }

    #[test]
    fn text_from_outside_cannot_steer_a_terminal_or_fill_the_memory() {
        let alarms = Alarms::default();
        let hostile = Bilingual::of(|_| "\u{1b}[2J".repeat(100_000));
        alarms.raise(AlarmKind::Rules, at(1), &hostile);
        let standing = alarms.standing();
        let text = standing[0].text.english();
        assert!(!text.contains('\u{1b}') && text.len() <= LONGEST_TEXT);
    }
}
