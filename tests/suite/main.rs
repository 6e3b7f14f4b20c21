//! The whole system, tested from outside. One binary: each file would cost a link of its own.
//!
//! A folder is one subject, a module in it one rule. What modules share stands in `support`.
//!
//! Tests are tagged with the invariants of `docs/invariants.md` they hold up; `tidy` checks that those of built features have one.

#![allow(
    clippy::allow_attributes,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    clippy::too_many_lines,
    clippy::unnecessary_wraps,
    unreachable_pub,
    missing_docs,
    reason = "a panic is how a test fails, and nobody imports it"
)]

mod abuse;
mod access;
mod api;
mod audit;
mod boards;
mod books;
mod cli;
mod earning;
mod expiry;
mod house;
mod import;
mod members;
mod operate;
mod payments;
mod payout;
mod servers;
mod store;
mod support;
mod till;
mod web;
