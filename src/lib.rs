//! Goodturn: an append-only ledger of reward points, served over gRPC.
//!
//! The folders are the data flow. `grpc` takes a call, `wire` reads it, and `ledger` commits it to a `log`. `board` and `payout`
//! read committed entries, `process` submits the commands that follow, step by step, and `audit` checks entries. `simulate`
//! computes the points that other rules would have given. `flags` finds patterns that look like abuse. `books` writes
//! what finance files. `domain` says what all of it means. See `ARCHITECTURE.md`.

pub mod access;
pub mod admin;
pub mod app;
pub mod audit;
pub mod board;
pub mod books;
pub mod credentials;
pub mod export;
#[doc(hidden)]
pub mod failpoints;
pub mod flags;
#[cfg(feature = "failpoints")]
#[doc(hidden)]
pub mod fuzzing;
pub mod grpc;
pub mod ledger;
pub mod log;
pub mod metrics;
pub mod payees;
pub mod payout;
pub mod process;
pub mod proto;
pub mod results;
pub mod simulate;
pub mod wire;

pub use goodturn_domain as domain;
pub use proto::goodturn::v1 as pb;
pub use proto::google;
