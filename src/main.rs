//! Portner.
fn main() {}
