//! Tests of the whole house, one program for all of them.

mod api;
mod architecture;
mod cli;
mod dashboard;
mod hook;
mod support;
