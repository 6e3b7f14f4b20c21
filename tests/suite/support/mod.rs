//! What tests share: servers, clients, a clock, faults.

pub mod clients;
pub mod clock;
pub mod process;
pub mod sample;
