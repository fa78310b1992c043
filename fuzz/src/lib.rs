//! What is thrown hostile bytes at. Each function takes any bytes and must neither panic nor hang.
//!
//! `tests/fuzz.sh` runs them under libFuzzer; `cargo test` runs the same functions over `corpus/` and
//! over a few thousand damaged copies of them (`tests/it/fuzz.rs`).
#![forbid(unsafe_code)]

pub mod edge;
pub mod rules;
