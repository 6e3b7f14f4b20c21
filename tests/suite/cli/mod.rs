//! The command line, as an operator runs it.

pub mod demo;
pub mod flags;
pub mod rules;
pub mod session;
pub mod simulate;
