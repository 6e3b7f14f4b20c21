//! `goodturn import`.

pub mod balances;
pub mod files;
pub mod interrupted;
pub mod lines;
pub mod long;
pub mod resumed;
