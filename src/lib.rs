//! Portner.
pub mod call;
pub mod providers;
pub mod rules;
pub mod store;
