//! Portner.
pub mod call;
pub mod outbound;
pub mod providers;
pub mod store;
