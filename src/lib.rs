//! Portner.
