//! Who is at the two ends of the line: a caller and an owner, by script or at the keyboard.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::super::terminal::{Paint, Stream};
use crate::call::Key;

/// What a caller does when it is his turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Says something.
    Say(String),
    /// Presses a key.
    Press(char),
    /// Nothing.
    Silence,
    /// Hangs up.
    HangUp,
}

impl Turn {
    /// What was typed: a single key, words, or nothing.
    fn typed(line: &str) -> Self {
        let line = line.trim();
        let mut signs = line.chars();
        match (signs.next(), signs.next()) {
            (None, _) => Self::Silence,
            (Some(sign), None) if Key::new(sign).is_some() => Self::Press(sign),
            _ => Self::Say(line.to_owned()),
        }
    }
}

/// The two people at the ends of the line.
pub(super) trait People {
    /// The caller hears something.
    fn caller_hears(&mut self, text: &str) -> io::Result<()>;
    /// The caller's turn.
    fn caller_answers(&mut self) -> io::Result<Turn>;
    /// The owner's phone rings, here.
    fn owner_rings(&mut self, address: &str) -> io::Result<()>;
    /// The owner hears something.
    fn owner_hears(&mut self, text: &str) -> io::Result<()>;
    /// The owner's key; none when he lets the time pass.
    fn owner_presses(&mut self) -> io::Result<Option<char>>;
    /// Something that nobody says: a tone, an end.
    fn noted(&mut self, text: &str) -> io::Result<()>;
}

/// What the owner does when he is told who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum OwnerKey {
    /// Takes the call.
    #[value(name = "1")]
    Take,
    /// A polite no.
    #[value(name = "2")]
    Refuse,
    /// Takes it; in a real call also lets the caller through from now on.
    #[value(name = "3")]
    Allow,
    /// Refuses it; in a real call also the number for 30 days and its campaign for 90.
    #[value(name = "4")]
    Block,
    /// Lets the time pass.
    None,
}

impl OwnerKey {
    fn sign(self) -> Option<char> {
        match self {
            Self::Take => Some('1'),
            Self::Refuse => Some('2'),
            Self::Allow => Some('3'),
            Self::Block => Some('4'),
            Self::None => None,
        }
    }
}

/// What the caller says and presses, in the order in which it was typed.
#[derive(Debug, Clone, Default)]
pub struct Script(VecDeque<Turn>);

impl Script {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const SAY: &str = "say";
const PRESS: &str = "press";

impl clap::FromArgMatches for Script {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said = matches.get_many::<String>(SAY).unwrap_or_default().cloned();
        let said = said.map(|text| {
            if text.trim().is_empty() {
                Turn::Silence
            } else {
                Turn::Say(text)
            }
        });
        let pressed = matches
            .get_many::<char>(PRESS)
            .unwrap_or_default()
            .copied()
            .map(Turn::Press);
        let at = |id| matches.indices_of(id).unwrap_or_default();
        let mut turns: Vec<(usize, Turn)> =
            at(SAY).zip(said).chain(at(PRESS).zip(pressed)).collect();
        turns.sort_by_key(|(at, _)| *at);
        Ok(Self(turns.into_iter().map(|(_, turn)| turn).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Script {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new(SAY)
                    .long(SAY)
                    .value_name("WORDS")
                    .action(ArgAction::Append)
                    .help("What to say next; \"\" is silence. In order with --press; when both run out, silence"),
            )
            .arg(
                Arg::new(PRESS)
                    .long(PRESS)
                    .value_name("KEY")
                    .action(ArgAction::Append)
                    .value_parser(key)
                    .help("The key to press next: 0–9, * or #"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn key(text: &str) -> Result<char, String> {
    let mut signs = text.chars();
    match (signs.next().and_then(Key::new), signs.next()) {
        (Some(key), None) => Ok(key.sign()),
        _ => Err("a telephone has the keys 0–9, * and #".into()),
    }
}

/// A caller and an owner by script. What they hear is only shown when somebody looks on.
pub(super) struct Scripted {
    script: Script,
    owner: OwnerKey,
    shown: Option<Shown>,
}

impl Scripted {
    pub(super) fn new(script: Script, owner: OwnerKey, quiet: bool) -> Self {
        Self {
            script,
            owner,
            shown: (!quiet).then(Shown::new),
        }
    }

    fn show(&mut self, who: Voice, text: &str) -> io::Result<()> {
        self.shown
            .as_mut()
            .map_or(Ok(()), |shown| shown.line(who, text))
    }
}

impl People for Scripted {
    fn caller_hears(&mut self, text: &str) -> io::Result<()> {
        self.show(Voice::Portner, text)
    }

    fn caller_answers(&mut self) -> io::Result<Turn> {
        let turn = self.script.0.pop_front().unwrap_or(Turn::Silence);
        let said = match &turn {
            Turn::Say(text) => text.clone(),
            Turn::Press(key) => format!("(key {key})"),
            Turn::Silence => "(silence)".into(),
            Turn::HangUp => "(hangs up)".into(),
        };
        self.show(Voice::You, &said)?;
        Ok(turn)
    }

    fn owner_rings(&mut self, address: &str) -> io::Result<()> {
        self.show(Voice::Note, &format!("the owner's phone rings: {address}"))
    }

    fn owner_hears(&mut self, text: &str) -> io::Result<()> {
        self.show(Voice::Whisper, text)
    }

    fn owner_presses(&mut self) -> io::Result<Option<char>> {
        let key = self.owner.sign();
        let said = key.map_or("(nothing)".into(), |key| format!("(key {key})"));
        self.show(Voice::Owner, &said)?;
        Ok(key)
    }

    fn noted(&mut self, text: &str) -> io::Result<()> {
        self.show(Voice::Note, text)
    }
}

/// A caller at the keyboard, who is the owner too when the phone rings.
pub(super) struct Typing {
    owner: Option<OwnerKey>,
    shown: Shown,
}

impl Typing {
    pub(super) fn new(owner: Option<OwnerKey>) -> Self {
        Self {
            owner,
            shown: Shown::new(),
        }
    }

    /// A line, or nothing at the end of what is typed.
    pub(super) fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        let mut out = io::stdout().lock();
        write!(out, "{prompt}")?;
        out.flush()?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        if read == 0 {
            writeln!(out)?;
            return Ok(None);
        }
        if !io::stdin().is_terminal() {
            // What is piped in is not echoed by anybody else.
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(Some(line))
    }
}

impl People for Typing {
    fn caller_hears(&mut self, text: &str) -> io::Result<()> {
        self.shown.line(Voice::Portner, text)
    }

    fn caller_answers(&mut self) -> io::Result<Turn> {
        Ok(self
            .ask("You:     ")?
            .map_or(Turn::HangUp, |line| Turn::typed(&line)))
    }

    fn owner_rings(&mut self, address: &str) -> io::Result<()> {
        self.shown
            .line(Voice::Note, &format!("the owner's phone rings: {address}"))
    }

    fn owner_hears(&mut self, text: &str) -> io::Result<()> {
        self.shown.line(Voice::Whisper, text)
    }

    fn owner_presses(&mut self) -> io::Result<Option<char>> {
        if let Some(key) = self.owner {
            return Ok(key.sign());
        }
        let line = self
            .ask("Owner's key (1 takes it, 2 no, 3 always, 4 never again, n lets it pass) [1]: ")?;
        let sign = line
            .as_deref()
            .map(str::trim)
            .map(|line| line.chars().next().unwrap_or('1'));
        Ok(sign.and_then(Key::new).map(Key::sign))
    }

    fn noted(&mut self, text: &str) -> io::Result<()> {
        self.shown.line(Voice::Note, text)
    }
}

#[derive(Debug, Clone, Copy)]
enum Voice {
    Portner,
    You,
    Whisper,
    Owner,
    Note,
}

/// The conversation as it is shown.
struct Shown {
    paint: Paint,
}

impl Shown {
    fn new() -> Self {
        Self {
            paint: Paint::on(Stream::Out),
        }
    }

    fn line(&mut self, who: Voice, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let text = super::super::terminal::harmless(text);
        match who {
            Voice::Portner => writeln!(out, "{} {text}", self.paint.strong("Portner:")),
            Voice::You => writeln!(out, "You:     {text}"),
            Voice::Whisper => writeln!(out, "{} {text}", self.paint.strong("(to the owner)")),
            Voice::Owner => writeln!(out, "Owner:   {text}"),
            Voice::Note => writeln!(out, "{}", self.paint.faint(&format!("… {text}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    fn script(typed: &[&str]) -> Vec<Turn> {
        let command = Script::augment_args(Command::new("call").no_binary_name(true));
        let matches = command.try_get_matches_from(typed).unwrap();
        Script::from_arg_matches(&matches).unwrap().0.into()
    }

    #[test]
    fn words_and_keys_keep_the_order_in_which_they_were_typed() {
        assert_eq!(
            script(&["--say", "hej", "--press", "1", "--say", "", "--say=ja"]),
            [
                Turn::Say("hej".into()),
                Turn::Press('1'),
                Turn::Silence,
                Turn::Say("ja".into()),
            ]
        );
        assert_eq!(script(&[]), []);
    }

    #[test]
    fn one_key_alone_is_a_key_and_an_empty_line_silence() {
        assert_eq!(Turn::typed("1\n"), Turn::Press('1'));
        assert_eq!(Turn::typed("\n"), Turn::Silence);
        assert_eq!(Turn::typed("ja\n"), Turn::Say("ja".into()));
        assert_eq!(Turn::typed("12\n"), Turn::Say("12".into()));
    }
}
