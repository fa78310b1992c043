//! Packs the conversations of `tests/corpus` into the program, so that `portner learn` needs no
//! copy of the source. [`portner::evaluation::corpus`] reads them again.
//!
//! A business is taken in by having a folder with its `owner.json` there. What lies under `unseen`
//! stays out: nothing may be learned from it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const CORPUS: &str = "tests/corpus";
/// Businesses that are only measured by.
const UNSEEN: &str = "unseen";
/// So many conversations of the sample are not of the first set, at most.
const OTHERS: usize = 900;
/// Ends a path, and ends a text: no JSON holds it.
const END: u8 = 0;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={CORPUS}");
    let mut packed = Vec::new();
    for folder in businesses(Path::new(CORPUS))? {
        let mut files = entries(&folder)?;
        files.retain(|path| is_wanted(path));
        for path in files {
            let name = path.strip_prefix(CORPUS).unwrap_or(&path);
            packed.extend(name.to_string_lossy().replace('\\', "/").bytes());
            packed.push(END);
            packed.extend(fs::read(&path)?);
            packed.push(END);
        }
    }
    let sample = sample(&packed);
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let compressed = lz4_flex::compress_prepend_size(&packed);
    fs::write(out.join("corpus.lz4"), compressed)?;
    fs::write(
        out.join("sample.lz4"),
        lz4_flex::compress_prepend_size(&sample),
    )
}

/// One conversation a line: those of the first set, which are of every kind, and about as many of all
/// others. [`portner::evaluation::sample`] reads them again.
fn sample(packed: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = packed.split(|byte| *byte == END).collect();
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for [path, text] in parts.as_chunks().0 {
        let is_conversations = path.ends_with(b".jsonl");
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| is_conversations && !line.trim_ascii().is_empty());
        if path.contains(&b'/') {
            others.extend(lines);
        } else {
            first.extend(lines);
        }
    }
    let step = others.len().div_ceil(OTHERS).max(1);
    let all = first.into_iter().chain(others.into_iter().step_by(step));
    all.flat_map(|line| [line, b"\n"].concat()).collect()
}

/// Every folder from here down that is a business, in the order of their names.
fn businesses(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.join("owner.json").exists() {
        found.push(folder.to_path_buf());
    }
    for path in entries(folder)? {
        if path.is_dir() && !path.ends_with(UNSEEN) {
            found.extend(businesses(&path)?);
        }
    }
    Ok(found)
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The owner's profile and his callers, by language.
fn is_wanted(path: &Path) -> bool {
    path.ends_with("owner.json") || path.extension().is_some_and(|kind| kind == "jsonl")
}
