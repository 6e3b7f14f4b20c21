//! Goodturn: an append-only ledger of reward points, served over gRPC.

pub mod domain;
