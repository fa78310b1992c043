//! Portner.
pub mod call;
pub mod providers;
pub mod store;
