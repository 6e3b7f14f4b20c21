//! The log's contract and its stores: what is stored, and what becomes of it.

pub mod backup;
pub mod clusters;
pub mod conformance;
pub mod disk;
pub mod encoding;
#[cfg(feature = "failpoints")]
pub mod formats;
pub mod postgres;
pub mod postgres_faults;
pub mod postgres_paths;
pub mod postgres_plans;
pub mod postgres_schema;
