//! The program with its traces on, and the collector that they go to: Python, with the protocol's own
//! package to read what arrives and Twilio's SDK to sign what is sent.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::Command;

#[test]
fn a_collector_takes_the_traces_or_is_no_matter() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let installed = Command::new(tests.join("sdk/install.sh")).status().unwrap();
    assert!(installed.success());
    let looked = Command::new(tests.join("sdk/.venv/bin/python"))
        .arg(tests.join("otlp/collector.py"))
        .arg(env!("CARGO_BIN_EXE_portner"))
        .status();
    assert!(looked.unwrap().success(), "it says above what is wrong");
}
