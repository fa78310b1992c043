//! Tests of the whole house, one program for all of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test cannot do without may fail it"
)]

mod api;
mod architecture;
mod beginning;
mod bilingual;
mod browser;
mod cli;
mod connect;
mod crowded;
mod days;
mod desk;
mod desk_mode;
mod desk_rules;
mod desk_settings;
mod disk;
mod doctor;
mod fail_open;
mod failing_disk;
mod faults;
mod flood;
mod fraud;
mod fuzz;
mod guesses;
mod hook;
mod hostile;
mod hosts;
mod imports;
mod judgement;
mod kill;
mod ledger;
mod logins;
mod mending;
mod monitoring;
mod oidc;
mod once;
mod outbound;
mod overload;
mod power_cut;
mod privacy;
mod recording;
mod search;
mod second_factor;
mod stopping;
mod support;
mod swaps;
mod tools;
mod weekly;
mod who_may_look;
mod wrong_edits;
