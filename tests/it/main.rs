//! Tests of the whole house, one program for all of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test cannot do without may fail it"
)]

mod api;
mod architecture;
mod cli;
mod connect;
mod dashboard;
mod fail_open;
mod fuzz;
mod hook;
mod imports;
mod support;
