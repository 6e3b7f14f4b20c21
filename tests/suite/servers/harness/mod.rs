//! The fault harness: load from many clients, faults in the middle of it, and a checker that compares what clients were
//! told with what a surviving server holds.
//!
//! `scripts/faults` runs the long form; the short one runs with all other tests.

mod checker;
mod databases;
mod disks;
mod files;
mod history;
#[cfg(feature = "failpoints")]
mod kills;
mod load;
mod observe;
mod planted;
mod reader;
mod report;
mod servers;
mod store;
mod world;
