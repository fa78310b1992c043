//! Portner.
#![forbid(unsafe_code)]

pub mod app;
pub mod call;
pub mod cli;
pub mod config;
pub mod evaluation;
pub mod outbound;
pub mod providers;
pub mod rules;
pub mod screening;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod transfer;
pub mod web;
