//! The reference of all settings, written from their types.
