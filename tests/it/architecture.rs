//! Which room may know which, as the table on the crate page says; and that the image is built of what
//! its build is given.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The rooms by the table of the crate page, each with those that it may name with `crate::`.
fn rooms(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut rooms: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in page
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"))
    {
        let (room, rest) = row.split_once("`]").expect("a room has a name");
        let may_know = rest
            .rsplit('|')
            .nth(1)
            .expect("a room may know some")
            .trim();
        let may_know = match may_know {
            "nothing here" => Vec::new(),
            "all above" => rooms.iter().map(|(above, _)| *above).collect(),
            names => names
                .split(", ")
                .map(|name| name.trim_matches('`'))
                .collect(),
        };
        rooms.push((room, may_know));
    }
    rooms
}

#[test]
fn no_arrow_runs_back_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let page = fs::read_to_string(src.join("lib.rs")).expect("the crate page can be read");
    let rooms = rooms(&page);
    for (room, may_know) in &rooms {
        for known in may_know {
            let above = rooms.iter().take_while(|(above, _)| above != room);
            assert!(
                above.into_iter().any(|(above, _)| above == known),
                "“{known}” stands not above “{room}” in the table"
            );
        }
    }
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 30, "only {} sources found", files.len());
    let mut broken = Vec::new();
    for path in files {
        let room = room_of(&path, &src);
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        let Some((_, may_know)) = rooms.iter().find(|(name, _)| *name == room) else {
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
            if line.contains("crate::{") {
                broken.push(format!("{}: name each room by a line of its own", place()));
            }
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

/// Makes the folders of a place anew in another, with links to its files, since none of them is changed.
fn lay_out(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder can be made");
        for entry in fs::read_dir(from).expect("what is copied is there") {
            let name = entry.expect("an entry can be read").file_name();
            lay_out(&from.join(&name), &to.join(&name));
        }
    } else {
        std::os::unix::fs::symlink(from, to).expect("a link can be made");
    }
}

#[test]
fn what_the_image_is_built_of_is_all_that_cargo_asks_for() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let dockerfile = fs::read_to_string(home.join("Dockerfile")).expect("the Dockerfile is there");
    let copies = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|copied| !copied.starts_with("--"));
    for copied in copies {
        let (from, to) = copied.rsplit_once(' ').expect("it goes somewhere");
        for from in from.split(' ') {
            assert!(home.join(from).exists(), "there is no {from} to copy");
            let to = match to {
                "./" => folder.path().join(from),
                to => folder.path().join(to),
            };
            lay_out(&home.join(from), &to);
        }
    }
    // Asked for a program that is none, cargo says so once it has read the manifest, and builds nothing.
    let asked = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--offline", "--bin", "nobody"])
        .current_dir(folder.path())
        .output()
        .expect("cargo runs");
    let told = String::from_utf8_lossy(&asked.stderr);
    assert!(told.contains("no bin target named `nobody`"), "{told}");
}
