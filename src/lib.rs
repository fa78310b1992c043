//! Portner.
pub mod call;
pub mod config;
pub mod providers;
pub mod screening;
pub mod store;
pub mod telemetry;
