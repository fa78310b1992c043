//! What a schema cannot say about the settings: addresses, folders, and what must go together.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{self, File};
use super::problem::Problems;
use super::tree::Places;
use super::url::{BaseUrl, UrlError};
use super::{
    Config, ConfigErrors, Effective, OwnRules, Rules, Server, StoreAddress, desk, destination,
    line, mail, notify, shape, twilio,
};
use crate::call::{Bilingual, Retention, bilingual};
use crate::opinion::Model;
use crate::screening::line::{Limits, SpendLimits};

/// Checks everything, and fills in what follows from other settings. `None` when something that
/// nothing can stand for is wrong; it was told then. Where they came from is left to whoever read them.
pub(super) fn check(
    settings: &mut File,
    base: &Path,
    places: &Places,
    problems: &mut Problems<'_>,
) -> Option<Config> {
    let server = server(&mut settings.server, problems);
    let store = store(&settings.store, base, places, problems);
    let rules = rules(&settings.rules, store.as_ref(), base, places, problems);
    let twilio = twilio::check(&settings.providers.twilio, problems);
    let notify = notify::check(&settings.notify, problems);
    let mail = mail::check(&settings.mail, problems);
    let oidc = desk::check(&settings.desk.oidc, &settings.line, problems);
    let mut lines = line::check(&settings.line, problems);
    let opinion = opinion(&rules, problems);
    for line in lines.iter_mut().flatten() {
        line.opinion.clone_from(&opinion);
    }
    for line in &mut settings.line {
        destination::fill_in(&mut line.destination);
    }
    let limits = limits(&settings.limits);
    Some(Config {
        server: server?,
        store: store?,
        rules,
        twilio: twilio?,
        limits,
        spend: SpendLimits {
            per_minute: settings.spend.per_minute,
            per_caller: settings.spend.per_caller,
            per_day: settings.spend.per_day,
        },
        notify: notify?,
        mail: mail?,
        oidc: oidc?,
        silence_hours: settings.notify.silence_hours,
        retention: retention(&settings.retention),
        lines: lines?,
        file: None,
        warnings: ConfigErrors::default(),
        effective: Effective::default(),
    })
}

fn server(settings: &mut file::Server, problems: &mut Problems<'_>) -> Option<Server> {
    let listen = listen(&settings.listen, problems);
    let public_url = match &settings.public_url {
        Some(text) => base_url(text, "server.public_url", problems),
        None => listen.map(BaseUrl::of_listener),
    };
    let server = Server {
        listen: listen?,
        public_url: public_url?,
    };
    settings.public_url = Some(server.public_url.to_string());
    Some(server)
}

fn listen(text: &str, problems: &mut Problems<'_>) -> Option<SocketAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let guess = match text.rsplit_once(':') {
        Some(("localhost", port)) => format!("127.0.0.1:{port}"),
        Some(("" | "*", port)) => format!("0.0.0.0:{port}"),
        None if text.parse::<u16>().is_ok() => format!("127.0.0.1:{text}"),
        None if text.parse::<std::net::IpAddr>().is_ok() => format!("{text}:8080"),
        _ => "127.0.0.1:8080".to_owned(),
    };
    let guess = if guess.parse::<SocketAddr>().is_ok() {
        guess
    } else {
        "127.0.0.1:8080".to_owned()
    };
    problems.error(
        "server.listen",
        bilingual!(
            "dette er ikke en adresse og en port at lytte på",
            "this is not an address and a port to listen on"
        ),
        None,
        write_it(&guess),
    );
    None
}

/// Reads an address and tells what is wrong with it.
pub(super) fn base_url(text: &str, setting: &str, problems: &mut Problems<'_>) -> Option<BaseUrl> {
    let error = match BaseUrl::parse(text) {
        Ok(url) => return Some(url),
        Err(error) => error,
    };
    let text = text.trim();
    let help = match error {
        UrlError::TrailingSlash => write_it(text.trim_end_matches('/')),
        UrlError::Insecure => {
            let secure = text.replacen("http://", "https://", 1);
            write_it(secure.trim_end_matches('/'))
        }
        UrlError::NotAnUrl if !text.contains("://") && !text.is_empty() => {
            write_it(&format!("https://{}", text.trim_end_matches('/')))
        }
        UrlError::NotAnUrl => bilingual!(
            "skriv den som \"https://telefon.toppdesign.dk\"",
            "write it like \"https://telefon.toppdesign.dk\""
        ),
        UrlError::Query => bilingual!(
            "udelad alt fra ? eller # og frem",
            "leave out everything from the ? or # on"
        ),
        UrlError::Credentials => bilingual!(
            "udelad alt til og med @",
            "leave out everything up to the @"
        ),
    };
    problems.error(setting, error.told(), None, help);
    None
}

fn store(
    settings: &file::Store,
    base: &Path,
    places: &Places,
    problems: &mut Problems<'_>,
) -> Option<StoreAddress> {
    const SETTING: &str = "store.address";
    let text = settings.address.trim();
    match text.split_once(':') {
        Some(("memory", "")) => Some(StoreAddress::Memory),
        Some(("sled", folder)) if !folder.is_empty() => {
            Some(StoreAddress::Sled(resolve(folder, SETTING, base, places)))
        }
        _ => {
            let help = if text.contains("://") || text.contains(':') {
                bilingual!(
                    "skriv \"sled:\" og en mappe, eller \"memory:\"",
                    "write \"sled:\" and a folder, or \"memory:\""
                )
            } else {
                write_it(&format!("sled:{text}"))
            };
            let message = bilingual!(
                "dette er ikke adressen på et lager",
                "this is not the address of a store"
            );
            problems.error(SETTING, message, None, help);
            None
        }
    }
}

fn rules(
    settings: &file::Rules,
    store: Option<&StoreAddress>,
    base: &Path,
    places: &Places,
    problems: &mut Problems<'_>,
) -> Rules {
    const SETTING: &str = "rules.folder";
    let named = settings
        .folder
        .as_deref()
        .map(str::trim)
        .filter(|folder| !folder.is_empty())
        .map(|folder| OwnRules::named(resolve(folder, SETTING, base, places)));
    if named.is_none() && !settings.shipped {
        problems.error(
            "rules.shipped",
            bilingual!(
                "uden de medfølgende regler og uden en mappe er der slet ingen regler",
                "without the shipped rules and without a folder there are no rules at all"
            ),
            None,
            bilingual!(
                "nævn en mappe under [rules], eller lad de medfølgende regler gælde",
                "name a folder under [rules], or let the shipped rules stand"
            ),
        );
    }
    let beside = || match store? {
        StoreAddress::Sled(folder) => Some(OwnRules::beside(folder)),
        StoreAddress::Memory => None,
    };
    Rules {
        folder: named.or_else(beside),
        shipped: settings.shipped,
        second_opinion: settings.second_opinion,
    }
}

/// What was learned: the owner's own model where there is one, else what Portner comes with.
fn opinion(rules: &Rules, problems: &mut Problems<'_>) -> Option<Arc<Model>> {
    if !rules.second_opinion {
        return None;
    }
    let own = rules.model().filter(|path| path.is_file());
    let Some(path) = own else {
        return Some(Arc::clone(Model::shipped()));
    };
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    let model = read.and_then(|bytes| Model::read(bytes).map_err(|error| error.to_string()));
    match model {
        Ok(model) => Some(Arc::new(model)),
        Err(error) => {
            let path = path.display();
            problems.warning(
                "rules.folder",
                bilingual!("{path} bruges ikke: {error}", "{path} is not used: {error}"),
                bilingual!(
                    "det, Portner kommer med, gælder i stedet",
                    "what Portner comes with counts instead"
                ),
                bilingual!(
                    "skriv den igen med `portner learn`, eller fjern den",
                    "write it again with `portner learn`, or remove it"
                ),
            );
            Some(Arc::clone(Model::shipped()))
        }
    }
}

/// A path in the file is meant from where the file lies; one in a variable, from where Portner was
/// started.
fn resolve(path: &str, setting: &str, base: &Path, places: &Places) -> PathBuf {
    if places.exact(setting).is_some() {
        base.join(path)
    } else {
        PathBuf::from(path)
    }
}

fn retention(settings: &file::Retention) -> Retention {
    Retention {
        words_days: settings.words_days,
        recordings_days: settings.recordings_days,
        calls_days: settings.calls_days,
        outbox_days: settings.outbox_days,
        audit_days: settings.audit_days,
    }
}

fn limits(settings: &file::Limits) -> Limits {
    Limits {
        max_questions: settings.max_questions,
        max_seconds: settings.max_seconds,
        max_turns: settings.max_turns,
        answer_seconds: settings.answer_seconds,
        pause_seconds: settings.pause_seconds,
        message_seconds: settings.message_seconds,
    }
}

/// “did you mean …?”, or what there is to choose from.
pub(super) fn suggestion(written: &str, known: &[&str]) -> Bilingual {
    match shape::closest(written, known) {
        Some(close) => bilingual!("mente du {close:?}?", "did you mean {close:?}?"),
        None => {
            let all = known.join(", ");
            bilingual!("det er en af {all}", "it is one of {all}")
        }
    }
}

/// What to write instead.
pub(super) fn write_it(text: &str) -> Bilingual {
    bilingual!("skriv {text:?}", "write {text:?}")
}
