//! Which room may know which. The crate page has the picture; this is the same as a table.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms that it may name with `crate::`.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("call", &[]),
    ("rules", &["call"]),
    ("opinion", &["call", "rules"]),
    ("screening", &["call", "rules", "opinion"]),
    ("evaluation", &["call", "rules", "opinion", "screening"]),
    ("store", &["call"]),
    ("outbound", &[]),
    ("identity", &["outbound"]),
    ("providers", &["call", "outbound"]),
    ("transfer", &["call", "store"]),
    ("telemetry", &["call", "outbound"]),
    (
        "service",
        &[
            "call",
            "rules",
            "screening",
            "evaluation",
            "store",
            "providers",
            "telemetry",
        ],
    ),
    ("config", &["call", "screening", "rules", "opinion"]),
    (
        "web",
        &[
            "call",
            "rules",
            "screening",
            "evaluation",
            "store",
            "service",
            "providers",
            "telemetry",
            "transfer",
            "identity",
            "config",
        ],
    ),
    (
        "cli",
        &[
            "call",
            "rules",
            "screening",
            "store",
            "outbound",
            "providers",
            "transfer",
            "telemetry",
            "service",
            "config",
            "web",
            "app",
            "evaluation",
            "opinion",
        ],
    ),
    (
        "app",
        &[
            "call",
            "rules",
            "screening",
            "store",
            "outbound",
            "providers",
            "telemetry",
            "service",
            "config",
            "web",
            "identity",
        ],
    ),
];

/// Concrete parts that only `app`, `cli` and their own room may name.
const CONCRETE: &[&str] = &["providers::twilio", "store::sled", "store::memory"];

pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn room_of(path: &Path, src: &Path) -> String {
    let inside = path.strip_prefix(src).expect("a source lies in src");
    let first = inside.components().next().expect("a source has a name");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The rooms that a line of code names with `crate::`.
fn named_rooms(line: &str) -> Vec<&str> {
    line.match_indices("crate::")
        .map(|(at, prefix)| &line[at + prefix.len()..])
        .map(|rest| {
            let end = rest
                .find(|character: char| !character.is_alphanumeric() && character != '_')
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .filter(|room| !room.is_empty())
        .collect()
}

#[test]
fn no_arrow_runs_back_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 30, "only {} sources found", files.len());
    let mut broken = Vec::new();
    for path in files {
        let room = room_of(&path, &src);
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        let Some((_, may_know)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
            broken.push(format!(
                "{}: “{room}” is no room of the house",
                path.display()
            ));
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source can be read");
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            let place = || format!("{}:{}", path.display(), number + 1);
            for named in named_rooms(line) {
                if named != room && !may_know.contains(&named) {
                    broken.push(format!("{}: {room} may not know {named}", place()));
                }
            }
            for concrete in CONCRETE {
                let own = concrete.starts_with(&format!("{room}::"));
                if line.contains(&format!("crate::{concrete}"))
                    && !own
                    && !matches!(room.as_str(), "app" | "cli")
                {
                    broken.push(format!("{}: {room} may not know {concrete}", place()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
