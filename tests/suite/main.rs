//! The whole system, tested from outside. One binary, a module a rule: each file would cost a link of its own.
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

mod adjusted_histories;
mod adjustments;
mod after_mergers;
mod asked;
mod audit;
mod backup;
mod bad_acts;
mod bad_batches;
mod bad_input;
mod bad_payouts;
mod bad_reads;
mod bans;
mod batches;
mod boards;
mod broken_messages;
mod clusters;
mod conformance;
mod dated_ahead;
mod demo;
mod digests;
mod digests_later;
mod dishonest;
mod dishonest_expiry;
mod dishonest_payouts;
mod dishonest_rules;
mod disk;
mod docs;
mod encoding;
mod expiry;
mod expiry_adjusted;
#[cfg(feature = "failpoints")]
mod expiry_kills;
mod expiry_model;
mod expiry_played;
mod explain;
mod faults;
mod flags;
mod flags_command;
mod flags_histories;
mod flags_limits;
#[cfg(feature = "failpoints")]
mod formats;
mod fraud;
mod fraud_orders;
mod giffgaff;
mod giffgaff_expiry;
mod harness;
mod import;
mod import_balances;
mod import_interrupted;
mod import_lines;
mod import_long;
mod import_resumed;
mod lane;
mod lane_faults;
mod limits;
mod members;
mod merged_money;
mod merges;
mod one_person;
mod order;
mod payouts;
mod postgres;
mod postgres_faults;
mod postgres_paths;
mod postgres_plans;
mod postgres_schema;
mod programs;
mod reduced;
mod referrals;
mod replay;
mod restarts;
mod rules;
mod session;
mod several_servers;
mod simulate;
mod simulate_command;
mod simulate_histories;
mod states;
mod stream_activities;
mod streams;
mod support;
mod sweeper;
mod sweeper_kills;
mod texts;
mod tidy;
mod till;
mod till_audit;
mod till_fraud;
mod till_model;
mod till_races;
mod two_servers;
