//! The log's contract and its stores: what is stored, and what becomes of it.

mod backup;
mod clusters;
mod conformance;
mod disk;
mod encoding;
#[cfg(feature = "failpoints")]
mod formats;
mod postgres;
mod postgres_copies;
mod postgres_faults;
mod postgres_paths;
mod postgres_plans;
mod postgres_schema;
mod released;
mod sqlite_commits;
mod views;
