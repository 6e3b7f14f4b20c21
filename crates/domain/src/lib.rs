//! The meaning of the ledger: pure and deterministic. No async, I/O, clock or randomness.
//!
//! The folders are floors; each uses only those above it in this list:
//!
//! - [`value`]: ids, places in the log, time, amounts, money, and their encoding;
//! - [`terms`]: the contents with which programmes, rules, statements and payouts are made;
//! - [`entry`]: one row of the log, and its content;
//! - [`state`]: accounts and records, and the fold that makes them from entries;
//! - [`decide`]: commands, and the entries they write;
//! - [`project`]: sums over entries, for boards, payouts and explanations.

pub mod decide;
pub mod entry;
pub mod project;
pub mod state;
pub mod terms;
pub mod value;
