//! The fuzz targets over their corpus, and over what a few hundred small changes make of it: the
//! short form of `cargo fuzz`, without a fuzzer.

use std::path::Path;

#[path = "../../fuzz/bodies.rs"]
mod bodies;

/// Small, fast, and the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

fn changed(seed: &[u8], random: &mut Random) -> Vec<u8> {
    const PIECES: [&[u8]; 10] = [
        b"\0",
        b"\xff",
        b"\r\n",
        b"=",
        b"&",
        b"%",
        b"\"",
        b";",
        b"\xc3\xa6",
        b"<![CDATA[",
    ];
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            _ => {
                let end = (at + random.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes
}

fn run(target: &str, body: fn(&[u8]), changes: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seeds = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let seed = std::fs::read(entry.unwrap().path()).unwrap();
        body(&seed);
        for _ in 0..changes {
            body(&changed(&seed, &mut random));
        }
        seeds += 1;
    }
    assert!(seeds > 0, "{target} has no corpus");
}

#[test]
fn the_fuzz_targets_hold_for_their_corpus_and_close_to_it() {
    run("webhook", bodies::webhook, 300);
    run("signature", bodies::signature, 300);
    run("csv", bodies::csv, 300);
    run("vcard", bodies::vcard, 300);
    run("cookie", bodies::cookie, 300);
    run("number", bodies::number, 300);
    run("settings", bodies::settings, 20);
}
