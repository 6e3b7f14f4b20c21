//! Goodturn: an append-only ledger of reward points, served over gRPC.
//!
//! The folders are the data flow. `grpc` takes a call, `wire` reads it, and `ledger` commits it to a `log`. `board` and `payout`
//! read committed entries, and `audit` checks them. `simulate` computes the points that other rules would have given.
//! `flags` finds patterns that look like abuse. `domain` says what all of it means. See `ARCHITECTURE.md`.

pub mod app;
pub mod audit;
pub mod board;
pub mod export;
#[doc(hidden)]
pub mod failpoints;
pub mod flags;
pub mod grpc;
pub mod ledger;
pub mod log;
pub mod payout;
pub mod proto;
pub mod simulate;
pub mod wire;

pub use goodturn_domain as domain;
pub use proto::goodturn::v1 as pb;
pub use proto::google;
