//! What the ledger means: pure and deterministic. No async, I/O, clock or randomness.
//!
//! The folders are floors; each uses only those above it in this list:
//!
//! - [`value`]: ids, places in the log, time, amounts, money, and how they are encoded;
//! - [`terms`]: what programmes, rules, statements and payouts are made with;
//! - [`entry`]: one row of the log, and what it holds;
//! - [`state`]: accounts and records, and the fold that makes them of entries;
//! - [`decide`]: commands, and the entries they write;
//! - [`project`]: sums over entries, for boards, payouts and explanations.

pub mod decide;
pub mod entry;
pub mod project;
pub mod state;
pub mod terms;
pub mod value;
