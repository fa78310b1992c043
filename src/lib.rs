//! Portner.
#![forbid(unsafe_code)]

pub mod call;
pub mod config;
pub mod outbound;
pub mod providers;
pub mod screening;
pub mod store;
